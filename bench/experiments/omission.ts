// Does a closed-loop client see a stall of the server?
import type { Cell } from '../../results/cell.ts'
import { stalledLatency } from '../../results/model-load.ts'
import { quantileEstimateOf, ratioOf } from '../../results/statistics.ts'
import { inWords, msOf, overCells, quantileOverCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { figureOf, rounded } from './judging/plainly.ts'

const QUANTILE = 0.99
/** What the corrected p99 must show at least, and what the naive one may show at most, as multiple of its value without the stall. */
const CORRECTED_MS = 700
const NAIVE_TIMES = 2

const shared = {
  ratePerSecond: 20,
  stratified: true,
  naiveEveryMs: 10,
  publishingAlone: false,
  rounds: 3,
} as const
const transports = ['websocket']
/** 28 of 600 notices fall into the stall, the p99 is the sixth largest: about 1.1 s, with a standard error of 50 ms a round. */
const stalled = scenarioOf({ ...shared, transports, stallMs: 1400, windowMs: 30_000 })
const calm = scenarioOf({ ...shared, transports, windowMs: 6000 })

export const experiment: Experiment = {
  question: 'Does a client that waits for each answer see a stall of the server?',
  group: 'latency',
  plan: options => planOf(options, { scenarios: [calm, stalled], rounds: stalled.rounds! }),
  claims: [
    claimTest({
      id: 'omission',
      claim: 'A test client that waits for each answer before it asks again hides stalls (coordinated omission)',
      source: 'Tene, "How NOT to Measure Latency"; the reason for wrk2',
      address: 'https://www.infoq.com/presentations/latency-response-time/',
      prediction: `the server stopped for 1.4 s in 30 s: base + D − 0.01·W = 1.1 s at p99 from the intended time on; the naive loop has one slow answer among thousands, so its p99 stays`,
      tolerance: `corrected p99 ≥ ${CORRECTED_MS / 1000} s while the naive p99 stays ≤ ${NAIVE_TIMES} × its value without the stall`,
      unit: 'ms, and times',
      plainly: {
        reproduced: points =>
          `With the server stopped for 1.4 s, one notice in a hundred was ${rounded(figureOf(points, 'p99 from') / 1000)} s late or more; such a client saw none of it.`,
        refuted: 'A test client that waits for each answer saw as much of the stall as any other.',
      },
      judge,
    }),
  ],
}

function judge(evidence: Evidence) {
  const stops = usableCells(evidence, stalled, 'websocket')
  const without = usableCells(evidence, calm, 'websocket')
  const baseMs = quantileOverCells(without, cell => msOf(cell, 'latency', 'p50Us')).value
  const corrected = quantileOverCells(stops, cell => msOf(cell, 'latency', 'p99Us'))
  const pairs = stops.flatMap(cell => {
    const other = without.find(({ round }) => round === cell.round)
    return other ? [[naiveP99Us(cell), naiveP99Us(other)] as const] : []
  })
  if (pairs.length === 0) throw new Error('no round in which both the stall and its absence are usable')
  const naive = ratioOf(
    pairs.map(([with_]) => with_),
    pairs.map(([, without]) => without),
  )
  const naiveMs = quantileEstimateOf(pairs.map(([us]) => us / 1000))
  const { windowMs, stallMs = 0 } = stalled
  const points = [
    {
      label: 'p99 from the intended time on, ms',
      unit: 'ms',
      predicted: overCells(stops, cell =>
        stalledLatency({ stallMs, windowMs: cell.windowMs, baseMs }).quantileMs(QUANTILE),
      ).value,
      claimed: CORRECTED_MS,
      measured: corrected,
    },
    {
      label: 'p99 of the naive loop, times that without the stall',
      unit: 'times',
      predicted: 1,
      claimed: NAIVE_TIMES,
      measured: naive,
    },
  ]
  const isSeen = corrected.low !== null && corrected.low >= CORRECTED_MS
  const isUnseen = corrected.high !== null && corrected.high < CORRECTED_MS
  const hides = naive.high !== null && naive.high <= NAIVE_TIMES
  const shows = naive.low !== null && naive.low > NAIVE_TIMES
  const why = `With the server stopped for ${stallMs / 1000} s in ${windowMs / 1000} s, notices had a p99 of ${inWords(corrected, 0)} ms; a loop that waits for each answer reported ${inWords(naiveMs, 1)} ms, ${inWords(naive)} times what it reports without the stall.`
  const verdict =
    isUnseen || shows ? ('refuted' as const) : isSeen && hides ? ('reproduced' as const) : ('inconclusive' as const)
  return { points, verdict, why }
}

function naiveP99Us({ naive, scenario, round }: Cell): number {
  const value = naive?.p99Us
  if (value === null || value === undefined)
    throw new Error(`the naive loop of ${scenario}, round ${round + 1}, has no p99`)
  return value
}
