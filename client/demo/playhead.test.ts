import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixtureLog } from './log.fixture.ts'
import {
  advance,
  atSpeed,
  atStart,
  nextMoment,
  type Playhead,
  pause,
  play,
  scrub,
  speeds,
  step,
  type Track,
  windowMsAt,
} from './playhead.ts'

const log = fixtureLog({ scene: { id: 'far-away', phases: { ask: 2000, run: 5000 } }, phones: 2 })
const endings = ['follow', 'loop', 'stop'] as const
const trackOf = (atEnd: Track['atEnd'], firstMs = 0, lastMs = 20_000): Track => ({ firstMs, lastMs, atEnd })
const headAt = (atMs: number, mode: Playhead['mode'] = 'playing', speed = 1): Playhead => ({ mode, atMs, speed })

const aTrack = fc
  .record({ firstMs: fc.nat(30_000), lengthMs: fc.nat(30_000), atEnd: fc.constantFrom(...endings) })
  .map(({ firstMs, lengthMs, atEnd }) => trackOf(atEnd, firstMs, firstMs + lengthMs))

/** What a visitor may do, in any order. */
const aDeed: fc.Arbitrary<(head: Playhead, track: Track) => Playhead> = fc.oneof(
  fc.double({ min: 0, max: 9000, noNaN: true }).map(ms => (head: Playhead, track: Track) => advance(head, ms, track)),
  fc.double({ min: -1e5, max: 1e5, noNaN: true }).map(ms => (head: Playhead, track: Track) => scrub(head, ms, track)),
  fc.constantFrom(1 as const, -1 as const).map(by => (head: Playhead, track: Track) => step(head, log, by, track)),
  fc.constantFrom(...speeds).map(speed => (head: Playhead) => atSpeed(head, speed)),
  fc.constantFrom(pause, play),
)

describe('the playhead', () => {
  it('begins live at the end of what is live, and plays a recording from its start', () => {
    expect(atStart(trackOf('follow', 5, 90))).toEqual({ mode: 'live', atMs: 90, speed: 1 })
    expect(atStart(trackOf('loop', 5, 90))).toEqual({ mode: 'playing', atMs: 5, speed: 1 })
    expect(atStart(trackOf('stop', 5, 90))).toEqual({ mode: 'playing', atMs: 5, speed: 1 })
  })

  it('never leaves the track, whatever is done to it', () => {
    fc.assert(
      fc.property(aTrack, fc.array(aDeed, { maxLength: 20 }), (track, deeds) => {
        let head = atStart(track)
        for (const deed of deeds) {
          head = deed(head, track)
          expect(head.atMs).toBeGreaterThanOrEqual(track.firstMs)
          expect(head.atMs).toBeLessThanOrEqual(track.lastMs)
          expect(speeds).toContain(head.speed)
          if (head.mode === 'live') expect([head.speed, track.atEnd]).toEqual([1, 'follow'])
        }
      }),
      { numRuns: 200 },
    )
  })

  it('goes as many ms as passed, times its speed', () => {
    for (const speed of speeds)
      expect(advance(headAt(1000, 'playing', speed), 200, trackOf('loop')).atMs).toBeCloseTo(1000 + 200 * speed, 9)
  })

  it('comes back into a track whose start has moved on, and goes on from there', () => {
    const track = trackOf('follow', 3000, 9000)
    expect(advance(headAt(1000), 16, track)).toEqual(headAt(3000))
    expect(advance(headAt(1000, 'paused'), 16, track)).toEqual(headAt(3000, 'paused'))
  })

  it('goes with the end while live, and stands while paused', () => {
    expect(advance(headAt(100, 'live'), 16, trackOf('follow', 0, 9000))).toEqual(headAt(9000, 'live'))
    expect(advance(headAt(100, 'paused'), 1e6, trackOf('follow'))).toEqual(headAt(100, 'paused'))
  })

  it('at the end begins anew, stops, or is live again', () => {
    expect(advance(headAt(19_990), 16, trackOf('loop'))).toEqual(headAt(0))
    expect(advance(headAt(19_990), 16, trackOf('stop'))).toEqual(headAt(20_000, 'paused'))
    expect(advance(headAt(19_990), 16, trackOf('follow'))).toEqual(headAt(20_000, 'live'))
  })

  it('keeps its speed over a loop, and is not live as long as it is slow', () => {
    expect(advance(headAt(19_999, 'playing', 0.1), 16, trackOf('loop'))).toEqual(headAt(0, 'playing', 0.1))
    expect(advance(headAt(19_999, 'playing', 0.1), 16, trackOf('follow'))).toEqual(headAt(20_000, 'playing', 0.1))
  })

  it('leaves live for slow motion from where it is, and comes back only by catching up', () => {
    const slow = atSpeed(headAt(9000, 'live'), 0.5)
    expect(slow).toEqual(headAt(9000, 'playing', 0.5))
    expect(atSpeed(headAt(9000, 'live'), 1).mode).toBe('live')
    expect(atSpeed(slow, 1)).toEqual(headAt(9000))
    expect(atSpeed(headAt(9000, 'paused'), 0.5)).toEqual(headAt(9000, 'paused', 0.5))
  })

  it('plays on from where it was paused, and from the start of a recording that is over', () => {
    for (const atEnd of endings) expect(play(pause(headAt(700)), trackOf(atEnd))).toEqual(headAt(700))
    for (const atEnd of ['loop', 'stop'] as const)
      expect(play(headAt(20_000, 'paused'), trackOf(atEnd))).toEqual(headAt(0))
    expect(play(headAt(20_000, 'paused'), trackOf('follow'))).toEqual(headAt(20_000))
  })

  it('is paused by scrubbing, at a moment of the track', () => {
    const track = trackOf('follow', 1000, 9000)
    expect(scrub(headAt(9000, 'live'), 4321.5, track)).toEqual(headAt(4321.5, 'paused'))
    expect(scrub(headAt(9000, 'live'), -1, track).atMs).toBe(1000)
    expect(scrub(headAt(9000, 'live'), 1e9, track).atMs).toBe(9000)
  })
})

/** Moments at which something begins or arrives, by themselves. */
const moments = [
  ...new Set(
    log
      .filter(({ kind }) => kind !== 'counts' && kind !== 'phones')
      .flatMap(event => ('to' in event ? [event.t, event.to] : [event.t])),
  ),
].sort((a, b) => a - b)

describe('stepping', () => {
  const track = trackOf('loop', 0, log.at(-1)!.t)
  const within = moments.filter(moment => moment < track.lastMs)

  it('visits every moment at which something begins or arrives, once, in both directions', () => {
    const forth: number[] = []
    for (let head = headAt(-1); ; ) {
      const next = step(head, log, 1, track)
      if (next.atMs === head.atMs) break
      forth.push(next.atMs)
      head = next
    }
    expect(forth.map(ms => ms.toFixed(1))).toEqual(within.map(ms => ms.toFixed(1)))
    const back: number[] = []
    for (let head = headAt(track.lastMs); ; ) {
      const next = step(head, log, -1, track)
      if (next.atMs === head.atMs) break
      back.push(next.atMs)
      head = next
    }
    expect(back.reverse()).toEqual(forth)
  })

  it('goes a little past the moment, so that what happens there is seen', () => {
    const { atMs, mode } = step(headAt(3999, 'live'), log, 1, track)
    expect(mode).toBe('paused')
    expect(atMs).toBeGreaterThan(4000)
    expect(atMs).toBeLessThan(4000.01)
  })

  it('forward and back ends at the moment that it began from', () => {
    fc.assert(
      fc.property(fc.nat(within.length - 2), index => {
        const from = scrub(headAt(0), within[index]! + 0.001, track)
        expect(step(step(from, log, 1, track), log, -1, track).atMs).toBeCloseTo(from.atMs, 6)
        if (index > 0) expect(step(step(from, log, -1, track), log, 1, track).atMs).toBeCloseTo(from.atMs, 6)
      }),
    )
  })

  it('finds the nearest moment from anywhere', () => {
    fc.assert(
      fc.property(fc.double({ min: -500, max: 21_000, noNaN: true }), atMs => {
        expect(nextMoment(log, atMs, 1)).toBe(moments.find(moment => moment > atMs))
        expect(nextMoment(log, atMs, -1)).toBe(moments.findLast(moment => moment < atMs))
      }),
    )
  })

  it('stays where nothing comes', () => {
    expect(nextMoment([], 5, 1)).toBeUndefined()
    expect(step(headAt(5, 'live'), [], 1, trackOf('follow', 0, 9))).toEqual(headAt(5, 'paused'))
    expect(step(headAt(0, 'paused'), log, -1, track)).toEqual(headAt(0, 'paused'))
  })

  it('does not go where a live log is not shown yet', () => {
    expect(step(headAt(4000, 'live'), log, 1, trackOf('follow', 0, 4000)).atMs).toBe(4000)
  })
})

describe('the window', () => {
  it('shows ten seconds at full speed, and the less the slower', () => {
    const windows = speeds.map(windowMsAt)
    expect(windows[0]).toBe(10_000)
    expect(windows).toEqual([...windows].sort((a, b) => b - a))
    // Slow enough for a transit of 200 ms to be most of the picture.
    expect(windows.at(-1)).toBeLessThan(500)
  })
})
