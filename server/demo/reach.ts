// Whether anybody elsewhere reaches this machine, and by which of its addresses: what a teacher asks before a class is told to scan.
import type { Reached } from './wire.ts'

export interface Reach {
  /** Somebody elsewhere, at `from`, asked something of `host`: the address that it used. */
  note(host: string | undefined, from: string): void
  /** The first one that uses `host`; after `forMs` the last one that used another address, or nobody. */
  wait(host: string, forMs: number): Promise<Reached>
  /** Nobody will come any more. */
  close(): void
}

export function createReach(): Reach {
  const waiting = new Set<{ note(at: string, from: string): void; end(): void }>()
  return {
    note(host = '', from) {
      for (const one of waiting) one.note(host, from)
    },
    wait: (host, forMs) =>
      new Promise(resolve => {
        let reached: Reached = { from: null, at: null }
        const one = {
          note(at: string, from: string) {
            reached = { from, at }
            if (at === host) one.end()
          },
          end() {
            clearTimeout(timer)
            waiting.delete(one)
            resolve(reached)
          },
        }
        const timer = setTimeout(one.end, forMs)
        waiting.add(one)
      }),
    close() {
      for (const { end } of waiting) end()
    },
  }
}
