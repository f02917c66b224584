// Charts of fleets and faults: where they are shown, that table and canvas say the same, and what they find.
import { describe, expect, it } from 'vitest'
import type { Run } from '../../results/format.ts'
import { fleetRun } from '../viewer/fleet.fixture.ts'
import { fixtureRun } from '../viewer/run.fixture.ts'
import type { ChartView, Figure } from './chart.ts'
import { lookOf } from './drawing/style.ts'
import { chartsOfFleets } from './occasional.ts'

type Name = keyof typeof chartsOfFleets
const names = Object.keys(chartsOfFleets) as Name[]
const run = fleetRun()
const scenarioOf = (id: string, of = run) => of.scenarios.find(each => each.id === id)!
const viewOf = (of: Run, id: string, more: Partial<ChartView> = {}): ChartView => ({
  run: of,
  scenario: scenarioOf(id, of),
  shown: of.transports,
  theme: 'light',
  ...more,
})
const draw = (name: Name, id = 'fault-kill', of = run, more: Partial<ChartView> = {}) =>
  chartsOfFleets[name].draw(viewOf(of, id, more))
const changed = (change: (cell: Run['cells'][number]) => Partial<Run['cells'][number]>): Run => ({
  ...run,
  cells: run.cells.map(cell => ({ ...cell, ...change(cell) })),
})

type Point = { x: number; y: number; xMax?: number }
const dataOf = ({ config }: Figure): Point[][] => config!.data.datasets.map(({ data }) => data as unknown as Point[])
const column = ({ table }: Figure, at: number) => table.rows.map(row => row[at])
const columnsOf = (figure: Figure, wanted: RegExp) =>
  figure.table.columns.flatMap(({ header }, at) => (wanted.test(header) ? [column(figure, at)] : []))
const known = (values: unknown[]) => values.filter(value => typeof value === 'number' && !Number.isNaN(value))

/** The numbers of the table, and those of the canvas, brought to one shape. */
const told: Record<Name, (figure: Figure) => unknown[][]> = {
  'fault-timeline': figure => [...columnsOf(figure, /latest/), ...columnsOf(figure, /notices$/)].map(known),
  recovery: figure => [column(figure, 2), column(figure, 3), column(figure, 4)].map(known),
  servers: figure => [2, 3, 4, 5].map(at => known(column(figure, at)).sort()),
}
const drawn: Record<Name, (figure: Figure) => unknown[][]> = {
  'fault-timeline': figure => {
    const ys = dataOf(figure).map(points => known(points.map(({ y }) => y)))
    return [...ys.filter((_, at) => at % 2 === 0), ...ys.filter((_, at) => at % 2 === 1)]
  },
  recovery: figure => {
    const [medians, longest] = dataOf(figure)
    return [medians!.map(({ x }) => x), medians!.map(({ xMax }) => xMax), longest!.map(({ x }) => x)]
  },
  servers: figure => {
    const servers = dataOf(figure).length / 4
    return [0, 1, 2, 3].map(measure =>
      known(
        dataOf(figure)
          .slice(measure * servers, (measure + 1) * servers)
          .flatMap(points => points.map(({ y }) => y)),
      ).sort(),
    )
  },
}

describe('every chart of fleets', () => {
  it.each(names)('%s is shown under such loads alone', name => {
    const plain = fixtureRun()
    expect(chartsOfFleets[name].isUnder(plain, plain.scenarios[0]!)).toBe(false)
    expect(chartsOfFleets[name].isUnder(run, scenarioOf('fleet-memory-1'))).toBe(false)
    expect(chartsOfFleets[name].isUnder(run, scenarioOf('fleet-redis-3'))).toBe(name === 'servers')
    expect(chartsOfFleets[name].isUnder(run, scenarioOf('fault-pause'))).toBe(true)
  })

  it.each(names)('%s says in its table what it draws', name => {
    const figure = draw(name)
    expect(figure.table.rows.length).toBeGreaterThan(3)
    expect(told[name](figure)).toEqual(drawn[name](figure))
    expect(drawn[name](figure).flat().length).toBeGreaterThan(11)
  })

  it.each(names)('%s stands in both themes, moves nothing, and shows only what it is asked to show', name => {
    for (const theme of ['light', 'dark'] as const) {
      const { title, caption, finding, heightPx, config } = draw(name, 'fault-kill', run, { theme })
      expect([title, caption, finding].every(text => text.length > 5)).toBe(true)
      expect(`${caption}${finding}`).not.toMatch(/NaN|undefined|null|Infinity/)
      expect(heightPx).toBeGreaterThan(100)
      expect(config!.options!.animation).toBe(false)
    }
    const text = JSON.stringify(draw(name, 'fault-kill', run, { shown: ['websocket', 'sse'] }))
    expect(text).toContain(lookOf('sse', 'light').label)
    expect(text).not.toContain(lookOf('long-polling', 'light').label)
  })

  it.each(names)('%s says n/a, and draws nothing, where nothing of it was recorded', name => {
    const bare = changed(() => ({ fleet: undefined, recovery: undefined, arrivals: undefined }))
    const { config, finding, table } = draw(name, 'fault-kill', bare)
    expect(config).toBeNull()
    expect(finding).toMatch(/n\/a \(.+\)/)
    for (const row of table.rows) expect(row[1]).toMatch(/^n\/a \(/)
  })

  it.each(names)('%s draws a transport it has never heard of, and names it', name => {
    const strange = JSON.parse(JSON.stringify(run).replaceAll('"sse"', '"constructor"')) as Run
    const figure = draw(name, 'fault-kill', strange)
    expect(figure.config).not.toBeNull()
    expect(JSON.stringify(figure)).toContain('constructor')
  })

  it.each(names)('%s has bars on linear axes from zero alone', name => {
    const { config } = draw(name)
    const scales = config!.options!.scales as Record<string, { type: string; min: number }>
    for (const dataset of config!.data.datasets as unknown as { type?: string; yAxisID: string }[])
      if ((dataset.type ?? config!.type) === 'bar')
        expect(scales[dataset.yAxisID]).toMatchObject({ type: 'linear', min: 0 })
  })
})

describe('what they find', () => {
  it('fault-timeline: how late the notices were from the fault on, and who was silent', () => {
    expect(draw('fault-timeline').finding).toMatch(
      /^One server killed after 5 s\. From then on: .*SSE up to \d{3} ms late; WebSocket up to \d{3} ms late\.$/,
    )
    expect(draw('fault-timeline', 'fault-pause').finding).toMatch(/WebSocket up to 2\.00 s late, silent for 2\.00 s\.$/)
  })

  it('fault-timeline: has no point where nothing came, and breaks its line where that is no chance', () => {
    const figure = draw('fault-timeline', 'fault-pause')
    const [late] = dataOf(figure)
    expect(late!.filter(({ x }) => x > 4 && x < 6)).toEqual([])
    expect(late).toHaveLength(100)
    // Ten a second, at random: half a second without any is no news.
    expect((figure.config!.data.datasets[0] as { spanGaps?: number }).spanGaps).toBeCloseTo(0.55, 9)
    expect(figure.caption).toContain('for more than 500 ms')
    const gappy = changed(({ arrivals }) =>
      arrivals
        ? { arrivals: arrivals.map(([at, count, late], k) => (k % 5 === 0 ? [at, count, late] : [at, 0, null])) }
        : {},
    )
    expect(draw('fault-timeline', 'fault-kill', gappy).finding).not.toContain('silent')
  })

  it('fault-timeline: shows the latest of all rounds', () => {
    const oneMore = changed(cell =>
      cell.round === 1 && cell.arrivals ? { arrivals: cell.arrivals.map(([at, count]) => [at, count + 3, 77]) } : {},
    )
    const [first] = columnsOf(draw('fault-timeline', 'fault-pause', oneMore), /WebSocket, latest/)
    expect(Math.min(...(first as number[]))).toBe(77)
  })

  it('recovery: who was back when, lost and doubled; the time that a claim sets only where there is one', () => {
    const { finding, caption, table } = draw('recovery')
    expect(finding).toMatch(
      /^Last subscriber back after: Long polling \d+ ms, SSE \d+ ms, .*Lost: none\. Doubled: Long polling 9\. Out of order: none\.$/,
    )
    expect(caption).not.toContain('claim')
    expect(table.rows[0]!.slice(5)).toEqual(['server-2 51 · server-3 48', 0, 0, 0, 3])
    const claim = { id: 'recovery-2s', claim: '', source: '', prediction: '', tolerance: '', unit: 's', why: '' }
    const points = [{ label: 'a', predicted: null, claimed: 2, measured: null }]
    const claimed = { ...run, claims: [{ ...claim, points, verdict: 'measured' as const }] }
    expect(draw('recovery', 'fault-kill', claimed).caption).toContain('Upright line: the claim’s 2 s.')
  })

  it('recovery: draws nothing where nobody was cut off, and still tells what was lost', () => {
    const { config, finding, table } = draw('recovery', 'fault-pause')
    expect(config).toBeNull()
    expect(finding).toBe('n/a (nobody was cut off). Lost: none. Doubled: none. Out of order: none.')
    expect(table.rows[0]!.slice(1, 3)).toEqual([0, 'n/a (nobody was cut off)'])
  })

  it('recovery: is logarithmic once the times are far apart', () => {
    const far = changed(({ transport, recovery }) =>
      recovery && transport === 'sse' ? { recovery: { ...recovery, ms: [1, 2] } } : {},
    )
    expect(draw('recovery').config!.options!.scales!.x!.type).toBe('linear')
    expect(draw('recovery', 'fault-kill', far).config!.options!.scales!.x!.type).toBe('logarithmic')
  })

  it('servers: how evenly the notices were spread', () => {
    const stacks = draw('servers', 'fleet-redis-3').config!.data.datasets.map(
      dataset => (dataset as { stack?: string }).stack,
    )
    // A server's bars stand in one place in every strip.
    expect(stacks).toEqual(Array.from({ length: 4 }, () => ['server-1', 'server-2', 'server-3']).flat())
    expect(draw('servers', 'fleet-redis-3').finding).toMatch(
      /^Notices written by the busiest server against the least busy: Short polling 1\.\d\d times, /,
    )
    const idle = changed(({ fleet }) =>
      fleet ? { fleet: fleet.map((each, at) => ({ ...each, noticesWritten: at })) } : {},
    )
    expect(draw('servers', 'fleet-redis-3', idle).finding).toContain('WebSocket one wrote none')
  })
})
