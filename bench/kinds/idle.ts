// The idle part: what subscribers cost while nothing is published, all transports side by side on one server, counters per transport.
import { setTimeout as wait } from 'node:timers/promises'
import type { Cell } from '../../results/cell.ts'
import { derivedSeed } from '../../results/random.ts'
import { blankCell } from '../cell/blank-cell.ts'
import { countsOf, difference, partsOf } from '../cell/counts.ts'
import { withServer } from '../cell/with-server.ts'
import { startLoad } from '../load/group.ts'
import { startServerProcess, tlsArgs } from '../machine/server-process.ts'
import type { KindDriver, RoundOrder } from './kind.ts'

/** One cell for each transport. Throws ExitError 4 where the server dies, and what `signal` was aborted with. */
export function measureIdle(order: RoundOrder & { readonly transports: readonly string[] }): Promise<Cell[]> {
  const { scenario, transports, round, seed, headers, signal } = order
  const blanks = transports.map((transport, place) => blankCell({ scenario, transport, round, order: place }))
  return withServer(
    order,
    () => startServerProcess(tlsArgs(scenario)),
    async (server, start) => {
      const atRest = await server.status()
      const connectMs = await Promise.all(
        transports.map(async transport => {
          const load = await start(() => startLoad(scenario.clients))
          return load.subscribe({
            transport,
            baseUrls: [server.url],
            clients: scenario.clients,
            notices: 0,
            pollIntervalMs: scenario.pollIntervalMs,
            waitMs: scenario.waitMs,
            spreadHolds: true,
            seed: derivedSeed(seed, scenario.id, round, transport),
            headers,
          })
        }),
      )
      await wait(scenario.warmupMs, undefined, { signal })
      const before = await server.status(true)
      const fromMs = performance.now()
      await wait(scenario.windowMs, undefined, { signal })
      const after = await server.status()
      const windowMs = performance.now() - fromMs
      return blanks.map((blank, index): Cell => {
        const rest = countsOf(atRest, blank.transport)
        const first = countsOf(before, blank.transport)
        const counts = difference(first, countsOf(after, blank.transport))
        // One server for all of them: its CPU and memory are nobody's in particular.
        return {
          ...blank,
          windowMs,
          bytesIn: counts.bytesIn,
          bytesOut: counts.bytesOut,
          startupBytes: first.bytesIn + first.bytesOut - rest.bytesIn - rest.bytesOut,
          requests: counts.requests,
          emptyAnswers: counts.emptyAnswers,
          connectionsOpened: counts.opened,
          timeline: [
            [0, first.open, 0],
            [Math.round(windowMs), counts.open, counts.requests],
          ],
          connectMs: connectMs[index]!,
          parts: partsOf(counts),
        }
      })
    },
  )
}

export const kind = {
  measureTogether: measureIdle,
  roundMs: (_, { cellMs }) => cellMs,
} satisfies KindDriver
