// What became of every notice of a scenario on one transport, over all its rounds.
import type { Estimate } from '../../../results/estimate.ts'
import type { Scenario } from '../../../results/scenario.ts'
import { estimateOf } from '../../../results/statistics.ts'
import { usableCells } from '../../evidence.ts'
import type { Evidence } from '../experiment.ts'

export interface AccountOfRounds {
  readonly transport: string
  readonly expected: number
  readonly lost: number
  readonly duplicated: number
  readonly outOfOrder: number
  /** Lost, doubled and out of order together, a round. */
  readonly wrong: Estimate
  readonly inWords: string
}

/** Throws where no cell may be used. */
export function accountOf(evidence: Evidence, scenario: Scenario, transport: string): AccountOfRounds {
  const cells = usableCells(evidence, scenario, transport)
  const sum = (key: 'expected' | 'lost' | 'duplicated' | 'outOfOrder'): number =>
    cells.reduce((total, cell) => total + cell[key], 0)
  const [expected, lost, duplicated, outOfOrder] = [sum('expected'), sum('lost'), sum('duplicated'), sum('outOfOrder')]
  return {
    transport,
    expected,
    lost,
    duplicated,
    outOfOrder,
    wrong: estimateOf(cells.map(cell => cell.lost + cell.duplicated + cell.outOfOrder)),
    inWords: `${transport}: ${lost} of ${expected} lost, ${duplicated} doubled, ${outOfOrder} out of order`,
  }
}

/** Every notice came, once and in its place. */
export const isWhole = ({ expected, lost, duplicated, outOfOrder }: AccountOfRounds): boolean =>
  expected > 0 && lost + duplicated + outOfOrder === 0
