// Idle cost: what a subscriber costs on the wire while nothing is published.
import { formatBytes } from '../../results/figures.ts'
import type { Chart } from './chart.ts'
import { statisticFigure } from './drawing/bars.ts'

export const chart: Chart = {
  draw: view =>
    statisticFigure(view, {
      name: 'idleBytesPerMinute',
      title: 'Bytes per minute while nothing happens',
      caption:
        'TCP payload of one subscriber in both directions while nothing is published: empty polls and heartbeats. Bars start at zero, whiskers are 95 % intervals over rounds.',
      unit: 'bytes/min per subscriber',
      axisTitle: 'per subscriber and minute',
      text: formatBytes,
    }),
}
