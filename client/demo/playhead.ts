// The playhead: one moment of one log, live or recorded, at one of seven speeds. Pure: what it was, what happened, what it is.
import type { DemoEvent } from '../../server/demo/wire.ts'
import { indexAfter } from './log.ts'

export const speeds = [1, 1 / 2, 1 / 5, 1 / 10, 1 / 20, 1 / 50, 1 / 100] as const

/** live: goes with the log's end · playing: goes at its own speed · paused: stands. */
export interface Playhead {
  readonly mode: 'live' | 'playing' | 'paused'
  readonly atMs: number
  readonly speed: number
}

/** What can be played: from its first moment to its last one. A live one's last moment moves, and is reached by following it. */
export interface Track {
  readonly firstMs: number
  readonly lastMs: number
  /** What happens at the last moment. */
  readonly atEnd: 'follow' | 'loop' | 'stop'
}

export const atStart = ({ firstMs, lastMs, atEnd }: Track): Playhead =>
  atEnd === 'follow' ? { mode: 'live', atMs: lastMs, speed: 1 } : { mode: 'playing', atMs: firstMs, speed: 1 }

const within = (atMs: number, { firstMs, lastMs }: Track): number => Math.max(firstMs, Math.min(atMs, lastMs))

/** Where it is after so many ms of the visitor's time. */
export function advance(head: Playhead, elapsedMs: number, track: Track): Playhead {
  if (head.mode === 'live') return { ...head, atMs: track.lastMs }
  if (head.mode === 'paused') return { ...head, atMs: within(head.atMs, track) }
  const atMs = Math.max(track.firstMs, head.atMs + elapsedMs * head.speed)
  if (atMs < track.lastMs) return { ...head, atMs }
  if (track.atEnd === 'loop') return { ...head, atMs: track.firstMs }
  if (track.atEnd === 'stop') return { ...head, mode: 'paused', atMs: track.lastMs }
  return { ...head, mode: head.speed === 1 ? 'live' : 'playing', atMs: track.lastMs }
}

export const pause = (head: Playhead): Playhead => ({ ...head, mode: 'paused' })

/** Goes on from where it is; from a recording's end, from its start. */
export const play = (head: Playhead, track: Track): Playhead => ({
  ...head,
  mode: 'playing',
  atMs: track.atEnd !== 'follow' && head.atMs >= track.lastMs ? track.firstMs : head.atMs,
})

/** Another speed, from where it is. Live has only one. */
export const atSpeed = (head: Playhead, speed: number): Playhead => ({
  ...head,
  speed,
  mode: head.mode === 'live' && speed !== 1 ? 'playing' : head.mode,
})

export const scrub = (head: Playhead, atMs: number, track: Track): Playhead => ({
  ...head,
  mode: 'paused',
  atMs: within(atMs, track),
})

/** A moment at which the picture gets something new, in ms; several where something takes time. */
function momentsOf(event: DemoEvent): readonly number[] {
  if (['counts', 'phones', 'state', 'bytes'].includes(event.kind)) return []
  return event.kind === 'transit' || event.kind === 'connect' ? [event.t, event.to] : [event.t]
}

/** What takes time takes at most this long, ms: 2 s of emulated round trip and some more. */
const LONGEST_MS = 3000

/** The next moment at which something begins or arrives (`direction` 1), or the one before (−1); undefined where there is none. */
export function nextMoment(events: readonly DemoEvent[], atMs: number, direction: 1 | -1): number | undefined {
  let found: number | undefined
  const isNearer = (moment: number): boolean =>
    direction === 1 ? moment > atMs && (found ?? Infinity) > moment : moment < atMs && (found ?? -Infinity) < moment
  const from = direction === 1 ? indexAfter(events, atMs - LONGEST_MS) : indexAfter(events, atMs) - 1
  for (let i = from; i >= 0 && i < events.length; i += direction) {
    const event = events[i]!
    if (direction === 1 && found !== undefined && event.t > found) break
    if (direction === -1 && found !== undefined && event.t < found - LONGEST_MS) break
    for (const moment of momentsOf(event)) if (isNearer(moment)) found = moment
  }
  return found
}

/** Shows what has just happened at the right edge, so a step goes a little past it. */
const PAST_MS = 0.001

export function step(head: Playhead, events: readonly DemoEvent[], direction: 1 | -1, track: Track): Playhead {
  // Backwards the last step's own moment must be left behind first.
  const moment = nextMoment(events, direction === 1 ? head.atMs : head.atMs - 2 * PAST_MS, direction)
  return scrub(head, moment === undefined ? head.atMs : moment + PAST_MS, track)
}

/** How much time the lanes show, ms: ten seconds at full speed, less in slow motion, where transits are to be seen. */
export const windowMsAt = (speed: number): number => Math.round(10_000 * speed ** 0.7)
