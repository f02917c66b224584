// A storm: thousands of subscribers are cut at once while something is published, and all come back; how soon, and at what cost.
import { setTimeout as wait } from 'node:timers/promises'
import type { Cell } from '../../results/cell.ts'
import { derivedSeed } from '../../results/random.ts'
import { blankCell, judged } from '../cell/blank-cell.ts'
import { countsOf, difference, serverUse } from '../cell/counts.ts'
import { withServer } from '../cell/with-server.ts'
import type { Contestant } from '../contestants/contestant.ts'
import { contestants } from '../contestants/index.ts'
import { publishOnce } from '../load/post.ts'
import { loadBody } from '../load/schedule.ts'
import type { StormCalls } from '../load/storm.ts'
import { startChild } from '../machine/child.ts'
import { pin } from '../machine/cores.ts'
import { readListenOverflows } from '../machine/kernel.ts'
import { serverArgsOf, startServerProcess } from '../machine/server-process.ts'
import { type DriverOrder, type KindDriver, onTransport } from './kind.ts'

const STORM = new URL('../load/storm.js', import.meta.url)

/** One cell. Void where a notice did not reach everyone exactly once. Throws ExitError 4 where the server dies, and what `signal` was aborted with. */
export async function measureStorm(order: DriverOrder): Promise<Cell> {
  const { scenario, transport, round } = order
  const { clients, reconnectWindowMs = 0, backlog } = scenario
  const dialect = (contestants.lab as Contestant).dialects[transport]
  if (dialect?.kind !== 'frames' || dialect.joinsWith !== undefined)
    throw new Error(`only plain frames come back in a storm, and the transport ${JSON.stringify(transport)} has none`)
  const blank = blankCell(order)
  const args = [...serverArgsOf(scenario), ...(backlog === undefined ? [] : ['--backlog', String(backlog)])]
  return withServer(
    order,
    () => startServerProcess(args),
    async (server, start) => {
      const load = await start(() => startChild<StormCalls>(STORM))
      await Promise.all([pin(server.process.pid!, 'server'), pin(load.process.pid!, 'load')])
      await load.call('open', { origin: server.url, dialect, clients })
      await wait(scenario.warmupMs)
      const [before, overflowsBefore] = [await server.status(true), await readListenOverflows()]
      const begunMs = performance.now()
      const seed = derivedSeed(order.seed, scenario.id, round, 'storm')
      const cutting = load.call('cut', { windowMs: reconnectWindowMs, seed, forMs: scenario.windowMs })
      cutting.catch(() => {})
      // Appended while hardly anyone is there: it is replayed to those who come back.
      await publishOnce(server, loadBody(0, scenario.bodyBytes))
      const { backMs, failures, failure } = await cutting
      const windowMs = performance.now() - begunMs
      // What was sent last is on its way.
      await wait(500)
      const { missing, doubled } = await load.call('account', { seq: 1 })
      const [after, overflowsAfter] = [await server.status(), await readListenOverflows()]
      const counts = difference(countsOf(before, transport), countsOf(after, transport))
      const back = backMs.length
      const at = (share: number): number | null =>
        back < clients ? null : backMs[Math.min(back - 1, Math.ceil(share * back) - 1)]!
      const cell: Cell = {
        ...blank,
        windowMs,
        published: 1,
        expected: clients,
        delivered: clients - missing,
        lost: missing,
        duplicated: doubled,
        connectionsOpened: counts.opened,
        server: serverUse(before, after),
        storm: {
          clients,
          back,
          backP50Ms: at(0.5),
          backP99Ms: at(0.99),
          backAllMs: at(1),
          failures,
          ...(failure !== undefined && { failure }),
          overflows:
            overflowsBefore === undefined || overflowsAfter === undefined ? null : overflowsAfter - overflowsBefore,
          bytes: counts.bytesIn + counts.bytesOut,
        },
      }
      const reasons = [
        ...(missing > 0 ? [`${missing} of ${clients} did not get the notice that was published meanwhile`] : []),
        ...(doubled > 0 ? [`${doubled} of ${clients} got it more than once`] : []),
      ]
      return judged(cell, reasons)
    },
  )
}

/** Connecting and coming back, at a thousand a second at worst. */
const EACH_MS = 2

export const kind = {
  measure: onTransport(measureStorm),
  isTimed: true,
  roundMs: ({ clients, reconnectWindowMs = 0, warmupMs }, { transports }) =>
    transports * (warmupMs + reconnectWindowMs + EACH_MS * clients),
} satisfies KindDriver
