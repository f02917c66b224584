// Where the log comes from: the running demo over one WebSocket that comes back by itself, or else the recording of a class.
import { type DemoEvent, type DemoState, demoPaths, type Telemetry } from '../../server/demo/wire.ts'
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
  /** Null where the server did not say. */
  onState(state: DemoState | null): void
}

/** How often the state is asked for: whether the class is locked, whether something is live now. */
const STATE_MS = 3000
const RETRY_MS = { first: 300, most: 5000 }

/** Runs until `signal` aborts. */
export function openSource({ onReset, onEvents, onKind, onState }: SourceHandlers, signal: AbortSignal): void {
  let kind: SourceKind = 'loading'
  let socket: WebSocket | undefined
  let retryMs = RETRY_MS.first
  let timer: ReturnType<typeof setTimeout> | undefined

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
    const state = await fetchState(signal)
    if (signal.aborted) return
    onState(state)
    if (state?.isLive && !socket) connect()
    if (!state?.isLive && !socket) {
      if (kind === 'live' || kind === 'lost') become(state ? 'ended' : 'lost')
      if (kind === 'loading') await playRecording()
    }
    after(socket || kind === 'recorded' || kind === 'nothing' ? STATE_MS : retryMs, look)
  }

  function connect(): void {
    const url = new URL(demoPaths.telemetry, location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    socket = new WebSocket(url)
    socket.onmessage = ({ data }) => {
      const { nowMs, events, isFirst } = JSON.parse(String(data)) as Telemetry
      retryMs = RETRY_MS.first
      if (isFirst) {
        onReset(events, nowMs)
        become('live')
      } else onEvents(events, nowMs)
    }
    // An error is followed by a close.
    socket.onclose = () => {
      socket = undefined
      if (signal.aborted) return
      if (kind === 'live') become('lost')
      // Waits of a whole class that lost its server are spread.
      retryMs = Math.min(RETRY_MS.most, retryMs * 2)
      after(retryMs * (0.5 + Math.random() / 2), look)
    }
  }

  async function playRecording(): Promise<void> {
    try {
      const response = await fetch(demoPaths.recording, { signal })
      if (!response.ok) {
        // Unread, it would keep one of the browser's few connections.
        await response.body?.cancel()
        throw new Error('There is no recorded class here.')
      }
      onReset(parseRecording(await response.text(), 'The recorded class'), undefined)
      become('recorded')
    } catch (error) {
      if (!signal.aborted) become('nothing', (error as Error).message)
    }
  }

  signal.addEventListener('abort', () => {
    clearTimeout(timer)
    socket?.close()
  })
  void look()
}

async function fetchState(signal: AbortSignal): Promise<DemoState | null> {
  try {
    const response = await fetch(demoPaths.state, { signal, cache: 'no-store' })
    if (response.ok) return (await response.json()) as DemoState
    await response.body?.cancel()
    return null
  } catch {
    return null
  }
}
