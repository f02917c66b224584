// Open connections over the measured window.
import { formatCount, threeDigits } from '../../results/figures.ts'
import type { Chart } from './chart.ts'
import { heldAt, overTimeFigure } from './drawing/over-time.ts'
import { lookOf } from './drawing/style.ts'

export const chart: Chart = {
  draw: view =>
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
          const [least, most] = [Math.min(...values), Math.max(...values)].map(open =>
            Number.isInteger(open) ? formatCount(open) : threeDigits(open),
          )
          return `${lookOf(transport, 'light').label} ${least === most ? least : `${least} to ${most}`}`
        })
        return `Open at a time: ${parts.join(', ')}.`
      },
    }),
}
