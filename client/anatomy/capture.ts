// A capture: the bytes of one transport's connections in both directions, with their times, as a tap between client and server saw them.
import type { Way } from '../codecs/conversation.ts'

/** What one read of the tap brought. */
export interface CapturedChunk {
  readonly way: Way
  /** ms since the capture began. */
  readonly atMs: number
  readonly bytes: Uint8Array
}

export interface CapturedConnection {
  /** ms since the capture began. */
  readonly openedMs: number
  /** Absent where it was still open at the end. */
  readonly closedMs?: number
  /** Who ended it. */
  readonly closedBy?: 'client' | 'server'
  /** In order of time. */
  readonly chunks: readonly CapturedChunk[]
}

export interface Published {
  readonly seq: number
  /** ms since the capture began. */
  readonly atMs: number
}

export interface Capture {
  readonly format: 'transport-lab-capture'
  readonly version: 1
  /** `websocket`; a capture of TLS has the transport that spoke inside. */
  readonly transport: string
  /** Whether the tap saw TLS: its bytes are records then, whose sizes are all that can be told. */
  readonly isSecure: boolean
  /** ISO 8601. */
  readonly takenAt: string
  /** `Chromium 140`, `Node 20.20.2`: who the client was. */
  readonly client: string
  readonly lastedMs: number
  /** What was published from beside, on the control socket, and not over the tapped network. */
  readonly published: readonly Published[]
  readonly connections: readonly CapturedConnection[]
  /** TCP payload as the server counted it at its own sockets over the capture's connections; absent where something else went over them as well. */
  readonly counted?: { readonly upBytes: number; readonly downBytes: number }
  /** What was taken out before it was saved, each with the bytes it had: header names. Their bytes are replaced by as many `x`. */
  readonly redacted: readonly string[]
}

/** All bytes of one direction of a connection, back to back. */
export function bytesOf({ chunks }: CapturedConnection, way: Way): Uint8Array {
  const own = chunks.filter(chunk => chunk.way === way)
  const all = new Uint8Array(own.reduce((sum, { bytes }) => sum + bytes.length, 0))
  let at = 0
  for (const { bytes } of own) {
    all.set(bytes, at)
    at += bytes.length
  }
  return all
}
