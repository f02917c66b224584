// Does WebSocket cut latency to a third?
import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import { shortPollingLatency } from '../../results/model.ts'
import { aboveFloor, bandOf, inWords, msOf, overPairs, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { figureOf, rounded } from './judging/plainly.ts'
import { inTransits, longPollingOf, one, overTransits, RTT_MS, transitsOf } from './judging/transits.ts'

const CLAIMED = 3
const TOLERANCE = 0.05

export const experiment: Experiment = {
  question: 'How many times later does a notice arrive by polling than by WebSocket?',
  group: 'latency',
  plan: options => planOf(options, { scenarios: [one], rounds: one.rounds! }),
  claims: [
    claimTest({
      id: 'latency-3',
      claim: 'WebSocket reduces latency 3 to 1',
      source:
        'Lubbers & Greco, "HTML5 Web Sockets: A Quantum Leap in Scalability for the Web" (2010): "3:1 reduction in latency", 150 ms against 50 ms, by arithmetic',
      address: 'https://www.websocket.org/quantum.html',
      prediction:
        'short polling with T = 1 s and 50 ms a leg: (T/2 + dd)/dd = 11:1 in the mean, (0.99 T + dd)/dd = 20.8:1 at p99; long polling 1.73:1 in the mean at x = 1, 3:1 only at most',
      tolerance: '5 %',
      unit: 'times the latency of WebSocket',
      plainly: {
        reproduced: 'Short and long polling both took three times as long as WebSocket.',
        qualified: points => `${timesInPlainWords(points)}, at worst 3.`,
        refuted: points => `${timesInPlainWords(points)}.`,
      },
      judge,
    }),
  ],
}

function timesInPlainWords(points: Claim['points']): string {
  return `With 50 ms each way, a poll a second took ${rounded(figureOf(points, 'short polling'))} times as long as WebSocket on average, long polling ${rounded(figureOf(points, 'long polling, mean'))} times`
}

/** The mean of short polling over 20 stratified phases has a standard error below 1 % a round; long polling's are argued in transits.ts. */
function judge(evidence: Evidence) {
  const pushed = usableCells(evidence, one, 'websocket')
  const shortPolled = aboveFloor(usableCells(evidence, one, 'short-polling'), one.pollIntervalMs / 2)
  const longPolled = transitsOf(evidence, one, 'long-polling', 0.73)
  const against = (quantity: 'meanUs' | 'p99Us', cells: readonly Cell[]) =>
    overPairs(cells, pushed, (cell, push) => msOf(cell, 'delivery', quantity) / msOf(push, 'delivery', quantity))
  const law = (push: Cell) =>
    shortPollingLatency({ cycleMs: one.pollIntervalMs, downMs: msOf(push, 'delivery', 'p50Us') })
  const predicted = (ms: (push: Cell) => number) =>
    overPairs(shortPolled, pushed, (_, push) => ms(push) / msOf(push, 'delivery', 'p50Us')).value

  const points = [
    {
      label: `short polling every ${one.pollIntervalMs / 1000} s, mean`,
      predicted: predicted(push => law(push).meanMs),
      measured: against('meanUs', shortPolled),
    },
    {
      label: `short polling every ${one.pollIntervalMs / 1000} s, p99`,
      predicted: predicted(push => law(push).quantileMs(0.99)),
      measured: against('p99Us', shortPolled),
    },
    {
      label: 'long polling, mean',
      predicted: overTransits(longPolled, pair => longPollingOf(pair, one).latency.meanMs / pair.downMs).value,
      measured: against(
        'meanUs',
        longPolled.map(({ cell }) => cell),
      ),
    },
    {
      label: 'long polling, q = 0.995',
      predicted: overTransits(longPolled, pair => longPollingOf(pair, one).latency.quantileMs(0.995) / pair.downMs)
        .value,
      measured: overTransits(longPolled, inTransits('p995Us')),
    },
  ].map(point => ({ ...point, claimed: CLAIMED }))
  const bands = points.map(({ measured }) => bandOf(measured, CLAIMED, CLAIMED * TOLERANCE))
  const [shortMean, , longMean, longMost] = bands
  const why = `With ${RTT_MS / 2} ms a leg: ${points.map(({ label, measured }) => `${label} ${inWords(measured)}`).join('; ')}. Three transits are the most that long polling takes, not what polling takes.`
  if (bands.every(band => band === 'inside')) return { points, verdict: 'reproduced' as const, why }
  if (longMost === 'inside' && shortMean === 'apart' && longMean === 'apart')
    return { points, verdict: 'qualified' as const, why }
  return {
    points,
    verdict: bands.every(band => band === 'apart') ? ('refuted' as const) : ('inconclusive' as const),
    why,
  }
}
