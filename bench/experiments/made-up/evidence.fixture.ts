// Evidence for tests: cells as they would be on a machine that behaves as the models say, a little different in each round.
import type { Cell } from '../../../results/cell.ts'
import type { Scenario } from '../../../results/scenario.ts'
import type { Evidence } from '../experiment.ts'
import { sampleCell } from './cells.fixture.ts'

/** What is done to a cell: spoiled, or left out (null). */
export type Change = (cell: Cell, scenario: Scenario) => Cell | null

/** Every round of every transport that the scenarios name, and of the publishing alone where they ask for it, in the order of a run. */
export function sampleEvidence(
  scenarios: readonly Scenario[],
  change: Change = cell => cell,
  rounds?: number,
): Evidence {
  const cells: Cell[] = []
  for (const scenario of scenarios)
    for (let round = 0; round < (rounds ?? scenario.rounds ?? 1); round++)
      for (const transport of [...(scenario.transports ?? []), ...(scenario.publishingAlone ? [null] : [])]) {
        const cell = change(sampleCell(scenario, transport, round), scenario)
        if (cell) cells.push(cell)
      }
  return {
    cells,
    scenarios: [...scenarios],
    transports: [...new Set(scenarios.flatMap(({ transports = [] }) => transports))],
  }
}

/** Changes the cells of one transport, or of one transport under the scenarios whose id matches. */
export const only =
  (transport: string | null, change: Change, id = /./): Change =>
  (cell, scenario) =>
    cell.transport === transport && id.test(scenario.id) ? change(cell, scenario) : cell

/** A cell that may not be used. */
export const voided = (cell: Cell): Cell => ({
  ...cell,
  status: 'void',
  reasons: ['late publisher: its lag p99 was 9 ms'],
})

const quantities = ['meanUs', 'p50Us', 'p90Us', 'p99Us', 'p995Us', 'p999Us', 'maxUs'] as const

/** A cell's distribution, `times` as late. */
export const slowed = (cell: Cell, times: number, of: 'delivery' | 'latency' | 'naive' = 'delivery'): Cell => {
  const distribution = { ...cell[of]! }
  for (const key of quantities) distribution[key] = distribution[key]! * times
  return { ...cell, [of]: distribution }
}
