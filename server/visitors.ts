// The addresses that something is remembered of: so many at most besides those that are connected, and none for longer than it matters.
import { type Bucket, isFull, newBucket } from './rate.ts'

/** What is remembered of one. */
export interface Visitor {
  readonly kind: 'visitor'
  readonly name: string
  /** Connections now. */
  readonly open: number
  readonly requests: Bucket
  /** Published. */
  readonly notices: Bucket
  /** Wrong tokens. */
  readonly guesses: Bucket
}

export interface Visitors {
  /** The one of that name, which may be a new one. */
  of(name: string): Visitor
  /** It has one connection more. */
  enter(visitor: Visitor): void
  /** One of its connections has gone. */
  leave(visitor: Visitor): void
  readonly size: number
  close(): void
}

interface Counted extends Visitor {
  open: number
}

const FORGET_EVERY_MS = 10_000
/** So many are forgotten at a time, since to find the first of a Map takes a time that goes with how many were deleted before it. */
const FORGOTTEN_AT_ONCE = 1 / 16

/** Past `most` those that have been away for longest are forgotten. Those that are connected come on top; they are kept apart, or to make room would
 * be to look through them each time, and to find nothing. */
export function createVisitors(most: number): Visitors {
  const connected = new Map<string, Counted>()
  const away = new Map<string, Counted>()

  function keep(visitor: Counted): void {
    if (away.size >= most) makeRoom()
    away.set(visitor.name, visitor)
  }

  function makeRoom(): void {
    let left = Math.ceil(most * FORGOTTEN_AT_ONCE)
    for (const name of away.keys()) {
      away.delete(name)
      if (--left === 0) return
    }
  }

  const forgetting = setInterval(() => {
    const nowMs = performance.now()
    for (const [name, { requests, notices, guesses }] of away)
      if ([requests, notices, guesses].every(bucket => isFull(bucket, nowMs))) away.delete(name)
  }, FORGET_EVERY_MS)
  forgetting.unref()

  return {
    of(name) {
      const known = connected.get(name) ?? away.get(name)
      if (known) return known
      const [requests, notices, guesses] = [newBucket(), newBucket(), newBucket()]
      const visitor: Counted = { kind: 'visitor', name, open: 0, requests, notices, guesses }
      keep(visitor)
      return visitor
    },
    enter(visitor: Counted) {
      if (visitor.open++ > 0) return
      away.delete(visitor.name)
      connected.set(visitor.name, visitor)
    },
    leave(visitor: Counted) {
      if (--visitor.open > 0) return
      connected.delete(visitor.name)
      keep(visitor)
    },
    get size() {
      return connected.size + away.size
    },
    close: () => clearInterval(forgetting),
  }
}
