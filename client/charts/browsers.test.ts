// Charts of subscribers that were pages of a browser: where they are shown, what they draw and say.
import { describe, expect, it } from 'vitest'
import { parseRun, type Run } from '../../results/format.ts'
import { browserRun } from '../viewer/browser.fixture.ts'
import { fixtureRun } from '../viewer/run.fixture.ts'
import type { ChartView, Figure } from './chart.ts'
import { chartsOfBrowsers } from './occasional.ts'

type Name = keyof typeof chartsOfBrowsers
const names = Object.keys(chartsOfBrowsers) as Name[]
const run = browserRun()
const draw = (name: Name, of: Run = run, more: Partial<ChartView> = {}): Figure =>
  chartsOfBrowsers[name].draw({ run: of, scenario: of.scenarios[0]!, shown: of.transports, theme: 'light', ...more })
const changed = (change: (cell: Run['cells'][number]) => Run['cells'][number]): Run => ({
  ...run,
  cells: run.cells.map(change),
})
const barsOf = ({ config }: Figure) => (config!.data.datasets[0]!.data as unknown as { x: number }[]).map(({ x }) => x)

it('the run they are drawn from is one that can be read', () => {
  expect(parseRun(JSON.parse(JSON.stringify(run))).scenarios.map(({ kind }) => kind)).toEqual([
    'tabs',
    'tabs',
    'hidden',
  ])
})

describe.each(names)('%s', name => {
  it('is shown for such runs alone', () => {
    expect(chartsOfBrowsers[name].isIn(run)).toBe(true)
    expect(chartsOfBrowsers[name].isIn(fixtureRun())).toBe(false)
  })

  it('stands in both themes, and shows only what it is asked to show', () => {
    for (const theme of ['light', 'dark'] as const) {
      const figure = draw(name, run, { theme, shown: ['websocket', 'sse'] })
      for (const text of [figure.title, figure.caption, figure.finding, figure.conditions!]) {
        expect(text.length).toBeGreaterThan(5)
        expect(text).not.toMatch(/NaN|undefined|null|Infinity/)
      }
      expect(barsOf(figure)).toHaveLength(2)
      expect(figure.table.rows.map(([first]) => first)).toEqual(['◆ WebSocket', '▲ SSE'])
      expect(figure.heightPx).toBeGreaterThan(100)
    }
  })

  it('says n/a, and draws nothing, where nothing was measured', () => {
    const figure = draw(name, { ...run, cells: [], summary: [] })
    expect(figure).toMatchObject({ config: null, table: { rows: [] } })
    expect(figure.finding).toBe('n/a (not measured)')
  })
})

describe('tabs', () => {
  it('has a bar for each transport of all tabs, and a row with each number of them, past the cache too', () => {
    const figure = draw('tabs')
    expect(barsOf(figure)).toEqual([8, 8, 6, 8])
    const rows = Object.fromEntries(figure.table.rows.map(([name, ...numbers]) => [name, numbers]))
    expect(rows['▲ SSE']).toEqual([1, 2, 3, 4, 5, 6, 6, 6, 5])
    expect(rows['◆ WebSocket']).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 8])
    expect(rows['■ Long polling, past the cache']).toEqual([1, 2, 3, 4, 5, 6, 6, 6, 5])
    expect(figure.table.columns).toHaveLength(10)
    expect(figure.finding).toContain('Served of 8: ● Short polling 8, ■ Long polling 8, ▲ SSE 6, ◆ WebSocket 8, ')
    expect(figure.finding).toContain('from 6 tabs on with ▲ SSE, from 6 tabs on with ■ Long polling, past the cache.')
  })

  it('leaves void rounds out, and says where every request was answered', () => {
    const spoiled = changed(cell =>
      cell.round === 0 && cell.tabs ? { ...cell, status: 'void', tabs: cell.tabs.slice(0, 1) } : cell,
    )
    expect(draw('tabs', spoiled).table.rows).toEqual(draw('tabs').table.rows)
    const free = changed(cell => ({ ...cell, tabs: cell.tabs?.map(rung => ({ ...rung, askedMs: 5 })) }))
    expect(draw('tabs', free).finding).toContain('Other requests were always answered.')
  })
})

describe('hidden-tab', () => {
  it('has the delay when hidden as a bar, and both with the interval in its table', () => {
    const figure = draw('hidden-tab')
    expect(barsOf(figure).map(Math.round)).toEqual([501, 2, 2, 2])
    const [polling, , sse] = figure.table.rows
    expect(polling!.map(value => (typeof value === 'number' ? Math.round(value) : value))).toEqual([
      '● Short polling',
      100,
      501,
      1000,
    ])
    expect(sse!.at(-1)).toBe('n/a (no two requests)')
    expect(figure.finding).toBe(
      'In view and hidden: Short polling 100 ms and 501 ms, Long polling 2.10 ms and 2.10 ms, SSE 2.10 ms and 2.10 ms, WebSocket 2.10 ms and 2.10 ms.',
    )
  })

  it('has a bar of its own for each way to poll, with its name', () => {
    const { scenarios, summary } = run
    const answered = { ...scenarios[2]!, id: 'answered', pollTimer: 'after-answer' as const }
    const both: Run = {
      ...run,
      scenarios: [...scenarios, answered],
      summary: [
        ...summary,
        ...summary.flatMap(row =>
          row.scenario === 'hidden' && row.transport === 'short-polling' ? [{ ...row, scenario: answered.id }] : [],
        ),
      ],
    }
    const figure = draw('hidden-tab', both)
    expect(barsOf(figure).map(Math.round)).toEqual([501, 2, 2, 2, 501])
    expect(figure.table.rows.at(-1)![0]).toBe('● Short polling, timer from the answer on')
    expect(figure.config!.data.labels!.at(-1)).toBe('● Short polling, timer from the answer on')
    expect(figure.finding).toMatch(/, Short polling, timer from the answer on 100 ms and 501 ms\.$/)
  })
})
