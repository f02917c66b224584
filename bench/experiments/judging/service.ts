// The server's CPU for one delivery or one poll, s, as the models of a loaded thread want it.
import type { Cell } from '../../../results/cell.ts'
import type { Estimate } from '../../../results/estimate.ts'
import { MIN_CPU_US } from '../../../results/kinds/kind.ts'
import type { Scenario } from '../../../results/scenario.ts'
import { overPairs, usableCells } from '../../evidence.ts'
import type { Evidence } from '../experiment.ts'

/**
 * s in µs: CPU of the window less the publishing alone of the same round, over `operations` of the cell. Throws a sentence where a window held
 * too little CPU (bench/README.md, rule 15) or no operation, or the publishing alone is missing.
 */
export function serviceUs(
  evidence: Evidence,
  scenario: Scenario,
  transport: string,
  operations: (cell: Cell) => number,
): Estimate {
  const alone = usableCells(evidence, scenario, null)
  return overPairs(usableCells(evidence, scenario, transport), alone, (cell, quiet) => {
    const count = operations(cell)
    const window = `the window of ${transport} in ${scenario.id}, round ${cell.round + 1},`
    if (count === 0) throw new Error(`${window} held nothing to divide the CPU by`)
    if (cell.server.cpuUs < MIN_CPU_US)
      throw new Error(
        `${window} held ${(cell.server.cpuUs / 1e6).toFixed(2)} s of CPU, ${MIN_CPU_US / 1e6} s are needed`,
      )
    return (cell.server.cpuUs - quiet.server.cpuUs * (cell.windowMs / quiet.windowMs)) / count
  })
}
