// Whether a cell may be used: late publishers and readings, saturated clients, clocks and phases that are not what the rules of the harness ask for.
import type { Cell } from '../../results/cell.ts'
import type { Distribution } from '../../results/estimate.ts'
import { parseCursor } from '../../server/protocol.ts'
import { lockedPhases } from '../load/phases.ts'
import type { Readings } from './record.ts'

/** The bounds of the harness's rules 2, 5, 7 and 10. */
export const bounds = {
  clientLoopDelayP99Ms: 5,
  clientCpuShare: 0.7,
  publisherLagP99Us: 2000,
  /** Of the window's length. */
  lateReading: 0.1,
  /** Of all cores: a fifth of one core on two. */
  othersShare: 0.1,
} as const

/** The cell with its verdict: `void` and the reasons why where its figures cannot be used. Lost notices do not void a cell: they are data. */
export function judge(
  cell: Cell,
  {
    publishing,
    after,
    lateMs,
    plannedMs,
    isLossy = false,
    isCostOnly = false,
  }: Pick<Readings, 'publishing' | 'after' | 'lateMs'> & {
    readonly plannedMs: number
    readonly isLossy?: boolean
    readonly isCostOnly?: boolean
  },
): Cell {
  const reasons = [
    ...wrongClock(cell),
    ...lateReading(lateMs, plannedMs),
    ...lockedPollers(cell),
    ...(isCostOnly ? [] : [...latePublisher(cell), ...saturatedClient(cell)]),
  ]
  const [failure] = publishing.failures
  if (failure !== undefined) reasons.push(`${publishing.failures.length} publish requests failed: ${failure}`)
  // Where the backplane itself keeps nothing, holes are what is measured. A hole where the log has let go of nothing is the transport's doing, hence loss.
  if (cell.gaps > 0 && !isLossy && hasEvicted(after.log))
    reasons.push(`subscribers were told of ${cell.gaps} gaps: the log was too small for them`)
  return reasons.length === 0 ? cell : { ...cell, status: 'void', reasons }
}

/** Rule 1: no time lies before the one it is counted from, unless two clocks were mixed. */
function wrongClock(cell: Cell): string[] {
  const spans = { 'publisher lag': cell.publisherLag, hop: cell.hop, delivery: cell.delivery, latency: cell.latency }
  return Object.entries(spans).flatMap(([name, span]: [string, Distribution | null]) =>
    span?.negatives
      ? [`clock readings in the wrong order: ${span.negatives} of ${span.count} values of ${name} were negative`]
      : [],
  )
}

/** Rule 2. A window of few notices has no p99 of its own, only a maximum; the run as a whole is held to the p99 (warnings.ts). */
function latePublisher({ published, publisherLag }: Cell): string[] {
  const [level, lagUs] = published >= 100 ? ['p99', publisherLag?.p99Us ?? null] : ['p90', publisherLag?.p90Us ?? null]
  if (published === 0 || (lagUs !== null && lagUs < bounds.publisherLagP99Us)) return []
  const lag = lagUs === null ? 'infinite' : `${(lagUs / 1000).toFixed(2)} ms`
  return [`late publisher: its lag ${level} was ${lag}, the bound is ${bounds.publisherLagP99Us / 1000} ms`]
}

/** Rule 5. What the server did before its counters were read is in no figure of it, while its notices count as delivered. */
function lateReading(lateMs: number, plannedMs: number): string[] {
  const boundMs = plannedMs * bounds.lateReading
  if (lateMs < boundMs) return []
  return [
    `late reading: the server's counters were read ${Math.round(lateMs)} ms after the window began, the bound is ${Math.round(boundMs)} ms, a tenth of it`,
  ]
}

/** Rule 4. */
function lockedPollers({ pollPhases }: Cell): string[] {
  if (!pollPhases) return []
  const bound = lockedPhases(pollPhases.count)
  return pollPhases.kuiper < bound
    ? []
    : [
        `pollers in phase: their polls lay ${pollPhases.kuiper.toFixed(2)} from even over the poll interval (Kuiper), the bound for ${pollPhases.count} of them is ${bound.toFixed(2)}`,
      ]
}

/** Rule 7. */
function saturatedClient({ client: { cpuShare, loopDelayP99Ms } }: Cell): string[] {
  const reasons: string[] = []
  if (loopDelayP99Ms >= bounds.clientLoopDelayP99Ms)
    reasons.push(
      `saturated client: its loop delay p99 was ${loopDelayP99Ms.toFixed(1)} ms, the bound is ${bounds.clientLoopDelayP99Ms} ms`,
    )
  if (cpuShare >= bounds.clientCpuShare)
    reasons.push(
      `saturated client: it used ${(cpuShare * 100).toFixed(0)} % of a core, the bound is ${bounds.clientCpuShare * 100} %`,
    )
  return reasons
}

/** Numbers start at 1 in each cell's fresh server. */
const hasEvicted = ({ earliest }: Readings['after']['log']): boolean => (parseCursor(earliest)?.seq ?? 1) > 1
