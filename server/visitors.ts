// The addresses that something is remembered of: so many at most, and none for longer than it matters.
import { type Bucket, isFull, newBucket } from './rate.ts'

/** What is remembered of one. */
export interface Visitor {
  readonly kind: 'visitor'
  /** Connections now. */
  open: number
  readonly requests: Bucket
  /** Wrong tokens. */
  readonly guesses: Bucket
}

export interface Visitors {
  /** The one of that name, which may be a new one. */
  of(name: string): Visitor
  readonly size: number
  close(): void
}

const FORGET_EVERY_MS = 10_000
/** As many as that are looked at to make room, since to find the first of a Map takes a time that goes with how many were deleted before it. */
const LOOKED_AT = 1 / 16

/** Past `most` those that have been known for longest are forgotten, but for those that are connected: these may come on top. */
export function createVisitors(most: number): Visitors {
  const visitors = new Map<string, Visitor>()

  function makeRoom(): void {
    let left = Math.ceil(most * LOOKED_AT)
    for (const [name, visitor] of visitors) {
      visitors.delete(name)
      if (visitor.open > 0) visitors.set(name, visitor)
      if (--left === 0) return
    }
  }

  const forgetting = setInterval(() => {
    const nowMs = performance.now()
    for (const [name, { open, requests, guesses }] of visitors)
      if (open === 0 && isFull(requests, nowMs) && isFull(guesses, nowMs)) visitors.delete(name)
  }, FORGET_EVERY_MS)
  forgetting.unref()

  return {
    of(name) {
      const known = visitors.get(name)
      if (known) return known
      if (visitors.size >= most) makeRoom()
      const visitor: Visitor = { kind: 'visitor', open: 0, requests: newBucket(), guesses: newBucket() }
      visitors.set(name, visitor)
      return visitor
    },
    get size() {
      return visitors.size
    },
    close: () => clearInterval(forgetting),
  }
}
