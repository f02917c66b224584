// Is WebSocket faster than SSE by large margins?
import type { Cell } from '../../results/cell.ts'
import { ratioOf } from '../../results/statistics.ts'
import { bandOf, inWords, msOf, overPairs, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { pointOf, timesOf } from './judging/plainly.ts'
import { serviceUs } from './judging/service.ts'
import { many } from './scale.ts'

/** What "by large margins" is at least taken for: half as much again. The source gives no figure. */
const LARGE = 1.5
/** ms. */
const TOLERANCE = 0.1
/** 60 notices a window, both transports under the same schedule: the difference of two medians varies by some hundredths of a ms a round. */
const ten = scenarioOf({
  clients: 10,
  ratePerSecond: 20,
  windowMs: 3000,
  publishingAlone: false,
  transports: ['sse', 'websocket'],
  rounds: 4,
})

export const experiment: Experiment = {
  question: 'Is a notice earlier by WebSocket than by SSE?',
  group: 'latency',
  plan: options => planOf(options, { scenarios: [ten, many], rounds: ten.rounds! }),
  claims: [
    claimTest({
      id: 'sse-slower',
      claim: 'WebSocket performs better than Server-Sent Events by large margins',
      source: 'bachelor thesis, University of Skövde, 2014, as cited by later comparisons',
      address: 'https://urn.kb.se/resolve?urn=urn:nbn:se:his:diva-9618',
      prediction:
        'N/2·(s_sse − s_ws) at N = 10, with s as measured at N = 10,000 (a declared busy wait in both): both write the same bytes to the same kind of socket',
      tolerance: `0.1 ms around the model; "large" is at least ${LARGE} times`,
      unit: 'ms between the medians, and times',
      plainly: {
        reproduced: points =>
          `To ten subscribers a typical notice took ${timesOf(points, 'median of SSE in')} as long by SSE as by WebSocket.`,
        refuted: points => {
          const { low, high } = pointOf(points, 'median of SSE less').measured!
          const apart = Math.ceil(10 * Math.max(Math.abs(low!), Math.abs(high!))) / 10
          return `SSE and WebSocket were equally fast: to ten subscribers typical notices came within ${apart} ms of each other.`
        },
      },
      judge,
    }),
  ],
}

function judge(evidence: Evidence) {
  const events = usableCells(evidence, ten, 'sse')
  const frames = usableCells(evidence, ten, 'websocket')
  const median = (cell: Cell) => msOf(cell, 'delivery', 'p50Us')
  const served = ['sse', 'websocket'].map(transport =>
    serviceUs(evidence, many, transport, ({ noticesWritten }) => noticesWritten),
  )
  const [event, frame] = served as [(typeof served)[number], (typeof served)[number]]
  const predicted = ((ten.clients / 2) * (event.value - frame.value)) / 1000
  const difference = overPairs(events, frames, (a, b) => median(a) - median(b))
  const pairs = events.flatMap(a => frames.filter(({ round }) => round === a.round).map(b => [a, b] as const))
  const ratio = ratioOf(
    pairs.map(([a]) => median(a)),
    pairs.map(([, b]) => median(b)),
  )
  const points = [
    {
      label: 'median of SSE less that of WebSocket, ms',
      unit: 'ms between the medians',
      predicted,
      claimed: null,
      measured: difference,
    },
    { label: 'median of SSE in those of WebSocket', unit: 'times', predicted: 1, claimed: LARGE, measured: ratio },
    { label: 's of SSE, µs', unit: 'µs of CPU a delivery', predicted: null, claimed: null, measured: event },
    { label: 's of WebSocket, µs', unit: 'µs of CPU a delivery', predicted: null, claimed: null, measured: frame },
  ]
  const isModel = bandOf(difference, predicted, TOLERANCE) === 'inside'
  const why = `At N = 10 the medians differ by ${inWords(difference)} ms, SSE took ${inWords(ratio)} times as long; a delivery costs the server ${inWords(event, 1)} µs by SSE and ${inWords(frame, 1)} µs by WebSocket.`
  const verdict =
    ratio.low !== null && ratio.low >= LARGE
      ? ('reproduced' as const)
      : ratio.high !== null && ratio.high < LARGE && isModel
        ? ('refuted' as const)
        : ('inconclusive' as const)
  return { points, verdict, why }
}
