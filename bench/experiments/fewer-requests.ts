// Does long polling always send fewer requests than short polling?

import { longPolling } from '../../results/model.ts'
import type { Scenario } from '../../results/scenario.ts'
import { gapMsOf, inWords, overCells, overPairs, rateOf, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { base, shortest } from './interval.ts'
import { figureOf, rounded } from './judging/plainly.ts'
import { five } from './judging/transits.ts'

const TOLERANCE = 0.05
/** λT = 0.4 and 2. Long polling has no interval, so it is measured at one of them. */
const sides: readonly Scenario[] = [shortest, { ...base, transports: ['short-polling', 'long-polling'] }]

export const experiment: Experiment = {
  question: 'When does long polling send fewer requests than short polling?',
  group: 'bytes',
  plan: options => planOf(options, { scenarios: [...sides, five], rounds: base.rounds! }),
  claims: [
    claimTest({
      id: 'fewer-requests',
      claim: 'Long polling always sends fewer requests than short polling',
      source: 'folklore',
      prediction:
        'T/E[C] times as many, E[C] = g + e^(−x)(1 − e^(−λτ))/λ: fewer only while λT < 1, and never more than 1/g a second',
      tolerance: '5 %',
      unit: 'requests of long polling for one of short polling',
      plainly: {
        reproduced: 'Long polling sent fewer requests even with two notices in each interval of short polling.',
        qualified: points =>
          `Only while notices are rarer than short polls: it sent ${rounded(figureOf(points, 'λT = 0.4'))} requests for each of these then, ${rounded(figureOf(points, 'λT = 2'))} with frequent notices.`,
        refuted: 'Long polling sent more requests even where notices were rarer than short polls.',
      },
      judge,
    }),
  ],
}

/** A long poller's requests follow the notices (12 a window, ± 1 with strata), short polling's a timer: ± 10 % a round, against factors of 0.4 and 2. */
function judge(evidence: Evidence) {
  const long = usableCells(evidence, base, 'long-polling')
  const modelled = (cell: (typeof long)[number], { waitMs }: Scenario) =>
    longPolling({ ratePerSecond: rateOf(cell), gapMs: gapMsOf(cell), downMs: 0, holdMs: waitMs })
  const points = sides.map(scenario => ({
    label: `λT = ${((scenario.ratePerSecond * scenario.pollIntervalMs) / 1000).toPrecision(1)}`,
    predicted: overCells(long, cell => scenario.pollIntervalMs / modelled(cell, base).cycleMs).value,
    claimed: 1,
    measured: overPairs(
      long,
      usableCells(evidence, scenario, 'short-polling'),
      // Of one subscriber, however many a scenario has.
      (cell, poll) => cell.requests / base.clients / cell.windowMs / (poll.requests / scenario.clients / poll.windowMs),
    ),
  }))
  const crowded = usableCells(evidence, five, 'long-polling')
  const limit = {
    label: 'of its limit 1/g, at x = 5',
    predicted: overCells(crowded, cell => gapMsOf(cell) / modelled(cell, five).cycleMs).value,
    claimed: null,
    measured: overCells(crowded, cell => (cell.requests / five.clients / cell.windowMs) * gapMsOf(cell)),
  }
  const [rare, frequent] = points.map(({ measured: { low, high } }) =>
    low === null || high === null
      ? 'unknown'
      : high < 1 - TOLERANCE
        ? 'fewer'
        : low > 1 + TOLERANCE
          ? 'more'
          : 'unknown',
  )
  const why = `For one of short polling it sent ${points.map(({ label, measured }) => `${inWords(measured)} at ${label}`).join(' and ')}; ${inWords(limit.measured)} of the limit 1/g when notices crowd.`
  const verdict =
    rare === 'fewer' && frequent === 'more'
      ? ('qualified' as const)
      : rare === 'fewer' && frequent === 'fewer'
        ? ('reproduced' as const)
        : rare === 'more'
          ? ('refuted' as const)
          : ('inconclusive' as const)
  return { points: [...points, limit], verdict, why }
}
