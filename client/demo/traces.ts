// What the events of a log amount to on the lanes: legs of messages, held requests, open streams, staleness. In time, not yet in pixels.
import type { DemoEvent, DemoEventOf, Lane } from '../../server/demo/wire.ts'

export interface Span {
  readonly from: number
  /** Infinity while it lasts. */
  to: number
}

/** Something on its way between the rails. */
export interface Leg extends Span {
  readonly isUp: boolean
  /** notices: carries some · plain: a request, a head, a rest · empty: an answer without a notice · faint: signs of life. */
  readonly weight: 'notices' | 'plain' | 'empty' | 'faint'
  readonly notices: number
  readonly event: DemoEventOf<'transit'>
  /** When its connection was cut before it arrived. */
  lostAt?: number
}

/** An endless answer: its beginning left the server at `from` and reached the client at `reached`. */
export interface Band extends Span {
  readonly reached: number
}

export interface Cross {
  readonly t: number
  readonly by: 'client' | 'server' | 'cut'
}

export interface LaneTraces {
  readonly legs: Leg[]
  /** From a request's arrival at the server until its answer leaves. */
  readonly holds: Span[]
  readonly bands: Band[]
  /** From a publish until its notice is delivered, one after the other. */
  readonly stales: Span[]
  readonly connects: Span[]
  readonly crosses: Cross[]
}

export interface Traces {
  /** Of each lane's first client. */
  readonly lanes: Readonly<Record<Lane, LaneTraces>>
  /** Of one of a lane's clients; undefined where nothing is known of it. */
  of(lane: Lane, client: number): LaneTraces | undefined
  readonly publishes: { readonly t: number; readonly seq: number; readonly count: number }[]
  readonly cuts: Span[]
  /** Takes further events; in order of `t` but for stragglers. */
  add(events: readonly DemoEvent[]): void
  /** Forgets what ended before. */
  prune(beforeMs: number): void
}

interface Connection {
  /** Not answered yet. */
  readonly requests: Leg[]
  /** Of the oldest request that is not answered. */
  hold?: Span
  band?: Band
  inFlight: Leg[]
}

interface LaneState extends LaneTraces {
  readonly client: number
  /** What is published is for it. One that joins later has heard from the server first, and then is owed what comes. */
  isThere: boolean
  readonly connections: Map<number, Connection>
  /** Last notice that arrived; undefined before the first one. */
  delivered?: number
  headSeq: number
  stale?: Span
}

const newLane = (client: number): LaneState => ({
  client,
  isThere: client === 0,
  legs: [],
  holds: [],
  bands: [],
  stales: [],
  connects: [],
  crosses: [],
  connections: new Map(),
  headSeq: 0,
})

const countOf = (seqs?: readonly [number, number]): number => (seqs ? seqs[1] - seqs[0] + 1 : 0)

function weightOf({ what, seqs }: DemoEventOf<'transit'>): Leg['weight'] {
  if (what === 'heartbeat') return 'faint'
  if (seqs) return 'notices'
  return what === 'answer' || what === 'message' ? 'empty' : 'plain'
}

export function createTraces(): Traces {
  const lanes: Record<Lane, LaneState> = Object.create(null)
  /** All but the first. */
  const others = new Map<string, LaneState>()
  const publishes: Traces['publishes'] = []
  const cuts: Span[] = []
  /** Where a stream began of which only a later part is known. */
  let beganMs = Number.POSITIVE_INFINITY

  const laneOf = (lane: Lane): LaneState => (lanes[lane] ??= newLane(0))
  function clientOf({ lane, client }: { readonly lane: Lane; readonly client: number }): LaneState {
    if (client === 0) return laneOf(lane)
    const key = `${lane} ${client}`
    const known = others.get(key)
    if (known) return known
    const made = newLane(client)
    others.set(key, made)
    return made
  }
  const everyone = (): LaneState[] => [...Object.values(lanes), ...others.values()]

  function connectionOf(lane: LaneState, number: number): Connection {
    const known = lane.connections.get(number)
    if (known) return known
    const made: Connection = { requests: [], inFlight: [] }
    lane.connections.set(number, made)
    return made
  }

  function transit(event: DemoEventOf<'transit'>): void {
    const lane = clientOf(event)
    const connection = connectionOf(lane, event.connection)
    const { t, to, what, direction, seqs } = event
    const leg: Leg = {
      from: t,
      to,
      isUp: direction === 'up',
      weight: weightOf(event),
      notices: direction === 'down' ? countOf(seqs) : 0,
      event,
    }
    if (direction === 'down') lane.isThere = true
    // Of the others nothing else tells that a notice is there.
    if (event.client !== 0 && leg.notices > 0) deliver(lane, seqs![1], to)
    lane.legs.push(leg)
    connection.inFlight = connection.inFlight.filter(each => each.to > t)
    connection.inFlight.push(leg)
    if (what === 'request') {
      connection.requests.push(leg)
      if (!connection.hold) hold(lane, connection)
    }
    if (what === 'answer' || what === 'head') {
      if (connection.hold) connection.hold.to = t
      connection.hold = undefined
      connection.requests.shift()
      if (connection.requests.length > 0) hold(lane, connection)
    }
    if (what === 'head') open(lane, connection, t, to)
    // Of a stream that was there before this log began, the first message tells.
    else if (direction === 'down' && (what === 'message' || what === 'heartbeat') && !connection.band)
      open(lane, connection, Math.min(beganMs, t), Math.min(beganMs, t))
  }

  function hold(lane: LaneState, connection: Connection): void {
    connection.hold = { from: connection.requests[0]!.to, to: Number.POSITIVE_INFINITY }
    lane.holds.push(connection.hold)
  }

  function open(lane: LaneState, connection: Connection, from: number, reached: number): void {
    connection.band = { from, reached, to: Number.POSITIVE_INFINITY }
    lane.bands.push(connection.band)
  }

  function disconnect(event: DemoEventOf<'disconnect'>): void {
    const { connection: number, t, by } = event
    const lane = clientOf(event)
    const connection = lane.connections.get(number)
    // A connection that was idle goes without loss: only what ends something is marked.
    if (by === 'cut' || connection?.hold || connection?.band || connection?.inFlight.some(({ to }) => to > t))
      lane.crosses.push({ t, by })
    // It was cut while it connected, or said nothing in what is known of it.
    if (!connection) return
    if (connection.hold) connection.hold.to = Math.max(connection.hold.from, t)
    if (connection.band) connection.band.to = t
    if (by !== 'client') for (const leg of connection.inFlight) if (leg.to > t) leg.lostAt = t
    lane.connections.delete(number)
  }

  function publish({ t, seq, count }: DemoEventOf<'publish'>): void {
    publishes.push({ t, seq, count })
    for (const lane of everyone()) {
      lane.headSeq = Math.max(lane.headSeq, seq + count - 1)
      if (!lane.isThere || lane.stale || (lane.delivered ?? 0) >= lane.headSeq) continue
      lane.stale = { from: t, to: Number.POSITIVE_INFINITY }
      lane.stales.push(lane.stale)
    }
  }

  function deliver(lane: LaneState, seq: number, t: number): void {
    lane.delivered = Math.max(lane.delivered ?? 0, seq)
    if (!lane.stale || lane.delivered < lane.headSeq) return
    lane.stale.to = t
    lane.stale = undefined
  }

  /** Whoever is one too many has left. */
  function limit(clients: number, t: number): void {
    for (const lane of others.values()) {
      if (lane.client < clients) continue
      lane.isThere = false
      if (lane.stale) lane.stale.to = t
      lane.stale = undefined
    }
  }

  function take(event: DemoEvent): void {
    beganMs = Math.min(beganMs, event.t)
    if (event.kind === 'start') for (const lane of event.lanes) laneOf(lane)
    if (event.kind === 'publish') return publish(event)
    if (event.kind === 'knobs') return limit(event.clients, event.t)
    const cut = cuts.at(-1)
    // A network that is cut again while it is cut is healed once.
    if (event.kind === 'cut' && cut?.to !== Number.POSITIVE_INFINITY)
      cuts.push({ from: event.t, to: Number.POSITIVE_INFINITY })
    if (event.kind === 'heal' && cut?.to === Number.POSITIVE_INFINITY) cut.to = event.t
    if (event.kind === 'transit') transit(event)
    else if (event.kind === 'disconnect') disconnect(event)
    else if (event.kind === 'deliver') deliver(clientOf(event), event.seq, event.t)
    else if (event.kind === 'connect') clientOf(event).connects.push({ from: event.t, to: event.to })
  }

  return {
    lanes,
    of: (lane, client) => (client === 0 ? lanes[lane] : others.get(`${lane} ${client}`)),
    publishes,
    cuts,
    add(events) {
      for (const event of events) take(event)
    },
    prune(beforeMs) {
      const prune = <T>(all: T[], endOf: (each: T) => number): void => {
        let kept = 0
        for (const each of all) if (endOf(each) >= beforeMs) all[kept++] = each
        all.length = kept
      }
      prune(publishes, ({ t }) => t)
      prune(cuts, ({ to }) => to)
      for (const lane of everyone()) {
        for (const spans of [lane.legs, lane.holds, lane.bands, lane.stales, lane.connects] as Span[][])
          prune(spans, ({ to }) => to)
        prune(lane.crosses, ({ t }) => t)
      }
    },
  }
}
