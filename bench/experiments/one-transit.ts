// Is the average latency of long polling close to one network transit?
import type { Claim } from '../../results/format.ts'
import { longPollingTransits } from '../../results/model.ts'
import { bandOf, inWords } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { rounded, timesOf } from './judging/plainly.ts'
import { scheduleLuckMs } from './judging/schedule-control.ts'
import {
  five,
  half,
  inTransits,
  longPollingOf,
  noticesPerGap,
  one,
  overTransits,
  slower,
  type Transit,
  tenth,
  transitsOf,
} from './judging/transits.ts'

const CLAIMED = 1
const TOLERANCE = 0.05
/** Under Poisson load, by x = λg. The verdict rests on the last two, which lie far from one transit. */
const busy = [tenth, half, one, five]

export const experiment: Experiment = {
  question: 'How far from one network transit is the average latency of long polling?',
  group: 'latency',
  plan: options =>
    planOf(options, { scenarios: [one, slower, ...busy.filter(each => each !== one)], rounds: one.rounds! }),
  claims: [
    claimTest({
      id: 'one-transit',
      claim: 'The average latency of long polling is close to one network transit',
      source: 'RFC 6202, section 2.2 (2011)',
      address: 'https://www.rfc-editor.org/rfc/rfc6202#section-2.2',
      prediction:
        '1 + x/(x + e^(−x)) transits with x = λg: 1.10, 1.45, 1.73, 2.00 at x = 0.1, 0.5, 1, 5; 1.00 where notices come regularly and further apart than the re-arm gap g',
      tolerance: '5 %',
      unit: 'transits',
      plainly: {
        reproduced: 'By long polling a notice came as directly as a push, in quiet and in busy streams.',
        qualified: points =>
          `Only while notices are rare: in a busy stream it took ${busiestInPlainWords(points)} as long as one way over the network.`,
        refuted: points =>
          `Even with rare notices it took ${timesOf(points, 'periodic')} as long as one way over the network.`,
        inconclusive: points =>
          `Not certain where notices are rare; in a busy stream it took ${busiestInPlainWords(points)} as long as one way over the network.`,
      },
      judge,
    }),
  ],
}

/** The last point is the busiest. */
function busiestInPlainWords(points: Claim['points']): string {
  return `${rounded(points.at(-1)!.measured!.value)} times`
}

function judge(evidence: Evidence) {
  const measure = inTransits('meanUs')
  const measureEven = (pair: Transit): number => measure(pair) - scheduleLuckMs(evidence, pair.cell) / pair.downMs
  const quiet = transitsOf(evidence, slower, 'long-polling', longPollingTransits(5) - 1, slower)
  const points = [
    {
      label: 'periodic, P = 1.2 g',
      predicted: 1,
      claimed: CLAIMED,
      measured: overTransits(quiet, measure),
    },
    ...busy.map(scenario => {
      const nominal = longPollingTransits((scenario.ratePerSecond * scenario.rttMs) / 1000)
      const pairs = transitsOf(evidence, scenario, 'long-polling', nominal - 1)
      return {
        label: `Poisson, x = ${overTransits(pairs, noticesPerGap).value.toFixed(2)}`,
        predicted: overTransits(pairs, pair => longPollingOf(pair, scenario).latency.meanMs / pair.downMs).value,
        claimed: CLAIMED,
        measured: overTransits(pairs, measureEven),
      }
    }),
  ]
  const bands = points.map(({ measured }) => bandOf(measured, CLAIMED, CLAIMED * TOLERANCE))
  const [atRest, ...others] = bands
  const why = `${inWords(points[0]!.measured)} transits where notices are further apart than the gap, but ${points
    .slice(1)
    .map(({ measured, label }) => `${inWords(measured)} at ${label.replace('Poisson, ', '')}`)
    .join(', ')}: a notice that falls into the gap waits for the next request.`
  if (bands.every(band => band === 'inside')) return { points, verdict: 'reproduced' as const, why }
  if (atRest === 'apart') return { points, verdict: 'refuted' as const, why }
  const isConditional = atRest === 'inside' && others.slice(-2).every(band => band === 'apart')
  return { points, verdict: isConditional ? ('qualified' as const) : ('inconclusive' as const), why }
}
