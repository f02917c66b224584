// What does distance cost each transport?

import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import { longPolling, pushLatency, shortPollingLatency } from '../../results/model.ts'
import type { Scenario } from '../../results/scenario.ts'
import {
  aboveFloor,
  bandOf,
  gapMsOf,
  inWords,
  msOf,
  overCells,
  quantileOverCells,
  usableCells,
  verdictOfBands,
} from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { figureOf, rounded } from './judging/plainly.ts'
import { rateMeantOf, scheduleLuckMs } from './judging/schedule-control.ts'
import { one } from './judging/transits.ts'

const TOLERANCE = 0.05
/** What the emulated network may be late itself (its bound at p99). */
const EMULATOR_MS = 2
const shared = { ratePerSecond: 10, windowMs: 4000, stratified: true, publishingAlone: false, rounds: 3 } as const

/** Without the emulated network: what everything but distance takes. */
export const near = scenarioOf({ ...shared, rttMs: 0 })
export const far = scenarioOf({ ...shared, rttMs: 200, control: 'schedule' })
const distances: readonly Scenario[] = [near, one, far]

export const experiment: Experiment = {
  question: 'What does distance cost each transport: how does delivery grow with the round trip?',
  group: 'latency',
  plan: options =>
    planOf(options, {
      scenarios: distances.map(scenario => ({ ...scenario, transports: [...options.transports] })),
      transports: options.transports,
      rounds: one.rounds!,
    }),
  claims: [
    claimTest({
      id: 'rtt',
      claim:
        'Distance costs a push and a short poll half a round trip, and a long poll between half and one and a half of one',
      source: "this lab's model (results/model.ts)",
      prediction:
        'with dd = RTT/2 + what it takes without distance: push dd, short polling T/2 + dd, long polling dd + μg²/2',
      tolerance: '5 %, at least the 2 ms that the emulated network itself may add',
      unit: 'ms',
      plainly: {
        reproduced: points => `100 ms more of round trip added ${addedInPlainWords(points)}.`,
        refuted: points => `100 ms more of round trip added ${addedInPlainWords(points)}.`,
        inconclusive: points => `Not certain: 100 ms more of round trip added ${addedInPlainWords(points)}.`,
      },
      judge,
    }),
  ],
}

/** What the second distance adds to the first, which is 100 ms nearer. */
function addedInPlainWords(points: Claim['points']): string {
  const [websocket, short, long] = ['websocket p50', 'short-polling mean', 'long-polling mean'].map(label =>
    rounded(figureOf(points, `${label}, RTT ${far.rttMs}`) - figureOf(points, `${label}, RTT ${one.rttMs}`)),
  )
  return `${websocket} ms by WebSocket, ${short} ms by short polling, and ${long} ms by long polling`
}

/** A 95 % interval of long polling was here ± 0.66 transits · 4.3/√(3 · 40) without strata, about half of that with them, and is a fifth of that again
 * with the luck of each round's schedule taken off. */
function judge(evidence: Evidence) {
  const atOnce = quantileOverCells(usableCells(evidence, near, 'websocket'), cell =>
    msOf(cell, 'delivery', 'p50Us'),
  ).value
  const points = distances.slice(1).flatMap(scenario => {
    const { rttMs, pollIntervalMs: cycleMs, waitMs: holdMs } = scenario
    const downMs = rttMs / 2 + atOnce
    const mean = (cell: Cell) => msOf(cell, 'delivery', 'meanUs')
    const pushed = aboveFloor(usableCells(evidence, scenario, 'websocket'), downMs)
    const long = usableCells(evidence, scenario, 'long-polling')
    const modelled = (cell: Cell) =>
      longPolling({ ratePerSecond: rateMeantOf(evidence, cell), gapMs: gapMsOf(cell), downMs, holdMs })
    return [
      {
        label: `websocket p50, RTT ${rttMs} ms`,
        predicted: pushLatency({ downMs }).meanMs,
        measured: quantileOverCells(pushed, cell => msOf(cell, 'delivery', 'p50Us')),
      },
      {
        label: `short-polling mean, RTT ${rttMs} ms`,
        predicted: shortPollingLatency({ cycleMs, downMs }).meanMs,
        measured: overCells(usableCells(evidence, scenario, 'short-polling'), mean),
      },
      {
        label: `long-polling mean, RTT ${rttMs} ms`,
        predicted: overCells(long, cell => modelled(cell).latency.meanMs).value,
        measured: overCells(long, cell => mean(cell) - scheduleLuckMs(evidence, cell)),
      },
    ].map(point => ({ ...point, claimed: point.predicted }))
  })
  const verdict = verdictOfBands(
    points.map(({ measured, predicted }) => bandOf(measured, predicted, Math.max(EMULATOR_MS, TOLERANCE * predicted))),
  )
  const worst = points.reduce((a, b) => (offBy(b) > offBy(a) ? b : a))
  const why = `Furthest from the model was ${worst.label}: ${inWords(worst.measured, 1)} ms against ${worst.predicted.toFixed(1)} ms.`
  return { points, verdict, why }
}

const offBy = ({ measured, predicted }: { measured: { value: number }; predicted: number }): number =>
  Math.abs(measured.value - predicted) / predicted
