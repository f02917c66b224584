// Is the maximal latency of long polling over three network transits?
import { bandOf, inWords, msOf, verdictOfBands } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { rounded } from './judging/plainly.ts'
import {
  five,
  inTransits,
  longPollingOf,
  noticesPerGap,
  one,
  overTransits,
  type Transit,
  transitsOf,
} from './judging/transits.ts'

const CLAIMED = 3
const TOLERANCE = 0.05
/** A maximum belongs to whatever stalled the machine; this quantile still belongs to the transport. Of 80 or 300 notices, released to all
 * subscribers alike, it is among the largest few, and those lie within some percent of g of the end of a uniform wait: the standard error of a
 * round is √(q(1 − q)/n)/μ, about 0.02 transits, below 1 % of 3. */
const QUANTILE = 0.995
const busy = [one, five]

export const experiment: Experiment = {
  question: 'How late can a notice be on long polling?',
  group: 'latency',
  plan: options => planOf(options, { scenarios: busy, rounds: one.rounds! }),
  claims: [
    claimTest({
      id: 'three-transits',
      claim: 'The maximal latency of long polling is over three network transits',
      source: 'RFC 6202, section 2.2 (2011)',
      address: 'https://www.rfc-editor.org/rfc/rfc6202#section-2.2',
      prediction: `the answer, the next request, the answer: 3 transits and the client's think time at most; judged at q = ${QUANTILE}, where the model says (dd + g − ${(1 - QUANTILE).toFixed(3)}/μ)/dd`,
      tolerance: '5 %',
      unit: 'transits',
      plainly: {
        reproduced:
          'The slowest notices took three times as long as by push: they waited for an answer, the next poll, and its answer.',
        refuted: points =>
          `The slowest notices took ${rounded(Math.max(...points.map(({ measured }) => measured!.value)))} times as long as by push.`,
      },
      judge,
    }),
  ],
}

function judge(evidence: Evidence) {
  const measured = busy.map(scenario => ({ scenario, pairs: transitsOf(evidence, scenario, 'long-polling', 2) }))
  const points = measured.map(({ scenario, pairs }) => ({
    label: `q = ${QUANTILE}, x = ${overTransits(pairs, noticesPerGap).value.toFixed(2)}`,
    predicted: overTransits(pairs, pair => longPollingOf(pair, scenario).latency.quantileMs(QUANTILE) / pair.downMs)
      .value,
    claimed: CLAIMED,
    measured: overTransits(pairs, inTransits('p995Us')),
  }))
  const bands = points.map(point => bandOf(point.measured, CLAIMED, CLAIMED * TOLERANCE))
  const why = `${points.map(point => `${inWords(point.measured)} transits at ${point.label}`).join(', ')}; ${largest(measured.flatMap(({ pairs }) => pairs))}.`
  return { points, verdict: verdictOfBands(bands), why }
}

/** The largest of all, with the stalls that may have a part in it. */
function largest(pairs: readonly Transit[]): string {
  const [first, ...rest] = pairs
  const { cell, downMs } = rest.reduce(
    (top, pair) => (msOf(pair.cell, 'delivery', 'maxUs') > msOf(top.cell, 'delivery', 'maxUs') ? pair : top),
    first!,
  )
  const stalls = [
    `the emulated network was up to ${(cell.link?.addedMaxMs ?? 0).toFixed(1)} ms late`,
    `loops of subscribers and server p99 ${cell.client.loopDelayP99Ms.toFixed(1)} and ${(cell.server.loopDelayP99Ms ?? 0).toFixed(1)} ms`,
  ]
  const maxMs = msOf(cell, 'delivery', 'maxUs')
  return `the maximum was ${maxMs.toFixed(0)} ms or ${(maxMs / downMs).toFixed(2)} transits (in its cell ${stalls.join(', ')})`
}
