// When does a broadcast reach the last of its subscribers?

import { linearRegression, linearRegressionLine, rSquared } from 'simple-statistics'
import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import { servedAfterMs } from '../../results/model-load.ts'
import type { Scenario } from '../../results/scenario.ts'
import { estimateOf } from '../../results/statistics.ts'
import { bandOf, inWords, overCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { figureOf, rounded } from './judging/plainly.ts'
import { serviceUs } from './judging/service.ts'

const TOLERANCE = 0.1
const LEAST_R2 = 0.95
/** A declared busy wait keeps the server slower than the load process, whose own turn would be measured otherwise. */
const BURN_US = 100

/** 15 broadcasts a window. A spread of 50 turns is 5 ms, and client and kernel shift its ends by some tenths: the slope over all N rests on
 * the long ones, with a standard error of about 2 % a round. */
const at = (clients: number): Scenario =>
  scenarioOf({
    clients,
    ratePerSecond: 5,
    burnUs: BURN_US,
    windowMs: 3000,
    // Only where the window holds enough CPU to read s from.
    publishingAlone: clients === 400,
    transports: ['websocket'],
    rounds: 3,
  })
const sizes: readonly Scenario[] = [50, 100, 200, 400].map(at)
const largest = sizes.at(-1)!

export const experiment: Experiment = {
  question: 'When does a broadcast reach the last of its subscribers?',
  group: 'start',
  plan: options => planOf(options, { scenarios: sizes, rounds: largest.rounds! }),
  claims: [
    claimTest({
      id: 'ramp',
      claim: 'One thread serves subscribers one after the other, so the last of many gets each notice later',
      topic: 'scale',
      source: "this lab's model (results/model-load.ts): one thread serves one after the other",
      prediction: `from the first of N subscribers to the last (N − 1)·s, linear in N with R² > ${LEAST_R2}; s is the server's CPU per delivery at N = ${largest.clients}, a declared busy wait of ${BURN_US} µs included`,
      tolerance: '10 % of the slope',
      unit: 'ms from the first arrival to the last',
      plainly: {
        reproduced: points => `As turns explain it, ${lastInPlainWords(points)}.`,
        refuted: points => `Not as turns explain it: ${lastInPlainWords(points)}.`,
        inconclusive: points => `Not certain that turns explain all of it: ${lastInPlainWords(points)}.`,
      },
      judge,
    }),
  ],
}

function lastInPlainWords(points: Claim['points']): string {
  return `the last of ${largest.clients} subscribers had a notice ${rounded(figureOf(points, `N = ${largest.clients}`))} ms after the first`
}

function judge(evidence: Evidence) {
  const s = serviceUs(evidence, largest, 'websocket', ({ noticesWritten }) => noticesWritten)
  const measured = sizes.map(scenario => ({ scenario, cells: usableCells(evidence, scenario, 'websocket') }))
  const spreads = measured.map(({ scenario, cells }) => ({
    label: `N = ${scenario.clients}`,
    predicted: servedAfterMs({ place: scenario.clients - 1, serviceUs: s.value }),
    claimed: servedAfterMs({ place: scenario.clients - 1, serviceUs: s.value }),
    measured: overCells(cells, spreadMsOf),
  }))
  const lines = [...new Set(measured.flatMap(({ cells }) => cells.map(({ round }) => round)))].flatMap(round => {
    const points = measured.flatMap(({ scenario, cells }) =>
      cells
        .filter(cell => cell.round === round)
        .map((cell): [number, number] => [scenario.clients - 1, spreadMsOf(cell)]),
    )
    if (points.length < sizes.length) return []
    const line = linearRegression(points)
    // Where all spreads are equal there is no variance to be explained, and R² is nothing over nothing.
    return [{ slopeUs: line.m * 1000, fit: line.m === 0 ? 0 : rSquared(points, linearRegressionLine(line)) }]
  })
  if (lines.length === 0) throw new Error('no round in which every number of subscribers is usable')
  const slope = estimateOf(lines.map(({ slopeUs }) => slopeUs))
  const fit = estimateOf(lines.map(({ fit }) => fit))
  const points = [
    {
      label: 'µs for each further subscriber (slope)',
      unit: 'µs for each further subscriber',
      predicted: s.value,
      claimed: s.value,
      measured: slope,
    },
    { label: 'R² of the line', unit: 'R²', predicted: 1, claimed: LEAST_R2, measured: fit },
    ...spreads,
  ]
  const band = bandOf(slope, s.value, s.value * TOLERANCE)
  const isLine = fit.low !== null && fit.low > LEAST_R2
  const isNone = fit.high !== null && fit.high < LEAST_R2
  const why = `Each further subscriber came ${inWords(slope, 1)} µs later, s was ${inWords(s, 1)} µs of CPU; R² = ${inWords(fit, 3)}; ${largest.clients} subscribers were reached within ${inWords(spreads.at(-1)!.measured, 1)} ms.`
  const verdict =
    isNone || band === 'apart'
      ? ('refuted' as const)
      : isLine && band === 'inside'
        ? ('reproduced' as const)
        : ('inconclusive' as const)
  return { points, verdict, why }
}

function spreadMsOf({ spreadMs, scenario, round }: Cell): number {
  if (spreadMs === undefined) throw new Error(`no notice of ${scenario}, round ${round + 1}, reached every subscriber`)
  return spreadMs
}
