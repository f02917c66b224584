// For tests and screenshots: a made-up log after wire.ts with every kind of event, the same each time. Three ways to deliver over a
// link with a delay, a cut, votes and phones; no network anywhere.
import type { CrowdPass, DemoEvent, Knobs, Lane, LaneCount, Phase, PhoneCount, What } from '../../server/demo/wire.ts'
import { clientTransports } from '../transports/index.ts'

export const lanes: readonly Lane[] = Object.keys(clientTransports)

export interface FixtureWish {
  readonly lastsMs?: number
  readonly knobs?: Partial<Knobs>
  /** When notices are published, ms; several at a time where `count` says so. */
  readonly publishes?: readonly { readonly atMs: number; readonly count?: number }[]
  readonly cut?: { readonly fromMs: number; readonly toMs: number }
  /** From when on the round trip is another; a part of the scene's run, where there is one. */
  readonly turn?: { readonly atMs: number; readonly rttMs: number }
  readonly scene?: { readonly id: string; readonly phases: Partial<Record<Phase, number>> }
  readonly votes?: readonly number[]
  readonly phones?: number
}

/** Bytes. */
export const sizes = { request: 520, answer: 240, notice: 130, head: 310, message: 118, heartbeat: 2 }

/** Requests, answers, messages of one client on one lane. */
class Client {
  readonly events: DemoEvent[] = []
  connection = -1
  readonly lane: Lane
  readonly legMsAt: (t: number) => number
  constructor(lane: Lane, legMsAt: (t: number) => number) {
    this.lane = lane
    this.legMsAt = legMsAt
  }
  connect(t: number): number {
    this.connection++
    const to = t + 2 * this.legMsAt(t)
    this.events.push({ t, to, kind: 'connect', lane: this.lane, client: 0, connection: this.connection })
    return to
  }
  disconnect(t: number, by: 'client' | 'server' | 'cut'): void {
    this.events.push({ t, kind: 'disconnect', lane: this.lane, client: 0, connection: this.connection, by })
  }
  /** Gives when it arrives. */
  send(t: number, direction: 'up' | 'down', what: What, bytes: number, seqs?: readonly [number, number]): number {
    const to = t + this.legMsAt(t)
    const isEmpty = what === 'answer' && !seqs
    const of = { lane: this.lane, client: 0, connection: this.connection }
    this.events.push({
      t,
      to,
      kind: 'transit',
      ...of,
      direction,
      what,
      bytes,
      ...(seqs && { seqs }),
      ...(isEmpty && { isEmpty }),
    })
    return to
  }
  deliver(t: number, seq: number, publishedMs: number): void {
    const delayMs = t - publishedMs
    this.events.push({ t, kind: 'deliver', lane: this.lane, client: 0, seq, delayMs })
  }
}

type Way = 'asks' | 'waits' | 'streams'
const wayOf = (lane: Lane): Way => (lane === 'short-polling' ? 'asks' : lane === 'long-polling' ? 'waits' : 'streams')

/** A log of `lastsMs` (default 20 s), in order. */
export function fixtureLog(wish: FixtureWish = {}): DemoEvent[] {
  const { lastsMs = 20_000, publishes = [{ atMs: 4000 }, { atMs: 9500 }], cut, turn, phones = 0 } = wish
  const knobs: Knobs = { ratePerSecond: 0, pollIntervalMs: 2000, rttMs: 200, clients: 1, ...wish.knobs }
  const legMsAt = (t: number): number => (turn && t >= turn.atMs ? turn.rttMs : knobs.rttMs) / 2 + 0.4
  const at: number[] = []
  const events: DemoEvent[] = [
    { t: 0, kind: 'start', version: 1, startedAtMs: 1_795_000_000_000, lanes },
    { t: 0, kind: 'knobs', ...knobs },
  ]
  for (const { atMs, count = 1 } of publishes) {
    events.push({ t: atMs, kind: 'publish', seq: at.length + 1, count })
    for (let i = 0; i < count; i++) at.push(atMs)
  }
  if (cut) events.push({ t: cut.fromMs, kind: 'cut' }, { t: cut.toMs, kind: 'heal' })
  const course = { at, lastsMs, pollIntervalMs: knobs.pollIntervalMs, cut }
  const clients = lanes.map((lane, index) => {
    const client = new Client(lane, legMsAt)
    run(client, wayOf(lane), 120 + index * 90, course)
    events.push(...client.events)
    // The others poll each at its own time.
    const others = Array.from({ length: knobs.clients - 1 }, () => new Client(lane, legMsAt))
    for (const [place, other] of others.entries())
      run(other, wayOf(lane), 120 + index * 90 + ((place + 1) * knobs.pollIntervalMs) / knobs.clients, course)
    events.push(...crowdsOf(lane, others))
    return client
  })
  for (let t = 0; t <= lastsMs; t += 250) events.push(countsAt(t, clients, knobs.clients))
  for (const [phase, t] of Object.entries(wish.scene?.phases ?? {}))
    events.push({ t, kind: 'scene', scene: wish.scene!.id, phase: phase as Phase })
  if (turn) {
    events.push({ t: turn.atMs, kind: 'knobs', ...knobs, rttMs: turn.rttMs })
    if (wish.scene) events.push({ t: turn.atMs, kind: 'scene', scene: wish.scene.id, phase: 'run', part: 1 })
  }
  if (wish.votes && wish.scene)
    for (const [step, share] of [0.3, 0.7, 1].entries())
      events.push({
        t: (wish.scene.phases.ask ?? 0) + 600 * (step + 1),
        kind: 'votes',
        scene: wish.scene.id,
        counts: wish.votes.map(votes => Math.round(votes * share)),
      })
  if (phones > 0)
    for (let t = 500; t <= lastsMs; t += 1000) events.push({ t, kind: 'phones', phones: phonesAt(t, phones) })
  return events.filter(({ t }) => t <= lastsMs).sort((a, b) => a.t - b.t)
}

const CROWD_MS = 200

/** What passed at all but the first client of a lane, as the engine tells it. */
function crowdsOf(lane: Lane, others: readonly Client[]): DemoEvent[] {
  const crowds = new Map<number, CrowdPass[]>()
  for (const [place, { events }] of others.entries())
    for (const event of events) {
      if (event.kind !== 'transit' && event.kind !== 'disconnect') continue
      const t = Math.ceil(event.t / CROWD_MS) * CROWD_MS
      const passes = crowds.get(t) ?? []
      crowds.set(t, passes)
      if (event.kind === 'disconnect') {
        passes.push([place + 1, event.connection, 'gone', event.t - t, event.t - t, 0])
        continue
      }
      const pass = [place + 1, event.connection, event.what, event.t - t, event.to - t, event.bytes] as const
      passes.push(event.seqs ? [...pass, event.seqs[1]] : pass)
    }
  return [...crowds].map(([t, passes]) => ({ t, kind: 'crowd', lane, passes }))
}

interface Course {
  /** When each notice was published; `seq` is the index + 1. */
  readonly at: readonly number[]
  readonly lastsMs: number
  readonly pollIntervalMs: number
  readonly cut?: { readonly fromMs: number; readonly toMs: number }
}

/** Plays the client's part, before and after the cut. */
function run(client: Client, way: Way, fromMs: number, { at, lastsMs, pollIntervalMs, cut }: Course): void {
  let cursor = 0
  const newestAt = (t: number): number => at.filter(published => published <= t).length
  const arrive = (t: number, last: number): void => {
    for (; cursor < last; cursor++) client.deliver(t, cursor + 1, at[cursor]!)
  }
  const answer = (t: number, last: number): number =>
    last > cursor
      ? client.send(t, 'down', 'answer', sizes.answer + sizes.notice * (last - cursor), [cursor + 1, last])
      : client.send(t, 'down', 'answer', sizes.answer)

  const play = (fromMs: number, untilMs: number): void => {
    let t = client.connect(fromMs)
    if (way === 'asks')
      for (; t < untilMs; t += pollIntervalMs) {
        const reached = client.send(t, 'up', 'request', sizes.request)
        if (reached >= untilMs) break
        const last = newestAt(reached)
        const back = answer(reached + 1, last)
        if (back < untilMs) arrive(back, last)
      }
    if (way === 'waits')
      while (t < untilMs) {
        const reached = client.send(t, 'up', 'request', sizes.request)
        const leaves = Math.max(reached + 1, (at[cursor] ?? Number.POSITIVE_INFINITY) + 0.5)
        if (leaves >= untilMs) break
        const last = newestAt(leaves)
        const back = answer(leaves, last)
        if (back < untilMs) arrive(back, last)
        t = back
      }
    if (way === 'streams') {
      const reached = client.send(t, 'up', 'request', sizes.request)
      const opened = reached + 1
      client.send(opened, 'down', 'head', sizes.head)
      const due = [...at.entries()].filter(([index]) => index >= cursor).map(([, published]) => published)
      for (const leaves of new Set(due.map(published => Math.max(opened + 1, published + 0.5)))) {
        if (leaves >= untilMs) break
        const last = newestAt(leaves)
        const back = client.send(leaves, 'down', 'message', sizes.message * (last - cursor), [cursor + 1, last])
        if (back < untilMs) arrive(back, last)
      }
      for (let beat = opened + 5000; beat < untilMs; beat += 5000)
        client.send(beat, 'down', 'heartbeat', sizes.heartbeat)
    }
  }
  play(fromMs, cut?.fromMs ?? lastsMs)
  if (!cut) return
  client.disconnect(cut.fromMs, 'cut')
  play(cut.toMs + fromMs, lastsMs)
}

function countsAt(t: number, clients: readonly Client[], number: number): DemoEvent {
  const of = ({ events }: Client): LaneCount => {
    const sum = { open: 0, requests: 0, bytesUp: 0, bytesDown: 0, delivered: 0, delaySumMs: 0 }
    for (const event of events.filter(each => each.t <= t)) {
      if (event.kind === 'connect') sum.open += number
      if (event.kind === 'disconnect') sum.open -= number
      if (event.kind === 'transit') sum[event.direction === 'up' ? 'bytesUp' : 'bytesDown'] += number * event.bytes
      if (event.kind === 'transit' && event.what === 'request') sum.requests += number
      if (event.kind === 'deliver') sum.delivered += number
      if (event.kind === 'deliver') sum.delaySumMs += number * event.delayMs
    }
    return { clients: number, ...sum, missed: 0, faulty: 0 }
  }
  return { t, kind: 'counts', lanes: Object.fromEntries(clients.map(client => [client.lane, of(client)])) }
}

/** Some are asleep, some are behind, one has heard nothing yet. */
function phonesAt(t: number, number: number): PhoneCount[] {
  return Array.from({ length: number }, (_, index): PhoneCount => {
    const isAsleep = index % 11 === 7
    const delay = index % lanes.length === 0 ? 700 + ((index * 97 + t) % 1100) : 18 + ((index * 37 + t / 20) % 140)
    return {
      phone: index + 1,
      transport: lanes[index % lanes.length]!,
      state: isAsleep ? 'asleep' : 'awake',
      delayMs: index === 3 ? null : delay,
      uncertaintyMs: index === 3 ? null : 6,
      behind: isAsleep ? 4 : index % 13 === 5 ? 1 : 0,
      delivered: Math.floor(t / 2000),
      requests: Math.floor(t / 1000),
      bytesUp: t,
      bytesDown: 2 * t,
    }
  })
}

/** As a file has it: one event a line. */
export const ndjson = (events: readonly DemoEvent[]): string =>
  `${events.map(event => JSON.stringify(event)).join('\n')}\n`
