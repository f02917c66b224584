// The feed: hands the log to open streams (SSE, WebSocket, Socket.IO), one shared write per subscriber and batch, and keeps the slow ones apart.
import { burn } from './burn.ts'
import type { Context } from './context.ts'
import { type Batch, bytesOf, type Entry, headCursor, type Slice } from './log.ts'
import { formatCursor, type Missed } from './protocol.ts'
import type { Queue } from './queues.ts'
import type { Start } from './stream.ts'

/** Bytes a socket may have waiting before its subscriber is fed from the log instead of being written to. */
const WRITE_AHEAD_BYTES = 64 * 1024
/** How much of the log one catch-up write carries. */
const CATCH_UP = { notices: 1000, bytes: 256 * 1024 }
/** How long a subscriber that was told goodbye may take to leave. */
export const CLOSE_WITHIN_MS = 2000

/** What the feed writes to: a raw socket as it is, or a connection that a library holds. */
export interface Sink<C> {
  write(chunk: C): unknown
  /** Bytes that were written and still wait in this process. */
  readonly writableLength: number
  readonly destroyed: boolean
  destroy(): unknown
  /** `drain`: what waited is gone. `close`: so is the connection. */
  once(event: 'drain' | 'close', listener: () => void): unknown
  on(event: 'close', listener: () => void): unknown
}

/** What one write carries: bytes, unless the transport's sinks take something else that knows how many bytes it is. */
export interface Chunk {
  readonly length: number
  /** Writes that it takes; absent = one. */
  readonly writes?: number
}

/** What a library's own send takes, one after the other. */
export interface Texts extends Chunk {
  readonly texts: readonly string[]
}

/** `length`: bytes on the wire of all of them together. */
export const textsOf = (texts: readonly string[], length: number): Texts => ({ texts, length, writes: texts.length })

export const joinTexts = (first: Texts, second: Texts): Texts =>
  textsOf([...first.texts, ...second.texts], first.length + second.length)

export interface Subscriber<C extends Chunk = Buffer> {
  readonly socket: Sink<C>
  /** Nothing may be written any more (a Close frame has gone out, say). */
  isClosing: boolean
}

/** Subscribers whom a library writes to by itself, all of them with one call. */
export interface Room<S, C> {
  write(chunk: C): void
  join(subscriber: S): void
  leave(subscriber: S): void
}

/** What a stream transport adds for its subscribers `S`: its bytes on the wire, and how it says goodbye. */
export interface WireFormat<S extends Subscriber<C>, C extends Chunk = Buffer> {
  readonly notices: (epoch: string, entries: readonly Entry[]) => C
  readonly gap: (cursor: string, missed: Missed) => C
  /** Both as one chunk. */
  readonly join: (gap: C, notices: C) => C
  /** Absent where the transport's library sends its own. */
  readonly heartbeat?: C
  /** Ends the stream in the transport's words; queued behind what the socket still holds. */
  readonly goodbye: (subscriber: S, why: 'slow' | 'shutdown') => void
  /**
   * Heartbeat is due: gives false where the peer did not answer the last one and is to be cut. `quietAt` is the log's head where the subscriber has
   * all of it and nothing was appended since the last heartbeat.
   */
  readonly beat?: (subscriber: S, quietAt: string | undefined) => boolean
  /** Where those who have everything are written to; absent = one by one by their sinks. */
  readonly room?: Room<S, C>
}

interface Follower<S extends Subscriber<C>, C extends Chunk> {
  readonly subscriber: S
  readonly socket: Sink<C>
  /** Written to with each batch; otherwise fed from the log when its socket has drained. */
  live: boolean
  epoch: string
  /** Last notice written; kept only while not live. */
  seq: number
  /** The log's appendedBytes when it fell behind or last took what it was given: what was appended since waits for it, what is older only lies in the log. */
  behindFrom: number
  /** What was written to it when it fell behind, where others have been given the same. */
  shared: C | undefined
  pumping: boolean
  /** It waits for a turn of the server's: not its fault. */
  isPutOff: boolean
}

export interface Feed<S> {
  /** Streams from `start` on. The transport has asked `subscribers` whether there is room, and written its hello before. */
  add(subscriber: S, start: Start): void
  drain(signal: AbortSignal): Promise<number>
}

const BEAT_SLOTS = 16

export function createFeed<S extends Subscriber<C>, C extends Chunk = Buffer>(
  context: Context,
  wire: WireFormat<S, C>,
): Feed<S> {
  const { stream, tally, maxQueueBytes, burnUs, queues, turns, subscribers, isSecure } = context
  const { log } = stream
  const { room } = wire
  const followers = new Set<Follower<S, C>>()
  /** Of those who were told goodbye. */
  const leaving = new Set<Sink<C>>()
  // Heartbeats are spread over the interval, so that no turn of the loop writes to all at once.
  const slots: Set<Follower<S, C>>[] = Array.from({ length: BEAT_SLOTS }, () => new Set())
  /** The log's head at each slot's last turn. */
  const heads: string[] = []
  let nextSlot = 0
  let nextJoin = 0
  let draining = false
  /** What waits for those who are behind, or more. One that is live has `WRITE_AHEAD_BYTES` at most, nearly always shared. */
  let queued = 0

  /** One buffer for all of them is counted once. */
  function count(): Queue[] {
    const found: Queue[] = []
    const shared = new Set<C>()
    queued = 0
    for (const follower of followers) {
      const waiting = follower.live ? 0 : follower.socket.writableLength
      if (waiting === 0) continue
      if (follower.shared) shared.add(follower.shared)
      const bytes = Math.max(0, waiting - (follower.shared?.length ?? 0))
      queued += bytes
      const end = (): void => {
        queued -= bytes
        tally.slowClosed++
        remove(follower)
        follower.socket.destroy()
      }
      found.push({ bytes, end })
    }
    for (const { length } of shared) queued += length
    for (const socket of leaving) {
      const bytes = socket.writableLength
      queued += bytes
      found.push({ bytes, end: () => void socket.destroy() })
    }
    return found
  }
  queues.share({
    get bytes() {
      return queued
    },
    count,
  })
  subscribers.share(() => followers.size)

  const encodeBatch = ({ epoch, before, missed, entries }: Batch): C => {
    if (missed === 0) return wire.notices(epoch, entries)
    const gap = wire.gap(formatCursor(epoch, before), missed)
    return entries.length === 0 ? gap : wire.join(gap, wire.notices(epoch, entries))
  }

  function fallBehind(follower: Follower<S, C>, epoch: string, seq: number, written: C): void {
    follower.live = false
    room?.leave(follower.subscriber)
    follower.epoch = epoch
    follower.seq = seq
    follower.behindFrom = log.appendedBytes
    follower.shared = !isSecure && Buffer.isBuffer(written) ? written : undefined
    follower.socket.once('drain', () => pump(follower))
  }

  function remove(follower: Follower<S, C>): void {
    followers.delete(follower)
    room?.leave(follower.subscriber)
    for (const slot of slots) if (slot.delete(follower)) break
  }

  function end(follower: Follower<S, C>, why: 'slow' | 'shutdown'): void {
    remove(follower)
    wire.goodbye(follower.subscriber, why)
    // A peer that does not read never takes the goodbye: then it is only cut.
    const { socket } = follower
    const timer = setTimeout(() => socket.destroy(), CLOSE_WITHIN_MS)
    leaving.add(socket)
    socket.once('close', () => {
      clearTimeout(timer)
      leaving.delete(socket)
    })
  }

  function checkSlow(follower: Follower<S, C>): void {
    const { writableLength } = follower.socket
    queued += writableLength
    const behind = follower.isPutOff ? 0 : log.appendedBytes - follower.behindFrom
    if (writableLength + behind <= maxQueueBytes) return
    tally.slowClosed++
    end(follower, 'slow')
  }

  log.listen(batch => {
    if (followers.size === 0) return
    const chunk = batch.wire(encodeBatch)
    const { length, writes = 1 } = chunk
    const { entries } = batch
    const last = entries.length > 0 ? entries[entries.length - 1]!.seq : batch.before
    let written = 0
    queued = 0
    for (const { writableLength } of leaving) queued += writableLength
    room?.write(chunk)
    for (const follower of followers) {
      if (!follower.live) {
        checkSlow(follower)
        continue
      }
      const { socket } = follower
      if (follower.subscriber.isClosing) continue
      if (!room) {
        if (burnUs > 0) burn(burnUs)
        socket.write(chunk)
      }
      written++
      if (socket.writableLength > WRITE_AHEAD_BYTES) fallBehind(follower, batch.epoch, last, chunk)
    }
    if (queued > 0) queues.check()
    if (entries.length === 0) return
    tally.notices += written * entries.length
    tally.writes += written * writes
    tally.noticeBytes += written * bytesOf(entries)
    tally.payloadBytes += written * length
  })

  function giveUp({ socket }: Follower<S, C>, error: unknown): void {
    console.error(error)
    socket.destroy()
  }

  /** Its turn comes when less was made for others. */
  function putOff(follower: Follower<S, C>, goOn: () => Promise<void>): void {
    follower.isPutOff = true
    turns
      .later(() => {
        follower.isPutOff = false
        follower.behindFrom = log.appendedBytes
        if (followers.has(follower) && !follower.subscriber.isClosing) return goOn()
      })
      .catch(error => giveUp(follower, error))
  }

  /** Writes what was read after the last notice it has. */
  function write(follower: Follower<S, C>, { missed, entries }: Slice): void {
    const { epoch, socket } = follower
    if (missed !== 0) {
      follower.seq += missed ?? 0
      socket.write(wire.gap(formatCursor(epoch, follower.seq), missed))
    }
    if (entries.length === 0) return
    follower.seq = entries[entries.length - 1]!.seq
    follower.behindFrom = log.appendedBytes
    const chunk = wire.notices(epoch, entries)
    follower.shared = undefined
    socket.write(chunk)
    turns.spend(chunk.length)
    queued += chunk.length
    queues.check()
    tally.notices += entries.length
    tally.writes += chunk.writes ?? 1
    tally.noticeBytes += bytesOf(entries)
    tally.payloadBytes += chunk.length
  }

  /** Writes from the log until the socket is full or the subscriber has caught up and is live. */
  async function pump(follower: Follower<S, C>): Promise<void> {
    if (follower.pumping || follower.isPutOff) return
    follower.pumping = true
    try {
      for (;;) {
        if (!followers.has(follower) || follower.subscriber.isClosing || follower.socket.destroyed) return
        if (follower.socket.writableLength > WRITE_AHEAD_BYTES) {
          follower.socket.once('drain', () => pump(follower))
          return
        }
        if (follower.epoch !== log.epoch) {
          follower.epoch = log.epoch
          follower.seq = log.earliest - 1
          follower.socket.write(wire.gap(formatCursor(follower.epoch, follower.seq), null))
        }
        const place = log.follow(follower.epoch, follower.seq)
        if (place === 'ahead') return void lead(follower)
        if (place === 'current') {
          // What it followed on may have found it too slow.
          if (!followers.has(follower)) return
          follower.live = true
          room?.join(follower.subscriber)
          return
        }
        if (turns.isFull) return putOff(follower, () => pump(follower))
        const read = stream.read(follower.seq, CATCH_UP.notices, CATCH_UP.bytes)
        if (!(read instanceof Promise)) write(follower, read)
        else {
          const found = await read
          if (follower.epoch !== log.epoch || !followers.has(follower)) continue
          if (turns.isFull) {
            return putOff(follower, () => {
              if (follower.epoch === log.epoch) write(follower, found)
              return pump(follower)
            })
          }
          write(follower, found)
        }
      }
    } catch (error) {
      giveUp(follower, error)
    } finally {
      follower.pumping = false
    }
  }

  /** A cursor ahead of this log came from a sibling: wait for the log to reach it. */
  function lead(follower: Follower<S, C>): void {
    const stop = log.listen(() => {
      if (followers.has(follower) && follower.epoch === log.epoch && follower.seq > log.head) return
      stop()
      setImmediate(() => pump(follower))
    })
    follower.socket.once('close', stop)
  }

  const ticker = setInterval(
    () => {
      const slot = slots[nextSlot]!
      const { heartbeat } = wire
      const head = headCursor(log)
      const quietAt = heads[nextSlot] === head ? head : undefined
      heads[nextSlot] = head
      nextSlot = (nextSlot + 1) % BEAT_SLOTS
      for (const follower of slot) {
        if (wire.beat && !wire.beat(follower.subscriber, follower.live ? quietAt : undefined)) follower.socket.destroy()
        else if (heartbeat && !follower.subscriber.isClosing && follower.socket.writableLength <= maxQueueBytes) {
          follower.socket.write(heartbeat)
          tally.heartbeatBytes += heartbeat.length
        }
      }
      // A little early, so that timers running late never stretch the interval beyond what was promised.
    },
    (context.heartbeatMs * 0.98) / BEAT_SLOTS,
  )
  ticker.unref()

  return {
    add(subscriber, start) {
      const follower: Follower<S, C> = {
        subscriber,
        socket: subscriber.socket,
        live: false,
        epoch: start.epoch,
        seq: start.seq,
        behindFrom: log.appendedBytes,
        shared: undefined,
        pumping: false,
        isPutOff: false,
      }
      followers.add(follower)
      slots[nextJoin]!.add(follower)
      nextJoin = (nextJoin + 1) % BEAT_SLOTS
      follower.socket.on('close', () => remove(follower))
      if (draining) end(follower, 'shutdown')
      else void pump(follower)
    },
    async drain(signal) {
      draining = true
      clearInterval(ticker)
      const isDone = (follower: Follower<S, C>) => follower.live && follower.socket.writableLength === 0
      while (followers.size > 0) {
        for (const follower of followers) if (isDone(follower)) end(follower, 'shutdown')
        if (signal.aborted || followers.size === 0) break
        await new Promise(resolve => setTimeout(resolve, 10))
      }
      const cut = followers.size
      for (const follower of followers) follower.socket.destroy()
      return cut
    },
  }
}
