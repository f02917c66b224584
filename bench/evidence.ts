// Reading a run's cells for a claim: usable cells by round, figures over rounds, and the verdict a band gives.
import type { Cell, Claim, Estimate, Scenario } from '../results/format.ts'
import { estimateOf } from '../results/statistics.ts'
import type { Evidence } from './experiments/experiment.ts'

/** Cells of a scenario and transport that may be used, in order of rounds. Throws a sentence where there is none. */
export function usableCells({ cells }: Evidence, scenario: Pick<Scenario, 'id'>, transport: string | null): Cell[] {
  const measured = cells.filter(cell => cell.scenario === scenario.id && cell.transport === transport)
  const usable = measured.filter(({ status }) => status === 'ok').sort((a, b) => a.round - b.round)
  if (usable.length > 0) return usable
  const reason = measured.flatMap(({ reasons }) => reasons)[0]
  throw new Error(
    `no usable cell of ${transport ?? 'publishing alone'} in ${scenario.id}${reason ? ` (${reason})` : ''}`,
  )
}

/** A figure of each usable cell, estimated over rounds. */
export const overCells = (cells: readonly Cell[], figure: (cell: Cell) => number): Estimate =>
  estimateOf(cells.map(figure))

/** A figure of two transports' cells of the same rounds, estimated over the rounds in which both are usable. */
export function overPairs(
  first: readonly Cell[],
  second: readonly Cell[],
  figure: (first: Cell, second: Cell) => number,
): Estimate {
  const values: number[] = []
  for (const cell of first) {
    const other = second.find(({ round }) => round === cell.round)
    if (other) values.push(figure(cell, other))
  }
  if (values.length === 0) throw new Error('no round in which both transports are usable')
  return estimateOf(values)
}

/** Whether a measured interval lies within target ± tolerance (`inside`), apart from it (`apart`), or neither. One round has no interval: neither. */
export function bandOf(measured: Estimate, target: number, tolerance: number): 'inside' | 'apart' | 'neither' {
  if (measured.low === null || measured.high === null) return 'neither'
  if (measured.low >= target - tolerance && measured.high <= target + tolerance) return 'inside'
  if (measured.high < target - tolerance || measured.low > target + tolerance) return 'apart'
  return 'neither'
}

/** The common rule: `reproduced` where every interval lies in the band around the claim, `refuted` where one is disjoint from it, else
 * `inconclusive`. Claims with a condition of their own word their rule themselves (`qualified`). */
export function verdictOfBands(bands: readonly ReturnType<typeof bandOf>[]): Claim['verdict'] {
  if (bands.some(band => band === 'apart')) return 'refuted'
  return bands.length > 0 && bands.every(band => band === 'inside') ? 'reproduced' : 'inconclusive'
}

/** A distribution's quantity in ms. Throws where it is infinite or missing. */
export function msOf(
  cell: Cell,
  of: 'delivery' | 'latency',
  quantity: 'meanUs' | 'p50Us' | 'p90Us' | 'p99Us' | 'p999Us' | 'maxUs',
): number {
  const value = cell[of]?.[quantity]
  if (value === null || value === undefined)
    throw new Error(`${quantity} of ${cell.transport} in ${cell.scenario}, round ${cell.round + 1}, is not finite`)
  return value / 1000
}
