// What one cell says: each statistic of the summary from the records of a single round, or the reason why it cannot be had.
import type { Cell } from './cell.ts'
import { type Kind, kinds } from './kinds/index.ts'
import type { Context, Figure, ResultKind } from './kinds/kind.ts'

export type StatisticName = { [Each in Kind]: keyof (typeof kinds)[Each]['metrics'] }[Kind]

/** Names of all statistics. */
export const statisticNames = [
  ...new Set(Object.values(kinds).flatMap(({ metrics }) => Object.keys(metrics))),
] as StatisticName[]

/** The metrics that apply under a scenario of a kind. */
export const metricsOf = (kind: Kind): Readonly<Record<string, (cell: Cell, context: Context) => Figure>> =>
  kinds[kind].metrics

/** The quantiles of lower levels of the same distribution, by rising level; undefined where the statistic is no quantile. */
export function quantilesBelow(kind: Kind, name: string): readonly string[] | undefined {
  const { quantiles = [] }: ResultKind = kinds[kind]
  const levels = quantiles.find(names => names.includes(name))
  return levels?.slice(0, levels.indexOf(name))
}
