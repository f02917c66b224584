import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DemoEvent } from '../../server/demo/wire.ts'
import { fixtureLog } from './log.fixture.ts'
import { createLog, indexAfter, type Log } from './log.ts'

const kinds = ['start', 'knobs', 'counts', 'cut', 'heal', 'scene', 'votes', 'phones', 'end'] as const

/** Two minutes with something of every kind. */
const long = fixtureLog({
  lastsMs: 120_000,
  knobs: { pollIntervalMs: 500 },
  publishes: Array.from({ length: 55 }, (_, i) => ({ atMs: 1000 + 2100 * i, count: 1 + (i % 3) })),
  cut: { fromMs: 61_000, toMs: 66_000 },
  scene: { id: 'far-away', phases: { ask: 20_000, run: 29_000, reveal: 80_000, over: 100_000 } },
  votes: [3, 9, 1, 0, 2],
  phones: 3,
})
const short = fixtureLog({
  scene: { id: 'far-away', phases: { ask: 2000, run: 5000, reveal: 15_000 } },
  votes: [3, 9, 1, 0, 2],
  cut: { fromMs: 7000, toMs: 11_000 },
  phones: 2,
})

function logOf(events: readonly DemoEvent[], ...limits: Parameters<typeof createLog>): Log {
  const log = createLog(...limits)
  log.add(events)
  return log
}

/** Events of one moment come in the order they were told in, which is nobody's. */
const sorted = (events: readonly DemoEvent[]): string[] =>
  events.map(event => `${String(event.t).padStart(12)} ${JSON.stringify(event)}`).sort()

const publishAt = (t: number, seq = 1): DemoEvent => ({ t, kind: 'publish', seq, count: 1 })

describe('the log', () => {
  it('is the same in whatever order its events are told', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(short, { minLength: short.length }),
        fc.array(fc.nat(short.length), { maxLength: 5 }),
        fc.double({ min: -100, max: 21_000, noNaN: true }),
        (shuffled, cuts, atMs) => {
          const log = createLog()
          const edges = [0, ...cuts.sort((a, b) => a - b), shuffled.length]
          for (const [i, from] of edges.slice(0, -1).entries()) log.add(shuffled.slice(from, edges[i + 1]))
          const plain = logOf(short)
          expect(sorted(log.events)).toEqual(sorted(short))
          expect(log.events.every(({ t }, i) => i === 0 || t >= log.events[i - 1]!.t)).toBe(true)
          expect([log.firstMs, log.lastMs]).toEqual([plain.firstMs, plain.lastMs])
          for (const kind of kinds) {
            expect(log.all(kind)).toEqual(plain.all(kind))
            expect(log.newest(kind, atMs)).toEqual(plain.newest(kind, atMs))
          }
          for (const scene of log.all('scene')) expect(log.countsBefore(scene)).toEqual(plain.countsBefore(scene))
        },
      ),
      { numRuns: 40 },
    )
  })

  it('keeps events of one moment in the order they were told in', () => {
    const log = logOf([publishAt(5, 1), publishAt(9, 2), publishAt(5, 3), publishAt(5, 4)])
    expect(log.events.map(event => event.kind === 'publish' && event.seq)).toEqual([1, 3, 4, 2])
  })

  it('leaves out what has no time', () => {
    const log = logOf([publishAt(Number.NaN), publishAt(Infinity), publishAt(-Infinity), publishAt(3)])
    expect(log.events).toEqual([publishAt(3)])
    expect(logOf([{ kind: 'end' } as DemoEvent]).events).toEqual([])
  })

  it('is empty at first', () => {
    const log = createLog()
    expect([log.firstMs, log.lastMs, log.events, log.carried(5), log.between(0, 9)]).toEqual([0, 0, [], [], []])
    expect(log.newest('knobs', 5)).toBeUndefined()
    log.trim(1e6, 1e6)
    expect(log.events).toEqual([])
  })

  it('gives what lies between two moments, the first one within, the last one not', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { maxLength: 40 }), fc.nat(32), fc.nat(32), (times, from, to) => {
        const log = logOf(times.map(t => publishAt(t)))
        expect(log.between(from, to)).toEqual(log.events.filter(({ t }) => t >= from && t < to))
        expect(indexAfter(log.events, from)).toBe(times.filter(t => t <= from).length)
      }),
    )
    expect(logOf(short).between(-Infinity, Infinity)).toEqual(logOf(short).events)
  })

  it('knows the newest of a kind up to a moment, that moment within', () => {
    const log = logOf(short)
    const [ask, run] = log.all('scene')
    expect(log.newest('scene', 1999)).toBeUndefined()
    expect(log.newest('scene', 2000)).toBe(ask)
    expect(log.newest('scene', 4999)).toBe(ask)
    expect(log.newest('scene', 5000)).toBe(run)
    expect(log.newest('heal', 10_999)).toBeUndefined()
    expect(log.newest('end', Infinity)).toBeUndefined()
  })

  it('has the figures from before a scene, and the first ones there are where it began before them', () => {
    const log = logOf(short)
    const [, run] = log.all('scene')
    expect(log.countsBefore(run!)?.t).toBe(5000)
    const late = logOf(short.filter(({ kind, t }) => kind !== 'counts' || t > 8000))
    expect(late.countsBefore(late.all('scene')[0]!)?.t).toBe(8250)
    const none = logOf(short.filter(({ kind }) => kind !== 'counts'))
    expect(none.countsBefore(none.all('scene')[0]!)).toBeUndefined()
  })
})

describe('trimming', () => {
  it('drops what is older than what is kept and than what is looked at', () => {
    const log = logOf(long, 60_000)
    log.trim(120_000, 118_000)
    expect(log.events.length).toBeLessThan(long.length)
    expect(log.events).toEqual(long.filter(({ t }) => t > 60_000))
    const looking = logOf(long, 60_000)
    looking.trim(120_000, 30_000)
    expect(looking.events).toEqual(long.filter(({ t }) => t > 30_000))
  })

  it('drops the oldest once there are too many, whatever is looked at', () => {
    const log = logOf(long, 60_000, 700)
    log.trim(120_000, 0)
    expect(log.events).toHaveLength(700)
    expect(log.events).toEqual(logOf(long).events.slice(-700))
    expect(log.newest('start', 120_000)?.lanes).toEqual(logOf(long).newest('start', 120_000)?.lanes)
  })

  it('changes nothing of what is said about what is kept', () => {
    const whole = logOf(long)
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 121_000 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 2000, max: 60_000 }),
        fc.integer({ min: 400, max: 200_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (ends, keptMs, maxEvents, share) => {
          const log = createLog(keptMs, maxEvents)
          let told = 0
          for (const endMs of ends.sort((a, b) => a - b)) {
            const until = indexAfter(long, endMs)
            log.add(long.slice(told, until))
            told = Math.max(told, until)
            log.trim(endMs, endMs)
          }
          log.add(long.slice(told))
          const atMs = log.firstMs + share * (120_000 - log.firstMs)
          for (const kind of kinds) expect(log.newest(kind, atMs)).toBe(whole.newest(kind, atMs))
          for (const scene of whole.all('scene')) expect(log.countsBefore(scene)).toBe(whole.countsBefore(scene))
          // Of the very first moment a part may be dropped, where there were too many.
          expect(log.between(atMs + 0.01, Infinity)).toEqual(whole.between(atMs + 0.01, Infinity))
          expect(sorted(log.carried(atMs))).toEqual(sorted(whole.carried(atMs)))
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('what is carried into a recording', () => {
  it('says that a reveal waits as long as it does', () => {
    const waits: DemoEvent = { t: 9000, kind: 'waiting', scene: 'far-away' }
    const log = logOf([...short, waits])
    const kinds = (atMs: number) => log.carried(atMs).map(({ kind }) => kind)
    expect(kinds(8999)).not.toContain('waiting')
    expect(kinds(14_000).indexOf('waiting')).toBeGreaterThan(kinds(14_000).indexOf('scene'))
    expect(kinds(15_000)).not.toContain('waiting')
  })

  const kindsAt = (atMs: number) =>
    logOf(short)
      .carried(atMs)
      .map(({ kind }) => kind)

  it('is in order, and begins with the start', () => {
    const carried = logOf(short).carried(14_000)
    expect(carried[0]?.kind).toBe('start')
    expect(carried.map(({ t }) => t)).toEqual(carried.map(({ t }) => t).sort((a, b) => a - b))
    expect(carried.every(({ t }) => t <= 14_000)).toBe(true)
  })

  it('tells of a cut only while it lasts', () => {
    expect(kindsAt(6999)).not.toContain('cut')
    expect(kindsAt(8000)).toContain('cut')
    expect(kindsAt(11_000)).not.toContain('cut')
    expect(kindsAt(20_000)).not.toContain('heal')
  })

  it('tells of connections that are open, and of the request that each one waits for', () => {
    const of = (atMs: number, lane: string) =>
      logOf(short)
        .carried(atMs)
        .flatMap(event => ('connection' in event && event.lane === lane ? [event] : []))
    expect(of(5900, 'long-polling')).toMatchObject([{ kind: 'connect' }, { kind: 'transit', what: 'request' }])
    expect(of(5900, 'sse')).toMatchObject([{ kind: 'connect' }, { kind: 'transit', what: 'head' }])
    expect(of(5900, 'short-polling')).toMatchObject([{ kind: 'connect' }])
    expect(of(8000, 'sse')).toEqual([])
    expect(of(18_000, 'sse')).toMatchObject([{ connection: 1 }, { connection: 1 }])
  })
})
