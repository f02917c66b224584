// A contestant under load: CPU for a delivery or a request, and memory of an idle connection, of any server, read from the kernel.
import type { Cell } from '../../results/cell.ts'
import { derivedSeed } from '../../results/random.ts'
import { blankCell, judged } from '../cell/blank-cell.ts'
import { withServer } from '../cell/with-server.ts'
import { type Contestant, isStream } from '../contestants/contestant.ts'
import { contestants } from '../contestants/index.ts'
import type { FloodCalls, FloodReport } from '../load/flood.ts'
import { publishSchedule } from '../load/schedule.ts'
import { startChild } from '../machine/child.ts'
import { pin } from '../machine/cores.ts'
import { cpuUsOf, rssOf } from '../machine/kernel.ts'
import type { DriverOrder, KindDriver } from './kind.ts'

const FLOOD = new URL('../load/flood.js', import.meta.url)
/** Before memory is read: time for what connecting left behind to be collected. */
const SETTLE_MS = 1500
const settle = (): Promise<void> => new Promise(resolve => setTimeout(resolve, SETTLE_MS))
/** Opened before the memory of further ones is read: the first ones bring 10 MB of compiled code and a larger heap with them, on every server in
 * Node. */
const FIRST_CONNECTIONS = 2000
/** Share of a core above which the load process may be what is measured, unless everything was there so soon after the last notice was sent. */
const MAX_CPU_SHARE = 0.95
const KEPT_UP_MS = 250

/** One cell; without a transport, the publishing alone. Throws ExitError 3 where this machine has no such contestant. */
export function measurePeer(order: DriverOrder<string | null>): Promise<Cell> {
  const { scenario, transport, round, seed } = order
  const blank = blankCell(order)
  const contestant: Contestant = contestants[scenario.contestant as keyof typeof contestants]
  const isOfMemory = scenario.windowMs === 0
  return withServer(
    order,
    () => contestant.start(['--coalesce', scenario.coalesce ? 'on' : 'off']),
    async (server, start) => {
      const flood = await start(() => startChild<FloodCalls>(FLOOD))
      await Promise.all([...server.pids.map(pid => pin(pid, 'server')), pin(flood.process.pid!, 'load')])
      const open = async (clients: number): Promise<void> => {
        if (transport === null) return
        const dialect = contestant.dialects[transport]!
        const isAnew = isStream(dialect) && scenario.ratePerSecond === 0 && !isOfMemory
        await flood.call('open', { port: server.port, dialect, clients, isAnew })
      }
      if (isOfMemory && scenario.warmupMs === 0) {
        await open(FIRST_CONNECTIONS)
        await settle()
      }
      const rssBeforeBytes = await rssOf(server.pids)
      await open(scenario.clients)
      const load = (durationMs: number, part: string): Promise<FloodReport> => {
        if (scenario.ratePerSecond === 0)
          return flood.call('poll', { forMs: durationMs, intervalMs: scenario.pollIntervalMs })
        const { perPost = 1, schedule, ratePerSecond } = scenario
        const dueMs = publishSchedule({
          kind: schedule,
          ratePerSecond: ratePerSecond / perPost,
          durationMs,
          seed: derivedSeed(seed, scenario.id.replace(scenario.contestant!, ''), round, part),
        })
        const { path, takes } = contestant.publish
        return flood.call('publish', { port: server.port, path, takes, dueMs, perPost, bodyBytes: scenario.bodyBytes })
      }
      const warmUp = scenario.warmupMs > 0 ? await load(scenario.warmupMs, 'warm-up') : undefined
      if (isOfMemory) await settle()
      const cpuBefore = await cpuUsOf(server.pids)
      const begunMs = performance.now()
      // Without a window it is memory that is measured, after what the warm-up brought.
      const report = scenario.windowMs > 0 ? await load(scenario.windowMs, 'window') : warmUp
      const windowMs = performance.now() - begunMs
      const cpuUs = (await cpuUsOf(server.pids)) - cpuBefore
      const cell: Cell = {
        ...blank,
        windowMs,
        expected: report?.expected ?? 0,
        delivered: report?.delivered ?? 0,
        lost: report ? Math.max(0, report.expected - report.delivered) : 0,
        noticesWritten: report?.delivered ?? 0,
        server: { cpuUs, rssBytes: await rssOf(server.pids), rssBeforeBytes, loopDelayP99Ms: null },
        client: { cpuUs: 0, cpuShare: report?.cpuShare ?? 0, loopDelayP99Ms: 0 },
      }
      const reasons = [...(report?.failures ?? [])]
      // What others lose under a load that is too much for them is theirs; what they deliver costs what it costs.
      if (cell.lost > 0 && scenario.contestant === 'lab')
        reasons.push(`${cell.lost} of ${cell.expected} notices did not arrive`)
      // A closed loop of polls is as fast as both ends together; CPU per request does not depend on it.
      if (scenario.ratePerSecond > 0 && cell.client.cpuShare > MAX_CPU_SHARE && report!.behindMs > KEPT_UP_MS)
        reasons.push(`saturated client: it took ${(100 * cell.client.cpuShare).toFixed(0)} % of a core`)
      return judged(cell, reasons)
    },
  )
}

export const kind = { measure: measurePeer, isTimed: true, subtractsPublishing: true } satisfies KindDriver
