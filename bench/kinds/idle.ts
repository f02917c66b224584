// The idle part: what subscribers cost while nothing is published, all transports side by side on one server, counters per transport.
import type { Cell } from '../../results/cell.ts'
import { derivedSeed } from '../../results/random.ts'
import { countsOf, difference, partsOf } from '../counts.ts'
import { startLoad } from '../load/group.ts'
import { startServerProcess, tlsArgs } from '../machine/server-process.ts'
import type { KindDriver, RoundOrder } from './kind.ts'

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })

/** One cell for each transport. Throws ExitError 4 where the server dies, and what `signal` was aborted with. */
export async function measureIdle({
  scenario,
  transports,
  round,
  seed,
  headers,
  signal,
}: RoundOrder & { readonly transports: readonly string[] }): Promise<Cell[]> {
  const startedAt = new Date().toISOString()
  const server = await startServerProcess(tlsArgs(scenario))
  const loads = transports.map(transport => ({ transport, load: startLoad(scenario.clients) }))
  try {
    const measured = (async () => {
      const atRest = await server.status()
      const connectMs = await Promise.all(
        loads.map(({ transport, load }) =>
          load.subscribe({
            transport,
            baseUrls: [server.url],
            clients: scenario.clients,
            notices: 0,
            pollIntervalMs: scenario.pollIntervalMs,
            waitMs: scenario.waitMs,
            spreadHolds: true,
            seed: derivedSeed(seed, scenario.id, round, transport),
            headers,
          }),
        ),
      )
      await wait(scenario.warmupMs, signal)
      const before = await server.status(true)
      const from = performance.now()
      await wait(scenario.windowMs, signal)
      const after = await server.status()
      const windowMs = performance.now() - from
      return transports.map((transport, index): Cell => {
        const rest = countsOf(atRest, transport)
        const first = countsOf(before, transport)
        const last = countsOf(after, transport)
        const counts = difference(first, last)
        return {
          scenario: scenario.id,
          transport,
          round,
          order: index,
          status: 'ok',
          reasons: [],
          startedAt,
          windowMs,
          published: 0,
          expected: 0,
          delivered: 0,
          lost: 0,
          duplicated: 0,
          outOfOrder: 0,
          gaps: 0,
          retries: 0,
          latency: null,
          publisherLag: null,
          hop: null,
          delivery: null,
          bytesIn: counts.bytesIn,
          bytesOut: counts.bytesOut,
          startupBytes: first.bytesIn + first.bytesOut - rest.bytesIn - rest.bytesOut,
          requests: counts.requests,
          emptyAnswers: counts.emptyAnswers,
          skippedPolls: 0,
          noticesWritten: 0,
          writes: 0,
          connectionsOpened: counts.opened,
          timeline: [
            [0, first.open, 0],
            [Math.round(windowMs), last.open, counts.requests],
          ],
          // One server for all of them: its CPU and memory are nobody's in particular.
          server: { cpuUs: 0, rssBytes: 0, rssBeforeBytes: 0, loopDelayP99Ms: null },
          client: { cpuShare: 0, cpuUs: 0, loopDelayP99Ms: 0 },
          connectMs: connectMs[index]!,
          parts: partsOf(counts),
        }
      })
    })()
    measured.catch(() => {})
    return await Promise.race([measured, server.died])
  } finally {
    await Promise.all(loads.map(({ load }) => load.end()))
    await server.end('SIGKILL')
  }
}

export const kind = {
  measureTogether: measureIdle,
  roundMs: (_, { cellMs }) => cellMs,
} satisfies KindDriver
