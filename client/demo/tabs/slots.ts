// Which requests have one of the connections that a browser opens to a host over HTTP/1.1, and which wait. Browsers do not tell: it follows from the
// order of asking, which is the order in which they send.

/** Chromium, Firefox and Safari have the same bound, for all tabs together. A WebSocket does not count among them. */
export const SLOTS = 6
/** Chromium lets a request for an address that is being asked for wait this long for that answer's head, which it might have in its cache. */
const CACHE_WAIT_MS = 20_000

/** A request that was sent by a page of this browser and is not over. */
export interface Exchange {
  /** Unix ms. */
  readonly askedMs: number
  readonly path: string
  /** Its answer has begun, so it has a connection for certain. */
  readonly isAnswered: boolean
  readonly passesCache: boolean
}

export interface Slots {
  /** Who has which; a request keeps the place that it had in the picture before. */
  readonly held: readonly (string | undefined)[]
  /** For a connection, the first one first. */
  readonly queued: readonly string[]
  /** For the answer to another request for the same address. */
  readonly cached: readonly string[]
}

export function slotsOf(
  exchanges: ReadonlyMap<string, Exchange>,
  before: readonly (string | undefined)[],
  nowMs: number,
): Slots {
  const inOrder = [...exchanges].sort(
    ([, a], [, b]) => Number(b.isAnswered) - Number(a.isAnswered) || a.askedMs - b.askedMs,
  )
  const asked = new Set<string>()
  const sent: string[] = []
  const cached: string[] = []
  for (const [key, { path, isAnswered, passesCache, askedMs }] of inOrder) {
    const mayWait = !isAnswered && !passesCache && nowMs - askedMs < CACHE_WAIT_MS
    if (mayWait && asked.has(path)) cached.push(key)
    else sent.push(key)
    if (mayWait) asked.add(path)
  }
  const holding = sent.slice(0, SLOTS)
  const held = Array.from({ length: SLOTS }, (_, at) => {
    const key = before[at]
    return key !== undefined && holding.includes(key) ? key : undefined
  })
  for (const key of holding) if (!held.includes(key)) held[held.indexOf(undefined)] = key
  return { held, queued: sent.slice(SLOTS), cached }
}
