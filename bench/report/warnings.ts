// Warnings of a run: what makes its numbers unusable or needs saying beside them, each with its remedy.
import type { Cell } from '../../results/cell.ts'
import type { Run, Warning } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import { bounds } from '../cell/validity.ts'
import { mergeDistributions } from '../histogram.ts'

/** What is to be said of `run`; a warning of severity `error` makes the exit code 1. */
export function warningsOf(
  run: Pick<Run, 'cells' | 'transports' | 'roundsPlanned' | 'roundsDone' | 'fingerprint' | 'scenarios'>,
): Warning[] {
  const warnings: Warning[] = []
  const isOnly = run.scenarios.filter(({ kind }) => kind === 'delivery').length === 1
  const label = ({ transport, scenario }: Cell): string =>
    `${transport ?? 'publishing alone'}${isOnly ? '' : ` in ${scenario}`}`

  for (const transport of run.transports) {
    const cells = run.cells.filter(cell => cell.transport === transport)
    const sum = (key: 'lost' | 'duplicated' | 'outOfOrder' | 'expected'): number =>
      cells.reduce((total, cell) => total + cell[key], 0)
    for (const [key, word] of [
      ['lost', 'lost'],
      ['duplicated', 'delivered twice'],
      ['outOfOrder', 'out of order'],
    ] as const)
      if (sum(key) > 0)
        warnings.push({
          code: key,
          severity: 'error',
          message: `${transport}: ${sum(key)} of ${sum('expected')} expected notices were ${word}`,
          remedy: 'fewer --clients or a lower --rate show whether the load or the transport is at fault',
        })
  }
  for (const cell of run.cells)
    if (cell.status === 'ok' && cell.gaps > 0 && cell.lost === 0)
      warnings.push({
        code: 'gaps',
        severity: 'error',
        message: `${label(cell)}, round ${cell.round + 1}: holes in the stream before the window: ${cell.gaps}`,
      })
  for (const cell of run.cells)
    for (const reason of cell.reasons)
      warnings.push({
        code: cell.status,
        severity: 'error',
        message: `${label(cell)}, round ${cell.round + 1} ${cell.status === 'failed' ? 'was not measured' : 'is void'}: ${reason}`,
        // That subscribers could not connect is a finding, not a disturbance.
        ...(cell.status !== 'failed' && {
          remedy: reason.startsWith('saturated client')
            ? 'fewer --clients or a lower --rate, and nothing else running on this machine'
            : 'run it again with nothing else running on this machine',
        }),
      })
  const lag = mergeDistributions(run.cells.map(cell => cell.publisherLag))
  const lagUs = lag.quantile(0.99)
  if (lag.count + lag.infinite > 0 && (lagUs === null || lagUs >= bounds.publisherLagP99Us))
    warnings.push({
      code: 'late-publisher',
      severity: 'error',
      message: `the publisher's lag p99 over the run was ${lagUs === null ? 'infinite' : `${(lagUs / 1000).toFixed(2)} ms`}, the bound is ${bounds.publisherLagP99Us / 1000} ms`,
      remedy: 'a lower --rate, and nothing else running on this machine',
    })
  for (const scenario of run.scenarios) {
    const count = latenciesOf(scenario)
    // Only a cell of pollers at fixed times has phases.
    if (count === undefined || !run.cells.some(cell => cell.scenario === scenario.id && cell.pollPhases)) continue
    warnings.push({
      code: 'commensurate',
      severity: 'warning',
      message: `${isOnly ? '' : `${scenario.id}: `}a notice every ${periodText(scenario)} ms and a poll every ${scenario.pollIntervalMs} ms give each poller only ${count === 1 ? 'one latency' : `${count} different latencies`}: n is the pollers', not the notices'`,
      remedy: '--schedule poisson, or a --rate whose period is no simple part of --poll',
    })
  }
  if (run.roundsDone > 0 && run.roundsDone < run.roundsPlanned)
    warnings.push({
      code: 'partial',
      severity: 'warning',
      message: `${run.roundsDone} of ${run.roundsPlanned} rounds were measured`,
    })
  if (run.roundsDone === 1)
    warnings.push({
      code: 'one-round',
      severity: 'note',
      message: 'one round gives no intervals: nothing here tells a difference from chance',
      remedy: 'npm run bench measures five rounds in about three minutes',
    })
  if (run.fingerprint.cores < 4)
    warnings.push({
      code: 'few-cores',
      severity: 'note',
      message: `server, subscribers and publisher share ${run.fingerprint.cores} cores: latencies include waiting for a core`,
    })
  return warnings
}

const periodText = ({ ratePerSecond }: Scenario): string => String(Number((1000 / ratePerSecond).toPrecision(6)))

/** More different latencies than this sample the interval well enough. */
const FEW_LATENCIES = 10

/**
 * How many different latencies a fixed-rate poller sees in a window under a periodic schedule (bench/README.md, rule 3): b where P/T = a/b, or so close to it
 * that the phases drift less than a tenth of their distance within the window. Undefined where there are more than a few, and for other schedules.
 */
export function latenciesOf({ schedule, ratePerSecond, pollIntervalMs, windowMs }: Scenario): number | undefined {
  if (schedule !== 'periodic' || ratePerSecond <= 0 || pollIntervalMs <= 0) return undefined
  const periodMs = 1000 / ratePerSecond
  const notices = windowMs / periodMs
  for (let b = 1; b <= FEW_LATENCIES; b++) {
    const turns = (b * periodMs) / pollIntervalMs
    // Every b notices the phase moves by what is left of whole turns; over the window that is to be a tenth of 1/b.
    if (Math.round(turns) >= 1 && notices * Math.abs(turns - Math.round(turns)) < 0.1) return b
  }
  return undefined
}
