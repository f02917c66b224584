// How many tabs of one browser have the stream, where it opens only so many connections to a host.
import { exactMs, missingText, threeDigits } from '../../results/figures.ts'
import type { AcrossLoads, ChartView } from './chart.ts'
import { statisticFigure } from './drawing/bars.ts'
import { nameOf } from './drawing/style.ts'

/** Whole, but for rounds that differ. */
const text = (count: number): string => (Number.isInteger(count) ? `${count}` : threeDigits(count))

export const chart: AcrossLoads = {
  isIn: ({ scenarios }) => scenarios.some(({ kind }) => kind === 'tabs'),
  draw(view) {
    const scenario = view.run.scenarios.find(({ kind }) => kind === 'tabs')!
    const within = exactMs(scenario.windowMs)
    const figure = statisticFigure(
      { ...view, scenario },
      {
        name: 'tabsServed',
        title: `Tabs that have the stream, of ${scenario.clients}`,
        caption: `Pages of one host in one browser over HTTP/1.1, one after the other; served: a notice came within ${within}. Bars start at zero, whiskers are 95 % intervals over rounds.`,
        unit: 'tabs',
        axisTitle: 'tabs',
        text,
      },
    )
    const rows = rowsOf(view)
    const counts = rows[0]?.served.map((_, at) => at + 1) ?? []
    return {
      ...figure,
      finding: findingOf(rows, scenario.clients, within),
      table: {
        columns: [
          { header: 'transport', align: 'left' },
          ...[...counts.map(count => `served of ${count}`), 'other requests answered up to, tabs'].map(header => ({
            header,
            align: 'right' as const,
          })),
        ],
        rows: rows.map(({ name, served, asksUpTo }) => [name, ...served, asksUpTo]),
      },
      conditions: `${scenario.clients} tabs of one browser · HTTP/1.1 · loopback`,
    }
  },
}

interface Row {
  readonly name: string
  /** Mean over the usable rounds, by number of tabs. */
  readonly served: readonly number[]
  /** With up to so many tabs open another request was answered in every round. */
  readonly asksUpTo: number
}

function findingOf(rows: readonly Row[], tabs: number, within: string): string {
  if (rows.length === 0) return missingText('not measured')
  const served = rows.map(({ name, served }) => `${name} ${text(served.at(-1) ?? 0)}`).join(', ')
  const stuck = rows.filter(({ served, asksUpTo }) => asksUpTo < served.length)
  const asked =
    stuck.length > 0
      ? `No other request was answered within ${within} ${stuck.map(({ name, asksUpTo }) => `from ${asksUpTo + 1} tabs on with ${name}`).join(', ')}.`
      : 'Other requests were always answered.'
  return `Served of ${tabs}: ${served}. ${asked}`
}

function rowsOf({ run, shown }: ChartView): Row[] {
  return run.scenarios.flatMap(({ id, kind, fetchCache }) =>
    shown.flatMap(transport => {
      const rounds = run.cells.flatMap(({ scenario, status, tabs, ...cell }) =>
        kind === 'tabs' && scenario === id && cell.transport === transport && status === 'ok' && tabs ? [tabs] : [],
      )
      const [first] = rounds
      if (!first) return []
      const mean = (at: number) => rounds.reduce((sum, steps) => sum + (steps[at]?.received ?? 0), 0) / rounds.length
      const stuckAt = first.findIndex((_, at) => rounds.some(steps => steps[at]?.askedMs === null))
      return [
        {
          name: `${nameOf(transport)}${fetchCache ? ', past the cache' : ''}`,
          served: first.map((_, at) => mean(at)),
          asksUpTo: stuckAt < 0 ? first.length : stuckAt,
        },
      ]
    }),
  )
}
