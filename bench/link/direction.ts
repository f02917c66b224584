// One direction of one emulated connection: bytes, their end or their reset leave late, in order, and never more than a window of them is under way.
import type { Socket } from 'node:net'
import type { Deadlines, Sleeper } from './deadlines.ts'

/** What a direction does to whatever enters it. */
export interface Shape {
  /** One-way delay. May change: what enters later takes the new one, behind what entered before. */
  delayMs: number
  /** Each piece takes up to this much longer, uniform; order is kept, so one late piece holds up those behind it. */
  readonly jitterMs: number
  /** 0 = no limit. */
  readonly msPerByte: number
  /** Reading pauses while more than this is under way; the source's end or reset is then noticed when it goes on. */
  readonly windowBytes: number
}

/** Counters shared by all directions of a link. */
export interface Counters {
  /** How late something left, compared with the link it emulates. */
  delivered(addedMs: number): void
  /** A piece left late because its receiver did not read. */
  heldBack(): void
  /** Bytes under way in one direction, after each arrival. */
  underWay(bytes: number): void
}

export interface Direction {
  /** Takes in what was read from the source at `nowMs`; gives when the last of it is due at the sink. */
  bytes(chunk: Buffer, nowMs: number): number
  /** The source will send no more: passed on behind the bytes. */
  end(nowMs: number): void
  /** The source is gone: passed on after the delay; what cannot leave before is lost, as in TCP.
   * `isRefused`: the source was never there, so that its reset does not wait for the handshake's end. */
  reset(nowMs: number, isRefused?: boolean): void
  /** The sink is gone, or the link is closing: nothing leaves any more. */
  drop(): void
}

interface Piece {
  readonly dueMs: number
  /** null = the end. */
  readonly chunk: Buffer | null
}

const SEGMENT_BYTES = 1448
/** With a bandwidth limit a chunk leaves in pieces of at least a segment and about this long, so that it trickles as on a slow link. */
const PIECE_MS = 4

/** `openMs`: nothing sent earlier than that counts as sent before (the handshake is still under way). */
export function createDirection(
  source: Socket,
  sink: Socket,
  shape: Shape,
  openMs: number,
  random: () => number,
  deadlines: Deadlines,
  counters: Counters,
): Direction {
  const { jitterMs, msPerByte, windowBytes } = shape
  const pieceBytes =
    msPerByte > 0 ? Math.max(SEGMENT_BYTES, Math.floor(PIECE_MS / msPerByte)) : Number.POSITIVE_INFINITY
  const pieces: Piece[] = []
  let head = 0
  let underWayBytes = 0
  let linkFreeMs = 0
  let lastDueMs = 0
  let resetMs = Number.POSITIVE_INFINITY
  let isBlocked = false
  let isDropped = false
  /** Pieces due before this were held back by the receiver. */
  let unblockedMs = 0

  const enter = (chunk: Buffer | null, nowMs: number): void => {
    const bytes = chunk?.length ?? 0
    linkFreeMs = Math.max(linkFreeMs, nowMs, openMs) + bytes * msPerByte
    lastDueMs = Math.max(lastDueMs, linkFreeMs + shape.delayMs + (jitterMs > 0 ? random() * jitterMs : 0))
    pieces.push({ dueMs: lastDueMs, chunk })
    underWayBytes += bytes
    if (!isBlocked) deadlines.set(sleeper, lastDueMs)
  }

  const leave = (nowMs: number): void => {
    for (let piece = pieces[head]; piece && piece.dueMs <= nowMs && !isBlocked; piece = pieces[++head]) {
      if (piece.dueMs < unblockedMs) counters.heldBack()
      else counters.delivered(performance.now() - piece.dueMs)
      if (piece.chunk === null) {
        sink.end()
        continue
      }
      underWayBytes -= piece.chunk.length
      sink.write(piece.chunk)
      // Not write()'s answer: it is false for any large chunk, even where the kernel took all of it at once.
      isBlocked = sink.writableLength >= sink.writableHighWaterMark
    }
    if (head === pieces.length) pieces.length = head = 0
    else if (head > 1000) {
      pieces.splice(0, head)
      head = 0
    }
    if (underWayBytes <= windowBytes && source.isPaused()) source.resume()
  }

  const sleeper: Sleeper = {
    wakeMs: Number.POSITIVE_INFINITY,
    wake(nowMs) {
      if (isDropped) return Number.POSITIVE_INFINITY
      leave(nowMs)
      if (resetMs <= nowMs) {
        direction.drop()
        sink.resetAndDestroy()
        return Number.POSITIVE_INFINITY
      }
      return isBlocked ? resetMs : Math.min(pieces[head]?.dueMs ?? Number.POSITIVE_INFINITY, resetMs)
    },
  }

  sink.on('drain', () => {
    if (!isBlocked || isDropped) return
    isBlocked = false
    unblockedMs = performance.now()
    deadlines.set(sleeper, unblockedMs)
  })

  const direction: Direction = {
    bytes(chunk, nowMs) {
      if (isDropped || resetMs < Number.POSITIVE_INFINITY) return lastDueMs
      for (let from = 0; from < chunk.length; from += pieceBytes) enter(chunk.subarray(from, from + pieceBytes), nowMs)
      counters.underWay(underWayBytes)
      if (underWayBytes > windowBytes) source.pause()
      return lastDueMs
    },
    end(nowMs) {
      if (!isDropped) enter(null, nowMs)
    },
    reset(nowMs, isRefused = false) {
      if (isDropped) return
      // Behind the bytes where they are on their way; a sender's backlog on a slow link is discarded with its socket.
      const sentMs = (isRefused ? nowMs : Math.max(nowMs, openMs)) + shape.delayMs
      // What left when the link was longer may take longer than whatever leaves now.
      const latestMs = Math.max(sentMs + jitterMs, sentMs - shape.delayMs + lastDueMs - linkFreeMs)
      resetMs = Math.min(Math.max(lastDueMs, sentMs), latestMs)
      deadlines.set(sleeper, resetMs)
    },
    drop() {
      isDropped = true
      pieces.length = head = underWayBytes = 0
    },
  }
  return direction
}
