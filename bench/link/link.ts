// The network emulator: a TCP relay that adds delay, jitter and bandwidth to every connection, as a long link would.
import { type AddressInfo, createServer, type Server, Socket } from 'node:net'
import { createHistogram } from 'node:perf_hooks'
import { derivedSeed, seededRandom } from '../../results/random.ts'
import { createDeadlines, type Sleeper } from './deadlines.ts'
import { type Counters, createDirection, type Direction, type Shape } from './direction.ts'

export interface LinkOptions {
  /** Default 0: any free port. */
  readonly listenPort?: number
  /** So many free ports, for an observer that tells clients apart by the port they connect to. Default 1. */
  readonly ports?: number
  readonly target: { readonly host: string; readonly port: number }
  /** Half of it each way; a connect costs all of it before the first byte is on its way. */
  readonly rttMs: number
  /** Extra delay of a piece, uniform on [0, jitterMs) from the seed; order is kept. Default 0. */
  readonly jitterMs?: number
  /** 1000 bytes a second, of each connection and direction (subscribers sit on lines of their own). Absent = no limit. */
  readonly bandwidthKBps?: number
  /** Most bytes under way in one direction of one connection, a read of 64 KiB apart. Default 256 KiB. */
  readonly windowBytes?: number
  readonly seed?: number
  /** Told what passes; a connection is numbered from 0. Times are performance.now()'s. */
  readonly observer?: LinkObserver
}

export interface LinkObserver {
  /** A client connected to `port` at `atMs` and may send from `openMs` on. */
  opened(connection: number, atMs: number, openMs: number, port: number): void
  /** The target was reached, from `port` of this machine: what the target knows the connection by. */
  reached?(connection: number, port: number): void
  /** Read at `atMs`, due at the other end at `dueMs`. */
  bytes(connection: number, way: 'up' | 'down', chunk: Buffer, atMs: number, dueMs: number): void
  /** The client's socket is gone; `by` whom it was ended first. */
  closed(connection: number, by: 'client' | 'server' | 'cut'): void
}

export interface LinkStats {
  /** Accepted since the start, and now. */
  readonly connections: number
  readonly open: number
  /** The target could not be reached; the client got a reset a round trip after its connect. */
  readonly refused: number
  /** Client → target and back, as read. */
  readonly bytesUp: number
  readonly bytesDown: number
  /** Pieces written when they were due; and those that a full receiver held back, which `added…` leaves out. */
  readonly deliveries: number
  readonly heldBack: number
  /** Delivery less its ideal instant, ms; 0 where there were none. */
  readonly addedP50Ms: number
  readonly addedP99Ms: number
  readonly addedMaxMs: number
  /** Most bytes that were ever under way in one direction. */
  readonly underWayPeakBytes: number
}

export interface Link {
  readonly port: number
  /** All of them, `port` first. */
  readonly ports: readonly number[]
  /** `reset` starts the figures of deliveries over. */
  stats(reset?: boolean): LinkStats
  /** The round trip of what is sent from now on. Throws a RangeError as `startLink` does. */
  setRtt(rttMs: number): void
  /** Ends one connection on both sides; one that is gone already is nothing to it. */
  drop(connection: number): void
  /** Resets every connection at once, on both sides, and refuses new ones until `heal`: a cable that is pulled. */
  cut(): void
  heal(): void
  /** Cuts every connection and stops listening; settles when no socket is left. Safe to call again. */
  close(): Promise<void>
}

/** Starts a relay to `target`. Throws a RangeError for an option outside its domain, what `listen` reports, and what `signal`
 * was aborted with while it started; later the signal closes the link. */
export async function startLink(options: LinkOptions & { readonly signal?: AbortSignal }): Promise<Link> {
  const shape = readShape(options)
  const { target, seed = 1, signal, observer } = options
  let isCut = false
  signal?.throwIfAborted()
  const deadlines = createDeadlines()
  const sockets = new Set<Socket>()
  /** Open connections by number: both sockets, and what says that it was ended from here. */
  const relayed = new Map<number, { readonly ends: readonly Socket[]; readonly endByCut: () => void }>()
  const added = createHistogram({ lowest: 1, highest: 60_000_000, figures: 3 })
  const counts = { connections: 0, open: 0, refused: 0, bytesUp: 0, bytesDown: 0, heldBack: 0, underWayPeakBytes: 0 }
  const counters: Counters = {
    // The histogram starts at 1 µs.
    delivered: addedMs => added.record(Math.max(1, Math.round(addedMs * 1000))),
    heldBack: () => counts.heldBack++,
    underWay: bytes => {
      if (bytes > counts.underWayPeakBytes) counts.underWayPeakBytes = bytes
    },
  }

  const accept = (client: Socket): void => {
    if (isCut) {
      client.on('error', () => {})
      client.resetAndDestroy()
      return
    }
    const acceptedMs = performance.now()
    const connection = counts.connections
    const rttMs = 2 * shape.delayMs
    let endedBy: 'client' | 'server' | 'cut' | undefined
    const endByCut = (): void => {
      endedBy ??= 'cut'
    }
    const random = (way: string) =>
      shape.jitterMs > 0 ? seededRandom(derivedSeed(seed, counts.connections, way)) : Math.random
    counts.connections++
    counts.open++
    const server = new Socket({ allowHalfOpen: true })
    relayed.set(connection, { ends: [client, server], endByCut })
    // The kernel accepted at once. On the link the client is connected after a round trip, its first byte arrives half of one later, and so
    // does the acknowledgement that lets the server speak.
    const up = createDirection(client, server, shape, acceptedMs + rttMs, random('up'), deadlines, counters)
    const down = createDirection(server, client, shape, acceptedMs + 1.5 * rttMs, random('down'), deadlines, counters)
    observer?.opened(connection, acceptedMs, acceptedMs + rttMs, client.localPort!)
    let isReached = false
    server.on('connect', () => {
      isReached = true
      observer?.reached?.(connection, server.localPort!)
    })
    attach(client, up, down, {
      read(chunk, atMs, dueMs) {
        counts.bytesUp += chunk.length
        observer?.bytes(connection, 'up', chunk, atMs, dueMs)
      },
      ended: () => (endedBy ??= 'client'),
      closed: isAbrupt => {
        counts.open--
        relayed.delete(connection)
        observer?.closed(connection, endedBy ?? 'client')
        if (isAbrupt) up.reset(performance.now())
      },
    })
    attach(server, down, up, {
      read(chunk, atMs, dueMs) {
        counts.bytesDown += chunk.length
        observer?.bytes(connection, 'down', chunk, atMs, dueMs)
      },
      ended: () => (endedBy ??= 'server'),
      closed: isAbrupt => {
        if (!isReached && !client.destroyed) counts.refused++
        if (!client.destroyed) endedBy ??= 'server'
        if (isAbrupt) down.reset(performance.now(), !isReached)
      },
    })
    const connect: Sleeper = {
      wakeMs: Number.POSITIVE_INFINITY,
      wake() {
        if (!server.destroyed) server.connect(target.port, target.host)
        return Number.POSITIVE_INFINITY
      },
    }
    if (shape.delayMs > 0) deadlines.set(connect, acceptedMs + shape.delayMs)
    else connect.wake(acceptedMs)
  }

  const attach = (
    socket: Socket,
    out: Direction,
    into: Direction,
    on: {
      read: (chunk: Buffer, atMs: number, dueMs: number) => void
      ended: () => void
      closed: (isAbrupt: boolean) => void
    },
  ): void => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      const nowMs = performance.now()
      on.read(chunk, nowMs, out.bytes(chunk, nowMs))
      deadlines.poll(nowMs)
    })
    socket.on('end', () => {
      on.ended()
      out.end(performance.now())
    })
    // What ended it shows in 'close'.
    socket.on('error', () => {})
    socket.on('close', hadError => {
      sockets.delete(socket)
      into.drop()
      on.closed(hadError || !socket.readableEnded)
    })
  }

  const listening: Server[] = []
  for (let i = 0; i < (options.ports ?? 1); i++) {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, accept)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      // A reconnect storm is the server's to refuse, not the emulator's.
      server.listen({ host: '127.0.0.1', port: i === 0 ? (options.listenPort ?? 0) : 0, backlog: 16_384 }, resolve)
    })
    listening.push(server)
  }
  const ports = listening.map(server => (server.address() as AddressInfo).port)

  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= (async () => {
      signal?.removeEventListener('abort', close)
      deadlines.close()
      const gone = [...sockets].map(socket => new Promise(resolve => socket.once('close', resolve)))
      const stopped = listening.map(server => new Promise(resolve => server.close(resolve)))
      for (const socket of sockets) socket.destroy()
      await Promise.all([...gone, ...stopped])
    })()
    return closing
  }
  signal?.addEventListener('abort', close, { once: true })
  if (signal?.aborted) {
    await close()
    throw signal.reason
  }

  return {
    port: ports[0]!,
    ports,
    stats(reset = false) {
      const atMs = (percentile: number) => (added.count > 0 ? added.percentile(percentile) / 1000 : 0)
      const stats: LinkStats = {
        ...counts,
        deliveries: added.count,
        addedP50Ms: atMs(50),
        addedP99Ms: atMs(99),
        addedMaxMs: added.count > 0 ? added.max / 1000 : 0,
      }
      if (reset) {
        added.reset()
        counts.heldBack = counts.underWayPeakBytes = 0
      }
      return stats
    },
    setRtt(rttMs) {
      shape.delayMs = readShape({ ...options, rttMs }).delayMs
    },
    drop(connection) {
      const found = relayed.get(connection)
      found?.endByCut()
      for (const socket of found?.ends ?? []) socket.destroy()
    },
    cut() {
      isCut = true
      for (const { endByCut } of relayed.values()) endByCut()
      for (const socket of sockets) socket.resetAndDestroy()
    },
    heal() {
      isCut = false
    },
    close,
  }
}

function readShape({ rttMs, jitterMs = 0, bandwidthKBps, windowBytes = 256 * 1024 }: LinkOptions): Shape {
  const refuse = (name: string, rule: string, value: unknown): never => {
    throw new RangeError(`${name} must be ${rule}, got ${value}`)
  }
  if (!(Number.isFinite(rttMs) && rttMs >= 0)) refuse('rttMs', 'a number from 0', rttMs)
  if (!(Number.isFinite(jitterMs) && jitterMs >= 0)) refuse('jitterMs', 'a number from 0', jitterMs)
  if (bandwidthKBps !== undefined && !(bandwidthKBps > 0)) refuse('bandwidthKBps', 'a number above 0', bandwidthKBps)
  if (!(Number.isSafeInteger(windowBytes) && windowBytes > 0))
    refuse('windowBytes', 'a whole number from 1', windowBytes)
  // 1 KB/s is one byte a millisecond.
  return { delayMs: rttMs / 2, jitterMs, msPerByte: bandwidthKBps === undefined ? 0 : 1 / bandwidthKBps, windowBytes }
}
