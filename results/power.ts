// What a run could have told: the smallest difference that rounds with this spread find in four of five such runs.
import { mean, sampleStandardDeviation } from 'simple-statistics'
import { formatShare } from './figures.ts'
import type { Run } from './format.ts'
import { CONFIDENCE, studentT } from './statistics.ts'
import { fastestOf, levelOf, type Measured, valuesByRound } from './summary.ts'

/** Share of runs in which a difference as large as that is found. */
export const POWER = 0.8

/**
 * The smallest difference from 1 that a ratio paired by round is told to have with a power of 80 %, as a share (0.06 = 6 %): from the standard deviation of
 * the logarithms of `rounds` ratios, by (t(1 − α/2) + t(0.8))·s/√n with n − 1 degrees of freedom (Julious, Sample Sizes for Clinical Trials, 2010, eq. 3.6),
 * which is held against simulated runs in `power.test.ts`. Throws where `rounds` is below 2.
 */
export function detectableShare(logSd: number, rounds: number, level = CONFIDENCE): number {
  if (!(rounds >= 2)) throw new RangeError(`a spread needs two rounds or more, got ${rounds}`)
  // `studentT` is two-sided: 60 % between −t and t leave 80 % below t.
  const found = studentT(rounds - 1, level) + studentT(rounds - 1, 2 * POWER - 1)
  return Math.exp((found * logSd) / Math.sqrt(rounds)) - 1
}

/** A transport, and how small a difference of its median to the fastest one's could have been told, as a share. */
export interface Detectable {
  readonly transport: string
  readonly share: number
}

/** Of each transport under a load but the fastest, in the run's order; none where fewer than two rounds of a pair are usable. */
export function detectablesOf(run: Measured & Pick<Run, 'summary'>, scenarioId: string): Detectable[] {
  const baseline = fastestOf(run, scenarioId)
  if (baseline === undefined) return []
  const below = valuesByRound(run, scenarioId, baseline, 'medianMs')
  return run.transports
    .filter(name => name !== baseline)
    .flatMap(transport => {
      const logs: number[] = []
      for (const [round, value] of valuesByRound(run, scenarioId, transport, 'medianMs')) {
        const other = below.get(round)
        if (typeof value === 'number' && typeof other === 'number' && value > 0 && other > 0)
          logs.push(Math.log(value / other))
      }
      if (logs.length < 2) return []
      const share = detectableShare(sampleStandardDeviation(logs), logs.length, levelOf(run))
      return [{ transport, share }]
    })
}

/** `This run could have told a difference of 8.2 % between medians (80 % power); the least sure is SSE, with 12 %.`: the first is the geometric mean over
 * transports. Undefined where a load has no two medians; where no two rounds of a pair are usable it says that no spread is known. */
export function powerText(
  run: Measured & Pick<Run, 'summary'>,
  scenarioId: string,
  label = (id: string): string => id,
): string | undefined {
  const medians = run.summary.filter(
    ({ scenario, statistics: { medianMs } }) => scenario === scenarioId && medianMs && 'value' in medianMs,
  )
  if (medians.length < 2) return undefined
  const found = detectablesOf(run, scenarioId)
  if (found.length === 0)
    return 'Fewer than two rounds in which two transports are usable know no spread, and so no difference that they could have told.'
  const widest = found.reduce((a, b) => (b.share > a.share ? b : a))
  const typical = Math.exp(mean(found.map(({ share }) => Math.log(1 + share)))) - 1
  const end =
    found.length > 1 ? `; the least sure is ${label(widest.transport)}, with ${formatShare(widest.share)}` : ''
  return `This run could have told a difference of ${formatShare(typical)} between medians (80 % power)${end}.`
}
