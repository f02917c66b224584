// Latency distribution: which share of the notices has arrived after how long.
import type { Chart } from './chart.ts'
import { distributionConfig, levelsText, linesOf, lossText, pointsTable } from './drawing/distribution.ts'
import { axisStyle, rowsOf } from './drawing/style.ts'
import { lawsOf } from './from-run/overlay.ts'

export const chart: Chart = {
  draw(view) {
    const { run, scenario } = view
    const known = linesOf(view)
    const laws = lawsOf(
      run,
      scenario,
      known.map(({ row }) => row),
    )
    const lines = known.map(line => ({ ...line, law: laws.get(line.row.transport) }))
    const title = 'How late a notice arrives'
    const caption = `Share of all expected notices that has arrived after a given time, in the geometric mean over rounds; the time axis is logarithmic. Marks stand at 50, 90, 99 and 99.9\u00a0%.${
      laws.size > 0
        ? ' Thin lines: what the model predicts from the rate, the interval, the re-arm gap and the one-way delay (the fastest push’s median) of this run.'
        : ''
    }`
    const table = pointsTable(lines)
    if (lines.length === 0)
      return { title, caption, table, config: null, finding: 'n/a (no distribution was kept)', heightPx: 0 }
    const style = axisStyle(view.theme, 'notices that have arrived')
    return {
      title,
      caption,
      table,
      heightPx: 340,
      finding: `Half of the notices arrive within ${levelsText(lines, 0.5)}.${lossText(rowsOf(view))}`,
      config: distributionConfig(view, lines, {
        y: q => q * 100,
        pointText: q => `${Number((q * 100).toFixed(2))} % within`,
        yAxis: {
          ...style,
          type: 'linear',
          min: 0,
          max: 100,
          ticks: { ...style.ticks, stepSize: 25, callback: (value: number) => `${value} %` },
        },
      }),
    }
  },
}
