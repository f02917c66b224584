// Secrets of the demo: compared in a time that tells nothing, and how often a code may be tried.
import { timingSafeEqual } from 'node:crypto'
import { Problem } from '../problem.ts'

/** Wrong codes of one address within a minute. */
const MAX_TRIES = 20
const TRIES_MS = 60_000
/** Addresses remembered; more of them in a minute are a flood, and the oldest are forgotten. */
const MAX_ADDRESSES = 10_000

/** Compares without telling by its time how much was right. */
export function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Counts wrong codes by address. */
export function createTries(): { check(address: string): void; failed(address: string): void } {
  const tries = new Map<string, { count: number; untilMs: number }>()
  return {
    check(address) {
      const found = tries.get(address)
      const leftMs = (found?.untilMs ?? 0) - Date.now()
      if (!found || leftMs <= 0) return void tries.delete(address)
      if (found.count >= MAX_TRIES)
        throw new Problem(429, `${MAX_TRIES} wrong codes came from here; try again in a minute`, {
          'Retry-After': String(Math.ceil(leftMs / 1000)),
        })
    },
    failed(address) {
      const found = tries.get(address) ?? { count: 0, untilMs: Date.now() + TRIES_MS }
      found.count++
      tries.delete(address)
      tries.set(address, found)
      if (tries.size > MAX_ADDRESSES) tries.delete(tries.keys().next().value!)
    },
  }
}
