// Claims of this lab's own models: what the model says is what is claimed.
import type { Cell } from '../../../results/cell.ts'
import type { Estimate } from '../../../results/estimate.ts'
import { bandOf, inWords, overCells, verdictOfBands } from '../../evidence.ts'

export interface ModelPoint {
  readonly label: string
  /** Where it is another one than the claim's. */
  readonly unit?: string
  readonly predicted: number
  readonly measured: Estimate
  /** Measured over predicted of each round, where what the model is given differs between rounds (the rate as it was, say). */
  readonly ratio?: Estimate
}

/** A figure of cells beside what the model says of each. */
export const besideModel = (
  cells: readonly Cell[],
  figure: (cell: Cell) => number,
  law: (cell: Cell) => number,
): Pick<ModelPoint, 'predicted' | 'measured' | 'ratio'> & { readonly ratio: Estimate } => ({
  predicted: overCells(cells, law).value,
  measured: overCells(cells, figure),
  ratio: overCells(cells, cell => figure(cell) / law(cell)),
})

/** Where a point lies against the model, give or take `tolerance` (a share). */
export const modelBand = ({ measured, predicted, ratio }: ModelPoint, tolerance: number): ReturnType<typeof bandOf> =>
  ratio ? bandOf(ratio, 1, tolerance) : bandOf(measured, predicted, tolerance * predicted)

/** `reproduced` where every interval lies within `tolerance` (a share) of the model, `refuted` where one is disjoint from that. */
export function judgedByModel(points: readonly ModelPoint[], tolerance: number, unit: string) {
  const worst = points.reduce((a, b) => (offBy(b) > offBy(a) ? b : a))
  const digits = worst.predicted < 10 ? 2 : 0
  const measured = [inWords(worst.measured, digits), unit].filter(word => word !== '').join(' ')
  return {
    points: points.map(({ ratio: _, ...point }) => ({ ...point, claimed: point.predicted })),
    verdict: verdictOfBands(points.map(point => modelBand(point, tolerance))),
    why: `Furthest from the model was ${worst.label}: ${measured}, the model says ${worst.predicted.toFixed(digits)}.`,
  }
}

const offBy = ({ measured, predicted, ratio }: ModelPoint): number =>
  Math.abs((ratio?.value ?? measured.value / predicted) - 1)
