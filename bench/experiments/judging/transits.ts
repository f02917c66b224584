// Where transits are counted (bench/README.md, rule 14): the scenarios that claims share, and delivery in one-way delays of the same round.
import type { Cell } from '../../../results/cell.ts'
import type { Estimate } from '../../../results/estimate.ts'
import { longPolling } from '../../../results/model.ts'
import type { Scenario } from '../../../results/scenario.ts'
import { estimateOf } from '../../../results/statistics.ts'
import { aboveFloor, gapMsOf, msOf, rateOf, usableCells } from '../../evidence.ts'
import { scenarioOf } from '../../scenarios.ts'
import type { Evidence } from '../experiment.ts'

/** 50 ms a leg. */
export const RTT_MS = 100
const counted = { rttMs: RTT_MS, stratified: true, publishingAlone: false, rounds: 4 } as const
/** Of each round the luck of its schedule is taken off; not at x = 5, where after a few answers nothing of it is left. */
const controlled = { control: 'schedule' } as const
const polled = { ...counted, transports: ['long-polling'] }

/**
 * x = λg of about 0.1, 0.5, 1 and 5, the gap g being the round trip and a little. All subscribers hold their polls for the same notices, so a round has
 * λ · window independent waits (18, 50, 80, 300) of standard deviation 0.35, 0.63, 0.66, 0.58 transits. Strata take most of that away at
 * small x, where a wait depends on one pause alone: standard error of a round about 0.025, 0.05, 0.06, 0.03 transits, of four rounds half of
 * that, so 95 % intervals of ± 0.04, 0.08, 0.1, 0.05, against 5 % of 1.10, 1.45, 1.73, 2.00.
 */
export const tenth = scenarioOf({ ...polled, ...controlled, ratePerSecond: 1, windowMs: 18_000 })
export const half = scenarioOf({ ...polled, ...controlled, ratePerSecond: 5 })
/** Its WebSocket gives the one-way delay of all of them, its short polling the other side of comparisons. */
export const one = scenarioOf({
  ...counted,
  ...controlled,
  ratePerSecond: 10,
  windowMs: 8000,
  transports: ['short-polling', 'long-polling', 'websocket'],
})
export const five = scenarioOf({ ...polled, ratePerSecond: 50, windowMs: 6000 })

/** P = 123 and 80 ms: 1.2 and 0.8 gaps. 80 ms and a gap of 102 to 103 ms have no small common multiple, so that waits spread over the gap
 * (`lockedLongPollingMeanMs` is what would else be measured). Nothing here is random but the phase: three rounds do. */
const periodic = { ...counted, schedule: 'periodic', stratified: false, windowMs: 5000, rounds: 3 } as const
const both = { ...periodic, transports: ['long-polling', 'websocket'] }
export const slower = scenarioOf({ ...both, ratePerSecond: 8.13 })
export const faster = scenarioOf({ ...both, ratePerSecond: 12.5 })
export const onePerAnswer = scenarioOf({ ...periodic, ratePerSecond: 12.5, limit: 1, transports: ['long-polling'] })

/** A poller's cell, and the one-way delay down as WebSocket had it in the same round: the median of its delivery. */
export interface Transit {
  readonly cell: Cell
  readonly downMs: number
}

/**
 * Usable cells of `transport` under `scenario`, each with the delay of its round from WebSocket under `reference` (same RTT). Both must
 * be above the floor for a difference of `transits` one-way delays. Throws a sentence where none is left.
 */
export function transitsOf(
  evidence: Evidence,
  scenario: Scenario,
  transport: string,
  transits: number,
  reference: Scenario = one,
): Transit[] {
  const differenceMs = (transits * RTT_MS) / 2
  const pushed = aboveFloor(usableCells(evidence, reference, 'websocket'), differenceMs)
  const pairs = aboveFloor(usableCells(evidence, scenario, transport), differenceMs).flatMap(cell => {
    const push = pushed.find(({ round }) => round === cell.round)
    return push ? [{ cell, downMs: msOf(push, 'delivery', 'p50Us') }] : []
  })
  if (pairs.length === 0)
    throw new Error(`no round in which both ${transport} in ${scenario.id} and websocket in ${reference.id} are usable`)
  return pairs
}

/** A figure of each pair over the rounds. */
export const overTransits = (pairs: readonly Transit[], figure: (pair: Transit) => number): Estimate =>
  estimateOf(pairs.map(figure))

/** A quantity of delivery, in transits. */
export const inTransits =
  (quantity: 'meanUs' | 'p99Us' | 'p995Us' | 'maxUs') =>
  ({ cell, downMs }: Transit): number =>
    msOf(cell, 'delivery', quantity) / downMs

/** What the model says of a long poller's cell, from λ, g and dd of the same round. */
export const longPollingOf = ({ cell, downMs }: Transit, { waitMs }: Scenario) =>
  longPolling({ ratePerSecond: rateOf(cell), gapMs: gapMsOf(cell), downMs, holdMs: waitMs })

/** x = λg as it was. */
export const noticesPerGap = ({ cell }: Transit): number => (rateOf(cell) * gapMsOf(cell)) / 1000
