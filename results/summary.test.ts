import { describe, expect, test } from 'vitest'
import type { Cell } from './cell.ts'
import type { Distribution, Estimate } from './estimate.ts'
import { sampleLoad } from './sample-run.fixture.ts'
import type { Scenario } from './scenario.ts'
import { type Measured, ratioBetween, summarise, valuesByRound } from './summary.ts'

const load: Scenario = { ...sampleLoad, id: 'load' }
const idle: Scenario = { ...load, id: 'idle', kind: 'idle', ratePerSecond: 0, clients: 50, windowMs: 30_000 }

const distribution = (ms: number, infinite = 0): Distribution => ({
  count: 3000 - infinite,
  infinite,
  minUs: 1,
  meanUs: ms * 1000 + 100,
  sdUs: 5,
  p50Us: ms * 1000,
  p90Us: ms * 2000,
  p99Us: infinite > 30 ? null : ms * 3000,
  p999Us: null,
  maxUs: ms * 4000,
})

const cell = (transport: string | null, round: number, ms: number, more: Partial<Cell> = {}): Cell => ({
  scenario: 'load',
  transport,
  round,
  order: 0,
  status: 'ok',
  reasons: [],
  startedAt: '2026-11-22T19:58:00.000Z',
  windowMs: 3000,
  published: 30,
  expected: 3000,
  delivered: 3000,
  lost: 0,
  duplicated: 0,
  outOfOrder: 0,
  gaps: 0,
  retries: 0,
  latency: distribution(ms + 1),
  publisherLag: null,
  hop: null,
  delivery: distribution(ms),
  bytesIn: 30_000,
  bytesOut: 420_000,
  startupBytes: 1000,
  requests: 300,
  emptyAnswers: 150,
  skippedPolls: 0,
  noticesWritten: 3000,
  writes: 120,
  connectionsOpened: 0,
  timeline: [],
  server: { cpuUs: 60_000, rssBytes: 2e8, rssBeforeBytes: 1e8, loopDelayP99Ms: 2 },
  client: { cpuShare: 0.1, cpuUs: 300_000, loopDelayP99Ms: 1 },
  connectMs: 40,
  ...more,
})
const run = (cells: Cell[], scenarios: Scenario[] = [load], transports = ['a', 'b']): Measured => ({
  cells,
  scenarios,
  transports,
})
const merged: (Distribution | null)[][] = []
const merge = (parts: readonly (Distribution | null)[]) => {
  merged.push([...parts])
  return null
}
const row = (measured: Measured, transport = 'a', scenario = 'load') =>
  summarise(measured, merge).find(found => found.transport === transport && found.scenario === scenario)!

describe('a row of the summary', () => {
  test('estimates every statistic over rounds, in the unit of its name', () => {
    const { statistics, rounds } = row(run([cell('a', 0, 10), cell('a', 1, 20), cell('a', 2, 30)]))
    expect(rounds).toBe(3)
    expect(statistics.meanMs).toMatchObject({ value: expect.closeTo(20.1, 9), n: 3 })
    // Student t with 2 degrees of freedom is 4.303; the standard error 10/√3.
    expect((statistics.meanMs as { low: number }).low).toBeCloseTo(20.1 - (4.3027 * 10) / Math.sqrt(3), 2)
    // Quantiles are geometric means: ∛(10 · 20 · 30), and times 2, 3 and 4.
    const geometric = (of: number) => ({ value: expect.closeTo(of, 2), n: 3 })
    expect(statistics).toMatchObject({
      medianMs: geometric(18.17),
      p90Ms: geometric(36.34),
      p99Ms: geometric(54.51),
      maxMs: geometric(72.68),
      bytesPerNotice: { value: 150 },
      noticesPerAnswer: { value: 20 },
      noticesPerWrite: { value: 25 },
      requestsPerSecond: { value: 100 },
      emptyShare: { value: 0.5 },
      loopDelayP99Ms: { value: 2 },
      connectMs: { value: 40 },
    })
  })

  test('a single round has a value and no interval', () => {
    expect(row(run([cell('a', 0, 10)])).statistics.meanMs).toEqual({ value: 10.1, low: null, high: null, n: 1 })
  })

  test('has no interval of a quantile that reaches below the one before it, or below zero', () => {
    // One round among three whose tail is a hundred times as long.
    const tails = [1, 1, 100].map((times, round) => {
      const found = cell('a', round, 10)
      return { ...found, delivery: { ...found.delivery!, p99Us: found.delivery!.p99Us! * times, maxUs: 1e7 } }
    })
    const { medianMs, p90Ms, p99Ms } = row(run(tails)).statistics as Record<string, Estimate>
    expect(p99Ms!.low).toBe(p90Ms!.value)
    expect(p90Ms!.low).toBeGreaterThan(medianMs!.value)
    expect(p99Ms!.high).toBeGreaterThan(p99Ms!.value)
    const zero = cell('a', 0, 10, { delivery: { ...cell('a', 0, 10).delivery!, p50Us: 0 } })
    const wide = row(run([zero, cell('a', 1, 10)])).statistics.medianMs as Estimate
    expect(wide).toMatchObject({ value: 5, low: 0 })
  })

  test('comes in the order of scenarios and transports, and only for what was measured', () => {
    const other = { ...load, id: 'other' }
    const rows = summarise(
      run([cell('b', 0, 1), cell('a', 0, 1), cell('a', 0, 1, { scenario: 'other' })], [load, other]),
      merge,
    )
    expect(rows.map(({ scenario, transport }) => `${scenario} ${transport}`)).toEqual(['load a', 'load b', 'other a'])
  })

  test('voided and failed cells take no part, are counted, and hide none of their losses', () => {
    const bad = cell('a', 1, 500, {
      status: 'void',
      reasons: ['saturated client'],
      lost: 7,
      delivered: 2993,
      duplicated: 2,
      outOfOrder: 1,
    })
    const failed = cell('a', 2, 900, { status: 'failed', expected: 0, delivered: 0 })
    merged.length = 0
    const found = row(run([cell('a', 0, 10), bad, failed]))
    expect(found).toMatchObject({
      rounds: 1,
      voided: 2,
      expected: 6000,
      delivered: 5993,
      lost: 7,
      duplicated: 2,
      outOfOrder: 1,
    })
    expect(found.statistics.medianMs).toMatchObject({ value: 10, n: 1 })
    expect(merged).toEqual([[distribution(10)], [distribution(11)]])
  })

  test('attempts that were repeated take no part, are counted, and hide none of their losses', () => {
    const spoilt = cell('a', 0, 900, { status: 'void', reasons: ['busy machine: so'], lost: 7, delivered: 2993 })
    const found = row({ ...run([cell('a', 0, 10), cell('b', 0, 10)]), attempts: [spoilt] })
    expect(found).toMatchObject({ rounds: 1, voided: 0, repeated: 1, expected: 6000, delivered: 5993, lost: 7 })
    expect(found.statistics.medianMs).toMatchObject({ value: 10, n: 1 })
    expect(row({ ...run([cell('a', 0, 10), cell('b', 0, 10)]), attempts: [spoilt] }, 'b')).not.toHaveProperty(
      'repeated',
    )
  })

  test('where every round is void, a figure says why, and what they came to in the mean', () => {
    const spoilt = (round: number, ms: number, ...reasons: string[]) =>
      cell('a', round, ms, { status: 'void', reasons })
    const cells = [
      spoilt(0, 10, 'saturated client: so'),
      spoilt(1, 20, 'saturated client: more', 'late publisher: so'),
      cell('a', 2, 90, { status: 'failed', reasons: ['none is open'] }),
    ]
    const { medianMs, cpuUsPerNotice } = row(run(cells)).statistics
    expect(medianMs).toEqual({ missing: 'void: saturated client, late publisher', void: expect.closeTo(14.142, 3) })
    // Nothing to be seen, either.
    expect(cpuUsPerNotice).toEqual({ missing: 'void: saturated client, late publisher' })
    expect(ratioBetween(run(cells), 'load', 'a', 'a', 'medianMs')).toEqual({
      missing: 'no round in which both are usable',
    })
  })

  test('says that no round was usable', () => {
    expect(row(run([cell('a', 0, 1, { status: 'void' })])).statistics.medianMs).toEqual({ missing: 'no usable round' })
  })
})

describe('what is missing says why', () => {
  test('a quantile, mean or maximum among the undelivered is missing, those below are not', () => {
    const { statistics } = row(run([cell('a', 0, 10), cell('a', 1, 10, { delivery: distribution(10, 100) })]))
    expect(statistics.p99Ms).toEqual({ missing: '100 of 3000 never arrived' })
    expect(statistics.meanMs).toEqual({ missing: '100 of 3000 never arrived' })
    expect(statistics.maxMs).toEqual({ missing: '100 of 3000 never arrived' })
    expect(statistics.medianMs).toMatchObject({ value: 10, n: 2 })
  })

  test('nothing expected is not a latency of 0', () => {
    const empty = { ...distribution(1), count: 0, p50Us: null, meanUs: null }
    const { statistics } = row(run([cell('a', 0, 1, { delivery: empty, latency: null })]))
    expect(statistics.medianMs).toEqual({ missing: 'nothing was expected' })
    expect(statistics.latencyMedianMs).toEqual({ missing: 'nothing was expected' })
  })

  test('a stream has no notices per answer, no empty share', () => {
    const pushed = cell('a', 0, 1, { requests: 0, emptyAnswers: 0, writes: 3000 })
    const reconnected = cell('b', 0, 1, { requests: 2, emptyAnswers: 0, writes: 3000 })
    const found = row(run([pushed])).statistics
    expect(found.noticesPerAnswer).toEqual({ missing: 'pushed without a request' })
    expect(found.emptyShare).toEqual({ missing: 'no requests' })
    expect(found.noticesPerWrite).toMatchObject({ value: 1 })
    expect(row(run([reconnected]), 'b').statistics.noticesPerAnswer).toEqual({ missing: 'pushed without a request' })
  })

  test('memory is shown from 2,000 subscribers on', () => {
    expect(row(run([cell('a', 0, 1)])).statistics.rssPerSubscriberBytes).toEqual({
      missing: 'fewer than 2000 subscribers',
    })
    const many = row(run([cell('a', 0, 1)], [{ ...load, clients: 2000 }]))
    expect(many.statistics.rssPerSubscriberBytes).toMatchObject({ value: 50_000 })
  })

  test('a loop delay or connect time that was not measured', () => {
    const bare = cell('a', 0, 1, {
      connectMs: null,
      server: { cpuUs: 1, rssBytes: 1, rssBeforeBytes: 1, loopDelayP99Ms: null },
    })
    expect(row(run([bare])).statistics).toMatchObject({
      loopDelayP99Ms: { missing: 'not measured' },
      connectMs: { missing: 'not measured' },
    })
  })
})

describe('CPU per notice', () => {
  const busy = (cpuUs: number) => ({ server: { cpuUs, rssBytes: 0, rssBeforeBytes: 0, loopDelayP99Ms: null } })

  test('leaves out what publishing alone cost in the same round, over an equally long window', () => {
    const cells = [
      cell('a', 0, 1, busy(900_000)),
      cell(null, 0, 1, { ...busy(200_000), windowMs: 2000 }),
      cell('a', 1, 1, busy(600_000)),
      cell(null, 1, 1, busy(0)),
    ]
    expect(row(run(cells)).statistics.cpuUsPerNotice).toMatchObject({ value: 200, n: 2 })
  })

  test('needs half a second of work in every window', () => {
    const cells = [cell('a', 0, 1, busy(499_999)), cell(null, 0, 1, busy(1))]
    expect(row(run(cells)).statistics.cpuUsPerNotice).toEqual({ missing: 'too little work' })
  })

  test('needs the publishing of its own round, and a usable one', () => {
    const other = [cell('a', 0, 1, busy(900_000)), cell(null, 1, 1, busy(1))]
    const voided = [cell('a', 0, 1, busy(900_000)), cell(null, 0, 1, { ...busy(1), status: 'void' })]
    for (const cells of [other, voided])
      expect(row(run(cells)).statistics.cpuUsPerNotice).toEqual({ missing: 'publishing alone was not measured' })
  })
})

test('what polls cost is missing where the window was shorter than their interval, and how late notices came is not', () => {
  const polls = { pollPhases: { count: 100, kuiper: 0.1 }, requests: 60, windowMs: 3000 }
  const slow = { ...load, pollIntervalMs: 5000 }
  const { statistics } = row(run([cell('a', 0, 1, polls)], [slow]))
  const missing = { missing: 'the window is shorter than the poll interval' }
  const { bytesPerNotice, cpuUsPerNotice, requestsPerSecond, emptyShare, medianMs } = statistics
  expect([bytesPerNotice, cpuUsPerNotice, requestsPerSecond, emptyShare]).toEqual(Array(4).fill(missing))
  expect(medianMs).toMatchObject({ value: 1 })
  expect(row(run([cell('a', 0, 1, polls)])).statistics.requestsPerSecond).toMatchObject({ value: 20 })
  const pushed = row(run([cell('a', 0, 1, { windowMs: 3000 })], [slow])).statistics.requestsPerSecond
  expect(pushed).toMatchObject({ n: 1 })
})

describe('the cost part', () => {
  const cost: Scenario = { ...load, id: 'cost', kind: 'cost', clients: 2000 }
  const server = { cpuUs: 600_000, rssBytes: 9e7, rssBeforeBytes: 7e7, loopDelayP99Ms: 1 }
  const measured = cell('a', 0, 1, { scenario: 'cost', server })
  const alone = cell(null, 0, 1, { scenario: 'cost', server: { ...server, cpuUs: 0 } })

  test('has the figures that the load holds too little of', () => {
    const { statistics } = row(run([cell('a', 0, 1), measured, alone], [load, cost]))
    expect(statistics.cpuUsPerNotice).toMatchObject({ value: 200, n: 1 })
    expect(statistics.rssPerSubscriberBytes).toMatchObject({ value: 10_000, n: 1 })
  })

  test('leaves those alone that the load has itself', () => {
    const own = cell('a', 0, 1, { server: { ...server, cpuUs: 1_500_000 } })
    const { statistics } = row(run([own, cell(null, 0, 1), measured, alone], [load, cost]))
    expect(statistics.cpuUsPerNotice).not.toMatchObject({ value: 200 })
  })

  test.each([[{ tls: true }], [{ headerProfile: 'bare' as const }], [{ transports: ['b'] }]])(
    'of other conditions (%j) says nothing of the load',
    other => {
      const { statistics } = row(run([cell('a', 0, 1), measured, alone], [load, { ...cost, ...other }]))
      expect(statistics.cpuUsPerNotice).toMatchObject({ missing: 'too little work' })
    },
  )
})

describe('the idle part', () => {
  const quiet = cell('a', 0, 1, { scenario: 'idle', windowMs: 30_000, bytesIn: 1000, bytesOut: 4000, requests: 0 })

  test('counts bytes both ways per subscriber and minute, in its own row and beside the load', () => {
    const measured = run([cell('a', 0, 1), quiet], [load, idle])
    expect(row(measured, 'a', 'idle').statistics.idleBytesPerMinute).toMatchObject({ value: 200, n: 1 })
    expect(row(measured).statistics.idleBytesPerMinute).toMatchObject({ value: 200, n: 1 })
    expect(row(measured, 'a', 'idle').statistics).not.toHaveProperty('bytesPerNotice')
  })

  test('is missing where its window was shorter than what it is to count', () => {
    const missing = (more: Partial<Cell>) =>
      row(run([{ ...quiet, ...more }], [load, idle]), 'a', 'idle').statistics.idleBytesPerMinute
    expect(missing({ windowMs: 14_000 })).toEqual({
      missing: 'the window is shorter than the time between two signs of life',
    })
    expect(missing({ windowMs: 14_700 })).toMatchObject({ n: 1 })
    expect(missing({ windowMs: 1000, requests: 50 })).toMatchObject({ n: 1 })
    expect(missing({ requests: 24 })).toEqual({ missing: 'the window is shorter than the time between two polls' })
  })

  test('is missing where there is none, or none with the same intervals', () => {
    expect(row(run([cell('a', 0, 1)])).statistics.idleBytesPerMinute).toEqual({ missing: 'no idle part' })
    for (const other of [{ pollIntervalMs: 5000 }, { waitMs: 5000 }, { headerProfile: 'bare' }]) {
      const otherwise = run([cell('a', 0, 1), quiet], [load, { ...idle, ...other }])
      expect(row(otherwise).statistics.idleBytesPerMinute).toEqual({ missing: 'no idle part' })
    }
  })
})

describe('ratios', () => {
  test('are paired by round, whatever order the cells came in', () => {
    const cells = [cell('a', 0, 20), cell('b', 0, 10), cell('b', 1, 100), cell('a', 1, 200), cell('a', 2, 50)]
    const ratio = ratioBetween(run(cells), 'load', 'a', 'b', 'medianMs')
    expect(ratio).toMatchObject({ n: 2 })
    expect('value' in ratio && ratio.value).toBeCloseTo(2, 9)
    expect([...valuesByRound(run(cells), 'load', 'a', 'medianMs')]).toEqual([
      [0, 20],
      [1, 200],
      [2, 50],
    ])
  })

  test('leave out rounds in which one side is void, and say where none is left', () => {
    const cells = [cell('a', 0, 20), cell('b', 0, 10, { status: 'void' }), cell('a', 1, 30), cell('b', 1, 10)]
    expect(ratioBetween(run(cells), 'load', 'a', 'b', 'medianMs')).toMatchObject({ n: 1, low: null })
    expect(ratioBetween(run(cells.slice(0, 2)), 'load', 'a', 'b', 'medianMs')).toEqual({
      missing: 'no round in which both are usable',
    })
  })

  test('of what is missing or 0 are missing', () => {
    const cells = [cell('a', 0, 20, { delivery: distribution(20, 100) }), cell('b', 0, 10, { requests: 0 })]
    expect(ratioBetween(run(cells), 'load', 'a', 'b', 'p99Ms')).toEqual({ missing: '100 of 3000 never arrived' })
    expect(ratioBetween(run(cells), 'load', 'a', 'b', 'requestsPerSecond')).toEqual({
      missing: 'a ratio needs positive figures',
    })
  })
})

describe('bytes by part', () => {
  test('are per notice handed over, over all usable cells', () => {
    const measured = run([
      cell('a', 0, 5, { parts: { body: 300_000, headers: 60_000 } }),
      cell('a', 1, 5, { parts: { body: 330_000, headers: 90_000 } }),
      cell('a', 2, 5, { parts: { body: 9e9 }, status: 'void' }),
    ])
    expect(summarise(measured, () => null)[0]!.bytesByPart).toEqual({ body: 105, headers: 25 })
  })

  test('are left out where a cell did not record them', () => {
    const measured = run([cell('a', 0, 5, { parts: { body: 1 } }), cell('a', 1, 5)])
    expect(summarise(measured, () => null)[0]).not.toHaveProperty('bytesByPart')
  })
})
