// The tail of the latency distribution: which share of the notices is later than how long, on two logarithmic axes.
import type { Chart } from './chart.ts'
import { logAxis } from './drawing/axis.ts'
import { distributionConfig, levelsText, linesOf, lossText, pointsTable } from './drawing/distribution.ts'
import { rowsOf } from './drawing/style.ts'

export const chart: Chart = {
  draw(view) {
    const lines = linesOf(view)
    const title = 'How late the latest are'
    const caption =
      'Share of all expected notices that is still missing after a given time, in the geometric mean over rounds; both axes are logarithmic, so that one notice in a thousand is seen.'
    const table = pointsTable(lines)
    if (lines.length === 0)
      return { title, caption, table, config: null, finding: 'n/a (no distribution was kept)', heightPx: 0 }
    const rest = lines.flatMap(({ points }) => points.flatMap(([q]) => (q < 1 ? [1 - q] : [])))
    const least = 10 ** Math.floor(Math.log10(Math.min(0.1, ...rest)) + 1e-6)
    return {
      title,
      caption,
      table,
      heightPx: 340,
      finding: `99 % of the notices arrive within ${levelsText(lines, 0.99)}.${lossText(rowsOf(view))}`,
      config: distributionConfig(view, lines, {
        y: q => (q < 1 ? Number(((1 - q) * 100).toPrecision(6)) : undefined),
        pointText: q => `${Number(((1 - q) * 100).toPrecision(3))} % later than`,
        yAxis: logAxis({
          theme: view.theme,
          axis: 'y',
          title: 'notices still missing',
          ends: { min: least * 100, max: 100 },
          text: value => `${Number(value.toPrecision(3))} %`,
        }),
      }),
    }
  },
}
