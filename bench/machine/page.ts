// The page's half of the experiments in a browser: subscribes with the shown client and the platform's own networking, and keeps what happened.
// Every time is the page's own clock, performance.now(), in ms.
import { browserNetwork } from '../../client/network/browser.ts'
import { clientTransports, type TransportName } from '../../client/transports/index.ts'
import { newSubscriberTally } from '../../client/transports/transport.ts'

export interface Follow {
  readonly transport: string
  readonly pollIntervalMs: number
  readonly pollTimer?: 'fixed-rate' | 'after-answer' | undefined
  readonly waitMs: number
  /** As in fetch; absent = as it comes. */
  readonly cache?: RequestCache | undefined
}

export interface Seen {
  readonly isOpen: boolean
  /** The notices' bodies, in the order in which they came, and when each did. */
  readonly bodies: readonly unknown[]
  readonly atMs: readonly number[]
  /** When each request was made that the transport made itself. */
  readonly requestedMs: readonly number[]
  readonly visibility: string
  /** When it was last hidden. */
  readonly hiddenAtMs: number | null
  /** Why the subscription ended, where it has. */
  readonly closed?: string
}

export interface PageHalf {
  follow(order: Follow): Promise<void>
  seen(): Seen
  nowMs(): number
  /** How long a GET of `path` took to be answered, in ms; null where it was not within `withinMs`, after which it is given up. */
  ask(path: string, withinMs: number): Promise<number | null>
}

const bodies: unknown[] = []
const atMs: number[] = []
const requestedMs: number[] = []
let isOpen = false
let hiddenAtMs: number | null = null
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') hiddenAtMs = performance.now()
})
let closed: string | undefined

const page: PageHalf = {
  async follow({ transport, pollIntervalMs, pollTimer, waitMs, cache }) {
    const { subscribe } = await clientTransports[transport as TransportName].load()
    const network = browserNetwork(cache === undefined ? {} : { cache })
    subscribe({
      baseUrl: location.origin,
      network: {
        connect(baseUrl) {
          const connection = network.connect(baseUrl)
          const get: typeof connection.get = (...order) => {
            requestedMs.push(performance.now())
            return connection.get(...order)
          }
          return { ...connection, get }
        },
      },
      signal: new AbortController().signal,
      tally: newSubscriberTally(),
      pollIntervalMs,
      ...(pollTimer && { pollTimer }),
      waitMs,
      onNotice({ body }) {
        bodies.push(body)
        atMs.push(performance.now())
      },
      onState(state, reason) {
        isOpen = state === 'open'
        if (state === 'closed') closed = reason ?? 'it ended'
      },
    })
  },
  seen: () => ({
    isOpen,
    bodies,
    atMs,
    requestedMs,
    visibility: document.visibilityState,
    hiddenAtMs,
    ...(closed !== undefined && { closed }),
  }),
  nowMs: () => performance.now(),
  async ask(path, withinMs) {
    const begunMs = performance.now()
    try {
      const answer = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(withinMs) })
      await answer.arrayBuffer()
      return performance.now() - begunMs
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') return null
      throw error
    }
  },
}

Object.assign(globalThis, { page })
