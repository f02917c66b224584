// Sensitivity: what a claim's verdict would have been with the neighbouring choices that a critic would name.
import type { Cell } from '../results/cell.ts'
import type { Distribution } from '../results/estimate.ts'
import type { Claim } from '../results/format.ts'
import type { Scenario } from '../results/scenario.ts'
import { judgeClaim } from './claims.ts'
import type { ClaimTest, Evidence } from './experiments/experiment.ts'

type Sensitivity = NonNullable<Claim['sensitivity']>

/** Fewer rounds leave nothing to judge by once one is left out. */
const LEAST_ROUNDS = 3

/**
 * The verdicts of `claim` with each neighbouring choice that its rule has a say in: without one of the rounds, with means for medians and the other way round,
 * and with the header profiles exchanged where both were measured. A choice that changes no figure is left out. `judged` is the verdict as it stands.
 */
export function sensitivityOf(claim: ClaimTest, evidence: Evidence, judged: Claim): Sensitivity {
  if (judged.points.length === 0) return []
  const found: Sensitivity = []
  const withoutOne = roundsOf(evidence).map(round => {
    const cells = evidence.cells.filter(cell => cell.round !== round)
    return { round, verdict: judgeClaim(claim, { ...evidence, cells }).verdict }
  })
  if (withoutOne.length >= LEAST_ROUNDS) {
    const different = withoutOne.filter(({ verdict }) => verdict !== judged.verdict)
    if (different.length === 0) found.push({ choice: 'without any one round', verdict: judged.verdict })
    for (const { round, verdict } of different) found.push({ choice: `without round ${round + 1}`, verdict })
  }
  const others: [string, Evidence][] = [
    ['means for medians, and medians for means', { ...evidence, cells: evidence.cells.map(exchanged) }],
  ]
  const twins = headerTwins(evidence.scenarios)
  if (twins.size > 0) {
    const cells = evidence.cells.map(cell => ({ ...cell, scenario: twins.get(cell.scenario) ?? cell.scenario }))
    others.push(['browser and bare headers exchanged', { ...evidence, cells }])
  }
  for (const [choice, altered] of others) {
    const { points, verdict } = judgeClaim(claim, altered)
    const isTouched = JSON.stringify(points) !== JSON.stringify(judged.points)
    if (isTouched && points.length > 0) found.push({ choice, verdict })
  }
  return found
}

const roundsOf = ({ cells }: Evidence): number[] => [...new Set(cells.map(({ round }) => round))].sort((a, b) => a - b)

const swap = (distribution: Distribution | null): Distribution | null =>
  distribution && { ...distribution, p50Us: distribution.meanUs, meanUs: distribution.p50Us }

const exchanged = (cell: Cell): Cell => ({ ...cell, delivery: swap(cell.delivery), latency: swap(cell.latency) })

/** By id, the scenario that differs in its headers alone. */
function headerTwins(scenarios: readonly Scenario[]): Map<string, string> {
  const twins = new Map<string, string>()
  const restOf = ({ id: _, headerProfile: __, transports: ___, rounds: ____, ...rest }: Scenario): string =>
    JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)))
  for (const one of scenarios)
    for (const other of scenarios)
      if (one.headerProfile !== other.headerProfile && restOf(one) === restOf(other)) twins.set(one.id, other.id)
  return twins
}
