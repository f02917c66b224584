// How long the server's event loop kept work waiting.
import { formatMs } from '../../results/figures.ts'
import type { Chart } from './chart.ts'
import { statisticFigure } from './drawing/bars.ts'

export const chart: Chart = {
  draw: view =>
    statisticFigure(view, {
      name: 'loopDelayP99Ms',
      title: 'Delay of the server’s event loop',
      caption:
        '99th percentile of how late the server’s event loop was. Bars start at zero, whiskers are 95 % intervals over rounds.',
      unit: 'loop delay p99, ms',
      axisTitle: 'event-loop delay, p99',
      text: formatMs,
    }),
}
