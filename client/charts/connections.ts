// Open connections: a bar for each transport, and over the measured window where something happens in it.
import type { Cell } from '../../results/cell.ts'
import { isMissing, type Statistic } from '../../results/estimate.ts'
import { formatCount, threeDigits } from '../../results/figures.ts'
import { estimateOf } from '../../results/statistics.ts'
import { mean } from '../../results/sums.ts'
import type { Chart, ChartView, Figure } from './chart.ts'
import { barsFigure } from './drawing/bars.ts'
import { happensIn, heldAt, overTimeFigure } from './drawing/over-time.ts'
import { lookOf, nameOf, rowsOf } from './drawing/style.ts'
import { missingFinding } from './from-run/findings.ts'

const countText = (open: number): string => (Number.isInteger(open) ? formatCount(open) : threeDigits(open))

export const chart: Chart = {
  draw: view => (happensIn(view.scenario) ? overTime(view) : column(view)),
}

function column(view: ChartView): Figure {
  const { run, scenario } = view
  const entries = rowsOf(view).map(row => ({
    row,
    label: nameOf(row.transport),
    statistic: openOf(
      run.cells.filter(
        cell => cell.scenario === scenario.id && cell.transport === row.transport && cell.status === 'ok',
      ),
    ),
  }))
  const each = (value: number): number => value / scenario.clients
  const known = entries.flatMap(({ row, statistic }) =>
    isMissing(statistic) ? [] : [{ name: lookOf(row.transport, 'light').label, value: statistic.value }],
  )
  const parts = known.map(
    ({ name, value }) =>
      `${name} ${countText(value)}${each(value) > 1 ? ` (${countText(each(value))} a subscriber)` : ''}`,
  )
  const more = known.some(({ value }) => each(value) > 1)
    ? ' A transport that begins by polling and goes over to a WebSocket keeps the connections of its polls besides, until the server’s keep-alive ends them.'
    : ''
  return barsFigure(
    view,
    entries,
    {
      title: 'Open connections',
      caption: `Connections of all subscribers that the server holds open, mean over the window.${more} Bars start at zero, whiskers are 95 % intervals over rounds.`,
      unit: 'connections',
      axisTitle: 'open connections',
      text: countText,
    },
    parts.length > 0 ? `Open at a time: ${parts.join(', ')}.` : missingFinding(entries),
  )
}

function openOf(cells: readonly Cell[]): Statistic {
  const means = cells.flatMap(({ timeline }) => (timeline.length > 0 ? [mean(timeline.map(([, open]) => open))] : []))
  return means.length > 0 ? estimateOf(means) : { missing: 'no samples were kept' }
}

const overTime = (view: ChartView): Figure =>
  overTimeFigure(view, {
    title: 'Open connections over time',
    caption:
      'Connections of all subscribers that the server holds open, mean over rounds; one strip per transport, one scale.',
    unit: 'connections',
    stretches: ({ timeline }, edgesMs) =>
      edgesMs.slice(1).map((toMs, at) =>
        heldAt(
          timeline.map(([atMs, open]) => [atMs, open]),
          (edgesMs[at]! + toMs) / 2,
        ),
      ),
    finding: series => {
      const parts = series.map(({ transport, values }) => {
        const [least, most] = [Math.min(...values), Math.max(...values)].map(countText)
        return `${lookOf(transport, 'light').label} ${least === most ? least : `${least} to ${most}`}`
      })
      return `Open at a time: ${parts.join(', ')}.`
    },
  })
