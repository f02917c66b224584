// Latency as two numbers: median and 99th percentile of each transport with their intervals, as dots on a logarithmic axis.

import { type Estimate, isMissing, type Statistic } from '../../results/estimate.ts'
import { formatMs, missingText } from '../../results/figures.ts'
import type { SummaryRow } from '../../results/format.ts'
import type { Chart, ChartView } from './chart.ts'
import { logAxis, logEnds, placesAxis, tickMs } from './drawing/axis.ts'
import { barText } from './drawing/bar-text.ts'
import { barsHeightPx } from './drawing/bars.ts'
import { hover } from './drawing/hover.ts'
import { marksStyle } from './drawing/marks.ts'
import { asConfig, baseOptions, lookOf, nameOf, rowsOf } from './drawing/style.ts'
import { extremesFinding } from './from-run/findings.ts'
import { numbersOf } from './from-run/numbers.ts'

const levels = [
  { name: 'medianMs', title: 'median', filled: true },
  { name: 'p99Ms', title: 'p99', filled: false },
] as const

/** About what a mark takes of the axis' length. */
const MARK_SHARE = 0.03

const statisticOf = (row: SummaryRow, name: string): Statistic => row.statistics[name] ?? { missing: 'not measured' }

export const chart: Chart = {
  draw(view) {
    const rows = rowsOf(view)
    const entries = rows.map(row => ({ row, statistic: statisticOf(row, 'medianMs') }))
    const isKnown = rows.some(row => levels.some(({ name }) => !isMissing(statisticOf(row, name))))
    return {
      title: 'Median and p99 latency',
      caption:
        'Filled marks: median; open marks: 99th percentile; whiskers: 95 % intervals over rounds, where wider than the mark. From appended to received; the axis is logarithmic.',
      finding: `Median. ${extremesFinding(view, entries, 'medianMs', formatMs)}`,
      table: {
        columns: [
          { header: 'transport', align: 'left' },
          ...levels.flatMap(({ title }) =>
            [`${title}, ms`, `${title}, 95 % from`, `${title}, 95 % to`].map(header => ({
              header,
              align: 'right' as const,
            })),
          ),
        ],
        rows: rows.map(row => [
          nameOf(row.transport),
          ...levels.flatMap(({ name }) => numbersOf(statisticOf(row, name))),
        ]),
      },
      heightPx: isKnown ? barsHeightPx(rows.length) : 0,
      config: isKnown ? configOf(view, rows) : null,
    }
  },
}

function configOf({ theme }: ChartView, rows: readonly SummaryRow[]) {
  const base = baseOptions(theme)
  const isDrawable = (statistic: Statistic): statistic is Estimate => !isMissing(statistic) && statistic.value > 0
  const drawn = rows.flatMap(row => levels.map(({ name }) => statisticOf(row, name)).filter(isDrawable))
  // A whisker that reaches to zero or below has no place on a logarithmic axis; it ends at the axis.
  const ends = logEnds(
    drawn.flatMap(({ value, low, high }) => [value, high ?? value, Math.max(low ?? value, value / 10)]),
  )
  const isWide = (low: number | null, high: number | null): boolean =>
    low !== null &&
    high !== null &&
    Math.log(high / Math.max(low, ends.min)) > MARK_SHARE * Math.log(ends.max / ends.min)
  return asConfig({
    type: 'scatterWithErrorBars',
    data: {
      datasets: levels.map(({ name, title, filled }) => ({
        label: title,
        data: rows.flatMap((row, index) => {
          const statistic = statisticOf(row, name)
          if (!isDrawable(statistic)) return []
          const { value: x, low, high } = statistic
          return [{ x, y: index, ...(isWide(low, high) && { xMin: Math.max(low!, ends.min), xMax: high! }) }]
        }),
        ...marksStyle(
          theme,
          rows.filter(row => isDrawable(statisticOf(row, name))).map(({ transport }) => transport),
          filled,
        ),
      })),
    },
    options: {
      ...base,
      scales: {
        x: logAxis({ theme, axis: 'x', title: 'from appended to received', ends, text: tickMs }),
        y: placesAxis(
          theme,
          rows.map(({ transport }, at) => ({ at, label: nameOf(transport) })),
          { reverse: true },
        ),
      },
    },
    plugins: [
      barText(
        theme,
        rows.map(row => {
          const statistic = statisticOf(row, 'medianMs')
          return isMissing(statistic) ? missingText(statistic.missing) : ''
        }),
        rows.map(() => ends.min),
      ),
      hover(theme, (level, at) => {
        const { name, title } = levels[level]!
        const row = rows.filter(each => isDrawable(statisticOf(each, name)))[at]!
        const statistic = statisticOf(row, name)
        return `${lookOf(row.transport, theme).label}, ${title}: ${isMissing(statistic) ? '' : formatMs(statistic.value)}`
      }),
    ],
  })
}
