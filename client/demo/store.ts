// The page's state: the player, how things stand at the playhead and now, where the log comes from; and what each control does.
import { batch, computed, signal } from '@preact/signals'
import type { Action, DemoEvent, DemoState } from '../../server/demo/wire.ts'
import { act, takeToken } from './act.ts'
import { createPlayer } from './player.ts'
import { atSpeed, type Playhead, pause, play, scrub, speeds, step } from './playhead.ts'
import { createPresent, type Present, type Reset } from './present.ts'
import { type Recorder, readRecording, startRecording } from './recording.ts'
import { shareWith } from './sharing.ts'
import { openSource, type SourceKind } from './source.ts'
import type { Theme } from './strokes.ts'

export const player = createPlayer()

const empty = createPresent(player.log)(0)
/** At the playhead: what the page shows. */
export const shown = signal<Present>(empty)
/** At the log's end: what controls go by, since whoever presses one wants to see that it is pressed. */
export const latest = signal<Present>(empty)
export const source = signal<{ readonly kind: SourceKind; readonly reason?: string }>({ kind: 'loading' })
export const demo = signal<DemoState | null>(null)
/** Name of a recording that was opened from a file. */
export const opened = signal<string | undefined>(undefined)
export const head = signal<Playhead>(player.head)
/** A few times a second: for what need not be smooth. */
export const clock = signal({ atMs: 0, firstMs: 0, lastMs: 0 })
/** What went wrong, in a sentence; it stays until something works. */
export const problem = signal<string | undefined>(undefined)
/** What is said once, politely. */
export const announcement = signal('')
export const isRecording = signal(false)
export const token = signal<string | undefined>(undefined)

const prefersDark = signal(false)
export type ThemeChoice = 'auto' | Theme
export const themeChoice = signal<ThemeChoice>('auto')
export const theme = computed<Theme>(() =>
  themeChoice.value === 'auto' ? (prefersDark.value ? 'dark' : 'light') : themeChoice.value,
)

export const isPlayingLive = computed(() => source.value.kind === 'live' && opened.value === undefined)
/** Whether actions can do anything. */
export const canAct = computed(() => token.value !== undefined && isPlayingLive.value && !latest.value.isOver)

const CLOCK_MS = 200
let presentAt = createPresent(player.log)
let latestAt = createPresent(player.log)
let clockedMs = 0
let reset: Reset | undefined
let recorder: Recorder | undefined
let share: ReturnType<typeof shareWith> | undefined

/** Has the log changed its identity, everything that looks into it must look anew. */
function renew(): void {
  presentAt = createPresent(player.log)
  latestAt = createPresent(player.log)
  reset = undefined
  clockedMs = 0
}

function look(): void {
  const { head: now, track, log } = player
  batch(() => {
    shown.value = presentAt(now.atMs, reset)
    latest.value = latestAt(track.atEnd === 'follow' ? Number.POSITIVE_INFINITY : now.atMs)
    if (now.mode !== head.value.mode || now.speed !== head.value.speed) head.value = now
    if (Math.abs(performance.now() - clockedMs) > CLOCK_MS || now.mode === 'paused') {
      clockedMs = performance.now()
      clock.value = { atMs: now.atMs, firstMs: Math.min(log.firstMs, now.atMs), lastMs: track.lastMs }
    }
  })
}

/** Moves the playhead, here and on this browser's stage. */
function move(change: Parameters<typeof player.move>[0]): void {
  player.move(change)
  head.value = player.head
  tellStage()
}

const tellStage = (): void => {
  if (opened.value === undefined) share?.tell({ head: player.head, resetMs: reset?.atMs, theme: themeChoice.value })
}

export const togglePause = (): void => move((now, track) => (now.mode === 'paused' ? play(now, track) : pause(now)))
export const stepBy = (direction: 1 | -1): void => move((now, track) => step(now, player.log.events, direction, track))
export const scrubTo = (atMs: number): void => move((now, track) => scrub(now, atMs, track))
export const setSpeed = (speed: number): void => move(now => atSpeed(now, speed))
export const changeSpeed = (by: 1 | -1): void => {
  const at = speeds.indexOf(head.value.speed as (typeof speeds)[number])
  const next = speeds[at + by]
  if (next !== undefined) setSpeed(next)
}
/** Back to the newest that can be shown; a recording plays on from where it is. */
export const goLive = (): void =>
  move((now, track) => ({
    mode: track.atEnd === 'follow' ? 'live' : 'playing',
    speed: 1,
    atMs: track.atEnd === 'follow' ? track.lastMs : now.atMs,
  }))

export function resetFigures(atMs = player.head.atMs): void {
  reset = { atMs, counts: player.log.newest('counts', atMs) }
  announcement.value = 'Figures count from here.'
  look()
  tellStage()
}

/** Asks the engine; what it answers comes with the log. Gives whether it was taken. */
export async function ask(action: Action): Promise<boolean> {
  if (token.value === undefined) {
    problem.value = 'This page has no token: it can look, not act.'
    return false
  }
  const before = head.value
  try {
    await act(action, token.value)
    problem.value = undefined
    // A new question is to be seen, wherever the playhead was left; not where it was moved since.
    const isNew = action.action === 'scene' && action.phase !== 'reveal'
    if (isNew && before.mode !== 'live' && head.value === before) goLive()
    return true
  } catch (error) {
    problem.value = (error as Error).message
    return false
  }
}

export function record(): void {
  recorder = startRecording(player.log, player.log.lastMs)
  isRecording.value = true
}

/** The recording as NDJSON. */
export function stopRecording(): string {
  const text = recorder?.stop() ?? ''
  recorder = undefined
  isRecording.value = false
  return text
}

/** Plays a recording from a file. A bad one changes nothing but the message. */
export async function openRecording(file: File): Promise<void> {
  try {
    const events = await readRecording(file)
    opened.value = file.name
    problem.value = undefined
    player.reset(events, undefined, 'stop')
    renew()
    announcement.value = `Playing ${file.name}.`
  } catch (error) {
    problem.value = (error as Error).message
  }
}

let restart: (() => void) | undefined
/** Leaves an opened recording for what is live, or for the recorded class. */
export function closeRecording(): void {
  opened.value = undefined
  restart?.()
}

export function chooseTheme(choice: ThemeChoice): void {
  themeChoice.value = choice
  tellStage()
}

/** Brings the page to life. The stage follows the teacher's page of the same browser. */
export function start(role: 'teach' | 'stage', signal: AbortSignal): void {
  if (role === 'teach') token.value = takeToken()
  watch('(prefers-color-scheme: dark)', matches => (prefersDark.value = matches), signal)
  watch('(prefers-reduced-motion: reduce)', matches => player.setCalm(matches), signal)
  theme.subscribe(name => {
    document.documentElement.dataset.theme = name
  })
  player.onFrame(look)
  share = shareWith(role, signal, {
    onHello: tellStage,
    onTold({ head, resetMs, theme }) {
      themeChoice.value = theme
      if (resetMs !== undefined && resetMs !== reset?.atMs) resetFigures(resetMs)
      player.move((_, track) =>
        head.mode === 'live' && track.atEnd !== 'follow' ? { ...head, mode: 'playing' } : head,
      )
    },
  })
  let stop: AbortController | undefined
  restart = () => {
    stop?.abort()
    stop = new AbortController()
    openSource(handlers, AbortSignal.any([signal, stop.signal]))
  }
  restart()
}

const handlers: Parameters<typeof openSource>[0] = {
  onReset(events, nowMs) {
    if (opened.value !== undefined) return
    player.reset(events, nowMs)
    renew()
  },
  onEvents(events: readonly DemoEvent[], nowMs) {
    recorder?.take(events)
    if (opened.value !== undefined) return
    player.add(events, nowMs)
  },
  onKind(kind, reason) {
    source.value = { kind, reason }
    if (kind === 'ended' && opened.value === undefined) player.finish()
  },
  onState(state) {
    demo.value = state
  },
}

function watch(query: string, onChange: (matches: boolean) => void, signal: AbortSignal): void {
  const media = matchMedia(query)
  onChange(media.matches)
  media.addEventListener('change', () => onChange(media.matches), { signal })
}
