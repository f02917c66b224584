// The page's state: the player, how things stand at the playhead and now, where the log comes from; and what each control does.
import { batch, computed, signal } from '@preact/signals'
import type { Action, DemoEvent, DemoEventOf, DemoState } from '../../server/demo/wire.ts'
import { act, takeToken } from './act.ts'
import { createPlayer } from './player.ts'
import { atSpeed, type Playhead, pause, play, scrub, speeds, step } from './playhead.ts'
import { createPresent, type Present, type Reset } from './present.ts'
import { type Recorder, readRecording, startRecording } from './recording.ts'
import { shareWith, type Told } from './sharing.ts'
import { openSource, type SourceKind } from './source.ts'
import { startTheme, type ThemeChoice, themeChoice, watchMedia } from './theme.ts'

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
/** The line whose bytes are looked at. */
export const line = signal<DemoEventOf<'transit'> | undefined>(undefined)

export const isPlayingLive = computed(() => source.value.kind === 'live' && opened.value === undefined)
/** Nothing more will happen: scenes are jumped to. */
export const isReplay = computed(() => opened.value !== undefined || /recorded|ended/.test(source.value.kind))
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
function renew(isSame = false): void {
  presentAt = createPresent(player.log)
  latestAt = createPresent(player.log)
  if (!isSame) reset = line.value = undefined
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

/** Moves the playhead, here and on the other page of this browser. */
function move(change: Parameters<typeof player.move>[0]): void {
  player.move(change)
  head.value = player.head
  tell()
}

const standing = (): Told => ({
  startedAtMs: player.log.startedAtMs,
  head: player.head,
  resetMs: reset?.atMs,
  theme: themeChoice.value,
  token: token.value,
  line: line.value,
})
const tell = (): void => {
  if (opened.value === undefined) share?.tell(standing())
}

/** Looks at the bytes of a line, here and on the other page of this browser; at none, where it is undefined. */
export function lookAt(chosen: DemoEventOf<'transit'> | undefined): void {
  line.value = chosen
  tell()
}

export const togglePause = (): void => move((now, track) => (now.mode === 'paused' ? play(now, track) : pause(now)))
export const stepBy = (direction: 1 | -1): void => move((now, track) => step(now, player.log.events, direction, track))
export const scrubTo = (atMs: number): void => move((now, track) => scrub(now, atMs, track))
/** Plays on from there. */
export const jumpTo = (atMs: number): void => move((now, track) => play(scrub(now, atMs, track), track))
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

export function resetFigures(): void {
  countFrom(player.head.atMs)
  tell()
}

function countFrom(atMs: number): void {
  reset = { atMs, counts: player.log.newest('counts', atMs) }
  announcement.value = 'Figures count from here.'
  look()
}

/** Asks the engine; what it answers comes with the log. Gives whether it was taken. */
export async function ask(action: Action): Promise<boolean> {
  const given = token.value
  if (given === undefined || opened.value !== undefined) {
    problem.value =
      given === undefined
        ? 'This page has no token: it can look, not act.'
        : `Nothing was done: the class that is live goes on unseen behind ${opened.value}.`
    return false
  }
  const before = head.value
  try {
    await act(action, given)
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

export const CUT_MS = 6000
export const publish = (count: number): void => void ask({ action: 'publish', count })
export const cutNetwork = (): void => {
  if (!latest.value.isCut) void ask({ action: 'cut', forMs: CUT_MS })
}

/** When something that the server's state tells was changed here, on performance's clock. */
let changedMs = Number.NEGATIVE_INFINITY

/** Lets nobody else join, or lets them. The state is asked for only now and then: whoever presses wants to see it pressed. */
export async function lock(isLocked: boolean): Promise<void> {
  if (!(await ask({ action: 'lock', isLocked })) || !demo.value) return
  changedMs = performance.now()
  demo.value = { ...demo.value, isLocked }
}

/** Shows the next of the addresses that phones may come in by, here and on every stage. */
export async function nextAddress(): Promise<void> {
  const [shown, ...others] = demo.value?.joinUrls ?? []
  if (others.length === 0 || !(await ask({ action: 'address' })) || !demo.value) return
  changedMs = performance.now()
  demo.value = { ...demo.value, joinUrls: [...others, shown!] }
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

/** The file that was chosen last: a large one may be read for longer than the one chosen after it. */
let chosen: File | undefined

/** Plays a recording from a file. A bad one changes nothing but the message. */
export async function openRecording(file: File): Promise<void> {
  chosen = file
  try {
    const events = await readRecording(file)
    if (file !== chosen) return
    opened.value = file.name
    problem.value = undefined
    player.reset(events, undefined, 'stop')
    renew()
    announcement.value = `Playing ${file.name}.`
  } catch (error) {
    if (file === chosen) problem.value = (error as Error).message
  }
}

let restart: (() => void) | undefined
/** Leaves an opened recording for what is live, or for the recorded class. */
export function closeRecording(): void {
  chosen = undefined
  opened.value = undefined
  announcement.value = ''
  isReturning = true
  restart?.()
}

export function chooseTheme(choice: ThemeChoice): void {
  themeChoice.value = choice
  tell()
}

/** The next log begins what this page shows, as nobody else knows. */
let isReturning = true

let role: 'teach' | 'stage' = 'teach'

/** Brings the page to life. The stage follows the teacher's page of the same browser, and the other way round where a key was pressed there. */
export function start(page: 'teach' | 'stage', signal: AbortSignal): void {
  role = page
  // A stage elsewhere than on the server's machine shows it to be told the code.
  token.value = takeToken()
  // The address of the next session, entered where the last one stands, loads nothing anew.
  addEventListener('hashchange', () => (token.value = takeToken() ?? token.value), { signal })
  startTheme(signal)
  watchMedia('(prefers-reduced-motion: reduce)', matches => player.setCalm(matches), signal)
  player.onFrame(look)
  share = shareWith(role, signal, {
    onHello: () => (opened.value === undefined ? standing() : undefined),
    onTold({ startedAtMs, head, resetMs, theme, token: given, line: chosen }) {
      themeChoice.value = theme
      // Keys act on a stage, too.
      token.value = page === 'stage' ? (given ?? token.value) : (token.value ?? given)
      // One page may still play the recorded class when the other one is live already.
      if (startedAtMs !== player.log.startedAtMs) return
      if (resetMs !== undefined && resetMs !== reset?.atMs) countFrom(resetMs)
      line.value = chosen
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
    if (recorder?.resume(events) === false)
      problem.value = 'Nothing is recorded now: this is another class. What there is of the one before can be saved.'
    if (opened.value !== undefined) return
    renew(player.reset(events, nowMs))
    // A stage that has just opened knows nothing that it could tell.
    if (isReturning && role === 'teach') tell()
    isReturning = false
    share?.greet()
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
  onState(state, askedMs) {
    if (askedMs >= changedMs) demo.value = state
  },
  token: () => token.value,
}
