// Where the log comes from: the running demo over one WebSocket that comes back by itself, or else the recording of a class.
import { type DemoEvent, type DemoState, demoPaths, LATE_MS, type Telemetry } from '../../server/demo/wire.ts'
import { textOfFile } from '../../server/text-file.ts'
import { isSite } from '../site.ts'
import { oneByOne } from './crowd.ts'
import { parseRecording } from './recording.ts'

/** live · lost: was live, and is being tried again · ended: the session is over, what is kept can still be looked at ·
 * recorded: a recording plays · nothing: there is neither. */
export type SourceKind = 'loading' | 'live' | 'lost' | 'ended' | 'recorded' | 'nothing'

export interface SourceHandlers {
  /** A log from its beginning, in place of the one before. `nowMs`: its clock now; a recording has none. */
  onReset(events: readonly DemoEvent[], nowMs: number | undefined): void
  onEvents(events: readonly DemoEvent[], nowMs: number): void
  /** `reason` says in a sentence why there is neither. */
  onKind(kind: SourceKind, reason?: string): void
  /** Null where the server did not say. `askedMs`: when it was asked, on performance's clock. */
  onState(state: DemoState | null, askedMs: number): void
  /** What this page may show for itself: elsewhere than on the server's machine, the code to join with is told to the teacher's pages only. */
  token(): string | undefined
}

/** How often the state is asked for: whether the class is locked, whether something is live now. */
const STATE_MS = 3000
const RETRY_MS = { first: 300, most: 5000 }
/** Even where nothing happens something is told several times a second: after so long a silence the way is broken, closed or not. */
const SILENCE_MS = 6000

/** Runs until `signal` aborts. */
export function openSource({ onReset, onEvents, onKind, onState, token }: SourceHandlers, signal: AbortSignal): void {
  let kind: SourceKind = 'loading'
  let socket: WebSocket | undefined
  let retryMs = RETRY_MS.first
  let heardMs = 0
  let wasLive = false
  /** The session's end was told: what is kept is all there will be. */
  let isOver = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let endTimer: ReturnType<typeof setTimeout> | undefined

  function become(next: SourceKind, reason?: string): void {
    if (kind === next && reason === undefined) return
    kind = next
    onKind(next, reason)
  }

  function after(ms: number, then: () => void): void {
    clearTimeout(timer)
    if (!signal.aborted) timer = setTimeout(then, ms)
  }

  async function look(): Promise<void> {
    const askedMs = performance.now()
    const state = await fetchState(token(), signal)
    if (signal.aborted) return
    // One answer that failed says nothing as long as the log comes.
    if (state || !socket) onState(state ?? null, askedMs)
    if (socket && performance.now() - heardMs > SILENCE_MS) return lose()
    if (!socket) {
      if (state?.isLive) connect()
      else if (state === undefined && kind === 'loading') become('lost')
      else if (state && wasLive) become('ended')
      else if (state !== undefined && !wasLive && (kind === 'loading' || kind === 'lost')) await playRecording()
    }
    after(!socket && (kind === 'loading' || kind === 'lost') ? retryMs : STATE_MS, look)
  }

  function connect(): void {
    const url = new URL(demoPaths.telemetry, location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    socket = new WebSocket(url)
    heardMs = performance.now()
    socket.onmessage = ({ data }) => {
      const { nowMs, events: told, isFirst } = JSON.parse(String(data)) as Telemetry
      const events = oneByOne(told)
      retryMs = RETRY_MS.first
      heardMs = performance.now()
      if (isFirst) {
        isOver = false
        wasLive = true
        onReset(events, nowMs)
        become('live')
      } else onEvents(events, nowMs)
      if (isOver || !events.some(event => event.kind === 'end')) return
      isOver = true
      // What happened before it may be told this much later.
      const ended = socket
      endTimer = setTimeout(() => ended?.close(), LATE_MS)
    }
    // An error is followed by a close.
    socket.onclose = lose
  }

  function lose(): void {
    if (socket) Object.assign(socket, { onmessage: null, onclose: null })
    // Over a way that is broken no Close frame comes back.
    socket?.close()
    socket = undefined
    if (signal.aborted) return
    if (kind === 'live' || kind === 'loading') become(isOver ? 'ended' : 'lost')
    // Waits of a whole class that lost its server are spread.
    retryMs = Math.min(RETRY_MS.most, retryMs * 2)
    after(retryMs * (0.5 + Math.random() / 2), look)
  }

  async function playRecording(): Promise<void> {
    try {
      const response = await fetch(isSite() ? 'class.ndjson' : demoPaths.recording, { signal })
      if (!response.ok) {
        // Unread, it would keep one of the browser's few connections.
        await response.body?.cancel()
        throw new Error('There is no recorded class here.')
      }
      const text = textOfFile(new Uint8Array(await response.arrayBuffer()))
      onReset(parseRecording(text, 'The recorded class'), undefined)
      become('recorded')
    } catch (error) {
      if (!signal.aborted) become('nothing', (error as Error).message)
    }
  }

  signal.addEventListener('abort', () => {
    clearTimeout(timer)
    clearTimeout(endTimer)
    socket?.close()
  })
  void (isSite() ? playRecording() : look())
}

/** Null where the server refuses to say, undefined where it does not answer. */
async function fetchState(token: string | undefined, signal: AbortSignal): Promise<DemoState | null | undefined> {
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(STATE_MS)])
    const response = await fetch(demoPaths.state, {
      signal: patience,
      cache: 'no-store',
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    })
    if (response.ok) return (await response.json()) as DemoState
    await response.body?.cancel()
    return null
  } catch {
    return undefined
  }
}
