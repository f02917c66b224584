// A figure whose numbers may be of the run's cost part: it says under which conditions they were measured.
import { costConditions } from '../../../results/cost-part.ts'
import type { ChartView, Figure } from '../chart.ts'

/** The figure with those conditions, or as it is where they are the load's own. */
export function asMeasuredApart({ run, scenario }: ChartView, figure: Figure): Figure {
  const conditions = costConditions(run, scenario.id)
  if (conditions === undefined || figure.config === null) return figure
  // The caption says it; below it the load's own would contradict it.
  const sentence = `${conditions[0]!.toUpperCase()}${conditions.slice(1)}.`
  return { ...figure, caption: `${figure.caption} ${sentence}`, conditions: '' }
}
