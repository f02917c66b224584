// Charts across loads: which loads they find, what they draw and say of them.
import { describe, expect, it } from 'vitest'
import type { Run } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import { experimentsRun } from '../viewer/experiments.fixture.ts'
import { fixtureRun } from '../viewer/run.fixture.ts'
import type { ChartView, Figure } from './chart.ts'
import { conditionsOfFamily, familyOf } from './from-run/family.ts'
import { chartsAcrossLoads } from './occasional.ts'

const run = experimentsRun()
const viewOf = (of: Run, more: Partial<ChartView> = {}): ChartView => ({
  run: of,
  scenario: of.scenarios[0]!,
  shown: of.transports,
  theme: 'light',
  ...more,
})
type Name = keyof typeof chartsAcrossLoads
const names = Object.keys(chartsAcrossLoads) as Name[]
const draw = (name: Name, of = run, more: Partial<ChartView> = {}) => chartsAcrossLoads[name].draw(viewOf(of, more))

type Point = { x: number; y: number; xMin?: number; yMin?: number; yMax?: number }
const dataOf = ({ config }: Figure): Point[][] => config!.data.datasets.map(({ data }) => data as unknown as Point[])
const idsOf = (members: ReturnType<typeof familyOf>) => members.map(({ scenarios }) => scenarios.map(({ id }) => id))
const changed = (change: (scenario: Scenario) => Partial<Scenario>): Run => ({
  ...run,
  scenarios: run.scenarios.map(scenario => ({ ...scenario, ...change(scenario) })),
})

describe('a family of loads', () => {
  it('differs in the parameter alone, and rises', () => {
    expect(idsOf(familyOf(run, 'ratePerSecond'))).toEqual([['rate-1'], ['rate-6'], ['rate-12']])
    expect(idsOf(familyOf(run, 'pollIntervalMs'))).toEqual([['interval-200'], ['interval-1000'], ['interval-2000']])
    const { scenarios, summary } = changed(({ id }) => (id === 'rate-6' ? { headerProfile: 'bare' } : {}))
    const rates = scenarios.filter(({ id }) => id.startsWith('rate'))
    expect(idsOf(familyOf({ scenarios: rates, summary }, 'ratePerSecond'))).toEqual([['rate-1'], ['rate-12']])
  })

  it('does not mind how long or of whom was measured', () => {
    const longer = changed(({ id }) => (id === 'rate-6' ? { windowMs: 60_000, rounds: 9, transports: ['sse'] } : {}))
    expect(idsOf(familyOf(longer, 'ratePerSecond'))).toHaveLength(3)
  })

  it('is the one in which most was measured, and of equal ones that of the load that is looked at', () => {
    const double: Run = {
      ...run,
      scenarios: [...run.scenarios, ...run.scenarios.map(each => ({ ...each, id: `far-${each.id}`, bodyBytes: 500 }))],
      summary: [...run.summary, ...run.summary.map(row => ({ ...row, scenario: `far-${row.scenario}` }))],
    }
    const looked = double.scenarios.find(({ id }) => id === 'far-distance-50')!
    expect(idsOf(familyOf(double, 'rttMs', looked)).flat()).toContain('far-distance-0')
    expect(idsOf(familyOf(double, 'rttMs', double.scenarios[0])).flat()).toContain('distance-0')
    const thinner = { ...double, summary: double.summary.filter(row => row.scenario !== 'far-distance-0') }
    expect(idsOf(familyOf(thinner, 'rttMs', looked)).flat()).toContain('distance-0')
  })

  it('is empty where a run has one load, or the others were not measured', () => {
    expect(familyOf(fixtureRun(), 'ratePerSecond')).toEqual([])
    const unmeasured = { ...run, summary: run.summary.map(row => ({ ...row, rounds: 0 })) }
    expect(familyOf(unmeasured, 'rttMs')).toEqual([])
  })

  it('states its conditions once, what differs from … to, and no window that not all of them had', () => {
    const rates = conditionsOfFamily(run, familyOf(run, 'ratePerSecond'))
    expect(rates).toContain('1 notice/s (Poisson) … 12 notices/s (Poisson) · bodies of 64 B')
    expect(rates).not.toContain('warm-up')
    expect(conditionsOfFamily(run, familyOf(run, 'rttMs'))).toContain(
      'loopback … emulated round trip 200 ms · 3 × 10 s',
    )
  })
})

describe('every chart across loads', () => {
  it.each(names)('%s is shown where a run holds the loads, and not else', name => {
    expect(chartsAcrossLoads[name].isIn(run)).toBe(true)
    expect(chartsAcrossLoads[name].isIn(fixtureRun())).toBe(false)
    const nothing = draw(name, fixtureRun())
    expect(nothing.config).toBeNull()
    expect(nothing.finding).toMatch(/n\/a \(.+\)/)
  })

  it.each(names)('%s says in its table what it draws, with the whiskers', name => {
    const { table, ...figure } = draw(name)
    const told = new Set(table.rows.flat().filter(value => typeof value === 'number'))
    // Places with a name have no number to be told.
    if (name === 'fleet') for (const { x } of dataOf({ table, ...figure }).flat()) told.add(x)
    const points = dataOf({ table, ...figure }).flat()
    expect(points.length).toBeGreaterThan(8)
    for (const { x, y, yMin, yMax } of points) {
      expect(told.has(x) && told.has(y), `${x}, ${y}`).toBe(true)
      expect(yMin === undefined || (yMin <= y && y <= yMax!)).toBe(true)
      if (yMax !== undefined) expect(told.has(yMax)).toBe(true)
    }
  })

  it.each(names)('%s stands in both themes, moves nothing, and shows only what it is asked to show', name => {
    for (const theme of ['light', 'dark'] as const) {
      const { title, caption, finding, heightPx, config } = draw(name, run, { theme })
      expect([title, caption, finding].every(text => text.length > 5)).toBe(true)
      expect(`${caption}${finding}`).not.toMatch(/NaN|undefined|null|Infinity/)
      expect(heightPx).toBeGreaterThan(200)
      expect(config!.options!.animation).toBe(false)
    }
    const text = JSON.stringify(draw(name, run, { shown: ['sse'] }))
    expect(text).toContain('SSE')
    expect(text).not.toContain('Long polling')
  })
})

describe('what they find', () => {
  it('crossover: where push and poll carry the same packets', () => {
    const { finding } = draw('crossover')
    // 700 + 156 B a poll, 104 − 1 B a push and no frame: equal at 8.3 notices, and nowhere in payload.
    expect(finding).toMatch(
      /IP packets, as many bytes, in notices per poll interval: .*Short polling and WebSocket at about 8[,.5]/,
    )
    expect(finding).toContain('TCP payload: no two lines cross.')
  })

  it('crossover: shows payload alone where no packets were counted', () => {
    const bare = { ...run, cells: run.cells.map(({ ip: _, ...cell }) => cell) }
    const { config, finding } = draw('crossover', bare)
    expect(Object.keys(config!.options!.scales!)).toEqual(['x', 'y0'])
    expect(finding).not.toContain('IP packets')
  })

  it('rtt: what a ms of round trip adds', () => {
    expect(draw('rtt').finding).toMatch(/Short polling 0\.5\d, Long polling \d\.\d\d, SSE 0\.5\d, WebSocket 0\.5\d/)
  })

  it('interval-trade-off: latency and bytes at both ends', () => {
    const { finding } = draw('interval-trade-off')
    expect(finding).toMatch(
      /^Short polling 101 ms for 3\.7\d kB\/s polling every 200 ms, 1\.00 s for 5\d\d B\/s every 2 s;/,
    )
  })

  it('fleet: each backplane by itself, by number of servers, with its name below', () => {
    const { config, table, finding, caption } = draw('fleet')
    expect([...new Set(table.rows.map(row => `${row[1]} ${row[2]}`))]).toEqual([
      'memory 1',
      'redis 1',
      'redis 2',
      'redis 3',
      'rabbitmq 1',
      'rabbitmq 2',
      'rabbitmq 3',
      'redis-pubsub 3',
    ])
    const { ticks } = config!.options!.scales!.x as unknown as { ticks: { callback(at: number): string[] } }
    expect([1, 3, 4, 5, 11].map(at => ticks.callback(at))).toEqual([
      ['1', 'memory'],
      ['1'],
      ['2', 'redis'],
      ['3'],
      ['3', 'redis-', 'pubsub'],
    ])
    const { segment } = config!.data.datasets[0] as unknown as {
      segment: { borderColor(ends: { p0DataIndex: number; p1DataIndex: number }): string | undefined }
    }
    const between = (p0DataIndex: number) => segment.borderColor({ p0DataIndex, p1DataIndex: p0DataIndex + 1 })
    expect([0, 1, 2, 3].map(between)).toEqual(['transparent', undefined, undefined, 'transparent'])
    expect(finding).toMatch(/^Median, intended to received: .*WebSocket 1\.\d\d ms \(1 on memory\) to 5/)
    expect(caption).toContain('one server … 3 servers behind HAProxy')
    // Encrypted, with more processes: another family.
    expect(table.rows.length).toBe(8 * 4)
  })

  it('scale: the median with the fewest and the most; memory only where it can be told', () => {
    const { finding, table } = draw('scale')
    expect(finding).toMatch(/WebSocket 1\.0\d ms at 20 and 3\.\d\d ms at 2000/)
    const memory = table.columns.findIndex(({ header }) => header.startsWith('server memory'))
    expect(table.rows.map(row => typeof row[memory])).toEqual(
      Array.from({ length: 4 }, () => ['string', 'string', 'number']).flat(),
    )
  })
})
