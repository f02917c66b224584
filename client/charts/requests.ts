// Requests per second: a bar for each transport, and over the measured window where something happens in it.
import { threeDigits } from '../../results/figures.ts'
import type { Chart } from './chart.ts'
import { statisticFigure } from './drawing/bars.ts'
import { happensIn, interpolatedAt, overTimeFigure } from './drawing/over-time.ts'
import { lookOf } from './drawing/style.ts'

export const chart: Chart = {
  draw: view =>
    happensIn(view.scenario)
      ? overTimeFigure(view, {
          title: 'Requests over time',
          caption:
            'Requests per second that the server answers for all subscribers, mean over rounds; one strip per transport, one scale.',
          unit: 'requests/s',
          stretches: ({ timeline }, edgesMs) => {
            const samples = timeline.map(([atMs, , requests]) => [atMs, requests] as const)
            const counts = edgesMs.map(atMs => interpolatedAt(samples, atMs))
            return edgesMs.slice(1).map((toMs, at) => ((counts[at + 1]! - counts[at]!) / (toMs - edgesMs[at]!)) * 1000)
          },
          finding: series => {
            const parts = series.map(({ transport, values }) => {
              const mean = values.reduce((sum, value) => sum + value, 0) / values.length
              return `${lookOf(transport, 'light').label} ${threeDigits(mean)}`
            })
            return `Requests per second on average: ${parts.join(', ')}.`
          },
        })
      : statisticFigure(view, {
          name: 'requestsPerSecond',
          title: 'Requests per second',
          caption:
            'Requests that the server answers for all subscribers; a stream makes none once it is open. Bars start at zero, whiskers are 95 % intervals over rounds.',
          unit: 'requests/s',
          axisTitle: 'requests per second',
          text: threeDigits,
        }),
}
