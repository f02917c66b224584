// Memory the server keeps for a connected subscriber.
import { formatBytes } from '../../results/figures.ts'
import type { Chart } from './chart.ts'
import { asMeasuredApart } from './drawing/apart.ts'
import { statisticFigure } from './drawing/bars.ts'

export const chart: Chart = {
  draw: view =>
    asMeasuredApart(
      view,
      statisticFigure(view, {
        name: 'rssPerSubscriberBytes',
        title: 'Server memory per connection',
        caption:
          'Growth of the server process (RSS, without kernel memory) per subscriber. Bars start at zero, whiskers are 95 % intervals over rounds.',
        unit: 'bytes/subscriber',
        axisTitle: 'RSS per subscriber',
        text: formatBytes,
      }),
    ),
}
