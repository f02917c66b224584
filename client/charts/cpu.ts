// CPU time the server spends on a notice.
import { formatMs } from '../../results/figures.ts'
import type { Chart } from './chart.ts'
import { asMeasuredApart } from './drawing/apart.ts'
import { statisticFigure } from './drawing/bars.ts'

export const chart: Chart = {
  draw: view =>
    asMeasuredApart(
      view,
      statisticFigure(view, {
        name: 'cpuUsPerNotice',
        title: 'Server CPU per notice',
        caption:
          'CPU time of the server process per notice handed over, publishing subtracted. Bars start at zero, whiskers are 95 % intervals over rounds.',
        unit: 'CPU µs/notice',
        axisTitle: 'CPU time per notice',
        text: us => (us === 0 ? '0 µs' : formatMs(us / 1000)),
      }),
    ),
}
