// A figure of one statistic: a horizontal bar per transport from zero, with its interval as a whisker.

import { isMissing, type Statistic } from '../../../results/estimate.ts'
import { missingText } from '../../../results/figures.ts'
import type { SummaryRow } from '../../../results/format.ts'
import type { StatisticName } from '../../../results/metrics.ts'
import type { ChartView, Figure, FigureTable } from '../chart.ts'
import { type Entry, extremesFinding } from '../from-run/findings.ts'
import { linearAxis } from './axis.ts'
import { barText, RIGHT_PADDING_PX } from './bar-text.ts'
import { hover } from './hover.ts'
import { asConfig, axisStyle, baseOptions, lookOf, nameOf, palettes, rowsOf } from './style.ts'

export interface BarsFigure {
  readonly title: string
  readonly caption: string
  /** Unit of the stored value, for the table. */
  readonly unit: string
  readonly axisTitle: string
  /** A value with its unit, as people read it. */
  readonly text: (value: number) => string
}

export interface StatisticFigure extends BarsFigure {
  readonly name: StatisticName
}

/** A row of a figure; `label` where the transport's name would not tell it from another one. */
export interface FigureRow {
  readonly row: SummaryRow
  readonly label?: string
}

export interface BarEntry extends Entry {
  readonly label: string
}

/** A bar per transport, its interval, and the value in words. `rows`: those of the view's scenario, where nothing else is said. */
export function statisticFigure(
  view: ChartView,
  figure: StatisticFigure,
  rows: readonly FigureRow[] = rowsOf(view).map(row => ({ row })),
): Figure {
  const { name, text } = figure
  const entries = rows.map(({ row, label = nameOf(row.transport) }) => ({
    row,
    label,
    statistic: row.statistics[name] ?? { missing: 'not measured' },
  }))
  return barsFigure(view, entries, figure, extremesFinding(view, entries, name, text))
}

/** A bar for each entry, or none where nothing is known of any. */
export function barsFigure(view: ChartView, entries: readonly BarEntry[], figure: BarsFigure, finding: string): Figure {
  const { title, caption, unit } = figure
  const known = entries.filter(({ statistic }) => !isMissing(statistic))
  const table = statisticTable(entries, unit)
  if (known.length === 0) return { title, caption, finding, table, config: null, heightPx: 0 }
  return {
    title,
    caption,
    finding,
    table,
    heightPx: barsHeightPx(entries.length),
    config: barsConfig(view, entries, figure),
  }
}

/** Height of a chart with so many bars, px. */
export const barsHeightPx = (bars: number): number => 62 + 44 * bars

const statisticTable = (entries: readonly BarEntry[], unit: string): FigureTable => ({
  columns: [
    { header: 'transport', align: 'left' },
    { header: unit, align: 'right' },
    { header: '95 % from', align: 'right' },
    { header: '95 % to', align: 'right' },
    { header: 'rounds', align: 'right' },
  ],
  rows: entries.map(({ row, label, statistic }) =>
    isMissing(statistic)
      ? [label, missingText(statistic.missing), null, null, row.rounds]
      : [label, statistic.value, statistic.low, statistic.high, statistic.n],
  ),
})

const reachOf = (statistic: Statistic): number =>
  isMissing(statistic) ? 0 : Math.max(0, statistic.high ?? statistic.value)

function barsConfig({ theme }: ChartView, entries: readonly BarEntry[], { axisTitle, text }: BarsFigure) {
  const base = baseOptions(theme)
  const { ink, ground } = palettes[theme]
  const looks = entries.map(({ row }) => lookOf(row.transport, theme))
  return asConfig({
    type: 'barWithErrorBars',
    data: {
      labels: entries.map(({ label }) => label),
      datasets: [
        {
          data: entries.map(({ statistic }) => {
            if (isMissing(statistic)) return { x: Number.NaN }
            const { value: x, low, high } = statistic
            // An interval of no width would be an edge across the bar's end.
            return low === null || high === null || low === high ? { x } : { x, xMin: [low, low], xMax: [high, high] }
          }),
          backgroundColor: looks.map(({ color }) => color),
          borderColor: ink,
          borderWidth: theme === 'dark' ? 0 : 0.5,
          maxBarThickness: 26,
          minBarLength: 2,
          // Twice, the second one below: on a bar of the colour of ink a whisker is seen by its edge alone.
          errorBarColor: { v: [ink, ground] },
          errorBarWhiskerColor: { v: [ink, ground] },
          errorBarLineWidth: { v: [1.5, 4.5] },
          errorBarWhiskerLineWidth: { v: [1.5, 4.5] },
          errorBarWhiskerRatio: { v: [0.5, 0.62] },
        },
      ],
    },
    options: {
      ...base,
      indexAxis: 'y',
      layout: { padding: { top: 4, right: RIGHT_PADDING_PX, bottom: 0, left: 0 } },
      scales: barScales(theme, axisTitle, text),
    },
    plugins: [
      hover(theme, (_, at) => statisticText(entries[at]!.statistic, text)),
      barText(
        theme,
        entries.map(({ statistic }) => (isMissing(statistic) ? missingText(statistic.missing) : text(statistic.value))),
        entries.map(({ statistic }) => reachOf(statistic)),
      ),
    ],
  })
}

/** A linear axis from zero below, the transports beside it. */
export function barScales(theme: 'light' | 'dark', axisTitle: string, text: (value: number) => string) {
  const y = axisStyle(theme)
  return {
    // From zero to whatever the bars need.
    x: linearAxis({ theme, title: axisTitle, ends: { min: 0 }, text }),
    y: {
      ...y,
      type: 'category' as const,
      grid: { display: false },
      ticks: { ...y.ticks, color: palettes[theme].ink, autoSkip: false },
    },
  }
}

const statisticText = (statistic: Statistic, text: (value: number) => string): string => {
  if (isMissing(statistic)) return missingText(statistic.missing)
  const { value, low, high } = statistic
  return low === null || high === null
    ? `${text(value)} (one round)`
    : `${text(value)}, 95 % from ${text(low)} to ${text(high)}`
}
