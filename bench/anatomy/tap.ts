// The tap: the network emulator without any delay, between clients and a server, and what it keeps of the connections that pass while something is captured.
import { type CapturedChunk, type CapturedConnection, captureLimits } from '../../client/anatomy/capture.ts'
import { type Link, type LinkObserver, startLink } from '../link/link.ts'

export interface TapOptions {
  /** Default 0: any free port. */
  readonly listenPort?: number
  readonly target: { readonly host: string; readonly port: number }
  readonly signal?: AbortSignal
  /** How much is kept, default `captureLimits.bytes`. */
  readonly maxBytes?: number
  /** Told once where more passes than is kept; what comes after that is not. */
  readonly onFull?: () => void
}

/** A kept connection; the server knows it by the port that the tap came to it from, absent where it was never reached. */
export interface TappedConnection extends CapturedConnection {
  readonly serverPort?: number
}

export interface Tapped {
  readonly connections: readonly TappedConnection[]
  readonly lastedMs: number
  /** More than `maxBytes` passed: it is not all there. */
  readonly isFull: boolean
}

export interface Tap {
  /** Where clients connect to, on 127.0.0.1. */
  readonly port: number
  /**
   * Keeps what opens from now on, and ends what is open, so that nothing passes unseen on a connection of before: all but the one that the server
   * has from `sparedPort`. What was kept before is forgotten. Gives the capture's clock: ms since this moment.
   */
  begin(sparedPort?: number): () => number
  /** Settles once nothing has passed, opened or closed for `forMs`, or after ten times that. */
  quiet(forMs?: number): Promise<void>
  /** Keeps no more, ends what is kept and still open but for the one from `sparedPort`, and gives it all. Throws where nothing was begun. */
  end(sparedPort?: number): Tapped
  close(): Promise<void>
}

interface Kept {
  readonly number: number
  openedMs: number
  closedMs?: number
  closedBy?: 'client' | 'server'
  readonly chunks: CapturedChunk[]
}

/** What keeping a piece, or a connection, takes besides its bytes: many small ones must not take more than few large ones. */
const OVERHEAD_BYTES = 128
const QUIET_MS = 60

/** Starts it. Throws what `startLink` throws. */
export async function startTap({
  listenPort = 0,
  target,
  signal,
  maxBytes = captureLimits.bytes,
  onFull,
}: TapOptions): Promise<Tap> {
  /** By number, whether they are kept or not; `port`: the server's end of it. */
  const open = new Map<number, { port?: number }>()
  /** Also those that have ended. */
  const ports = new Map<number, number>()
  let kept: Map<number, Kept> | undefined
  let beganMs = 0
  let keptBytes = 0
  let isFull = false
  let lastMs = performance.now()

  const clock = (nowMs = performance.now()): number => Math.round((nowMs - beganMs) * 100) / 100
  const hasRoomFor = (bytes: number): boolean => {
    if (isFull) return false
    keptBytes += bytes + OVERHEAD_BYTES
    isFull = keptBytes > maxBytes
    if (isFull) onFull?.()
    return !isFull
  }

  const observer: LinkObserver = {
    opened(connection, atMs) {
      lastMs = performance.now()
      open.set(connection, {})
      if (kept && hasRoomFor(0)) kept.set(connection, { number: connection, openedMs: clock(atMs), chunks: [] })
    },
    reached(connection, port) {
      const found = open.get(connection)
      if (found) found.port = port
      if (kept?.has(connection)) ports.set(connection, port)
    },
    bytes(connection, way, chunk, atMs) {
      lastMs = performance.now()
      const own = kept?.get(connection)
      if (own && hasRoomFor(chunk.length)) own.chunks.push({ way, atMs: clock(atMs), bytes: Uint8Array.from(chunk) })
    },
    closed(connection, by) {
      lastMs = performance.now()
      open.delete(connection)
      const own = kept?.get(connection)
      if (!own || by === 'cut') return
      own.closedMs = clock()
      own.closedBy = by
    },
  }
  const link: Link = await startLink({ listenPort, target, rttMs: 0, observer, ...(signal && { signal }) })

  return {
    port: link.port,
    begin(sparedPort) {
      for (const [connection, { port }] of open) if (port === undefined || port !== sparedPort) link.drop(connection)
      ports.clear()
      kept = new Map()
      keptBytes = 0
      isFull = false
      beganMs = performance.now()
      return clock
    },
    async quiet(forMs = QUIET_MS) {
      const atLatest = performance.now() + 10 * forMs
      for (;;) {
        const nowMs = performance.now()
        const leftMs = Math.min(lastMs + forMs, atLatest) - nowMs
        if (leftMs <= 0) return
        await new Promise(resolve => setTimeout(resolve, Math.ceil(leftMs)))
      }
    },
    end(sparedPort) {
      if (!kept) throw new Error('nothing is captured: begin comes before end')
      const all = [...kept.values()]
      const lastedMs = clock()
      kept = undefined
      const connections = all.map(({ number, ...connection }) => {
        const serverPort = ports.get(number)
        if (serverPort === undefined || serverPort !== sparedPort) link.drop(number)
        return { ...connection, ...(serverPort !== undefined && { serverPort }) }
      })
      return { connections, lastedMs, isFull }
    },
    close: link.close,
  }
}
