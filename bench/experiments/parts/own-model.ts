// Claims of this lab's own models: what the model says is what is claimed.
import type { Estimate } from '../../../results/format.ts'
import { bandOf, inWords, verdictOfBands } from '../../evidence.ts'
import type { ClaimTest } from '../experiment.ts'

export interface ModelPoint {
  readonly label: string
  readonly predicted: number
  readonly measured: Estimate
}

/** `reproduced` where every interval lies within `tolerance` (a share) of the model, `refuted` where one is disjoint from that. */
export function judgedByModel(
  points: readonly ModelPoint[],
  tolerance: number,
  unit: string,
): ReturnType<ClaimTest['judge']> {
  const worst = points.reduce((a, b) => (offBy(b) > offBy(a) ? b : a))
  const digits = worst.predicted < 10 ? 2 : 0
  const measured = [inWords(worst.measured, digits), unit].filter(word => word !== '').join(' ')
  return {
    points: points.map(point => ({ ...point, claimed: point.predicted })),
    verdict: verdictOfBands(
      points.map(({ measured, predicted }) => bandOf(measured, predicted, tolerance * predicted)),
    ),
    why: `Furthest from the model was ${worst.label}: ${measured}, the model says ${worst.predicted.toFixed(digits)}.`,
  }
}

const offBy = ({ measured, predicted }: ModelPoint): number => Math.abs(measured.value - predicted) / predicted
