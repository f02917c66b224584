// The bounds of the harness: at the bound a cell is void, below it is not, and the reason names the rule and the value.
import { describe, expect, test } from 'vitest'
import type { Cell } from '../../results/cell.ts'
import { cellOf, distributionAround } from '../../results/sample-run.fixture.ts'
import type { Status } from '../../server/status.ts'
import { judge } from './validity.ts'

const reasonsOf = (
  change: Partial<Cell>,
  earliest = 'abc.1',
  failures: string[] = [],
  lateMs = 2,
): readonly string[] => {
  const none = new Float64Array(0)
  const publishing = { intendedMs: none, sentMs: none, appendedMs: none, seqs: none, failures, connections: 1 }
  const after = { log: { earliest } } as Status
  const judged = judge(cellOf('sse', 0, 400, change), { publishing, after, lateMs, plannedMs: 300 })
  expect(judged.status).toBe(judged.reasons.length > 0 ? 'void' : 'ok')
  return judged.reasons
}
const client = { cpuShare: 0.1, cpuUs: 1, loopDelayP99Ms: 1 }

test('a cell within its bounds is as it was', () => expect(reasonsOf({})).toEqual([]))

test('a saturated client is named with what saturated it', () => {
  expect(reasonsOf({ client: { ...client, loopDelayP99Ms: 4.99 } })).toEqual([])
  expect(reasonsOf({ client: { ...client, loopDelayP99Ms: 5 } })).toEqual([
    'saturated client: its loop delay p99 was 5.0 ms, the bound is 5 ms',
  ])
  expect(reasonsOf({ client: { ...client, cpuShare: 0.699 } })).toEqual([])
  expect(reasonsOf({ client: { ...client, cpuShare: 0.7 } })).toEqual([
    'saturated client: it used 70 % of a core, the bound is 70 %',
  ])
})

describe('a late publisher', () => {
  const lag = { ...distributionAround(1000), p90Us: 1999, p99Us: 2000 }

  test('is judged by its p99, of few notices by its p90', () => {
    expect(reasonsOf({ published: 100, publisherLag: lag })).toEqual([
      'late publisher: its lag p99 was 2.00 ms, the bound is 2 ms',
    ])
    expect(reasonsOf({ published: 99, publisherLag: lag })).toEqual([])
    expect(reasonsOf({ published: 99, publisherLag: { ...lag, p90Us: 2000 } })).toEqual([
      'late publisher: its lag p90 was 2.00 ms, the bound is 2 ms',
    ])
  })

  test('that never sent is infinitely late, one that had nothing to send is not', () => {
    expect(reasonsOf({ published: 100, publisherLag: { ...lag, p99Us: null } })).toEqual([
      'late publisher: its lag p99 was infinite, the bound is 2 ms',
    ])
    expect(reasonsOf({ published: 0, publisherLag: null })).toEqual([])
  })
})

test('a reading that came late leaves a part of the window out', () => {
  expect(reasonsOf({}, 'abc.1', [], 29.9)).toEqual([])
  expect(reasonsOf({}, 'abc.1', [], 30)).toEqual([
    "late reading: the server's counters were read 30 ms after the window began, the bound is 30 ms, a tenth of it",
  ])
})

test('failed publishes are counted, with the first one’s words', () =>
  expect(reasonsOf({}, 'abc.1', ['503 away', 'other'])).toEqual(['2 publish requests failed: 503 away']))

test('a single negative time anywhere shows that clocks were mixed', () => {
  const wrong = { ...distributionAround(300, 30), negatives: 1 }
  for (const [key, name] of [
    ['publisherLag', 'publisher lag'],
    ['hop', 'hop'],
    ['delivery', 'delivery'],
    ['latency', 'latency'],
  ] as const)
    expect(reasonsOf({ [key]: wrong })).toEqual([
      `clock readings in the wrong order: 1 of 30 values of ${name} were negative`,
    ])
})

test('pollers in phase are named with how far from even they were', () => {
  expect(reasonsOf({ pollPhases: { count: 20, kuiper: 0.1 } })).toEqual([])
  expect(reasonsOf({ pollPhases: { count: 20, kuiper: 0.96 } })).toEqual([
    'pollers in phase: their polls lay 0.96 from even over the poll interval (Kuiper), the bound for 20 of them is 0.49',
  ])
})

test('gaps void a cell only where the log had to let go of something: otherwise they are loss', () => {
  expect(reasonsOf({ gaps: 3, lost: 3 })).toEqual([])
  expect(reasonsOf({ gaps: 3, lost: 3 }, 'abc.2')).toEqual([
    'subscribers were told of 3 gaps: the log was too small for them',
  ])
})
