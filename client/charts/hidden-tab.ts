// What hiding a tab does to the delay of a notice.
import { isMissing, type Statistic } from '../../results/estimate.ts'
import { formatMs } from '../../results/figures.ts'
import type { Scenario } from '../../results/scenario.ts'
import type { AcrossLoads } from './chart.ts'
import { statisticFigure } from './drawing/bars.ts'
import { lookOf, nameOf, rowsOf } from './drawing/style.ts'
import { numbersOf } from './from-run/numbers.ts'

const columns = [
  ['visibleDelayMs', 'in view, ms'],
  ['hiddenDelayMs', 'hidden, ms'],
  ['hiddenPollMs', 'between two requests, hidden, ms'],
] as const

const textOf = (statistic: Statistic | undefined): string =>
  !statistic || isMissing(statistic) ? 'n/a' : formatMs(statistic.value)

const timerOf = ({ pollTimer }: Scenario): string => (pollTimer === 'after-answer' ? ', timer from the answer on' : '')

export const chart: AcrossLoads = {
  isIn: ({ scenarios }) => scenarios.some(({ kind }) => kind === 'hidden'),
  draw(view) {
    const scenarios = view.run.scenarios.filter(({ kind }) => kind === 'hidden')
    const [scenario] = scenarios as [Scenario]
    const rows = scenarios.flatMap(scenario =>
      rowsOf({ ...view, scenario }).map(row => ({
        row,
        label: `${nameOf(row.transport)}${timerOf(scenario)}`,
        scenario,
      })),
    )
    const parts = rows.map(
      ({ row: { transport, statistics }, scenario }) =>
        `${lookOf(transport, 'light').label}${timerOf(scenario)} ${textOf(statistics.visibleDelayMs)} and ${textOf(statistics.hiddenDelayMs)}`,
    )
    const { pollIntervalMs, ratePerSecond, hiddenForMs } = scenario
    const behind = `${hiddenForMs === undefined ? '' : 'that has been for long '}behind another tab`
    return {
      ...statisticFigure(
        view,
        {
          name: 'hiddenDelayMs',
          title: 'Mean delay of a notice in a hidden tab',
          caption: `From appended to received by a page ${behind}; short polling every ${pollIntervalMs} ms. Bars start at zero, whiskers are 95 % intervals over rounds.`,
          unit: 'ms',
          axisTitle: 'mean delay, hidden',
          text: formatMs,
        },
        rows,
      ),
      finding: parts.length > 0 ? `In view and hidden: ${parts.join(', ')}.` : 'n/a (not measured)',
      table: {
        columns: [
          { header: 'transport', align: 'left' },
          ...columns.map(([, header]) => ({ header, align: 'right' as const })),
        ],
        rows: rows.map(({ row: { statistics }, label }) => [
          label,
          ...columns.map(([name]) => numbersOf(statistics[name] ?? { missing: 'not measured' })[0]!),
        ]),
      },
      conditions: `one page of a browser · ${ratePerSecond} notices/s · HTTP/1.1 · loopback`,
    }
  },
}
