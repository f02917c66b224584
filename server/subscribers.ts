// How many are given the stream at once, over all transports: open streams and held polls.
import { Problem } from './problem.ts'

export interface Subscribers {
  /** A part of the server that has subscribers. */
  share(count: () => number): void
  /** To be called before one more is taken. Throws Problem 503 where there are as many as may be. */
  admit(): void
  readonly open: number
  readonly max: number
  /** Since the start. */
  readonly refused: number
}

export function createSubscribers(max: number): Subscribers {
  const shares: (() => number)[] = []
  let refused = 0
  const open = (): number => {
    let sum = 0
    for (const count of shares) sum += count()
    return sum
  }
  return {
    share: count => void shares.push(count),
    admit() {
      if (open() < max) return
      refused++
      throw new Problem(503, `this server takes ${max} subscribers at once, and they are there`, { 'Retry-After': '5' })
    },
    max,
    get open() {
      return open()
    },
    get refused() {
      return refused
    },
  }
}
