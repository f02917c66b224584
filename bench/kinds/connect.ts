// Arrivals: how long, and how many bytes, from a subscriber's first packet to its first notice, anew and after a cut.
import type { Cell } from '../../results/cell.ts'
import { derivedSeed } from '../../results/random.ts'
import { blankCell } from '../cell/blank-cell.ts'
import { countsOf } from '../cell/counts.ts'
import { withServer } from '../cell/with-server.ts'
import { type LinkProcess, startLinkProcess } from '../link/process.ts'
import type { ArrivalCalls } from '../load/arrivals.ts'
import { publishOnce } from '../load/post.ts'
import { loadBody } from '../load/schedule.ts'
import { startChild } from '../machine/child.ts'
import { pin } from '../machine/cores.ts'
import { serverArgsOf, startServerProcess } from '../machine/server-process.ts'
import { type DriverOrder, type KindDriver, onTransport } from './kind.ts'

const ARRIVALS = new URL('../load/arrivals.js', import.meta.url)

/** One cell. Throws ExitError 4 where the server dies, and what `signal` was aborted with. */
export function measureConnect(order: DriverOrder): Promise<Cell> {
  const { scenario, transport, round, headers } = order
  const blank = blankCell(order)
  return withServer(
    order,
    () => startServerProcess(serverArgsOf(scenario)),
    async (server, start) => {
      const worker = await start(() => startChild<ArrivalCalls>(ARRIVALS))
      await Promise.all([pin(server.process.pid!, 'server'), pin(worker.process.pid!, 'load')])
      const open = async (listenPort = 0): Promise<LinkProcess> => {
        const { hostname, port } = new URL(server.url)
        const target = { host: hostname, port: Number(port) }
        const seed = derivedSeed(order.seed, scenario.id, round, 'link')
        const opened = await start(() => startLinkProcess({ target, listenPort, rttMs: scenario.rttMs, seed }))
        await pin(opened.pid, 'load')
        return opened
      }
      const bytes = async (): Promise<number> => {
        const { bytesIn, bytesOut } = countsOf(await server.status(), transport)
        return bytesIn + bytesOut
      }
      const publish = () => publishOnce(server, loadBody(0, scenario.bodyBytes))
      const begunMs = performance.now()
      await publish()
      const link = await open()
      const atRest = await bytes()
      const cold = await worker.call('come', {
        transport,
        baseUrl: `http://127.0.0.1:${link.port}`,
        clients: scenario.clients,
        pollIntervalMs: scenario.pollIntervalMs,
        waitMs: scenario.waitMs,
        transportOptions: scenario.transportOptions?.[transport],
        headers,
      })
      // At once: what a subscriber sends next is half a round trip away from the server.
      const coldBytes = (await bytes()) - atRest
      await link.end()
      await publish()
      const next = worker.call('next', null)
      next.catch(() => {})
      const atCut = await quiet(bytes)
      await open(link.port)
      const resumed = await next
      const resumedBytes = (await bytes()) - atCut
      return {
        ...blank,
        windowMs: performance.now() - begunMs,
        published: 2,
        expected: 2 * scenario.clients,
        delivered: 2 * scenario.clients,
        first: {
          cold: { ...cold, bytes: coldBytes / scenario.clients },
          resumed: { ...resumed, bytes: resumedBytes / scenario.clients },
        },
      }
    },
  )
}

/** A count once it has stood still: the server may still be reading what was sent before the cut. */
async function quiet(count: () => Promise<number>): Promise<number> {
  for (let last = await count(); ; ) {
    await new Promise(resolve => setTimeout(resolve, 5))
    const now = await count()
    if (now === last) return now
    last = now
  }
}

export const kind = { measure: onTransport(measureConnect), isTimed: true } satisfies KindDriver
