// The demo's audience: keeps the last minute of the log, and hands it to every page that looks on.
import type { Queue } from '../queues.ts'
import { type DemoEvent, demoLimits, type Telemetry } from './wire.ts'

/** One page's socket, as far as the audience needs it. */
export interface Page {
  /** Bytes that wait for it. */
  readonly bufferedAmount: number
  send(text: string): void
  close(code: number, reason: string): void
  terminate(): void
}

export interface Audience {
  /** Begins a log; t = 0 is `startedAtMs` (Unix ms). What was kept of the one before is gone. */
  begin(startedAtMs: number): void
  take(events: readonly DemoEvent[]): void
  /** Sends what is kept, and from then on what comes. */
  add(page: Page): void
  remove(page: Page): void
  /** ms since the log began. */
  now(): number
  readonly pages: number
  /** What waits for each page that does not read. */
  queues(): Queue[]
}

/** A page for which more waits does not keep up: it is closed with 1013, comes again, and is given what is kept. */
export const MAX_WAITING_BYTES = 1024 * 1024
/** And nothing longer than this is kept, whatever an engine sends. */
const MAX_KEPT = 50_000

interface Kept {
  readonly t: number
  readonly json: string
  /** Of events that tell the present: the newest of each key outlives its minute. */
  readonly key: string | undefined
}

/** Events of one key replace each other; those of none only pass. */
const keyOf = (event: DemoEvent): string | undefined => {
  switch (event.kind) {
    case 'start':
    case 'knobs':
    case 'counts':
    case 'scene':
    case 'votes':
    case 'phones':
      return event.kind
    case 'cut':
    case 'heal':
      return 'network'
    case 'bytes':
      // They are few, and stand for all later ones of their kind.
      return `bytes ${event.piece}`
    case 'state':
      return `state ${event.lane} ${event.client}`
    default:
      return undefined
  }
}

export function createAudience(): Audience {
  const pages = new Set<Page>()
  const present = new Map<string, Kept>()
  let kept: Kept[] = []
  /** The scene that stands, and the figures it began with: a page that comes while its reveal stands counts from there. */
  let began: readonly Kept[] = []
  let counts: Kept | undefined
  let startedAtMs = 0
  const now = (): number => performance.timeOrigin + performance.now() - startedAtMs
  const frame = (events: readonly Kept[], isFirst: boolean): string => {
    const { nowMs }: Pick<Telemetry, 'nowMs'> = { nowMs: Math.round(now()) }
    return `{"nowMs":${nowMs},${isFirst ? '"isFirst":true,' : ''}"events":[${events.map(({ json }) => json).join(',')}]}`
  }

  function prune(): void {
    const from = now() - demoLimits.keptMs
    let gone = kept.findIndex(({ t }) => t >= from)
    if (gone < 0) gone = kept.length
    gone = Math.max(gone, kept.length - MAX_KEPT)
    if (gone < 500 && gone < kept.length) return
    for (const one of kept.slice(0, gone)) if (one.key !== undefined) present.set(one.key, one)
    kept = kept.slice(gone)
  }

  function end(page: Page): void {
    pages.delete(page)
    page.close(1013, 'this page does not keep up')
    // A Close frame waits behind all the rest.
    page.terminate()
  }

  const first = (): string => {
    const from = now() - demoLimits.keptMs
    const old = [...present.values()]
    old.push(...began.filter(one => !old.includes(one) && !kept.includes(one)))
    old.sort((a, b) => a.t - b.t)
    return frame([...old, ...kept.filter(({ t, key }) => t >= from || key !== undefined)], true)
  }

  return {
    begin(at) {
      startedAtMs = at
      present.clear()
      kept = []
      began = []
      counts = undefined
    },
    take(events) {
      const fresh = events.map(event => ({ t: event.t, key: keyOf(event), json: JSON.stringify(event) }))
      for (const [index, one] of fresh.entries()) {
        kept.push(one)
        const event = events[index]!
        if (event.kind === 'counts') counts = one
        else if (event.kind === 'scene' && event.phase !== 'reveal') began = counts ? [counts, one] : [one]
      }
      prune()
      if (pages.size === 0) return
      const text = frame(fresh, false)
      for (const page of pages) {
        if (page.bufferedAmount <= MAX_WAITING_BYTES) page.send(text)
        else end(page)
      }
    },
    add(page) {
      page.send(first())
      pages.add(page)
    },
    remove: page => void pages.delete(page),
    now,
    get pages() {
      return pages.size
    },
    queues: () =>
      [...pages]
        .filter(({ bufferedAmount }) => bufferedAmount > 0)
        .map(page => ({ bytes: page.bufferedAmount, end: () => end(page) })),
  }
}
