// What a delivery costs a contestant: CPU by round, and ratios of two that ran side by side.
import type { Estimate } from '../../../results/estimate.ts'
import type { Scenario } from '../../../results/scenario.ts'
import { estimateOf as meanOf, ratioOf } from '../../../results/statistics.ts'
import type { ContestantName } from '../../contestants/index.ts'
import { usableCells } from '../../evidence.ts'
import { scenarioOf } from '../../scenarios.ts'
import type { Evidence } from '../experiment.ts'

export type PeerLoad = Partial<Omit<Scenario, 'id'>>

/** The load of one contestant on one transport. */
export const peerScenario = (contestant: ContestantName, transport: string, load: PeerLoad): Scenario =>
  scenarioOf({
    kind: 'peer',
    headerProfile: 'bare',
    schedule: 'periodic',
    bodyBytes: 100,
    warmupMs: 1500,
    windowMs: 4000,
    rounds: PEER_ROUNDS,
    publishingAlone: false,
    ...load,
    contestant,
    transports: [transport],
  })

/** Rounds of an experiment that compares contestants. */
export const PEER_ROUNDS = 5

/** CPU of each round's window for a delivery, µs, less the publishing alone of the round. */
export function costs(evidence: Evidence, scenario: Scenario, transport: string): Map<number, number> {
  const alone = scenario.publishingAlone ? usableCells(evidence, scenario, null) : []
  return new Map(
    usableCells(evidence, scenario, transport).map(cell => {
      const quiet = alone.find(({ round }) => round === cell.round) ?? alone[0]
      return [cell.round, (cell.server.cpuUs - (quiet?.server.cpuUs ?? 0)) / cell.delivered]
    }),
  )
}

/** One for one of the other, paired by round. Throws where no round has both. */
export function paired(first: Map<number, number>, second: Map<number, number>): Estimate {
  const rounds = [...first.keys()].filter(round => second.has(round))
  if (rounds.length === 0) throw new Error('no round in which both are usable')
  return ratioOf(
    rounds.map(round => first.get(round)!),
    rounds.map(round => second.get(round)!),
  )
}

/** Mean over rounds. */
export const estimate = (values: Map<number, number>): Estimate => meanOf([...values.values()])

/** Reproduced where each ratio is at most its bound with its whole interval, refuted where one lies above with all of it. */
export function verdictOf(ratios: readonly { measured: Estimate; bound: number }[]) {
  if (ratios.some(({ measured, bound }) => measured.low !== null && measured.low > bound)) return 'refuted' as const
  return ratios.length > 0 && ratios.every(({ measured, bound }) => measured.high !== null && measured.high <= bound)
    ? ('reproduced' as const)
    : ('inconclusive' as const)
}
