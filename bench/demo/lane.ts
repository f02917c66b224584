// One lane of the demo: real subscribers on one transport, behind an emulated link, and what is told of them.
import type { ClientEntry } from '../../client/transports/index.ts'
import type { ClientTransport } from '../../client/transports/transport.ts'
import {
  actionLimits,
  type DemoEvent,
  type DemoEventOf,
  type Knobs,
  type LaneCount,
  pieceLimits,
} from '../../server/demo/wire.ts'
import type { Notice } from '../../server/protocol.ts'
import { type LinkObserver, startLink } from '../link/link.ts'
import { networksOf } from '../load/networks.ts'
import type { HeaderProfile } from '../profiles/profile.ts'
import { createCrowd } from './crowd.ts'
import type { RawPiece } from './piece-cutter.ts'
import { createWireReader, type Piece, type WireReader } from './wire-reader.ts'

export interface LaneParts {
  readonly name: string
  readonly entry: ClientEntry
  readonly target: { readonly host: string; readonly port: number }
  readonly headers: HeaderProfile
  readonly knobs: Knobs
  readonly random: () => number
  /** What the client of a number draws for its waits after each cut, from there on: the same in every lane, so that luck decides nothing between them. */
  readonly drawsOf: (cut: number, client: number) => () => number
  /** ms since the log began, of a performance.now(). */
  readonly t: (nowMs: number) => number
  readonly emit: (event: DemoEvent) => void
  /** Keeps the bytes of what passed at the first client, and gives the event by which they are found. */
  readonly keep: (transit: DemoEventOf<'transit'>, raw: RawPiece) => DemoEvent
}

export interface Lane {
  set(knobs: Knobs): void
  cut(): void
  heal(): void
  count(): LaneCount
  close(): Promise<void>
}

interface Client {
  readonly abort: AbortController
  cursor: string | undefined
  /** Begins anew as soon as it has a position: without one it would begin at a later notice. */
  isDue: boolean
  /** Last notice that it has; undefined before its first position. */
  seq: number | undefined
  /** For its waits. */
  draw: () => number
}

/** What the engine publishes as a notice's body. */
export interface DemoBody {
  /** ms since the log began, when it was sent to the server. */
  readonly sentMs: number
}

/** Starts link and clients. */
export async function startLane(parts: LaneParts): Promise<Lane> {
  const { name, entry, target, headers, random, drawsOf, t, emit, keep } = parts
  const { subscribe, signs }: ClientTransport = await entry.load()
  let knobs = parts.knobs
  const sums = { requests: 0, delivered: 0, delaySumMs: 0, missed: 0, faulty: 0 }

  const now = (): number => t(performance.now())
  const crowd = createCrowd(name, now, emit)

  /** Counts requests, and tells what passes: of the first client each thing by itself. */
  const connections = new Map<number, { readonly client: number; readonly reader: WireReader }>()
  const observer: LinkObserver = {
    opened(connection, atMs, openMs, port) {
      const client = link.ports.indexOf(port)
      const isFirst = client === 0
      const onPiece = ({ direction, what, t: from, to, bytes, seqs, isEmpty, raw }: Piece): void => {
        if (what === 'request') sums.requests++
        if (isFirst) {
          const on = { kind: 'transit', t: t(from), to: t(to), lane: name, client, connection } as const
          emit(keep({ ...on, direction, what, bytes, ...(seqs && { seqs }), ...(isEmpty && { isEmpty }) }, raw!))
        } else if (what === 'request' || direction === 'down') {
          const pass = [client, connection, what, t(from), t(to), bytes] as const
          crowd.pass(seqs ? [...pass, seqs[1]] : pass)
        }
      }
      const reader = createWireReader(onPiece, {
        ...(signs && { signs }),
        ...(isFirst && { keptBytes: pieceLimits.bytes }),
      })
      connections.set(connection, { client, reader })
      if (client === 0) emit({ kind: 'connect', t: t(atMs), to: t(openMs), lane: name, client, connection })
    },
    bytes: (connection, way, chunk, atMs, dueMs) => connections.get(connection)?.reader.bytes(way, chunk, atMs, dueMs),
    closed(connection, by) {
      const { client } = connections.get(connection)!
      connections.delete(connection)
      if (client === 0) emit({ kind: 'disconnect', t: now(), lane: name, client, connection, by })
      else crowd.pass([client, connection, 'gone', now(), now(), 0])
    },
  }

  // A port for each client: it tells whose a connection is.
  const link = await startLink({ target, rttMs: knobs.rttMs, ports: actionLimits.clients.max, observer })
  const urls = link.ports.map(port => `http://127.0.0.1:${port}`)
  const networks = urls.map(baseUrl => networksOf({ baseUrl, clients: 1, portsPerAddress: null, headers })(0))
  const clients: Client[] = []
  let cuts = 0

  function start(client: number, before?: Client): void {
    const own: Client = {
      ...{ abort: new AbortController(), cursor: before?.cursor, isDue: false, seq: before?.seq },
      draw: before?.draw ?? random,
    }
    const isFirst = client === 0
    const told = isFirst ? emit : () => {}
    clients[client] = own
    subscribe({
      baseUrl: urls[client]!,
      network: networks[client]!,
      signal: own.abort.signal,
      pollIntervalMs: knobs.pollIntervalMs,
      phaseMs: isFirst ? 0 : random() * knobs.pollIntervalMs,
      random: () => own.draw(),
      ...(own.cursor !== undefined && { after: own.cursor }),
      onPosition(cursor) {
        own.cursor = cursor
        if (own.isDue) restart(client, own)
      },
      onNotice({ seq, at, body }: Notice, cursor) {
        if (own.seq !== undefined && seq !== own.seq + 1) sums.faulty++
        own.seq = seq
        own.cursor = cursor
        const { sentMs } = (body ?? {}) as Partial<DemoBody>
        // A notice that somebody else published says only its whole millisecond.
        const delayMs = tenth(typeof sentMs === 'number' ? now() - sentMs : Math.max(0, Date.now() - at))
        sums.delivered++
        sums.delaySumMs += delayMs
        told({ kind: 'deliver', t: now(), lane: name, client, seq, delayMs })
      },
      onGap(missed, cursor) {
        sums.missed += missed ?? 0
        own.cursor = cursor
        own.seq = undefined
        told({ kind: 'missed', t: now(), lane: name, client, count: missed ?? 0 })
      },
      onState: (state, reason) =>
        told({ kind: 'state', t: now(), lane: name, client, state, ...(reason !== undefined && { reason }) }),
    })
  }

  /** As soon as that loses nothing. */
  function restart(client: number, before: Client): void {
    if (before.cursor === undefined) {
      before.isDue = true
      return
    }
    before.abort.abort()
    start(client, before)
  }

  function stop(from: number): void {
    for (const { abort } of clients.splice(from)) abort.abort()
  }

  function set(next: Knobs): void {
    const isRetimed = entry.isTimed && next.pollIntervalMs !== knobs.pollIntervalMs
    if (next.rttMs !== knobs.rttMs) link.setRtt(next.rttMs)
    knobs = next
    stop(knobs.clients)
    if (isRetimed) for (const [client, own] of [...clients].entries()) restart(client, own)
    for (let client = clients.length; client < knobs.clients; client++) start(client)
  }
  set(knobs)

  return {
    set,
    cut() {
      cuts++
      link.cut()
      for (const [client, own] of clients.entries()) own.draw = drawsOf(cuts, client)
      // Who asks on a timer notices at its next poll only. The first one is due at once, as the others notice at once.
      if (entry.isTimed && clients[0]) restart(0, clients[0])
    },
    heal: link.heal,
    count() {
      const { open, bytesUp, bytesDown } = link.stats()
      return {
        clients: clients.length,
        open,
        bytesUp,
        bytesDown,
        ...sums,
        delaySumMs: tenth(sums.delaySumMs),
      }
    },
    async close() {
      stop(0)
      crowd.close()
      await link.close()
    },
  }
}

const tenth = (ms: number): number => Math.round(ms * 10) / 10
