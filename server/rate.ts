// A token bucket in one number, the moment at which it will be full again: the "virtual scheduling" of ITU-T I.371, also known as GCRA.

/** `performance.now()` at which everything that was taken has come back. */
export interface Bucket {
  fullAtMs: number
}

export interface Rate {
  /** Takes `count`, where there is at least one; gives in how many ms there will be one, 0 where they were taken. Many may be taken at once and be owed. */
  take(bucket: Bucket, count?: number): number
  /** In how many ms there will be one; 0 = there is. */
  waitMs(bucket: Bucket): number
}

/** One part in a million of a token is no reason to wait. */
const ROUNDING = 1e-6

/** `perSecond` come back each second, up to `burst`, with which a bucket begins. */
export function createRate(perSecond: number, burst: number): Rate {
  const eachMs = 1000 / perSecond
  const mostMs = (burst - 1 + ROUNDING) * eachMs
  return {
    take(bucket, count = 1) {
      const nowMs = performance.now()
      const fullAtMs = Math.max(bucket.fullAtMs, nowMs)
      const waitMs = fullAtMs - nowMs - mostMs
      if (waitMs > 0) return waitMs
      bucket.fullAtMs = fullAtMs + count * eachMs
      return 0
    },
    waitMs: ({ fullAtMs }) => Math.max(0, fullAtMs - performance.now() - mostMs),
  }
}

export const newBucket = (): Bucket => ({ fullAtMs: 0 })

/** Nothing of it is taken: it is as good as a new one. */
export const isFull = ({ fullAtMs }: Bucket, nowMs = performance.now()): boolean => fullAtMs <= nowMs
