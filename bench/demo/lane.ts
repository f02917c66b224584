// One lane of the demo: real subscribers on one transport, behind an emulated link, and what is told of them.
import type { ClientEntry } from '../../client/transports/index.ts'
import type { ClientTransport } from '../../client/transports/transport.ts'
import type { DemoEvent, Knobs, LaneCount } from '../../server/demo/wire.ts'
import type { Notice } from '../../server/protocol.ts'
import { type Link, type LinkObserver, startLink } from '../link/link.ts'
import { networksOf } from '../load/networks.ts'
import type { HeaderProfile } from '../profiles/profile.ts'
import { createWireReader, type WireReader } from './wire-reader.ts'

export interface LaneParts {
  readonly name: string
  readonly entry: ClientEntry
  readonly target: { readonly host: string; readonly port: number }
  readonly headers: HeaderProfile
  readonly knobs: Knobs
  readonly random: () => number
  /** ms since the log began, of a performance.now(). */
  readonly t: (nowMs: number) => number
  readonly emit: (event: DemoEvent) => void
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
}

/** What the engine publishes as a notice's body. */
export interface DemoBody {
  /** ms since the log began, when it was sent to the server. */
  readonly sentMs: number
}

/** Starts links and clients. */
export async function startLane(parts: LaneParts): Promise<Lane> {
  const { name, entry, target, headers, random, t, emit } = parts
  const { subscribe, signs }: ClientTransport = await entry.load()
  let knobs = parts.knobs
  const sums = { requests: 0, delivered: 0, delaySumMs: 0, missed: 0, faulty: 0 }

  /** Counts requests, and tells what passes where the client is the one that is drawn. */
  const observer = (isDrawn: boolean): LinkObserver => {
    const readers = new Map<number, WireReader>()
    return {
      opened(connection, atMs, openMs) {
        const reader = createWireReader(({ direction, what, t: from, to, bytes, seqs, isEmpty }) => {
          if (what === 'request') sums.requests++
          if (!isDrawn) return
          emit({
            ...{ kind: 'transit', t: t(from), to: t(to), lane: name, client: 0, connection },
            ...{ direction, what, bytes, ...(seqs && { seqs }), ...(isEmpty && { isEmpty }) },
          } as DemoEvent)
        }, signs)
        readers.set(connection, reader)
        if (isDrawn) emit({ kind: 'connect', t: t(atMs), to: t(openMs), lane: name, client: 0, connection })
      },
      bytes: (connection, way, chunk, atMs, dueMs) => readers.get(connection)?.bytes(way, chunk, atMs, dueMs),
      closed(connection, by) {
        readers.delete(connection)
        if (isDrawn) emit({ kind: 'disconnect', t: t(performance.now()), lane: name, client: 0, connection, by })
      },
    }
  }

  const open = (isDrawn: boolean): Promise<Link> =>
    startLink({ target, rttMs: knobs.rttMs, observer: observer(isDrawn) })
  const [drawn, rest] = await Promise.all([open(true), open(false)])
  const links = [drawn, rest]
  const networks = links.map(({ port }) =>
    networksOf({ baseUrl: `http://127.0.0.1:${port}`, clients: 1, portsPerAddress: null, headers })(0),
  )
  const clients: Client[] = []

  function start(client: number, before?: Client): void {
    const own: Client = { abort: new AbortController(), cursor: before?.cursor, isDue: false, seq: before?.seq }
    const isDrawn = client === 0
    const told = isDrawn ? emit : () => {}
    const now = (): number => t(performance.now())
    clients[client] = own
    subscribe({
      baseUrl: `http://127.0.0.1:${links[isDrawn ? 0 : 1]!.port}`,
      network: networks[isDrawn ? 0 : 1]!,
      signal: own.abort.signal,
      pollIntervalMs: knobs.pollIntervalMs,
      phaseMs: isDrawn ? 0 : random() * knobs.pollIntervalMs,
      random,
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

  function restart(client: number, before: Client): void {
    before.abort.abort()
    start(client, before)
  }

  function stop(from: number): void {
    for (const { abort } of clients.splice(from)) abort.abort()
  }

  function set(next: Knobs): void {
    const isRetimed = entry.isTimed && next.pollIntervalMs !== knobs.pollIntervalMs
    if (next.rttMs !== knobs.rttMs) for (const link of links) link.setRtt(next.rttMs)
    knobs = next
    stop(knobs.clients)
    if (isRetimed)
      for (const [client, own] of [...clients].entries())
        if (own.cursor === undefined) own.isDue = true
        else restart(client, own)
    for (let client = clients.length; client < knobs.clients; client++) start(client)
  }
  set(knobs)

  return {
    set,
    cut: () => {
      for (const link of links) link.cut()
    },
    heal: () => {
      for (const link of links) link.heal()
    },
    count() {
      const stats = links.map(link => link.stats())
      const sum = (key: 'open' | 'bytesUp' | 'bytesDown') => stats[0]![key] + stats[1]![key]
      return {
        clients: clients.length,
        open: sum('open'),
        bytesUp: sum('bytesUp'),
        bytesDown: sum('bytesDown'),
        ...sums,
        delaySumMs: tenth(sums.delaySumMs),
      }
    },
    async close() {
      stop(0)
      await Promise.all(links.map(link => link.close()))
    },
  }
}

const tenth = (ms: number): number => Math.round(ms * 10) / 10
