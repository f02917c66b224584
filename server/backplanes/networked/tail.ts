// What backplanes over a network share: a link that is made again whenever it is lost, and publishers that wait until this server's log has their notices.
import type { Entry, Log } from '../../log.ts'
import { type Health, OutcomeUnknown } from '../backplane.ts'

/** From the confirmation until this server's own tail must have brought it. */
const SEEN_MS = 5000
/** Half of each wait and a random share of the other half: servers that lost it together come back one after the other. */
const RETRY_MS = { base: 50, most: 3000 }

export interface TailArrivals {
  /** Appends what the tail brought, and tells who waits for it. */
  append(entries: readonly Entry[]): void
  /** The stream starts over. */
  reset(epoch: string, seq?: number): void
  /** Settles once the log has `head` of `epoch`, with when (CLOCK_MONOTONIC). Throws OutcomeUnknown where it never does. */
  seen(epoch: string, head: number): Promise<bigint>
}

interface Waiter {
  readonly epoch: string
  readonly head: number
  readonly resolve: (ns: bigint) => void
  readonly reject: (error: Error) => void
}

/** Appends to `log` on behalf of a tail. */
export function createTailArrivals(log: Log): TailArrivals {
  const waiting = new Set<Waiter>()
  const recent: { readonly epoch: string; readonly head: number; readonly ns: bigint }[] = []
  function settle(ns: bigint): void {
    for (const waiter of waiting) {
      if (waiter.epoch === log.epoch ? log.head >= waiter.head : recent.some(({ epoch }) => epoch === waiter.epoch)) {
        waiting.delete(waiter)
        if (waiter.epoch === log.epoch) waiter.resolve(ns)
        else waiter.reject(new OutcomeUnknown('the stream started over before this server had it'))
      }
    }
  }
  return {
    append(entries) {
      if (entries.length === 0) return
      // Without coalescing, appending is telling every subscriber.
      const ns = process.hrtime.bigint()
      recent.push({ epoch: log.epoch, head: entries.at(-1)!.seq, ns })
      if (recent.length > 64) recent.shift()
      log.append(entries)
      settle(ns)
    },
    reset(epoch, seq) {
      log.reset(epoch, seq)
      settle(process.hrtime.bigint())
    },
    seen(epoch, head) {
      if (log.epoch === epoch && log.head >= head) {
        const batch = recent.find(known => known.epoch === epoch && known.head >= head)
        return Promise.resolve(batch?.ns ?? process.hrtime.bigint())
      }
      return new Promise((resolve, reject) => {
        const waiter = { epoch, head, resolve, reject }
        waiting.add(waiter)
        setTimeout(() => {
          if (waiting.delete(waiter))
            reject(new OutcomeUnknown(`it was confirmed, and did not come back within ${SEEN_MS / 1000} s`))
        }, SEEN_MS).unref()
      })
    },
  }
}

export interface Keeper<Link> {
  /** The link, while there is one. */
  readonly link: Link | undefined
  health(): Health
  /** Stops for good; settles once the last link is over. */
  close(): Promise<void>
}

/**
 * Keeps a link: `use` runs on each until it throws or the link ends, and then another one is made. `first` is already open.
 */
export function keepLink<Link extends { readonly ended: Promise<string>; end(why?: string): void }>(
  first: Link,
  open: () => Promise<Link>,
  use: (link: Link, isHealthy: () => void) => Promise<void>,
): Keeper<Link> {
  let link: Link | undefined
  let detail = ''
  let lostAtMs = performance.now()
  let dueAtMs = 0
  let closed = false
  let wake = (): void => {}
  const pause = (ms: number): Promise<void> =>
    new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const running = (async () => {
    let attempts = 0
    let next: Link | undefined = first
    while (!closed) {
      try {
        const opened: Link = next ?? (await open())
        next = undefined
        if (closed) return opened.end()
        const over = opened.ended.then(why => {
          throw new Error(why)
        })
        over.catch(() => {})
        try {
          await Promise.race([
            use(opened, () => {
              link = opened
              attempts = 0
            }),
            over,
          ])
        } finally {
          if (link) lostAtMs = performance.now()
          link = undefined
          opened.end()
        }
      } catch (error) {
        detail = (error as Error).message
      }
      if (closed) return
      const waitMs = Math.min(RETRY_MS.most, RETRY_MS.base * 2 ** attempts++) * (0.5 + Math.random() / 2)
      dueAtMs = performance.now() + waitMs
      await pause(waitMs)
    }
  })()
  return {
    get link() {
      return link
    },
    health() {
      if (link) return { healthy: true }
      const nowMs = performance.now()
      const nextAttemptMs = Math.max(0, Math.round(dueAtMs - nowMs))
      return { healthy: false, detail, away: { forMs: Math.round(nowMs - lostAtMs), nextAttemptMs } }
    },
    async close() {
      closed = true
      link?.end()
      wake()
      await running
    },
  }
}
