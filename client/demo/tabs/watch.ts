// One client on each transport in a page that is seen, and then hidden: when each one asked, and how late its notices came.
import { browserNetwork } from '../../network/browser.ts'
import { type ClientEntry, clientTransports } from '../../transports/index.ts'
import type { Network } from '../../transports/transport.ts'
import { type Clock, delayOf, now } from '../phone/clock.ts'
import { toldNetwork } from './clients.ts'
import type { Exchange } from './slots.ts'

export interface Mark {
  readonly atMs: number
  readonly isHidden: boolean
  /** Of a notice; absent where a request was sent. */
  readonly delayMs?: number
}

export interface Watched {
  readonly transport: string
  readonly marks: Mark[]
}

/** While the page was seen, or hidden. */
export interface WatchedPart {
  readonly forMs: number
  readonly requestsPerSecond: number
  /** Median; null where nothing came. */
  readonly delayMs: number | null
}

export const POLL_MS = 200
const MAX_MARKS = 5000

/** Starts the clients; `change` of the page's visibility is told by `isHidden`. `onAsk` hears of what each has asked for. */
export async function watchAll(
  baseUrl: string,
  clock: Clock,
  isHidden: () => boolean,
  onAsk: (name: string, exchange: Exchange | undefined) => void,
  signal: AbortSignal,
): Promise<readonly Watched[]> {
  return Promise.all(
    Object.entries(clientTransports).map(async ([transport, entry]: [string, ClientEntry]) => {
      const marks: Mark[] = []
      const mark = (delayMs?: number): void => {
        if (marks.length >= MAX_MARKS) marks.shift()
        marks.push({ atMs: now(), isHidden: isHidden(), ...(delayMs !== undefined && { delayMs }) })
      }
      const { subscribe } = await entry.load()
      subscribe({
        baseUrl,
        network: toldNetwork(marking(browserNetwork(), mark), false, exchange =>
          onAsk(`the watched ${entry.label}`, exchange),
        ),
        signal,
        pollIntervalMs: POLL_MS,
        onNotice: ({ at }) => mark(Math.max(0, delayOf(at, now(), clock))),
      })
      return { transport, marks }
    }),
  )
}

/** The same network, told of every request. */
const marking = (network: Network, mark: () => void): Network => ({
  connect(baseUrl) {
    const connection = network.connect(baseUrl)
    return {
      ...connection,
      get(...order) {
        mark()
        return connection.get(...order)
      },
      webSocket(...order) {
        mark()
        return connection.webSocket(...order)
      },
    }
  },
})

/** What a transport did while the page was (not) hidden, of `forMs` in all; undefined where that was too short to tell. */
export function watchedPartOf(marks: readonly Mark[], isHidden: boolean, forMs: number): WatchedPart | undefined {
  if (forMs < 2000) return undefined
  const own = marks.filter(mark => mark.isHidden === isHidden)
  const delays = own.flatMap(({ delayMs }) => delayMs ?? []).sort((a, b) => a - b)
  return {
    forMs,
    requestsPerSecond: own.filter(({ delayMs }) => delayMs === undefined).length / (forMs / 1000),
    delayMs: delays.length === 0 ? null : delays[Math.floor(delays.length / 2)]!,
  }
}
