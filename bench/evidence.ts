// Reading a run's cells for a claim: usable cells by round, figures over rounds, and the verdict a band gives.
import type { Cell } from '../results/cell.ts'
import type { Estimate } from '../results/estimate.ts'
import type { Claim } from '../results/format.ts'
import type { Scenario } from '../results/scenario.ts'
import { estimateOf, quantileEstimateOf } from '../results/statistics.ts'
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

/** A figure of each usable cell, estimated over rounds. Throws where a cell gives none (nothing over nothing). */
export const overCells = (cells: readonly Cell[], figure: (cell: Cell) => number): Estimate =>
  estimateOf(cells.map(cell => finite(figure(cell), cell)))

/** The same of a quantile: the number that the summary has for it. */
export const quantileOverCells = (cells: readonly Cell[], quantile: (cell: Cell) => number): Estimate =>
  quantileEstimateOf(cells.map(cell => finite(quantile(cell), cell)))

function finite(value: number, { transport, scenario, round }: Cell): number {
  if (Number.isFinite(value)) return value
  throw new Error(
    `too little was counted for a figure of ${transport ?? 'publishing alone'} in ${scenario}, round ${round + 1}`,
  )
}

/** A figure of two transports' cells of the same rounds, estimated over the rounds in which both are usable. Throws as `overCells` does. */
export function overPairs(
  first: readonly Cell[],
  second: readonly Cell[],
  figure: (first: Cell, second: Cell) => number,
): Estimate {
  const values: number[] = []
  for (const cell of first) {
    const other = second.find(({ round }) => round === cell.round)
    if (other) values.push(finite(figure(cell, other), cell))
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
export function verdictOfBands(
  bands: readonly ReturnType<typeof bandOf>[],
): Extract<Claim['verdict'], 'refuted' | 'reproduced' | 'inconclusive'> {
  if (bands.some(band => band === 'apart')) return 'refuted'
  return bands.length > 0 && bands.every(band => band === 'inside') ? 'reproduced' : 'inconclusive'
}

/** A distribution's quantity in ms. Throws where it is infinite or missing. */
export function msOf(
  cell: Cell,
  of: 'delivery' | 'latency',
  quantity: 'meanUs' | 'p50Us' | 'p90Us' | 'p99Us' | 'p995Us' | 'p999Us' | 'maxUs',
): number {
  const value = cell[of]?.[quantity]
  if (value === null || value === undefined)
    throw new Error(`${quantity} of ${cell.transport} in ${cell.scenario}, round ${cell.round + 1}, is not finite`)
  return value / 1000
}

/** Share of a difference that the null transport may take before the difference is the load process's own (bench/README.md, rule 7). */
const FLOOR_SHARE = 0.2

/** From this many probes on there is a p99 that is not merely the largest of them; below it the p90 is taken, as for the publisher's lag. */
const PROBES_FOR_P99 = 100

/**
 * Why a cell says nothing of a difference of `differenceMs` between two transports: the p99 of its null transport (`cell.floor`) exceeds 20 %
 * of it (bench/README.md, rule 7). Undefined where it may be used, or where no floor was measured.
 */
export function floorVoids({ floor, transport, round }: Cell, differenceMs: number): string | undefined {
  const probes = floor ? floor.count + floor.infinite : 0
  if (!floor || probes === 0) return undefined
  const [level, us] = probes >= PROBES_FOR_P99 ? ['p99', floor.p99Us] : ['p90', floor.p90Us]
  const boundMs = FLOOR_SHARE * Math.abs(differenceMs)
  if (us !== null && us / 1000 <= boundMs) return undefined
  const measured = us === null ? 'infinite' : `${(us / 1000).toFixed(2)} ms`
  return `the null transport beside ${transport ?? 'the publishing alone'} in round ${round + 1} had a ${level} of ${measured}, the bound for a difference of ${Math.abs(differenceMs).toFixed(1)} ms is ${boundMs.toFixed(2)} ms`
}

/** Those of `cells` that may speak of a difference of `differenceMs`. Throws the first one's reason where there is none. */
export function aboveFloor(cells: readonly Cell[], differenceMs: number): Cell[] {
  const usable = cells.filter(cell => floorVoids(cell, differenceMs) === undefined)
  if (usable.length > 0 || cells.length === 0) return usable
  throw new Error(floorVoids(cells[0]!, differenceMs)!)
}

/** λ as it was, per second: published over the window. Throws where nothing was. */
export function rateOf({ published, windowMs, scenario }: Cell): number {
  if (published === 0) throw new Error(`nothing was published in the window of ${scenario}`)
  return (published * 1000) / windowMs
}

/** The re-arm gap g as it was, ms. Throws where no poll followed an answer. */
export function gapMsOf({ gap, transport, scenario, round }: Cell): number {
  if (!gap) throw new Error(`no re-arm gap of ${transport} in ${scenario}, round ${round + 1}`)
  return gap.meanMs
}

/** `1.73 (1.70 to 1.76)`; without the interval where there is none. */
export const inWords = ({ value, low, high }: Estimate, digits = 2): string =>
  low === null || high === null
    ? value.toFixed(digits)
    : `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`
