// The generated sentence of a figure that compares one statistic: the extremes, how far apart they are, and what is missing.

import { isMissing, type Statistic } from '../../../results/estimate.ts'
import { listed, missingText, threeDigits } from '../../../results/figures.ts'
import type { SummaryRow } from '../../../results/format.ts'
import type { StatisticName } from '../../../results/metrics.ts'
import { ratioBetween } from '../../../results/summary.ts'
import { tiersOf } from '../../../results/tiers.ts'
import type { ChartView } from '../chart.ts'
import { lookOf } from '../drawing/style.ts'

export interface Entry {
  readonly row: SummaryRow
  readonly statistic: Statistic
}

/** `text` writes a value with its unit; `words` say what less and more are called. */
export function extremesFinding(
  view: ChartView,
  entries: readonly Entry[],
  name: StatisticName,
  text: (value: number) => string,
): string {
  const label = (id: string) => lookOf(id, 'light').label
  const known = entries
    .flatMap(({ row, statistic }) => (isMissing(statistic) ? [] : [{ id: row.transport, value: statistic.value }]))
    .toSorted((a, b) => a.value - b.value)
  const [least, most] = [known[0], known.at(-1)]
  const missing = missingFinding(entries)
  if (!least || !most) return missing
  const rest = known.length < entries.length ? ` ${missing}` : ''
  if (known.length === 1) return `${label(least.id)}: ${text(least.value)}.${rest}`
  if (least.value === most.value) return `All the same: ${text(least.value)}.${rest}`
  const ratio = ratioBetween(view.run, view.scenario.id, most.id, least.id, name)
  if (!isMissing(ratio) && ratio.low !== null && ratio.low <= 1)
    return `No clear difference: from ${text(least.value)} (${label(least.id)}) to ${text(most.value)} (${label(most.id)}).${rest}`
  // Several may share an end.
  const at = (value: number): string =>
    listed(known.flatMap(one => (text(one.value) === text(value) ? [label(one.id)] : [])))
  if (text(least.value) === text(most.value)) return `Alike: ${text(least.value)}.${rest}`
  const tiers = tiersAmong(view, entries, name)
  const [lowest, highest] = [tiers[0], tiers.at(-1)]
  // Of a tier its ends are shared, whatever their values look like.
  const ends = (tier: readonly string[] | undefined, value: number, reach: string): string =>
    tier && tier.length > 1
      ? `${listed(tier.map(label))} (tied), ${reach} ${text(value)}`
      : `${at(value)} with ${text(value)}`
  const times = isMissing(ratio) ? most.value / least.value : ratio.value
  const apart =
    !Number.isFinite(times) || times < 0
      ? ''
      : `, ${times >= 2 ? `${threeDigits(times)} times` : `${Math.round((times - 1) * 100)} % above`} that`
  return `Least: ${ends(lowest, least.value, 'from')}; most: ${ends(highest, most.value, 'up to')}${apart}.${rest}`
}

/** Tiers of the entries; none where they are not all of the view's load. */
function tiersAmong({ run, scenario }: ChartView, entries: readonly Entry[], name: StatisticName): string[][] {
  const isOfLoad = entries.every(({ row }) => row.scenario === scenario.id)
  const shown = entries.map(({ row }) => row.transport)
  return isOfLoad ? tiersOf(run, scenario.id, name, shown) : []
}

/** `n/a (too little work)` where it is the same for all, else who lacks it and why. */
export function missingFinding(entries: readonly Entry[]): string {
  const reasons = new Map<string, string[]>()
  for (const { row, statistic } of entries)
    if (isMissing(statistic))
      reasons.set(statistic.missing, [...(reasons.get(statistic.missing) ?? []), lookOf(row.transport, 'light').label])
  const [first] = reasons
  if (!first) return 'n/a (not measured)'
  if (first[1].length === entries.length) return missingText(first[0])
  return [...reasons].map(([reason, labels]) => `${labels.join(', ')}: ${missingText(reason)}.`).join(' ')
}
