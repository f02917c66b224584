// The log: the bounded, ordered memory of notices that every transport reads from. It answers "what comes after this cursor?".
import { encodeNotice, formatCursor, type Missed } from './protocol.ts'

/** A notice in memory: serialised once, shared by every subscriber. */
export interface Entry {
  readonly seq: number
  /** The encoded notice. */
  readonly json: string
  /** UTF-8 length of `json`. */
  readonly bytes: number
}

/** What was appended in one turn of the event loop (one notice where coalescing is off). */
export interface Batch {
  readonly epoch: string
  /** Sequence number just before the first entry. */
  readonly before: number
  /** 0, or how many notices are gone before the first entry; null where the epoch is new. */
  readonly missed: Missed
  /** In order; empty where the batch only announces a new epoch. */
  readonly entries: readonly Entry[]
  /** What `encode` makes of this batch, computed once for each `encode`. */
  wire<T>(encode: (batch: Batch) => T): T
}

export interface Slice {
  readonly missed: Missed
  readonly entries: readonly Entry[]
}

/** `behind`: there is something to read after it. `ahead`: a sibling's cursor, which this log has yet to reach. */
export type Place = 'current' | 'behind' | 'ahead'

export interface LogOptions {
  /** Most notices held. */
  readonly capacity: number
  /** Most bytes of encoded notices held; the newest notice is always held. */
  readonly capacityBytes: number
  /** Hand over what one turn of the event loop appended as one batch. */
  readonly coalesce: boolean
}

export interface Log {
  readonly epoch: string
  /** Newest sequence number, 0 where nothing was published in this epoch. */
  readonly head: number
  /** Oldest sequence number held; head + 1 where nothing is. */
  readonly earliest: number
  readonly held: number
  readonly bytes: number
  /** Bytes of all notices ever appended: the distance between two readings is what lies between them. */
  readonly appendedBytes: number
  /** Takes entries in order; a hole before one is remembered and reported to listeners as `missed`. */
  append(entries: readonly Entry[]): void
  /** Starts over in another epoch, nothing held, the next notice being `seq` + 1. */
  reset(epoch: string, seq?: number): void
  /** Entries after `seq`, oldest first, at most `limit` of them and about `limitBytes`; `missed` counts those gone before the first. */
  after(seq: number, limit?: number, limitBytes?: number): Slice
  /** Calls `listener` with each batch appended from now on; what was appended earlier in this turn is not in it. Gives what ends that. */
  listen(listener: (batch: Batch) => void): () => void
  /**
   * Where a reader stands who has everything up to `seq` of `epoch`, and, if that is `current`, follows from there in the same step: the next batch
   * that listeners get is the first that it does not have.
   */
  follow(epoch: string, seq: number): Place
  /** Hands over now what waits for the end of this turn. */
  flush(): void
}

/** Encoded length of entries together. */
export function bytesOf(entries: readonly Entry[]): number {
  let sum = 0
  for (const { bytes } of entries) sum += bytes
  return sum
}

/** The first of `entries` that have at most `mostBytes` together; one at least. */
export function firstWithin(entries: readonly Entry[], mostBytes: number): readonly Entry[] {
  let sum = 0
  for (let i = 0; i < entries.length; i++) {
    sum += entries[i]!.bytes
    if (sum > mostBytes && i > 0) return entries.slice(0, i)
  }
  return entries
}

/** A notice ready for the log. `bodyJson` is JSON text. */
export function toEntry(seq: number, at: number, bodyJson: string): Entry {
  const json = encodeNotice(seq, at, bodyJson)
  return { seq, json, bytes: Buffer.byteLength(json) }
}

export const headCursor = (log: Log): string => formatCursor(log.epoch, log.head)

/** An empty log of `epoch`. */
export function createLog(epoch: string, options: LogOptions): Log {
  const { capacity, capacityBytes, coalesce } = options
  const listeners = new Set<(batch: Batch) => void>()
  // A queue in an array: `first` moves on eviction and the dead prefix is cut off now and then.
  let entries: Entry[] = []
  let first = 0
  let bytes = 0
  let appendedBytes = 0
  let head = 0
  let current = epoch
  let pending: Entry[] = []
  let pendingMissed: Missed = 0
  let scheduled = false

  function evict(): void {
    while (entries.length - first > capacity || (bytes > capacityBytes && entries.length - first > 1)) {
      bytes -= entries[first]!.bytes
      first++
    }
    if (first > 1024 && first > entries.length / 2) {
      entries = entries.slice(first)
      first = 0
    }
  }

  function hand(batch: Batch): void {
    for (const listener of listeners) listener(batch)
  }

  function flush(): void {
    if (pending.length === 0) return
    const batch = createBatch(current, pending[0]!.seq - 1, pendingMissed, pending)
    pending = []
    pendingMissed = 0
    hand(batch)
  }

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      flush()
    })
  }

  return {
    get epoch() {
      return current
    },
    get head() {
      return head
    },
    get earliest() {
      return first < entries.length ? entries[first]!.seq : head + 1
    },
    get held() {
      return entries.length - first
    },
    get bytes() {
      return bytes
    },
    get appendedBytes() {
      return appendedBytes
    },
    append(added) {
      for (const entry of added) {
        if (entry.seq <= head) continue
        if (entry.seq > head + 1) {
          // A batch speaks of one contiguous range, so a hole ends it; what is held before the hole can no longer be told apart from it.
          flush()
          pendingMissed = entry.seq - head - 1
          entries = []
          first = 0
          bytes = 0
        }
        head = entry.seq
        entries.push(entry)
        bytes += entry.bytes
        appendedBytes += entry.bytes
        pending.push(entry)
        evict()
        if (!coalesce) flush()
      }
      if (pending.length > 0) schedule()
    },
    reset(epoch, seq = 0) {
      flush()
      current = epoch
      entries = []
      first = 0
      bytes = 0
      head = seq
      hand(createBatch(epoch, seq, null, []))
    },
    after(seq, limit = Number.POSITIVE_INFINITY, limitBytes = Number.POSITIVE_INFINITY) {
      const held = entries.length - first
      if (seq >= head) return { missed: 0, entries: [] }
      if (held === 0) return { missed: head - seq, entries: [] }
      const oldest = entries[first]!.seq
      const skip = Math.max(0, seq + 1 - oldest)
      const from = first + skip
      const found = entries.slice(from, Math.min(entries.length, from + limit))
      return { missed: Math.max(0, oldest - 1 - seq), entries: firstWithin(found, limitBytes) }
    },
    listen(listener) {
      flush()
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    follow(epoch, seq) {
      if (epoch !== current || seq < head) return 'behind'
      // What waits is in the log already: it goes to those who were there before, and not to this reader again.
      flush()
      return seq > head ? 'ahead' : 'current'
    },
    flush,
  }
}

function createBatch(epoch: string, before: number, missed: Missed, entries: readonly Entry[]): Batch {
  const wires = new Map<unknown, unknown>()
  const batch: Batch = {
    epoch,
    before,
    missed,
    entries,
    wire<T>(encode: (batch: Batch) => T): T {
      if (!wires.has(encode)) wires.set(encode, encode(batch))
      return wires.get(encode) as T
    },
  }
  return batch
}
