import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Estimate, isMissing } from '../../results/estimate.ts'
import { parseRun, type Run } from '../../results/format.ts'
import { type FixtureOptions, fixtureRun } from '../viewer/run.fixture.ts'
import type { ChartView, Figure } from './chart.ts'
import { logEnds, tickMs, ticks125 } from './drawing/axis.ts'
import { heldAt, interpolatedAt } from './drawing/over-time.ts'
import { lookOf } from './drawing/style.ts'
import { type ChartName, charts } from './index.ts'

const viewOf = (run: Run, more: Partial<ChartView> = {}): ChartView => ({
  run,
  scenario: run.scenarios[0]!,
  shown: run.transports,
  theme: 'light',
  ...more,
})
const draw = (name: ChartName, options: FixtureOptions = {}, more: Partial<ChartView> = {}) =>
  charts[name].draw(viewOf(fixtureRun(options), more))

type Point = { x: number; y: number; q?: number; xMin?: number; xMax?: number }
const dataOf = <T = Point>({ config }: Figure): T[][] => config!.data.datasets.map(({ data }) => data as unknown as T[])
const column = ({ table }: Figure, at: number) => table.rows.map(row => row[at])

const names = Object.keys(charts) as ChartName[]

describe('every chart', () => {
  it.each(names)('%s says in its table what it draws', name => {
    const figure = draw(name, { isLarge: true })
    expect(figure.table.rows.length).toBeGreaterThan(0)
    expect(tableOf[name](figure)).toEqual(drawnOf[name](figure))
    expect(drawnOf[name](figure).flat().length).toBeGreaterThan(3)
  })

  it.each(names)('%s has a title, a caption and a finding, and stands in both themes', name => {
    for (const theme of ['light', 'dark'] as const) {
      const { title, caption, finding, heightPx } = draw(name, { isLarge: true }, { theme })
      expect([title, caption, finding].every(text => text.length > 5)).toBe(true)
      expect(finding).not.toMatch(/NaN|undefined|null|Infinity/)
      expect(heightPx).toBeGreaterThan(100)
    }
    expect(JSON.stringify(draw(name, { isLarge: true }, { theme: 'dark' }).config)).not.toBe(
      JSON.stringify(draw(name, { isLarge: true }).config),
    )
  })

  it.each(names)('%s shows only what it is asked to show, in that order', name => {
    const all = fixtureRun({ isLarge: true })
    const shown = [all.transports[2]!, all.transports[0]!]
    const figure = charts[name].draw(viewOf(all, { shown }))
    const text = JSON.stringify(figure)
    expect(text).toContain(lookOf(shown[0]!, 'light').label)
    expect(text).not.toContain(lookOf(all.transports[3]!, 'light').label)
    expect(text.indexOf(lookOf(shown[0]!, 'light').label)).toBeGreaterThan(0)
  })

  it.each(names)('%s says n/a, and draws nothing, where nothing was measured', name => {
    const run = fixtureRun()
    const bare: Run = {
      ...run,
      cells: [],
      summary: run.summary.map(row => ({
        ...row,
        delivery: null,
        statistics: Object.fromEntries(Object.keys(row.statistics).map(key => [key, { missing: 'the reason' }])),
        bytesByPart: undefined,
      })),
    }
    const figure = charts[name].draw(viewOf(bare))
    expect(figure.config).toBeNull()
    expect(figure.finding).toMatch(/n\/a \(.+\)/)
  })

  it.each(names)('%s draws a transport it has never heard of, and names it', name => {
    const figure = draw(name, { isLarge: true, transports: ['constructor', '<img src=x>'] })
    expect(figure.config).not.toBeNull()
    expect(JSON.stringify(figure.table)).toContain('constructor')
  })

  it.each(names)('%s animates nothing and has no bar on a logarithmic axis', name => {
    const { config } = draw(name, { isLarge: true })
    expect(config!.options!.animation).toBe(false)
    const kinds = Object.values(config!.options!.scales as Record<string, { type: string; min?: number }>)
    if (String((config as { type: string }).type).startsWith('bar')) {
      expect(kinds.map(({ type }) => type)).not.toContain('logarithmic')
      expect(kinds.find(({ type }) => type === 'linear')?.min).toBe(0)
    }
  })
})

/** The numbers of the table, and those of the canvas, brought to one shape. */
const barsOf = (figure: Figure) =>
  dataOf<{ x: number; xMin?: number[]; xMax?: number[] }>(figure)[0]!.map(({ x, xMin, xMax }) => [
    x,
    xMin?.[0] ?? null,
    xMax?.[0] ?? null,
  ])
// An interval of no width has no whisker.
const barsTable = ({ table }: Figure) =>
  table.rows.map(([, value, low, high]) => (low === high ? [value, null, null] : [value, low, high]))
const linesOf = (y: (q: number) => number) => (figure: Figure) =>
  dataOf(figure).map(points =>
    points.map(({ x, y: height }) => [Number(height.toPrecision(6)), x]).map(([a, b]) => [y(a!), b]),
  )
const linesTable = (y: (q: number) => number, isDrawn: (q: number) => boolean) => (figure: Figure) =>
  figure.table.columns.slice(1).map((_, at) =>
    figure.table.rows.flatMap(row => {
      const value = row[at + 1]
      return value !== null && isDrawn(row[0] as number) ? [[Number(y(row[0] as number).toPrecision(6)), value]] : []
    }),
  )
const same = (value: number) => value
const stripsOf = (figure: Figure) => dataOf(figure).map(points => points.map(({ y }) => y))
const stripsTable = (figure: Figure) => figure.table.columns.slice(2).map((_, at) => column(figure, at + 2))

const drawnOf: Record<ChartName, (figure: Figure) => unknown[]> = {
  medians: figure => dataOf(figure).map(points => points.map(({ x }) => x)),
  latency: linesOf(same),
  tail: linesOf(same),
  bytes: figure => dataOf<number>(figure),
  'idle-bytes': barsOf,
  connections: barsOf,
  requests: barsOf,
  cpu: barsOf,
  memory: barsOf,
  'loop-delay': barsOf,
}
const tableOf: Record<ChartName, (figure: Figure) => unknown[]> = {
  medians: figure => [column(figure, 1), column(figure, 4)],
  latency: linesTable(
    q => q * 100,
    () => true,
  ),
  tail: linesTable(
    q => (1 - q) * 100,
    q => q < 1,
  ),
  bytes: figure => figure.table.columns.slice(1, -1).map((_, at) => column(figure, at + 1)),
  'idle-bytes': barsTable,
  connections: barsTable,
  requests: barsTable,
  cpu: barsTable,
  memory: barsTable,
  'loop-delay': barsTable,
}

describe('connections and requests', () => {
  it.each(['connections', 'requests'] as const)(
    '%s are strips over time where something happens in the window',
    name => {
      const run = fixtureRun({ isLarge: true })
      const fault = { kind: 'kill-server', atMs: 1000, forMs: 0 } as const
      const scenario = { ...run.scenarios[0]!, fault }
      const figure = charts[name].draw(viewOf({ ...run, scenarios: [scenario] }, { scenario }))
      expect(figure.title).toContain('over time')
      expect(stripsTable(figure)).toEqual(stripsOf(figure))
      expect(stripsOf(figure)[0]!.length).toBeGreaterThan(3)
      expect(draw(name, { isLarge: true }).title).not.toContain('over time')
    },
  )

  it('say how many connections a subscriber has where it is more than one, and why', () => {
    const run = fixtureRun()
    const [first] = run.transports
    const cells = run.cells.map(cell => ({
      ...cell,
      timeline: cell.timeline.map(([at, open, requests]): [number, number, number] => [
        at,
        cell.transport === first ? 3 * open : open,
        requests,
      ]),
    }))
    const figure = charts.connections.draw(viewOf({ ...run, cells }))
    expect(figure.finding).toMatch(/^Open at a time: Short polling \d+ \(3 a subscriber\), Long polling \d+,/)
    expect(figure.caption).toContain('begins by polling')
    expect(draw('connections').caption).not.toContain('begins by polling')
  })
})

describe('the distribution', () => {
  it('ends where the share that never arrived begins, and says so', () => {
    const figure = draw('latency', { lost: 300 })
    const [first, second] = dataOf(figure)
    expect(first!.at(-1)!.y).toBeLessThan(97.1)
    expect(second!.at(-1)!.y).toBe(100)
    expect(figure.finding).toContain('Never arrived: Short polling 3.00 %')
  })

  it('has the numbers of the table in every committed run', () => {
    const samples = new URL('../../results/samples/', import.meta.url)
    let compared = 0
    for (const name of readdirSync(samples)) {
      const run = parseRun(JSON.parse(readFileSync(new URL(`${name}/run.json`, samples), 'utf8')))
      for (const { scenario, transport, statistics, delivery } of run.summary)
        for (const [key, level] of [
          ['medianMs', 0.5],
          ['p99Ms', 0.99],
        ] as const) {
          const statistic = statistics[key]
          const point = delivery?.find(([q]) => q >= level)
          if (!statistic || isMissing(statistic) || !point) continue
          expect(point[1]! / 1000, `${name}, ${scenario}, ${transport}, ${key}`).toBeCloseTo(statistic.value, 6)
          if (key === 'p99Ms' && statistic.low !== null)
            expect(statistic.low).toBeGreaterThanOrEqual((statistics.medianMs as Estimate).value)
          compared++
        }
    }
    expect(compared).toBeGreaterThan(100)
  })

  it('keeps to 200 points', () => {
    for (const name of ['latency', 'tail'] as const)
      for (const points of dataOf(draw(name))) expect(points.length).toBeLessThanOrEqual(200)
  })
})

describe('bytes per notice', () => {
  it('falls back to directions where the parts were not measured, with the same totals', () => {
    const byPart = draw('bytes')
    const byDirection = draw('bytes', { hasParts: false })
    expect(byDirection.title).toContain('direction')
    expect(byDirection.table.columns.map(({ header }) => header)).toContain('server to subscriber, B')
    // What the fixture's sockets counted: a push is nearly all downstream, a poll is mostly its request.
    const shares = byDirection.table.rows.map(row => (row[1] as number) / (row[3] as number))
    expect(shares.map(share => share.toFixed(2))).toEqual(['0.40', '0.40', '0.99', '0.99'])
    for (const [at, total] of column(byPart, -1 + byPart.table.columns.length).entries())
      expect(column(byDirection, 3)[at] as number).toBeCloseTo(total as number, -1)
  })
})

describe('findings', () => {
  it('speak of no clear difference where the interval includes 1', () => {
    expect(draw('memory', { isLarge: true, transports: ['sse', 'websocket'] }).finding).toContain('No clear difference')
  })

  it('name who lacks the figure and why', () => {
    const run = fixtureRun({ isLarge: true })
    const [first, ...rest] = run.summary
    const lacking = { ...first!, statistics: { ...first!.statistics, cpuUsPerNotice: { missing: 'too little work' } } }
    const figure = charts.cpu.draw(viewOf({ ...run, summary: [lacking, ...rest] }))
    expect(figure.finding).toContain('Short polling: n/a (too little work).')
    expect(figure.table.rows[0]![1]).toBe('n/a (too little work)')
    expect(dataOf(figure)[0]![0]!.x).toBeNaN()
  })
})

describe('axes', () => {
  it('tick at 1, 2 and 5', () => {
    expect(ticks125(0.5, 20)).toEqual([0.5, 1, 2, 5, 10, 20])
    expect(logEnds([0.73, 4.2, 640])).toEqual({ min: 0.5, max: 1000 })
    expect(logEnds([2, 2])).toEqual({ min: 1, max: 4 })
    expect([0.0005, 0.5, 2, 5000].map(tickMs)).toEqual(['0.5 µs', '500 µs', '2 ms', '5 s'])
  })

  it('read step-wise and growing records between their samples', () => {
    const samples = [
      [0, 10],
      [100, 20],
      [200, 40],
    ] as const
    expect([0, 99, 100, 500].map(at => heldAt(samples, at))).toEqual([10, 10, 20, 40])
    expect([0, 50, 150, 500].map(at => interpolatedAt(samples, at))).toEqual([10, 15, 30, 40])
  })
})
