// Whether a cell may be used: rule 7 (a saturated client voids it), a late publisher, failed publishes, missing subscribers.
import type { Cell } from '../results/format.ts'
import type { PublishReport } from './load/publisher.ts'
import type { WorkerReport } from './load/worker.ts'

/** The bounds of the harness's rules 2 and 7. */
export const bounds = {
  clientLoopDelayP99Ms: 5,
  clientCpuShare: 0.7,
  publisherLagP99Us: 2000,
} as const

/** The cell with its verdict: `void` and the reasons why where its figures cannot be used. Lost notices do not void a cell: they are data. */
export function judge(cell: Cell, publishing: PublishReport, report: WorkerReport | undefined): Cell {
  const reasons: string[] = []
  const { cpuShare, loopDelayP99Ms } = cell.client
  if (loopDelayP99Ms >= bounds.clientLoopDelayP99Ms)
    reasons.push(
      `saturated client: its loop delay p99 was ${loopDelayP99Ms.toFixed(1)} ms, the bound is ${bounds.clientLoopDelayP99Ms} ms`,
    )
  if (cpuShare >= bounds.clientCpuShare)
    reasons.push(
      `saturated client: it used ${(cpuShare * 100).toFixed(0)} % of a core, the bound is ${bounds.clientCpuShare * 100} %`,
    )
  // A window of few notices has no p99 of its own, only a maximum; the run as a whole is held to the p99 (warnings.ts).
  const [level, lagUs] =
    cell.published >= 100 ? ['p99', cell.publisherLag?.p99Us ?? null] : ['p90', cell.publisherLag?.p90Us ?? null]
  if (cell.published > 0 && (lagUs === null || lagUs >= bounds.publisherLagP99Us))
    reasons.push(
      `late publisher: its lag ${level} was ${lagUs === null ? 'infinite' : `${(lagUs / 1000).toFixed(2)} ms`}, the bound is ${bounds.publisherLagP99Us / 1000} ms`,
    )
  const [failure] = publishing.failures
  if (failure !== undefined) reasons.push(`${publishing.failures.length} publish requests failed: ${failure}`)
  if (report && report.gaps > 0)
    reasons.push(`subscribers were told of ${report.gaps} gaps: the log was too small for them`)
  return reasons.length === 0 ? cell : { ...cell, status: 'void', reasons }
}
