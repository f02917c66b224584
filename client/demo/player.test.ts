import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BEHIND_MS, type DemoEvent, demoLimits } from '../../server/demo/wire.ts'
import { fixtureLog } from './log.fixture.ts'
import { createPlayer, type Player } from './player.ts'
import { pause } from './playhead.ts'

/** The page's next frame; none comes by itself, as on a page that nobody sees. */
let nextFrame: FrameRequestCallback | undefined
beforeEach(() => {
  vi.stubGlobal('requestAnimationFrame', (frame: FrameRequestCallback) => {
    nextFrame = frame
    return 1
  })
  vi.stubGlobal('cancelAnimationFrame', () => {
    nextFrame = undefined
  })
})
afterEach(() => vi.unstubAllGlobals())

function frame(): void {
  const now = nextFrame
  nextFrame = undefined
  now?.(performance.now())
}

const start: DemoEvent = { t: 0, kind: 'start', version: 1, startedAtMs: 1_795_000_000_000, lanes: ['a'] }
const HOUR_MS = 3_600_000
const publishAt = (t: number): DemoEvent => ({ t, kind: 'publish', seq: 1, count: 1 })
const live = (player: Player, events: readonly DemoEvent[], nowMs: number): boolean => {
  const isSame = player.reset(events, nowMs)
  frame()
  return isSame
}

describe('a page that comes late', () => {
  it('can be moved over the minute that it was told, not over the hour before', () => {
    const player = createPlayer()
    live(player, [start, publishAt(HOUR_MS - 50_000), publishAt(HOUR_MS - 10_000)], HOUR_MS)
    expect(player.track.firstMs).toBe(HOUR_MS - 50_000)
    expect(player.log.newest('start', HOUR_MS)).toEqual(start)
    expect(Object.keys(player.traces.lanes)).toEqual(['a'])
  })

  it('has nothing to be moved over where nothing happened', () => {
    const player = createPlayer()
    live(player, [start], HOUR_MS)
    const { firstMs, lastMs } = player.track
    expect(lastMs - firstMs).toBeLessThan(BEHIND_MS)
  })
})

describe('a page that is not seen', () => {
  const hear = (player: Player, minutes: number): void => {
    for (let second = 1; second <= 60 * minutes; second++)
      player.add(
        Array.from({ length: 30 }, (_, i) => publishAt(second * 1000 + i)),
        (second + 1) * 1000,
      )
  }

  it('keeps no more of what is live than one that is', () => {
    const player = createPlayer()
    live(player, [start], 1000)
    hear(player, 5)
    expect(player.log.firstMs).toBeGreaterThan(5 * 60_000 - demoLimits.keptMs - 20_000)
  })

  it('keeps what it was paused at', () => {
    const player = createPlayer()
    live(player, [start, publishAt(900)], 3000)
    player.move(pause)
    const { atMs } = player.head
    hear(player, 5)
    frame()
    expect(player.head).toMatchObject({ mode: 'paused', atMs })
    expect(player.log.firstMs).toBeLessThanOrEqual(atMs)
  })
})

describe('a log that is told anew', () => {
  const log = fixtureLog({ lastsMs: 20_000 })

  it('leaves the playhead where it was in it, as its connection only had broken', () => {
    const player = createPlayer()
    expect(live(player, log, 20_000)).toBe(false)
    player.move(head => ({ ...pause(head), atMs: 7000 }))
    expect(live(player, log, 21_000)).toBe(true)
    expect(player.head).toEqual({ mode: 'paused', atMs: 7000, speed: 1 })
  })

  it('is live from its end on where it is another class, or was none', () => {
    const player = createPlayer()
    live(player, log, 20_000)
    player.move(pause)
    const other = log.map(event => (event.kind === 'start' ? { ...event, startedAtMs: event.startedAtMs + 9 } : event))
    expect(live(player, other, 20_000)).toBe(false)
    expect(player.head.mode).toBe('live')
    player.reset(log, undefined)
    player.move(pause)
    expect(live(player, log, 20_000)).toBe(false)
    expect(player.head.mode).toBe('live')
  })
})
