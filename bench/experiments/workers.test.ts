// The verdicts of claims about several processes on one port, on evidence made for each of them.
import { describe, expect, test } from 'vitest'
import type { Cell } from '../../results/cell.ts'
import { type Claim, parseRun } from '../../results/format.ts'
import { sampleRun } from '../../results/sample-run.fixture.ts'
import type { Scenario } from '../../results/scenario.ts'
import { blankCell } from '../cell/blank-cell.ts'
import { type Options, parseOptions } from '../cli/options.ts'
import { experiments } from './index.ts'
import { judgeClaim } from './made-up/plain.fixture.ts'

const optionsOf = (...argv: string[]): Options =>
  parseOptions(argv, { transports: ['websocket'], experiments: ['delivery'] }, () => 7)

const cellOf = (scenario: Scenario, round: number, more: Partial<Cell>): Cell => ({
  ...blankCell({
    scenario,
    transport: 'websocket',
    round,
    order: 0,
    startedAt: '2026-11-22T19:58:00.000Z',
  }),
  ...more,
})

function judged(name: string, id: string, options: Options, make: (scenario: Scenario, round: number) => Cell): Claim {
  const { plan, claims = [] } = experiments[name]!
  const { scenarios, transports } = plan(options)
  const cells = scenarios.flatMap(scenario =>
    Array.from({ length: scenario.rounds! }, (_, round) => make(scenario, round)),
  )
  const claim = judgeClaim(claims.find(claim => claim.id === id)!, {
    cells,
    scenarios: [...scenarios],
    transports: [...transports],
  })
  expect(claim.why).toMatch(/^.{20,}$/)
  expect(claim.why).not.toMatch(/NaN|undefined|Infinity|\bnull\b/)
  const run = {
    ...sampleRun({ transports: ['websocket'] }),
    cells,
    scenarios: [...scenarios],
    transports: [...transports],
  }
  expect(parseRun(JSON.parse(JSON.stringify({ ...run, claims: [claim] }))).claims).toEqual([claim])
  return claim
}

describe('65k', () => {
  type Hold = NonNullable<Cell['hold']>
  const held = (scenario: Scenario, more: Partial<Hold> = {}): Hold => {
    const { clients: wanted, workers = 1 } = scenario
    const all = more.held ?? wanted
    return {
      wanted,
      held: all,
      portsPerAddress: 28_232,
      addresses: [
        { opened: 28_232, isExhausted: true },
        { opened: 28_230, isExhausted: true },
        { opened: wanted - 56_462, isExhausted: false },
      ],
      perWorker: Array.from({ length: workers }, () => Math.round(all / workers)),
      broadcasts: [
        { reached: all, lastMs: 800 },
        { reached: all, lastMs: 1000 },
      ],
      workerBytes: 10_000 * all,
      loadBytes: 8000 * all,
      kernel: { slabBytes: 9000 * all, tcpBytes: 0 },
      connectCpuUs: { primary: 5 * all, workers: 395 * all },
      ...more,
    }
  }
  const claim = (id: string, more: Partial<Hold> = {}, ...argv: string[]): Claim =>
    judged('65k', id, optionsOf(...argv), (scenario, round) =>
      cellOf(scenario, round, { connectMs: 70_000, hold: held(scenario, more) }),
    )

  test('as many processes as none of them holds too many, or as were typed', () => {
    const workersFor = (...argv: string[]) => experiments['65k']!.plan(optionsOf(...argv)).scenarios[0]!.workers
    expect(workersFor()).toBe(5)
    expect(workersFor('--connections', '250000')).toBe(18)
    expect(workersFor('--connections', '1000')).toBe(4)
    expect(workersFor('--connections', '1000000')).toBe(64)
    expect(workersFor('--workers', '7')).toBe(7)
  })

  test('is refuted by 70,000 that all have every notice', () => {
    const { verdict, why, points } = claim('65k')
    expect(verdict).toBe('refuted')
    expect(why).toContain('70,000 of 70,000 connections were open at once on one port of 5 processes')
    expect(points[0]).toMatchObject({ predicted: 70_000, claimed: 65_536, measured: { value: 70_000 } })
  })

  test.each([
    ['where one notice missed one of them', 'inconclusive', { broadcasts: [{ reached: 69_999, lastMs: null }] }, []],
    ['where nothing was published', 'inconclusive', { broadcasts: [] }, []],
    ['where it ended before, with the reason', 'inconclusive', { held: 54_000, endedBy: 'no descriptor left' }, []],
    ['where only fewer were wanted', 'inconclusive', {}, ['--connections', '60000']],
    ['where it ended just there', 'reproduced', { held: 65_533, endedBy: 'refused' }, []],
  ] as const)('is %s', (_, verdict, more, argv) => {
    const found = claim('65k', more as Partial<Hold>, ...argv)
    expect(found.verdict, found.why).toBe(verdict)
    if ('endedBy' in more) expect(found.why).toContain(more.endedBy)
    if (argv.length > 0) expect(found.why).toContain('only 60,000 were wanted')
  })

  test('an address has the ports of its range, and a second one as many again', () => {
    const { verdict, points } = claim('ports-per-address')
    expect(verdict).toBe('reproduced')
    expect(points.map(({ predicted, measured }) => [predicted, measured!.value])).toEqual([
      [28_232, 28_232],
      [28_232, 28_230],
      [56_464, 56_462],
    ])
    const [first, second] = [28_232, 28_000].map(opened => ({ opened, isExhausted: true }))
    expect(claim('ports-per-address', { addresses: [first!, second!] }).verdict).toBe('refuted')
    expect(claim('ports-per-address', { addresses: [first!] })).toMatchObject({
      verdict: 'inconclusive',
      why: expect.stringContaining('--connections 56465 or more'),
    })
  })

  test('memory is told by user and kernel apart, and the kernel’s only where it is known', () => {
    const { verdict, points } = claim('65k-memory')
    expect(verdict).toBe('measured')
    expect(points.map(({ measured }) => Math.round(measured!.value))).toEqual([10_000, 8000, 9000, 0, 1000, 400, 900])
    expect(
      claim('65k-memory', { kernel: null })
        .points.map(({ label }) => label)
        .join(),
    ).not.toContain('kernel')
    expect(claim('65k-memory', { held: 0, endedBy: 'refused' })).toMatchObject({
      verdict: 'inconclusive',
      why: expect.stringContaining('refused'),
    })
  })
})

describe('single-thread', () => {
  /** Deliveries a second of one process, and of k: how many times as many, on so many cores, beside so many of the load's. */
  const claim = (
    id: string,
    { gain = 1.9, cores = 1.9, load = 0.1, scatter = 0.01, rounds = 5 } = {},
    ...argv: string[]
  ): Claim =>
    judged('single-thread', id, optionsOf('--rounds', String(rounds), ...argv), (scenario, round) => {
      const isOne = scenario.workers === 1
      const wobble = 1 + scatter * ((round % 3) - 1)
      const value = isOne ? 10_000 : 10_000 * gain * wobble
      return cellOf(scenario, round, {
        capacity: { value, isLowerBound: false, serverShare: isOne ? 1 : cores, clientShare: isOne ? load / 2 : load },
      })
    })

  test('one process against two, or against as many as were typed, with and without a declared wait', () => {
    const scenarios = (...argv: string[]) =>
      experiments['single-thread']!.plan(optionsOf(...argv)).scenarios.map(({ workers, burnUs = 0 }) => [
        workers,
        burnUs,
      ])
    expect(scenarios()).toEqual([
      [1, 0],
      [2, 0],
      [1, 100],
      [2, 100],
    ])
    expect(scenarios('--workers', '4').map(([workers]) => workers)).toEqual([1, 4, 1, 4])
  })

  test.each([
    ['refuted', 'where two carry nearly twice as much', {}],
    ['reproduced', 'where two had their cores and carry no more', { gain: 1.05, cores: 1.9 }],
    ['inconclusive', 'where the load needed the cores', { gain: 1.05, cores: 1.1, load: 0.9 }],
    ['inconclusive', 'where they carry half as much again', { gain: 1.5, cores: 1.9 }],
    ['inconclusive', 'where rounds scatter', { scatter: 0.5 }],
    ['inconclusive', 'from a single round', { rounds: 1 }],
  ] as const)('is %s %s', (verdict, _, of) => {
    for (const id of ['single-thread', 'single-thread-slow']) {
      const found = claim(id, of)
      expect(found.verdict, found.why).toBe(verdict)
      expect(found.points.map(({ predicted }) => predicted)).toEqual([2, 1, 2, null])
    }
  })

  test('says what it had, and what it takes', () => {
    expect(claim('single-thread', { gain: 1.05, cores: 1.1, load: 0.9 }).why).toContain(
      "They had 1.1 cores and the load process 0.9: it takes 2 for the server beside the load's to tell.",
    )
    const { points } = claim('single-thread', { gain: 3.8, cores: 3.9 }, '--workers', '4')
    expect(points[0]).toMatchObject({ predicted: 4, claimed: 1 })
    expect(points[1]!.measured!.value).toBeCloseTo(3.8 / 3.9, 2)
  })
})
