// What a run says beside its numbers: loss is an error, and so is a hole outside the window; commensurate periods are named.
import { describe, expect, test } from 'vitest'
import type { Cell } from '../../results/cell.ts'
import { sampleRun } from '../../results/sample-run.fixture.ts'
import type { Scenario } from '../../results/scenario.ts'
import { sizes } from '../experiments/scale.ts'
import { latenciesOf, warningsOf } from './warnings.ts'

// The distributions of a sample run have no histogram to merge.
const plain = (cell: Cell): Cell => ({ ...cell, publisherLag: null })
const warned = (change: Partial<Cell>, scenario: Partial<Scenario> = {}) =>
  warningsOf(
    sampleRun({
      transports: ['some'],
      idle: false,
      scenario,
      change: cell => ({ ...plain(cell), ...(cell.transport !== null && cell.round === 0 && change) }),
    }),
  ).filter(({ code }) => code !== 'few-cores')

test('a run without a fault has nothing to be said', () => expect(warned({})).toEqual([]))

test.each([
  ['lost', 'lost'],
  ['duplicated', 'delivered twice'],
  ['outOfOrder', 'out of order'],
] as const)('notices %s are an error with their number', (key, word) => {
  expect(warned({ [key]: 2 })).toEqual([
    expect.objectContaining({
      code: key,
      severity: 'error',
      message: `some: 2 of 15000 expected notices were ${word}`,
    }),
  ])
})

test('holes that cost the window nothing are an error all the same', () => {
  expect(warned({ gaps: 1 })).toEqual([
    {
      code: 'gaps',
      severity: 'error',
      message: 'some, round 1: holes in the stream before the window: 1',
    },
  ])
  expect(warned({ gaps: 1, lost: 1 }).map(({ code }) => code)).toEqual(['lost'])
})

test('a void cell keeps each of its reasons', () => {
  const reasons = ['saturated client: so', 'late publisher: so']
  expect(warned({ status: 'void', reasons }).map(({ message }) => message)).toEqual([
    'some, round 1 is void: saturated client: so',
    'some, round 1 is void: late publisher: so',
  ])
})

test('what has one cause is one warning, which names the cells and says one reason', () => {
  const late = (ms: number) => `late publisher: its lag p99 was ${ms} ms, the bound is 2 ms`
  const found = warningsOf(
    sampleRun({
      transports: ['some', 'other'],
      idle: false,
      change: cell => ({
        ...plain(cell),
        ...(cell.transport === 'some' && cell.round < 3 && { status: 'void', reasons: [late(cell.round + 3)] }),
        ...(cell.transport === 'other' && cell.round === 4 && { status: 'void', reasons: [late(9), '3 gaps'] }),
      }),
    }),
  ).filter(({ severity }) => severity === 'error')
  expect(found.map(({ code, message }) => [code, message])).toEqual([
    [
      'void',
      '4 of 15 cells are void: late publisher: its lag p99 was 3 ms, the bound is 2 ms, and the like (some, rounds 1, 2 and 3; other, round 5)',
    ],
    ['void', 'other, round 5 is void: 3 gaps'],
  ])
})

test('a load is called by its name where there are several', () => {
  const run = sampleRun({
    transports: ['some'],
    idle: false,
    rounds: 1,
    change: cell => ({ ...plain(cell), status: 'void', reasons: ['3 gaps'] }),
  })
  const [load] = run.scenarios
  const [first] = warningsOf({ ...run, scenarios: [load!, { ...load!, id: 'far', rttMs: 100 }] })
  expect(first!.message).toBe(
    '2 of 2 cells are void: 3 gaps (some with 100 subscribers · 10/s · loopback, round 1; publishing alone with 100 subscribers · 10/s · loopback, round 1)',
  )
})

describe('a busy machine', () => {
  const others = (pid: number, share: number) => ({ share, processes: [{ name: 'make', pid, share }] })
  const busy = 'busy machine: other programs had 50 % of its cores, the bound is 10 %'
  const run = sampleRun({ transports: ['some'], idle: false, change: plain })
  const attempt: Cell = {
    ...run.cells[0]!,
    status: 'void',
    reasons: ['late publisher: so', busy],
    others: others(7, 0.5),
  }

  test('that cost attempts only is a note, which names who was busy and how much at most', () => {
    const attempts = [attempt, { ...attempt, others: others(7, 0.3) }, { ...attempt, others: others(8, 0.2) }]
    expect(warningsOf({ ...run, attempts }).filter(({ code }) => code !== 'few-cores')).toEqual([
      {
        code: 'busy-machine',
        severity: 'note',
        message:
          'busy machine: other programs had up to 50 % of the cores: make (pid 7) 50 %, make (pid 8) 20 %; 3 attempts at cells had to be repeated',
      },
    ])
  })

  test('that left cells void is an error, said once; what else they are void for is said by itself', () => {
    const cells = run.cells.map(cell => (cell.round < 2 ? { ...cell, ...attempt, round: cell.round } : cell))
    const found = warningsOf({ ...run, cells }).filter(({ severity }) => severity === 'error')
    expect(found.map(({ code, message }) => [code, message])).toEqual([
      [
        'busy-machine',
        'busy machine: other programs had up to 50 % of the cores: make (pid 7) 50 %; some, rounds 1 and 2 are void',
      ],
      ['void', '4 of 10 cells are void: late publisher: so (some, rounds 1 and 2)'],
    ])
  })

  test('hides no loss of an attempt that was repeated', () => {
    expect(warningsOf({ ...run, attempts: [{ ...attempt, lost: 4, expected: 3000 }] })[0]).toMatchObject({
      code: 'lost',
      message: 'some: 4 of 18000 expected notices were lost',
    })
  })
})

test('a cell whose subscribers could not connect was not measured, and asks for nothing', () => {
  expect(warned({ status: 'failed', reasons: ['none of 3 subscribers is open'] })).toEqual([
    {
      code: 'failed',
      severity: 'error',
      message: 'some, round 1 was not measured: none of 3 subscribers is open',
    },
  ])
})

describe('a periodic schedule', () => {
  const load = { schedule: 'periodic', pollIntervalMs: 1000, windowMs: 10_000 } as const
  const count = (ratePerSecond: number, more: Partial<Scenario> = {}) =>
    latenciesOf({ ...sampleRun({ transports: [] }).scenarios[0]!, ...load, ratePerSecond, ...more })

  test('has as many latencies as P/T = a/b has b', () => {
    expect(count(1)).toBe(1)
    expect(count(0.5)).toBe(1)
    expect(count(2)).toBe(2)
    expect(count(3)).toBe(3)
    expect(count(10)).toBe(10)
    expect(count(0.75)).toBe(3)
  })

  test('has many where the phases drift, where b is large, and where it is none', () => {
    expect(count(0.97)).toBeUndefined()
    expect(count(1.618)).toBeUndefined()
    expect(count(11)).toBeUndefined()
    expect(count(1, { schedule: 'poisson' })).toBeUndefined()
    expect(count(0)).toBeUndefined()
    // So slow a drift takes longer than the window.
    expect(count(1.001)).toBe(1)
    expect(count(1.001, { windowMs: 600_000 })).toBeUndefined()
  })

  test('of this lab has its periods apart', () => expect(sizes.map(latenciesOf)).toEqual(sizes.map(() => undefined)))

  test('is warned of where pollers at fixed times were measured, and nowhere else', () => {
    const pollPhases = { count: 100, kuiper: 0.01 }
    expect(warned({ pollPhases }, { ...load, ratePerSecond: 2 })).toEqual([
      expect.objectContaining({
        code: 'commensurate',
        severity: 'warning',
        message: expect.stringContaining(
          'a notice every 500 ms and a poll every 1000 ms give each poller only 2 different latencies',
        ),
      }),
    ])
    expect(warned({}, { ...load, ratePerSecond: 2 })).toEqual([])
    expect(warned({ pollPhases }, { ...load, ratePerSecond: 1.618 })).toEqual([])
  })
})
