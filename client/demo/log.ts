// The page's log: the demo's events in the order of their time, bounded, with what is needed to know the present at any moment kept.
import { type DemoEvent, type DemoEventOf, demoLimits, type Lane } from '../../server/demo/wire.ts'

/** Kinds that say how things stand from then on; there are few of them, and the newest ones are never dropped. */
const standing = [
  'start',
  'knobs',
  'counts',
  'cut',
  'heal',
  'scene',
  'waiting',
  'votes',
  'phones',
  'bytes',
  'end',
] as const
type Standing = (typeof standing)[number]

/** More than an hour of a busy class holds within its minute; a page that was paused for long drops its oldest events then. */
const MAX_EVENTS = 200_000

/** What a connection that is still open began with. */
interface Opening {
  connect?: DemoEvent
  head?: DemoEvent
  request?: DemoEvent
}

export interface Log {
  /** In order of `t`. */
  readonly events: readonly DemoEvent[]
  /** `t` of the oldest and of the newest event that is kept; 0 where there is none. */
  readonly firstMs: number
  readonly lastMs: number
  /** Which log this is: when it began, Unix ms. */
  readonly startedAtMs: number | undefined
  /** Binary insertion: late ones go where they belong. Those with a `t` that is no number are left out. */
  add(events: readonly DemoEvent[]): void
  /** Drops what is older than the kept minute before `endMs` and than `neededFromMs` (what is being looked at),
   * as soon as that is more than `piece` events. */
  trim(endMs: number, neededFromMs: number, piece?: number): void
  /** Newest of its kind at or before a moment. */
  newest<Kind extends Standing>(kind: Kind, atMs: number): DemoEventOf<Kind> | undefined
  all<Kind extends Standing>(kind: Kind): readonly DemoEventOf<Kind>[]
  /** Figures as they stood when this scene's phase began; undefined where the log does not reach back that far. */
  countsBefore(scene: DemoEventOf<'scene'>): DemoEventOf<'counts'> | undefined
  /** from ≤ t < to */
  between(fromMs: number, toMs: number): readonly DemoEvent[]
  /** What one must have been told to know how things stand at a moment, oldest first: a recording begins with it. */
  carried(atMs: number): DemoEvent[]
}

/** Index of the first event later than `atMs`. */
export function indexAfter(events: readonly { readonly t: number }[], atMs: number): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (events[middle]!.t <= atMs) low = middle + 1
    else high = middle
  }
  return low
}

function insert<Event extends { readonly t: number }>(events: Event[], event: Event): void {
  const last = events.at(-1)
  if (!last || last.t <= event.t) events.push(event)
  else events.splice(indexAfter(events, event.t), 0, event)
}

const isStanding = (event: DemoEvent): event is DemoEventOf<Standing> =>
  (standing as readonly string[]).includes(event.kind)

/** What stands without an event of its own kind that says so. */
interface Standings {
  readonly openings: Map<string, Opening>
  publish?: DemoEventOf<'publish'>
  /** Newest notice that each lane's drawn client has. */
  readonly delivered: Map<Lane, DemoEventOf<'deliver'>>
}

/** Follows event by event what connections are open, and what was delivered of what was published. */
function follow(standings: Standings, event: DemoEvent): void {
  const { openings, delivered } = standings
  if (event.kind === 'publish') standings.publish = event
  if (event.kind === 'deliver' && event.client === 0 && event.seq >= (delivered.get(event.lane)?.seq ?? 0))
    delivered.set(event.lane, event)
  if (!('connection' in event)) return
  const key = `${event.lane} ${event.client} ${event.connection}`
  if (event.kind === 'disconnect') {
    openings.delete(key)
    return
  }
  const opening = openings.get(key) ?? {}
  if (event.kind === 'connect') opening.connect = event
  else if (event.what === 'request') opening.request = event
  else if (event.what === 'head') opening.head = event
  if (event.kind === 'transit' && (event.what === 'answer' || event.what === 'head')) opening.request = undefined
  openings.set(key, opening)
}

/** The newest publish and who has what, as long as somebody has not got it. */
function undelivered({ publish, delivered }: Standings, lanes: readonly Lane[]): DemoEvent[] {
  if (!publish) return []
  const lastSeq = publish.seq + publish.count - 1
  return lanes.every(lane => (delivered.get(lane)?.seq ?? 0) >= lastSeq) ? [] : [publish, ...delivered.values()]
}

export function createLog(keptMs: number = demoLimits.keptMs, maxEvents = MAX_EVENTS): Log {
  const events: DemoEvent[] = []
  const byKind = new Map<Standing, DemoEvent[]>(standing.map(kind => [kind, []]))
  /** As of the oldest event that is kept. */
  const past: Standings = { openings: new Map(), delivered: new Map() }
  const bases = new Map<DemoEvent, DemoEventOf<'counts'> | undefined>()
  const of = <Kind extends Standing>(kind: Kind) => byKind.get(kind) as DemoEventOf<Kind>[]

  const newest: Log['newest'] = (kind, atMs) => of(kind)[indexAfter(of(kind), atMs) - 1]

  const countsBefore: Log['countsBefore'] = scene =>
    bases.has(scene) ? bases.get(scene) : (newest('counts', scene.t) ?? of('counts')[0])

  function drop(count: number): void {
    const untilMs = events[count - 1]!.t
    for (const event of events.splice(0, count)) follow(past, event)
    for (const scene of of('scene')) if (scene.t <= untilMs && !bases.has(scene)) bases.set(scene, countsBefore(scene))
    for (const kind of standing) {
      // Scenes stay: they are few, and what was counted since one of them began is asked for as long as it stands. So do samples of bytes.
      if (kind === 'scene' || kind === 'bytes') continue
      const kept = byKind.get(kind)!
      kept.splice(0, Math.max(0, indexAfter(kept, untilMs) - 1))
    }
  }

  return {
    events,
    get firstMs() {
      return events[0]?.t ?? 0
    },
    get lastMs() {
      return events.at(-1)?.t ?? 0
    },
    get startedAtMs() {
      return newest('start', Number.POSITIVE_INFINITY)?.startedAtMs
    },
    add(added) {
      for (const event of added) {
        if (!Number.isFinite(event.t)) continue
        insert(events, event)
        if (isStanding(event)) insert(byKind.get(event.kind)!, event)
      }
    },
    trim(endMs, neededFromMs, piece = 500) {
      const old = indexAfter(events, Math.min(endMs - keptMs, neededFromMs))
      const count = Math.max(old, events.length - maxEvents)
      // In pieces: each one moves the rest of the array.
      if (count > piece || events.length > maxEvents) drop(count)
    },
    newest,
    all: of,
    countsBefore,
    between: (fromMs, toMs) => {
      // The first event at `fromMs` itself belongs to it, whatever its fraction.
      let from = indexAfter(events, fromMs)
      while (from > 0 && events[from - 1]!.t >= fromMs) from--
      let to = indexAfter(events, toMs)
      while (to > from && events[to - 1]!.t >= toMs) to--
      return events.slice(from, to)
    },
    carried(atMs) {
      const now: Standings = {
        ...past,
        openings: new Map([...past.openings].map(([key, opening]) => [key, { ...opening }])),
        delivered: new Map(past.delivered),
      }
      for (const event of events) {
        if (event.t > atMs) break
        follow(now, event)
      }
      const standings = standing.flatMap(kind => (kind === 'bytes' ? [] : (newest(kind, atMs) ?? [])))
      const isCut = (newest('cut', atMs)?.t ?? -1) > (newest('heal', atMs)?.t ?? -1)
      const isWaiting = (newest('waiting', atMs)?.t ?? -1) >= (newest('scene', atMs)?.t ?? -1)
      return [
        ...standings.filter(
          ({ kind }) =>
            kind !== 'end' && (kind !== 'cut' || isCut) && kind !== 'heal' && (kind !== 'waiting' || isWaiting),
        ),
        ...of('bytes').filter(({ t }) => t <= atMs),
        ...undelivered(now, newest('start', atMs)?.lanes ?? []),
        ...[...now.openings.values()].flatMap(({ connect, head, request }) => [connect, head, request]),
      ]
        .filter(event => event !== undefined)
        .sort((a, b) => a.t - b.t)
    },
  }
}
