// Plays a log: keeps it, moves the playhead with the visitor's time, and tells who draws whenever the picture changes.
import { BEHIND_MS, type DemoEvent, LATE_MS } from '../../server/demo/wire.ts'
import { createLog, type Log } from './log.ts'
import { advance, atStart, type Playhead, type Track, windowMsAt } from './playhead.ts'
import { createTraces, type Traces } from './traces.ts'

export interface Player {
  /** Another one after each reset. */
  readonly log: Log
  readonly traces: Traces
  readonly head: Playhead
  readonly track: Track
  /** How much the lanes show; eases towards what the speed asks for. */
  readonly windowMs: number
  /** A log from its beginning. `nowMs`: its clock now, of a live one. Gives whether it is the live log of before, told
   * anew: the playhead stays where it was in it. */
  reset(events: readonly DemoEvent[], nowMs: number | undefined, atEnd?: 'loop' | 'stop'): boolean
  add(events: readonly DemoEvent[], nowMs: number): void
  /** Nothing more will come: the rest is shown. */
  finish(): void
  /** Moves the playhead. */
  move(change: (head: Playhead, track: Track) => Playhead): void
  /** Called after every change of the picture, at most once a frame. */
  onFrame(listener: () => void): () => void
  /** Where motion is unwanted the picture changes once a second. */
  setCalm(isCalm: boolean): void
}

const CALM_STEP_MS = 1000
/** A page that hears nothing for this long stands still: what it does not know it does not draw. */
const SILENCE_MS = 700
/** How fast the window follows the speed. */
const EASE_MS = 130
const TRIM_EVERY_MS = 2000

export function createPlayer(): Player {
  let log = createLog()
  let traces = createTraces()
  let head: Playhead = { mode: 'live', atMs: 0, speed: 1 }
  let atEnd: Track['atEnd'] = 'stop'
  /** The log's clock less this page's. */
  let offsetMs = 0
  let heardMs = 0
  /** Up to where the traces were told. */
  let tracedMs = Number.NEGATIVE_INFINITY
  let trimmedMs = 0
  let windowMs = windowMsAt(1)
  let isCalm = false
  let lastFrameMs: number | undefined
  let pending: { cancel: () => void } | undefined
  const listeners = new Set<() => void>()

  function track(): Track {
    if (atEnd !== 'follow') return { firstMs: log.firstMs, lastMs: log.lastMs, atEnd }
    const lastMs = Math.min(performance.now() + offsetMs, heardMs + SILENCE_MS) - BEHIND_MS
    return { firstMs: Math.min(log.events[0]?.t ?? lastMs, lastMs), lastMs, atEnd }
  }

  function trace(untilMs: number): void {
    if (untilMs <= tracedMs) return
    traces.add(log.between(tracedMs, untilMs))
    tracedMs = untilMs
  }

  function hear(nowMs: number): void {
    const offset = nowMs - performance.now()
    // The frame that was least late on its way tells the clock best; clocks drift, so it is forgotten slowly.
    offsetMs = offset > offsetMs ? offset : offsetMs + (offset - offsetMs) * 0.005
    heardMs = nowMs
  }

  function wake(): void {
    if (pending) return
    if (isCalm) {
      const timer = setTimeout(() => frame(performance.now()), lastFrameMs === undefined ? 0 : CALM_STEP_MS)
      pending = { cancel: () => clearTimeout(timer) }
    } else {
      const request = requestAnimationFrame(frame)
      pending = { cancel: () => cancelAnimationFrame(request) }
    }
  }

  /** At once, whatever is waited for. */
  function redraw(): void {
    pending?.cancel()
    pending = undefined
    lastFrameMs = undefined
    wake()
  }

  function frame(nowMs: number): void {
    pending = undefined
    const elapsedMs = lastFrameMs === undefined ? 0 : Math.max(0, nowMs - lastFrameMs)
    const isFirst = lastFrameMs === undefined
    lastFrameMs = nowMs
    const before = head
    head = advance(head, elapsedMs, track())
    const wanted = windowMsAt(head.speed)
    const isThere = isCalm || Math.abs(wanted - windowMs) < 1
    windowMs = isThere ? wanted : windowMs + (wanted - windowMs) * (1 - Math.exp(-elapsedMs / EASE_MS))
    for (const listener of listeners) listener()
    const moves = head.mode !== 'paused' && (head.atMs !== before.atMs || isFirst)
    if (moves || !isThere) wake()
    else lastFrameMs = undefined
  }

  return {
    get log() {
      return log
    },
    get traces() {
      return traces
    },
    get head() {
      return head
    },
    get track() {
      return track()
    },
    get windowMs() {
      return windowMs
    },
    reset(events, nowMs, end = 'loop') {
      const beforeMs = atEnd === 'follow' ? log.startedAtMs : undefined
      log = createLog()
      traces = createTraces()
      tracedMs = Number.NEGATIVE_INFINITY
      log.add(events)
      if (nowMs === undefined) {
        atEnd = end
        trace(Number.POSITIVE_INFINITY)
      } else {
        atEnd = 'follow'
        offsetMs = Number.NEGATIVE_INFINITY
        hear(nowMs)
        trace(nowMs - LATE_MS)
        // What tells how things stand may be an hour old; what happened is told of the last minute only.
        log.trim(nowMs, nowMs, 0)
      }
      const isSame = nowMs !== undefined && beforeMs !== undefined && beforeMs === log.startedAtMs
      if (!isSame) head = atStart(track())
      redraw()
      return isSame
    },
    add(events, nowMs) {
      hear(nowMs)
      log.add(events)
      traces.add(events.filter(({ t }) => t < tracedMs))
      trace(nowMs - LATE_MS)
      if (nowMs - trimmedMs > TRIM_EVERY_MS || nowMs < trimmedMs) {
        trimmedMs = nowMs
        // Hidden pages draw nothing, and their playhead stays behind.
        log.trim(nowMs, head.mode === 'live' ? nowMs : head.atMs - windowMsAt(1))
        traces.prune(log.firstMs)
      }
      if (!pending) wake()
    },
    finish() {
      if (atEnd !== 'follow') return
      trace(Number.POSITIVE_INFINITY)
      atEnd = 'stop'
      if (head.mode === 'live') head = { ...head, mode: 'playing' }
      redraw()
    },
    move(change) {
      head = change(head, track())
      redraw()
    },
    onFrame(listener) {
      listeners.add(listener)
      redraw()
      return () => listeners.delete(listener)
    },
    setCalm(calm) {
      isCalm = calm
      redraw()
    },
  }
}
