// A deploy: the servers of a fleet are restarted one after the other while notices are published; how often subscribers are cut, for how long, and
// what they miss.
import { setTimeout as wait } from 'node:timers/promises'
import type { Cell } from '../../results/cell.ts'
import { derivedSeed } from '../../results/random.ts'
import { mean } from '../../results/sums.ts'
import { blankCell, judged } from '../cell/blank-cell.ts'
import { countsOf } from '../cell/counts.ts'
import { windowOf } from '../cell/record.ts'
import { withServer } from '../cell/with-server.ts'
import { startFleet } from '../fleet/fleet.ts'
import { startLoad } from '../load/group.ts'
import type { Outage } from '../load/outages.ts'
import { publishSchedule, RUN_IN_MS, withRunIn } from '../load/schedule.ts'
import { pin, pinCell } from '../machine/cores.ts'
import { type DriverOrder, type EngineParts, type KindDriver, onTransport } from './kind.ts'

export type DeployOrder = DriverOrder & Pick<EngineParts, 'publisher'> & Partial<Pick<EngineParts, 'keep'>>

/** From the order to publish to the schedule's zero, as in a cell of delivery. */
const LEAD_MS = 100
/** How long notices are published at most: a machine that cannot restart its servers within that is not one to measure on. */
const MOST_MS = 60_000
/** From a server that is back to the next one's restart: whoever was cut last is back by then. */
const BETWEEN_MS = 400
/** Beyond what a load that is not disturbed may take for the last notice. */
const DRAIN_MS = 2000

const nowNs = (): bigint => process.hrtime.bigint()

/**
 * One cell. `scenario.windowMs` is the time before the first restart, which the rest is compared with; notices are published until the last server is
 * back. Void where that took longer than there are notices, or publishing failed. Throws ExitError 3 or 4 as fleets do, and what `signal` was aborted with.
 */
export function measureDeploy(order: DeployOrder): Promise<Cell> {
  const { scenario, transport, round, seed, headers, publisher } = order
  const { servers = 1, clients, ratePerSecond, warmupMs, windowMs, pollIntervalMs, restart } = scenario
  if (!restart) throw new Error(`${scenario.id} must say how its servers are restarted`)
  const blank = blankCell(order)
  return withServer(
    order,
    () => startFleet(scenario, { isRestarted: true }),
    async (fleet, start) => {
      if (fleet.configuration) await order.keep?.(`haproxy-${scenario.id}.cfg`, fleet.configuration)
      const load = await start(() => startLoad(clients))
      await pinCell(scenario, fleet.pids, load.pids)
      const schedule = {
        kind: scenario.schedule,
        ratePerSecond,
        durationMs: warmupMs + windowMs + MOST_MS,
        seed: derivedSeed(seed, scenario.id, round),
      }
      const intendedMs = withRunIn(publishSchedule(schedule), scenario)
      await publisher.call('connect', { socketPath: fleet.socketPath })
      const { waitMs } = scenario
      try {
        await load.subscribe({
          transport,
          baseUrls: fleet.urls,
          clients,
          notices: intendedMs.length,
          pollIntervalMs,
          waitMs,
          seed: derivedSeed(seed, scenario.id, round, transport),
          headers,
        })
      } catch (error) {
        return { ...blank, status: 'failed', reasons: [(error as Error).message] }
      }

      const startNs = nowNs() + BigInt(LEAD_MS * 1e6)
      const sinceStartMs = (): number => Number(nowNs() - startNs) / 1e6
      const untilMs = (ms: number): Promise<void> => wait(Math.max(0, ms - sinceStartMs()))
      const windowFromMs = RUN_IN_MS + warmupMs
      const endMs = windowFromMs + windowMs + MOST_MS
      const at = (ms: number): bigint => startNs + BigInt(Math.round(ms * 1e6))
      const watched = load.watch({
        startNs,
        windowFromNs: at(windowFromMs),
        windowToNs: at(windowFromMs + windowMs),
        intendedMs,
        floorEveryMs: undefined,
      })
      const { bodyBytes } = scenario
      // Each server appends at its own time, so that a notice counts from when it was sent.
      const posts = { intendedMs, ratePerSecond, bodyBytes, socketPath: fleet.socketPath, startNs, isShared: true }
      const published = publisher.call('publish', posts)
      // Both are awaited at the end; a cell that is stopped before ends their processes and waits for neither.
      for (const call of [watched, published]) call.catch(() => {})

      await untilMs(windowFromMs + windowMs)
      const fromMs = sinceStartMs()
      let toMs = fromMs
      for (let index = 0; index < servers; index++) {
        await pin(await fleet.restartServer(index, restart), 'server')
        toMs = sinceStartMs()
        await wait(BETWEEN_MS)
      }
      const windowEndMs = sinceStartMs()
      await publisher.call('stop', null)
      const publishing = await published
      await watched
      await load.drain({ total: publishing.intendedMs.length, timeoutMs: pollIntervalMs + DRAIN_MS })

      const window = windowOf(publishing, windowFromMs)
      const { account, tally, gaps } = await load.report(window)
      const first = publishing.intendedMs.findIndex(ms => ms >= fromMs)
      const before = first < 0 ? window.to : first
      const calm = await load.standstills({ ...window, to: before })
      // From the last one before: a stream may stand still from the very first order on.
      const still = await load.standstills({ ...window, from: Math.max(window.from, before - 1) })
      const statuses = await fleet.statuses()
      const cell: Cell = {
        ...blank,
        windowMs: windowEndMs - windowFromMs,
        published: window.to - window.from,
        expected: account.expected,
        delivered: account.delivered,
        lost: account.lost,
        duplicated: account.duplicated + tally.duplicates,
        outOfOrder: account.outOfOrder,
        gaps,
        retries: tally.retries,
        deploy: {
          ...cutsOf(await load.outages(fromMs)),
          standstillP50Ms: middleOf(still),
          standstillMaxMs: Math.max(...still),
          calmMaxMs: Math.max(...calm),
          tookMs: toMs - fromMs,
          open: statuses.map(({ status }) => countsOf(status, transport).open),
        },
      }
      const [failure] = publishing.failures
      return judged(cell, [
        ...(windowEndMs > endMs
          ? [`the restarts took ${Math.round(toMs - fromMs)} ms, longer than notices were published`]
          : []),
        ...(failure === undefined ? [] : [`${publishing.failures.length} publish requests failed: ${failure}`]),
      ])
    },
  )
}

const middleOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

/** What became of subscribers with these outages. */
export function cutsOf(
  outages: readonly (readonly Outage[])[],
): Pick<NonNullable<Cell['deploy']>, 'cuts' | 'away' | 'awayMeanMs' | 'awayMaxMs'> {
  const times = outages.map(({ length }) => length)
  const cuts = Array.from({ length: Math.max(...times) + 1 }, (_, often) => times.filter(each => each === often).length)
  const awayMs = outages.flat().flatMap(({ fromMs, toMs }) => (toMs === null ? [] : [toMs - fromMs]))
  return {
    cuts,
    away: outages.filter(ofThis => ofThis.at(-1)?.toMs === null).length,
    awayMeanMs: awayMs.length === 0 ? null : mean(awayMs),
    awayMaxMs: awayMs.length === 0 ? null : Math.max(...awayMs),
  }
}

/** Starting one server of the fleet, and everything besides. */
const START_MS = { each: 500, besides: 1000 }
/** A server's end, its start, and the balancer's finding it up. */
const RESTART_MS = 1000

export const kind = {
  measure: onTransport(measureDeploy),
  isTimed: true,
  roundMs: ({ servers = 1 }, { cellMs, transports }) =>
    transports * (cellMs + START_MS.besides + START_MS.each * (servers + 1) + (RESTART_MS + BETWEEN_MS) * servers),
} satisfies KindDriver
