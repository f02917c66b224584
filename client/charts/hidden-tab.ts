// What hiding a tab does to the delay of a notice.
import { isMissing, type Statistic } from '../../results/estimate.ts'
import { formatMs } from '../../results/figures.ts'
import type { AcrossLoads } from './chart.ts'
import { statisticFigure } from './parts/bars.ts'
import { numbersOf } from './parts/numbers.ts'
import { lookOf, nameOf, rowsOf } from './parts/style.ts'

const columns = [
  ['visibleDelayMs', 'in view, ms'],
  ['hiddenDelayMs', 'hidden, ms'],
  ['hiddenPollMs', 'between two requests, hidden, ms'],
] as const

const textOf = (statistic: Statistic | undefined): string =>
  !statistic || isMissing(statistic) ? 'n/a' : formatMs(statistic.value)

export const chart: AcrossLoads = {
  isIn: ({ scenarios }) => scenarios.some(({ kind }) => kind === 'hidden'),
  draw(view) {
    const scenario = view.run.scenarios.find(({ kind }) => kind === 'hidden')!
    const own = { ...view, scenario }
    const rows = rowsOf(own)
    const parts = rows.map(
      ({ transport, statistics: { visibleDelayMs, hiddenDelayMs } }) =>
        `${lookOf(transport, 'light').label} ${textOf(visibleDelayMs)} and ${textOf(hiddenDelayMs)}`,
    )
    return {
      ...statisticFigure(own, {
        name: 'hiddenDelayMs',
        title: 'Mean delay of a notice in a hidden tab',
        caption: `From appended to received by a page behind another tab; short polling every ${scenario.pollIntervalMs} ms. Bars start at zero, whiskers are 95 % intervals over rounds.`,
        unit: 'ms',
        axisTitle: 'mean delay, hidden',
        text: formatMs,
      }),
      finding: parts.length > 0 ? `In view and hidden: ${parts.join(', ')}.` : 'n/a (not measured)',
      table: {
        columns: [
          { header: 'transport', align: 'left' },
          ...columns.map(([, header]) => ({ header, align: 'right' as const })),
        ],
        rows: rows.map(({ transport, statistics }) => [
          nameOf(transport),
          ...columns.map(([name]) => numbersOf(statistics[name] ?? { missing: 'not measured' })[0]!),
        ]),
      },
      conditions: `one page of a browser · ${scenario.ratePerSecond} notices/s · HTTP/1.1 · loopback`,
    }
  },
}
