// A load process that holds: thousands of WebSockets from given client addresses, each filled until the system has no port left for it.
import type { Socket } from 'node:net'
import { serveParent } from '../machine/child.ts'
import { openRawWebSocket } from './raw-web-socket.ts'

export interface HoldOrder {
  readonly origin: string
  /** The text of the request that opens one. */
  readonly request: string
  /** Client addresses, filled one after the other. */
  readonly addresses: readonly string[]
  /** Local ports that this process is to name itself, of each address: the system looks for a free one for 5 ms where half are taken. */
  readonly ports: readonly number[]
  /** So many addresses are then filled by the system's choice until it has no port left for them. */
  readonly toTheLast: number
  readonly wanted: number
  readonly forMs: number
}

export interface HoldReport {
  /** Held now, by address in the order given; `isExhausted` where the system then had no port left for it. */
  readonly addresses: readonly { readonly opened: number; readonly isExhausted: boolean }[]
  /** Why these are not all that were wanted. */
  readonly endedBy: string | undefined
  readonly rssBytes: number
}

export type HoldCalls = {
  /** Opens until all that are wanted are open, no address has a port left, or nothing has come of it for a while. */
  open: { argument: HoldOrder; result: HoldReport }
  /** Settles once every connection that is open has had `total` notices, at CLOCK_MONOTONIC `untilNs` at the latest; says how many have, and when
   * the last one had. */
  received: { argument: { total: number; untilNs: bigint }; result: { reached: number; lastNs: bigint } }
  /** How many are open, and why those that are not any more were closed. */
  held: { argument: null; result: { open: number; failures: readonly string[]; rssBytes: number } }
  /** Cuts all. */
  close: { argument: null; result: void }
}

interface Connection {
  readonly socket: Socket
  readonly address: number
  notices: number
}

/** Handshakes under way at once: enough to keep the server busy, far fewer than its queue takes. */
const OPEN_AT_ONCE = 64
/** No connection came of anything for so long: it is over. */
const STUCK_MS = 15_000
const RETRY_MS = 250

const connections = new Set<Connection>()
const failures = new Set<string>()
/** Connections that have had so many notices, by that number, and when the last one had (CLOCK_MONOTONIC). */
const reached: number[] = []
const lastNs: bigint[] = []
let isClosing = false

const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
const { rss } = process.memoryUsage

function countNotice(connection: Connection, text: string): void {
  if (!text.startsWith('{"seq":')) return
  const total = ++connection.notices
  reached[total] = (reached[total] ?? 0) + 1
  lastNs[total] = process.hrtime.bigint()
}

function drop(connection: Connection, why: string): void {
  connection.socket.resetAndDestroy()
  if (connections.delete(connection) && !isClosing) failures.add(why)
}

/** One connection; settles with undefined once it is open, else with why it is not. */
const openOne = (
  { origin, request, addresses }: HoldOrder,
  address: number,
  localPort: number | undefined,
): Promise<NodeJS.ErrnoException | undefined> =>
  new Promise(resolve => {
    const place = { localAddress: addresses[address], localPort }
    const { socket } = openRawWebSocket(origin, request, place, {
      onOpen() {
        connections.add(connection)
        resolve(undefined)
        if (isClosing) drop(connection, '')
      },
      onText: text => countNotice(connection, text),
      // Once it is open, this is the end of it.
      onFailure(error) {
        drop(connection, error.message)
        resolve(error)
      },
    })
    const connection: Connection = { socket, address, notices: 0 }
  })

/** Binding finds no free port, or connecting finds none that is not in use towards this server. */
const isOutOfPorts = ({ code }: NodeJS.ErrnoException): boolean => code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL'

async function open(order: HoldOrder): Promise<HoldReport> {
  const { addresses, ports, toTheLast, wanted, forMs } = order
  const deadline = performance.now() + forMs
  let current = 0
  let named = 0
  let begun = 0
  const isFull = (address: number): boolean => address < current
  let endedBy: string | undefined
  let newsMs = performance.now()

  const advance = (why: string): void => {
    current++
    named = 0
    if (current === addresses.length) endedBy ??= `no client address has a port left (${why})`
  }
  const lane = async (): Promise<void> => {
    while (begun < wanted && endedBy === undefined && !isClosing) {
      const address = current
      const localPort = ports[named++]
      if (localPort === undefined && address >= toTheLast) {
        advance('their ports are taken')
        continue
      }
      begun++
      const error = await openOne(order, address, localPort)
      const nowMs = performance.now()
      if (!error) {
        newsMs = nowMs
        continue
      }
      begun--
      if (isOutOfPorts(error)) {
        // A port that was named is somebody else's, also where binding let it pass; others of this process may have found out before.
        if (localPort === undefined && address === current) advance(error.message)
      } else if (error.code === 'EMFILE') endedBy ??= `this process has no descriptor left (${error.message})`
      else if (nowMs - newsMs > STUCK_MS)
        endedBy ??= `no connection came about for ${STUCK_MS / 1000} s: ${error.message}`
      else if (nowMs > deadline) endedBy ??= `not all were open within ${Math.round(forMs / 1000)} s`
      else await wait(RETRY_MS)
      if (endedBy === undefined && nowMs > deadline) endedBy = `not all were open within ${Math.round(forMs / 1000)} s`
    }
  }
  await Promise.all(Array.from({ length: Math.min(OPEN_AT_ONCE, wanted) }, lane))
  const opened = addresses.map(() => 0)
  for (const { address } of connections) opened[address]!++
  return {
    addresses: opened.map((opened, address) => ({ opened, isExhausted: address < toTheLast && isFull(address) })),
    endedBy,
    rssBytes: rss(),
  }
}

async function received({
  total,
  untilNs,
}: HoldCalls['received']['argument']): Promise<HoldCalls['received']['result']> {
  while ((reached[total] ?? 0) < connections.size && process.hrtime.bigint() < untilNs) await wait(2)
  return { reached: reached[total] ?? 0, lastNs: lastNs[total] ?? 0n }
}

async function close(): Promise<void> {
  isClosing = true
  let cut = 0
  for (const connection of connections) {
    drop(connection, '')
    // The server is told of each; in slices, so that it has nobody waiting for long.
    if (++cut % 500 === 0) await wait(1)
  }
}

serveParent<HoldCalls>({
  open,
  received,
  held: () => ({ open: connections.size, failures: [...failures], rssBytes: rss() }),
  close,
})
