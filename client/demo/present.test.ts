import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DemoEvent, DemoEventOf, Lane, LaneCount } from '../../server/demo/wire.ts'
import { type FixtureWish, fixtureLog, lanes } from './log.fixture.ts'
import { createLog, type Log } from './log.ts'
import { amountOf, createPresent, figuresBetween, type Present } from './present.ts'
import { freeKnobs } from './scenes.ts'

function logOf(events: readonly DemoEvent[]): Log {
  const log = createLog()
  log.add(events)
  return log
}
const presentOf = (events: readonly DemoEvent[], atMs: number): Present => createPresent(logOf(events))(atMs)

const count = (more: Partial<LaneCount>): LaneCount => ({
  ...{ clients: 1, open: 0, requests: 0, bytesUp: 0, bytesDown: 0, delivered: 0, delaySumMs: 0, missed: 0, faulty: 0 },
  ...more,
})
const scene: FixtureWish = {
  scene: { id: 'quiet-inbox', phases: { ask: 3000, run: 6000, reveal: 12_000, over: 15_000 } },
}

/** Of one lane, counted from the log's own events up to a moment. */
function countedAt(events: readonly DemoEvent[], lane: Lane, fromMs: number, atMs: number) {
  const own = events.filter(event => 'lane' in event && event.lane === lane && event.t > fromMs && event.t <= atMs)
  const delays = own.flatMap(event => (event.kind === 'deliver' ? [event.delayMs] : []))
  return {
    requests: own.filter(event => event.kind === 'transit' && event.what === 'request').length,
    bytes: own.reduce((sum, event) => sum + (event.kind === 'transit' ? event.bytes : 0), 0),
    delay: delays.length === 0 ? null : expect.closeTo(delays.reduce((a, b) => a + b) / delays.length, 6),
    lost: 0,
  }
}

describe('figures', () => {
  it('are what a lane did between two counts, except what stands now', () => {
    expect(
      figuresBetween(
        count({ open: 9, requests: 10, bytesUp: 100, bytesDown: 200, delivered: 4, delaySumMs: 400, missed: 1 }),
        count({ open: 2, requests: 13, bytesUp: 150, bytesDown: 290, delivered: 6, delaySumMs: 500, missed: 4 }),
      ),
    ).toEqual({ requests: 3, bytes: 140, open: 2, delay: 50, lost: 3 })
  })

  it('have no delay where nothing was delivered', () => {
    const before = count({ delivered: 4, delaySumMs: 400 })
    expect(figuresBetween(before, before).delay).toBeNull()
    expect(figuresBetween(undefined, undefined)).toEqual({ requests: 0, bytes: 0, open: 0, delay: null, lost: 0 })
  })

  it('compare as numbers, those without one last', () => {
    const figures = figuresBetween(undefined, count({ requests: 7 }))
    expect([amountOf(figures, 'requests'), amountOf(figures, 'delay'), amountOf(undefined, 'bytes')]).toEqual([7, 0, 0])
  })

  it('count since the log began, and follow the playhead to and fro', () => {
    const events = fixtureLog()
    const present = createPresent(logOf(events))
    fc.assert(
      fc.property(fc.array(fc.nat(80), { minLength: 1, maxLength: 6 }), moments => {
        for (const quarter of moments)
          for (const lane of lanes)
            expect(present(quarter * 250 + 100).figures[lane]).toMatchObject(countedAt(events, lane, -1, quarter * 250))
      }),
      { numRuns: 30 },
    )
  })

  it('count since the newest question or run, and stand still from the reveal on', () => {
    const events = fixtureLog(scene)
    for (const [atMs, fromMs, toMs = atMs] of [
      [2750, -1],
      [5750, 3000],
      [6000, 6000],
      [11_750, 6000],
      [14_750, 6000, 12_000],
      [19_750, 15_000],
    ] as const)
      for (const lane of lanes)
        expect(presentOf(events, atMs).figures[lane], `${lane} at ${atMs}`).toMatchObject(
          countedAt(events, lane, fromMs, toMs),
        )
  })

  it('tell connections that are open now, whenever they were opened', () => {
    const events = fixtureLog({ cut: { fromMs: 7000, toMs: 11_000 }, ...scene })
    expect(presentOf(events, 6500).figures.sse!.open).toBe(1)
    expect(presentOf(events, 8000).figures.sse!.open).toBe(0)
    expect(presentOf(events, 14_000).figures.sse!.open).toBe(1)
  })

  it('begin anew with each part of a run', () => {
    const turned = fixtureLog({ ...scene, turn: { atMs: 9000, rttMs: 600 } })
    const present = createPresent(logOf(turned))
    for (const lane of lanes) {
      expect(present(9000).figures[lane], lane).toMatchObject({ requests: 0, bytes: 0 })
      expect(present(12_500).figures[lane], lane).toMatchObject(countedAt(turned, lane, 9000, 12_000))
    }
  })
})

describe('a reset by hand', () => {
  const events = fixtureLog(scene)
  const log = logOf(events)
  const resetAt = (atMs: number) => ({ atMs, counts: log.newest('counts', atMs) })
  const at = (atMs: number, resetMs: number) => createPresent(log)(atMs, resetAt(resetMs)).figures['short-polling']
  const counted = (fromMs: number, atMs: number) => countedAt(events, 'short-polling', fromMs, atMs)

  it('counts from there', () => {
    expect(at(11_000, 8000)).toMatchObject(counted(8000, 11_000))
    expect(at(8000, 8000)).toMatchObject({ requests: 0, bytes: 0, delay: null })
  })

  it('counts nothing before it: a playhead that goes back shows what it showed', () => {
    expect(at(7000, 8000)).toMatchObject(counted(6000, 7000))
  })

  it('holds until the next scene begins', () => {
    expect(at(14_000, 8000)).toMatchObject(counted(8000, 12_000))
    expect(at(17_000, 8000)).toMatchObject(counted(15_000, 17_000))
  })

  it('counts on where the reveal already stands', () => {
    expect(at(14_500, 13_000)).toMatchObject(counted(13_000, 14_500))
  })

  it('holds without a scene too', () => {
    expect(at(2500, 1000)).toMatchObject(counted(1000, 2500))
  })
})

describe('votes', () => {
  const ask = (t: number, id = 'far-away'): DemoEventOf<'scene'> => ({ t, kind: 'scene', scene: id, phase: 'ask' })
  const votes = (t: number, counts: number[], id = 'far-away'): DemoEvent => ({ t, kind: 'votes', scene: id, counts })
  const start: DemoEvent = { t: 0, kind: 'start', version: 1, startedAtMs: 0, lanes }

  it('are the newest ones at the playhead', () => {
    const events = [start, ask(1000), votes(2000, [1, 0]), votes(3000, [1, 4])]
    expect([1500, 2000, 2999, 3000].map(atMs => presentOf(events, atMs).votes)).toEqual([[], [1, 0], [1, 0], [1, 4]])
  })

  it('stay through run and reveal, and go with the scene', () => {
    const later = (['run', 'reveal', 'over'] as const).map(
      (phase, index): DemoEvent => ({ t: 4000 + 1000 * index, kind: 'scene', scene: 'far-away', phase }),
    )
    const events = [start, ask(1000), votes(2000, [1, 3]), ...later]
    expect([4000, 5000].map(atMs => presentOf(events, atMs).votes)).toEqual([
      [1, 3],
      [1, 3],
    ])
    expect(presentOf(events, 6000).scene).toBeNull()
  })

  it('belong to their own scene', () => {
    const events = [start, ask(1000), votes(2000, [1, 3]), ask(5000, 'one-notice')]
    expect(presentOf(events, 5000).votes).toEqual([])
    expect(presentOf([...events, votes(5500, [2], 'one-notice')], 6000).votes).toEqual([2])
  })

  it('belong to the last asking where a scene is asked again', () => {
    const events = [start, ask(1000), votes(2000, [1, 3]), ask(5000), votes(7000, [0, 1])]
    expect([4999, 5000, 7000].map(atMs => presentOf(events, atMs).votes)).toEqual([[1, 3], [], [0, 1]])
  })
})

describe('the present', () => {
  const events = fixtureLog({ ...scene, cut: { fromMs: 7000, toMs: 11_000 }, phones: 4, votes: [1, 2, 3, 4, 5] })

  it('knows that a reveal waits until it comes, or something else does', () => {
    const waits: DemoEvent = { t: 8000, kind: 'waiting', scene: 'quiet-inbox' }
    const present = createPresent(logOf([...fixtureLog(scene), waits]))
    expect([7999, 8000, 11_999, 12_000].map(atMs => present(atMs).scene?.isWaiting)).toEqual([false, true, true, false])
  })

  it('has the knobs, the scene, the phones and the cut as they were told last', () => {
    const present = createPresent(logOf(events))
    expect(present(-1)).toMatchObject({ lanes: [], knobs: freeKnobs, scene: null, phones: [], isCut: false })
    expect(present(2000)).toMatchObject({ lanes, knobs: { pollIntervalMs: 2000, rttMs: 200 }, scene: null })
    expect(present(8000)).toMatchObject({
      scene: { scene: 'quiet-inbox', phase: 'run', sinceMs: 6000, isWaiting: false },
      isCut: true,
    })
    expect(present(8000).phones).toHaveLength(4)
    expect([6999, 7000, 10_999, 11_000].map(atMs => present(atMs).isCut)).toEqual([false, true, true, false])
    expect(present(16_000)).toMatchObject({ scene: null, isOver: false })
  })

  it('is over once the session has ended', () => {
    const ended = [...events, { t: 19_000, kind: 'end' } as const]
    expect([18_999, 19_000].map(atMs => presentOf(ended, atMs).isOver)).toEqual([false, true])
  })

  it('is the very same object as long as nothing changed, and another one when something did', () => {
    const present = createPresent(logOf(events))
    const first = present(8010)
    expect(present(8100)).toBe(first)
    expect(present(8250)).not.toBe(first)
    expect(present(8010)).toEqual(first)
  })

  it('takes lanes from the counts where a log begins without its start', () => {
    expect(
      presentOf(
        events.filter(({ kind }) => kind !== 'start'),
        5000,
      ).lanes,
    ).toEqual(lanes)
  })

  it('is the same after the log was trimmed', () => {
    const long = fixtureLog({
      lastsMs: 100_000,
      knobs: { pollIntervalMs: 500 },
      publishes: Array.from({ length: 90 }, (_, i) => ({ atMs: 500 + 1100 * i })),
      scene: { id: 'far-away', phases: { ask: 5000, run: 9000, reveal: 70_000 } },
      votes: [1, 2, 3, 4, 5],
    })
    const trimmed = logOf(long)
    trimmed.trim(100_000, 100_000)
    expect(trimmed.firstMs).toBeGreaterThan(39_000)
    for (const atMs of [trimmed.firstMs, 55_555, 69_999, 70_000, 99_000])
      expect(createPresent(trimmed)(atMs)).toEqual(presentOf(long, atMs))
  })
})
