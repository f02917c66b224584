// Is the mean latency of short polling half the interval and a round trip?

import { shortPollingLatency } from '../../results/model.ts'
import type { Scenario } from '../../results/scenario.ts'
import { bandOf, inWords, verdictOfBands } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { figureOf, pointOf, rounded } from './judging/plainly.ts'
import { inTransits, one, overTransits, type Transit, transitsOf } from './judging/transits.ts'
import { far } from './rtt.ts'

/** Of T. */
const TOLERANCE = 0.02
/** The claim and the model differ by half a round trip: 2.5 and 5 times the tolerance. */
const sides: readonly Scenario[] = [one, { ...far, transports: ['short-polling', 'websocket'] }]

export const experiment: Experiment = {
  question: 'Is the request leg of a poll part of the latency of short polling?',
  group: 'latency',
  plan: options => planOf(options, { scenarios: sides, rounds: one.rounds! }),
  claims: [
    claimTest({
      id: 'half-interval-poll',
      claim: 'On average short polling is late by half the poll interval and a whole round trip',
      source: 'folklore: T/2 + RTT',
      prediction: 'T/2 + RTT/2, uniform from RTT/2 to T + RTT/2: the request only moves the instants of reading',
      tolerance: '2 % of T',
      unit: 'ms',
      plainly: {
        reproduced: 'On average a notice was late by half the interval and a whole round trip.',
        refuted: points => {
          const { predicted, claimed } = pointOf(points, 'mean')
          const mean = figureOf(points, 'mean')
          const isHalf = Math.abs(mean - predicted!) < Math.abs(mean - claimed!)
          return `Polled every second over a round trip of 100 ms, the mean was ${rounded(mean)} ms, not ${rounded(claimed!)}${isHalf ? ': only half the round trip counts' : ''}.`
        },
      },
      judge,
    }),
  ],
}

/** 20 phases, one in each twentieth of T: a notice's mean over them has a standard deviation of T/√(12 · 20³), 3 ms, and a round dozens of notices. */
function judge(evidence: Evidence) {
  const points = sides.flatMap(scenario => {
    const { rttMs, pollIntervalMs } = scenario
    // Claim and model are half a round trip apart, one transit.
    const pairs = transitsOf(evidence, scenario, 'short-polling', rttMs / one.rttMs, scenario)
    const over = (figure: (pair: Transit) => number) => overTransits(pairs, figure)
    const law = ({ downMs }: Transit) => shortPollingLatency({ cycleMs: pollIntervalMs, downMs })
    return [
      {
        label: `mean, RTT ${rttMs} ms`,
        predicted: over(pair => law(pair).meanMs).value,
        claimed: over(({ downMs }) => pollIntervalMs / 2 + 2 * downMs).value,
        measured: over(pair => inTransits('meanUs')(pair) * pair.downMs),
      },
      {
        label: `p99, RTT ${rttMs} ms`,
        predicted: over(pair => law(pair).quantileMs(0.99)).value,
        claimed: null,
        measured: over(pair => inTransits('p99Us')(pair) * pair.downMs),
      },
    ]
  })
  const means = points.filter(({ claimed }) => claimed !== null)
  const verdict = verdictOfBands(
    means.map(({ measured, claimed }) => bandOf(measured, claimed!, TOLERANCE * one.pollIntervalMs)),
  )
  const why = `${means
    .map(
      ({ label, measured, claimed, predicted }) =>
        `${label}: ${inWords(measured, 0)} ms, T/2 + RTT is ${claimed!.toFixed(0)} ms, T/2 + RTT/2 is ${predicted.toFixed(0)} ms`,
    )
    .join('; ')}.`
  return { points, verdict, why }
}
