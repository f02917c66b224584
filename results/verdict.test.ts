import { describe, expect, it, test } from 'vitest'
import type { Cell } from './cell.ts'
import type { Distribution } from './estimate.ts'
import type { Claim, Run } from './format.ts'
import { sampleLoad } from './sample-run.fixture.ts'
import type { Scenario } from './scenario.ts'
import { summarise } from './summary.ts'
import { type Judged, MAX_WORDS, verdictOf, wordsOf } from './verdict.ts'

const load: Scenario = { ...sampleLoad, id: 'load' }

const distribution = (ms: number, infinite: number): Distribution => ({
  count: 3000 - infinite,
  infinite,
  minUs: 100,
  meanUs: ms * 1000,
  sdUs: 5,
  p50Us: ms * 1000,
  p90Us: ms * 2000,
  p99Us: ms * 3000,
  p999Us: null,
  maxUs: ms * 4000,
})

interface Rounds {
  /** Median of each round. */
  ms: number[]
  bytes?: number
  lost?: number
  duplicated?: number
  status?: Cell['status']
}

const cellOf = (
  transport: string,
  round: number,
  { ms, bytes = 150, lost = 0, duplicated = 0, status }: Rounds,
): Cell => ({
  scenario: 'load',
  transport,
  round,
  order: 0,
  status: status ?? 'ok',
  reasons: [],
  startedAt: '2026-11-22T19:58:00.000Z',
  windowMs: 3000,
  published: 30,
  expected: 3000,
  delivered: 3000 - lost,
  lost,
  duplicated,
  outOfOrder: 0,
  gaps: 0,
  retries: 0,
  latency: distribution(ms[round]! + 1, lost),
  publisherLag: null,
  hop: null,
  delivery: distribution(ms[round]!, lost),
  bytesIn: 0,
  bytesOut: bytes * 3000 + round,
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
})

function runOf(parts: Record<string, Rounds>, more: Partial<Judged> = {}): Judged {
  const transports = Object.keys(parts)
  const cells = transports.flatMap(id => parts[id]!.ms.map((_, round) => cellOf(id, round, parts[id]!)))
  const rounds = Math.max(...Object.values(parts).map(({ ms }) => ms.length))
  const base = { cells, scenarios: [load], transports }
  const summary = summarise(base, () => null)
  return { ...base, summary, status: 'complete', roundsDone: rounds, roundsPlanned: rounds, warnings: [], ...more }
}

const fast = { ms: [1.2, 1.21, 1.19], bytes: 160 }
const poll = { ms: [500, 510, 490], bytes: 320 }

test('a fleet and its fault are among the conditions, which stay whole', () => {
  const scenario: Scenario = {
    ...load,
    servers: 3,
    balancer: 'haproxy',
    sticky: 'cookie',
    backplane: 'redis-pubsub',
    workers: 2,
    tls: true,
    fault: { kind: 'kill-server', atMs: 1000, forMs: 0 },
  }
  const verdict = verdictOf(
    runOf({ websocket: { ...fast, lost: 10 }, sse: poll, 'short-polling': poll }, { scenarios: [scenario] }),
  )
  expect(verdict).toMatch(/^websocket lost 0\.333 % of its notices\. websocket was fastest/)
  expect(verdict).toMatch(
    /polls every 1 s, 3 servers on redis-pubsub, sticky, 2 workers, TLS, one server killed, loopback, 3 rounds\.$/,
  )
  expect(wordsOf(verdict)).toBeLessThanOrEqual(MAX_WORDS)
})

describe('verdictOf', () => {
  const golden: [title: string, run: Judged, verdict: string][] = [
    [
      'a clear win',
      runOf({ websocket: fast, sse: { ms: [1.4, 1.42, 1.41], bytes: 190 }, 'short-polling': poll }),
      'websocket was fastest (median 1.20 ms); sse took 1.18× as long, short-polling 417×. Fewest TCP bytes: websocket. Conditions: 100 subscribers, 10 notices/s, polls every 1 s, loopback, 3 rounds.',
    ],
    [
      'a tie',
      runOf({ websocket: fast, sse: { ms: [1.25, 1.18, 1.22], bytes: 160 }, 'short-polling': poll }),
      'websocket and sse tied fastest (median 1.20 ms); short-polling took 417× as long. Fewest TCP bytes: websocket and sse (tied). Conditions: 100 subscribers, 10 notices/s, polls every 1 s, loopback, 3 rounds.',
    ],
    [
      'loss, first',
      runOf({
        websocket: { ...fast, lost: 10 },
        sse: { ...fast, lost: 1 },
        'short-polling': { ...poll, duplicated: 3 },
      }),
      'websocket lost 0.333 % (1 other less), short-polling repeated 0.100 % of its notices. websocket and sse tied fastest (median 1.20 ms); short-polling took 417× as long. Conditions: 100 subscribers, 10 notices/s, polls every 1 s, loopback, 3 rounds.',
    ],
    [
      'a missing transport',
      runOf({ websocket: fast, sse: { ...fast, status: 'void' }, 'short-polling': poll }),
      'websocket was fastest (median 1.20 ms); short-polling took 417× as long. No usable data: sse. Fewest TCP bytes: websocket. Conditions: 100 subscribers, 10 notices/s, polls every 1 s, loopback, 3 rounds.',
    ],
    [
      'polling cheapest in bytes',
      runOf({
        websocket: fast,
        'long-polling': { ms: [1.3, 1.31, 1.32], bytes: 400 },
        'short-polling': { ...poll, bytes: 140 },
      }),
      'websocket was fastest (median 1.20 ms); long-polling took 1.09× as long, short-polling 417×. Fewest TCP bytes: short-polling. Conditions: 100 subscribers, 10 notices/s, polls every 1 s, loopback, 3 rounds.',
    ],
    [
      'a partial run',
      runOf({ websocket: fast, 'short-polling': poll }, { status: 'partial', roundsPlanned: 5 }),
      'Partial run, 3 of 5 rounds. websocket was fastest (median 1.20 ms); short-polling took 417× as long. Fewest TCP bytes: websocket. Conditions: 100 subscribers, 10 notices/s, polls every 1 s, loopback.',
    ],
    [
      'inconclusive after one round',
      runOf({ websocket: { ms: [1.2] }, 'short-polling': { ms: [500] } }),
      'Inconclusive: one round; medians from 1.20 ms (websocket) to 500 ms (short-polling). Conditions: 100 subscribers, 10 notices/s, polls every 1 s, loopback, 1 round.',
    ],
    [
      'inconclusive where nothing is usable',
      runOf({ websocket: { ...fast, status: 'void' }, sse: { ...fast, status: 'failed' } }),
      'Inconclusive: no transport has a usable median. No usable data: websocket and sse. Conditions: 100 subscribers, 10 notices/s, polls every 1 s, loopback, 3 rounds.',
    ],
    [
      'inconclusive where the publisher was late',
      runOf(
        { websocket: fast, 'short-polling': poll },
        { warnings: [{ code: 'late-publisher', severity: 'error', message: 'lag' }] },
      ),
      'Inconclusive: data not usable (late-publisher). Conditions: 100 subscribers, 10 notices/s, polls every 1 s, loopback, 3 rounds.',
    ],
  ]
  it.each(golden)('says %s', (_, run, verdict) => {
    expect(verdictOf(run)).toBe(verdict)
    expect(wordsOf(verdict)).toBeLessThanOrEqual(MAX_WORDS)
  })

  it('names the turn in a broadcast where that is most of the fastest push', () => {
    const spread = (spreadMs: number, answers: Partial<Cell>) => {
      const run = runOf({ websocket: fast, 'short-polling': poll })
      const cells = run.cells.map(cell => ({ ...cell, spreadMs, ...answers }))
      return verdictOf({ ...run, cells, summary: summarise({ ...run, cells }, () => null) })
    }
    const pushed = (spreadMs: number) => spread(spreadMs, { requests: 0, emptyAnswers: 0 })
    expect(pushed(1.3)).toMatch(/^websocket was fastest \(median 1\.20 ms, mostly serving 100 in turn\); short-polling/)
    expect(pushed(1.1)).toMatch(/^websocket was fastest \(median 1\.20 ms\);/)
    // A poller's spread is the phase of its polls.
    expect(spread(500, { requests: 300 })).toMatch(/^websocket was fastest \(median 1\.20 ms\);/)
  })

  it('speaks of failure and of silence without a figure', () => {
    expect(verdictOf(runOf({ a: fast }, { status: 'failed', roundsDone: 0 }))).toContain('Inconclusive: the run failed')
    expect(verdictOf(runOf({ a: fast }, { scenarios: [{ ...load, kind: 'idle' }] }))).toContain(
      'This run does not compare the latency of transports.',
    )
  })

  it('speaks of the claims where there is no load to compare transports under', () => {
    const claim: Claim = {
      id: 'a',
      claim: 'A thing is so',
      source: 'somebody',
      prediction: 'it is not',
      tolerance: 'none',
      unit: 'ms',
      points: [],
      verdict: 'refuted',
      why: 'It was not.',
    }
    const run = { ...runOf({ a: fast }, { scenarios: [{ ...load, kind: 'idle' }] }), claims: [claim, claim] }
    expect(verdictOf(run)).toBe('2 claims: 2 refuted. This run does not compare the latency of transports.')
  })

  it('calls transports as it is told, and speaks of the load it is asked about', () => {
    const run = runOf({ websocket: fast, sse: poll }, { scenarios: [load, { ...load, id: 'other', rttMs: 50 }] })
    expect(verdictOf(run, { label: id => `<${id}>` })).toContain('<websocket> was fastest')
    expect(verdictOf(run, { scenarioId: 'other' })).toContain('50 ms RTT')
    expect(verdictOf(runOf({ websocket: fast }, { scenarios: [{ ...load, tls: true }] }))).toContain('TLS, loopback,')
  })

  it('stays within its words, and keeps its conditions, however many transports there are and whatever went wrong', () => {
    for (const count of [1, 2, 5, 9])
      for (const lost of [0, 5])
        for (const status of ['complete', 'partial', 'running'] as const)
          for (const spread of [0, 0.5]) {
            const parts = Array.from({ length: count }, (_, i): [string, Rounds] => [
              `transport-${i}`,
              { ms: [1, 1.1, 1.2].map(ms => ms * (1 + i * spread)), lost: i % 2 ? lost : 0, duplicated: lost },
            ])
            const run: Pick<Run, 'status'> & Judged = runOf(Object.fromEntries(parts), { status, roundsPlanned: 5 })
            const verdict = verdictOf(run, { label: id => `The ${id} transport` })
            expect(wordsOf(verdict), verdict).toBeLessThanOrEqual(MAX_WORDS)
            expect(verdict).toContain('100 subscribers')
          }
  })
})
