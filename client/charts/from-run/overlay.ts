// What the models predict for a latency distribution, calibrated by nothing but what the same run measured: λ, T, g and dd.
import { isMissing } from '../../../results/estimate.ts'
import type { Run, SummaryRow } from '../../../results/format.ts'
import {
  type LatencyLaw,
  longPolling,
  periodicLongPollingLatency,
  pushLatency,
  shortPollingCycleMs,
  shortPollingLatency,
} from '../../../results/model.ts'
import type { Scenario } from '../../../results/scenario.ts'

/**
 * The predicted law of each row, by transport. Which model applies is told by what was measured: an answer that is asked for again at once has
 * a gap, one that waits for its interval has none, and a push has no answers. The one-way delay dd is the median of the fastest push; without one,
 * and where a load is beyond the models (a busy or stopped server, one notice per answer), there is no prediction.
 */
export function lawsOf(run: Run, scenario: Scenario, rows: readonly SummaryRow[]): ReadonlyMap<string, LatencyLaw> {
  const laws = new Map<string, LatencyLaw>()
  const { ratePerSecond, pollIntervalMs, waitMs: holdMs, rttMs, schedule, pollTimer = 'fixed-rate' } = scenario
  const isBeyond = scenario.burnUs || scenario.stallMs || scenario.limit === 1 || scenario.bandwidthKBps
  const pushed = run.summary.filter(row => row.scenario === scenario.id && isPushed(row))
  const downMs = Math.min(
    ...pushed.map(({ statistics: { medianMs } }) => numberOf(medianMs) ?? Number.POSITIVE_INFINITY),
  )
  // Below the clock's grain there is nothing to calibrate with, nor a place on a logarithmic axis.
  if (isBeyond || !Number.isFinite(downMs) || downMs <= 0 || ratePerSecond === 0) return laws
  for (const row of rows) {
    const cells = run.cells.filter(
      ({ scenario: id, transport, status }) => id === scenario.id && transport === row.transport && status === 'ok',
    )
    const gaps = cells.flatMap(({ gap }) => gap ?? [])
    const published = cells.reduce((sum, cell) => sum + cell.published, 0)
    const measuredMs = cells.reduce((sum, cell) => sum + cell.windowMs, 0)
    if (published === 0) continue
    if (isPushed(row)) laws.set(row.transport, pushLatency({ downMs }))
    else if (gaps.length === 0)
      laws.set(
        row.transport,
        shortPollingLatency({
          cycleMs: shortPollingCycleMs({ intervalMs: pollIntervalMs, rttMs, pollTimer }),
          downMs,
        }),
      )
    else {
      const gapMs = gaps.reduce((sum, { meanMs }) => sum + meanMs, 0) / gaps.length
      laws.set(
        row.transport,
        schedule === 'periodic'
          ? periodicLongPollingLatency({ periodMs: 1000 / ratePerSecond, gapMs, downMs })
          : longPolling({ ratePerSecond: (published * 1000) / measuredMs, gapMs, downMs, holdMs }).latency,
      )
    }
  }
  return laws
}

const numberOf = (statistic: SummaryRow['statistics'][string] | undefined): number | undefined =>
  statistic && !isMissing(statistic) ? statistic.value : undefined

/** Answers per second that carry something are no matter of a push. */
const isPushed = ({ statistics: { noticesPerAnswer } }: SummaryRow): boolean =>
  noticesPerAnswer !== undefined && isMissing(noticesPerAnswer)
