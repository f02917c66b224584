// The same load for long: does the server keep what it should let go?
import type { Cell } from '../../results/cell.ts'
import { derivedSeed } from '../../results/random.ts'
import { sum } from '../../results/sums.ts'
import { blankCell, judged } from '../cell/blank-cell.ts'
import { serverUse } from '../cell/counts.ts'
import { withServer } from '../cell/with-server.ts'
import type { Contestant } from '../contestants/contestant.ts'
import { contestants } from '../contestants/index.ts'
import type { FloodCalls, FloodReport } from '../load/flood.ts'
import { publishSchedule } from '../load/schedule.ts'
import { startChild } from '../machine/child.ts'
import { pin } from '../machine/cores.ts'
import { startServerProcess } from '../machine/server-process.ts'
import { type DriverOrder, type KindDriver, onTransport } from './kind.ts'

const FLOOD = new URL('../load/flood.js', import.meta.url)
/** Held by the log, so that it is full, and grows no more, before the window begins. */
const LOG_CAPACITY = 1000

/** One cell. Throws ExitError 4 where the server dies, and what `signal` was aborted with. */
export async function measureSoak(order: DriverOrder): Promise<Cell> {
  const { scenario, transport, round, seed } = order
  const { heapEveryMs } = scenario
  if (!heapEveryMs) throw new Error(`${scenario.id} must say how often the heap is read`)
  if (scenario.warmupMs * scenario.ratePerSecond < LOG_CAPACITY * 1000)
    throw new Error(`the warm-up of ${scenario.id} must fill a log of ${LOG_CAPACITY} notices`)
  const blank = blankCell(order)
  const { dialects, publish } = contestants.lab as Contestant
  return withServer(
    order,
    () => startServerProcess(['--log-capacity', String(LOG_CAPACITY)], undefined, ['--expose-gc']),
    async (server, start) => {
      const flood = await start(() => startChild<FloodCalls>(FLOOD))
      await Promise.all([pin(server.process.pid!, 'server'), pin(flood.process.pid!, 'load')])
      const port = Number(new URL(server.url).port)
      const load = (durationMs: number, part: string): Promise<FloodReport> =>
        flood.call('publish', {
          port,
          ...publish,
          dueMs: publishSchedule({
            kind: scenario.schedule,
            ratePerSecond: scenario.ratePerSecond,
            durationMs,
            seed: derivedSeed(seed, scenario.id, round, part),
          }),
          perPost: 1,
          bodyBytes: scenario.bodyBytes,
        })
      const atRest = await server.status()
      await flood.call('open', { port, dialect: dialects[transport]!, clients: scenario.clients })
      await load(scenario.warmupMs, 'warm-up')
      const before = await server.status(true)
      const begunMs = performance.now()
      const elapsedMs = (): number => performance.now() - begunMs
      const heap: [number, number][] = [[0, await server.collectedHeapBytes()]]
      const reports: FloodReport[] = []
      while (elapsedMs() < scenario.windowMs) {
        reports.push(await load(Math.min(heapEveryMs, scenario.windowMs), String(reports.length)))
        heap.push([Math.round(elapsedMs()), await server.collectedHeapBytes()])
      }
      const after = await server.status()
      const expected = sum(reports, report => report.expected)
      const delivered = sum(reports, report => report.delivered)
      const reasons = [...new Set(reports.flatMap(({ failures }) => failures))]
      if (delivered < expected) reasons.push(`${expected - delivered} of ${expected} notices did not arrive`)
      const cell: Cell = {
        ...blank,
        windowMs: elapsedMs(),
        published: expected / scenario.clients,
        expected,
        delivered,
        lost: Math.max(0, expected - delivered),
        noticesWritten: delivered,
        server: serverUse(before, after, atRest),
        client: { cpuUs: 0, cpuShare: Math.max(...reports.map(({ cpuShare }) => cpuShare)), loopDelayP99Ms: 0 },
        heap,
      }
      return judged(cell, reasons)
    },
  )
}

export const kind = { measure: onTransport(measureSoak) } satisfies KindDriver
