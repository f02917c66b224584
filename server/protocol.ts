// The wire: notices, cursors, paths and limits (server/README.md, "Protocol"). A leaf: runs in browsers and in Node.

/** One message of the stream. `seq` is a positive integer, contiguous within an epoch; `at` is Unix ms of acceptance. */
export interface Notice {
  readonly seq: number
  readonly at: number
  readonly body: unknown
}

/** Where a subscriber is: everything of `epoch` up to and including `seq` has arrived (0 = nothing yet). */
export interface Cursor {
  readonly epoch: string
  readonly seq: number
}

/** `missed` of a subscriber that came back: how many notices are gone, or null where that cannot be known. */
export type Missed = number | null

/** The body of a polling answer. `cursor` is to be sent back as `after`. */
export interface PollAnswer {
  readonly cursor: string
  readonly missed: Missed
  readonly notices: readonly Notice[]
}

/** First message of a stream, and each later hole: the position just before the next notice. */
export interface Position {
  readonly cursor: string
  readonly missed: Missed
}

export const limits = {
  /** One published body, as encoded JSON. */
  bodyBytes: 64 * 1024,
  /** Arrays and objects within each other in one body: libraries that subscribers use walk it recursively, and `JSON.stringify`, which looks for
   * circles, takes a time that goes with its bytes times its depth. */
  bodyDepth: 32,
  /** One publish request. */
  requestBytes: 1024 * 1024,
  /** One upstream WebSocket frame: a body and its envelope. */
  frameBytes: 66_560,
  /** Notices in one publish request. */
  publishCount: 1000,
  /** Notices of one polling answer, but for one that is longer by itself. */
  answerBytes: 1024 * 1024,
  pollLimit: { min: 1, max: 10_000, default: 1000 },
  waitMs: { min: 0, max: 60_000, default: 25_000 },
  /** How long a publish id is remembered. */
  idMemoryMs: 10 * 60_000,
  /** What the ids that one server remembers may take, about 100,000 of them; past it the oldest is forgotten. */
  idMemoryBytes: 16 * 1024 * 1024,
  /** How long a short poll waits for a server that lags behind its siblings. */
  lagWaitMs: 2000,
} as const

/** `after=earliest`: everything still held. */
export const EARLIEST = 'earliest'

export const paths = {
  notices: '/api/notices',
  status: '/api/status',
  time: '/api/time',
  health: '/healthz',
  ready: '/readyz',
  metrics: '/metrics',
} as const

/** The path on which a transport delivers: its id, under /api/. */
export const deliveryPath = (transport: string): string => `/api/${transport}`

const cursorPattern = /^([a-z0-9]{1,32})\.(0|[1-9][0-9]{0,15})$/

/** `EPOCH.SEQ`. */
export const formatCursor = (epoch: string, seq: number): string => `${epoch}.${seq}`

/** The cursor in `text`, or undefined where it is malformed (epoch 1–32 of [a-z0-9]; seq at most 2^53−1, no leading zeros). */
export function parseCursor(text: string): Cursor | undefined {
  const match = cursorPattern.exec(text)
  if (!match) return undefined
  const seq = Number(match[2])
  return Number.isSafeInteger(seq) ? { epoch: match[1]!, seq } : undefined
}

export const publishIdPattern = /^[A-Za-z0-9_-]{1,64}$/

/** A notice as JSON text, from a body that is JSON text already: each notice is serialised once. */
export const encodeNotice = (seq: number, at: number, bodyJson: string): string =>
  `{"seq":${seq},"at":${at},"body":${bodyJson}}`

/** A polling answer from notices that are JSON text already. */
export const encodePollAnswer = (cursor: string, missed: Missed, notices: readonly string[]): string =>
  `{"cursor":"${cursor}","missed":${missed},"notices":[${notices.join(',')}]}`

/** The first message of a stream, and each later hole. */
export const encodePosition = (cursor: string, missed: Missed): string => `{"cursor":"${cursor}","missed":${missed}}`

/** One Server-Sent Event. `data` must be a single line: JSON text always is. */
export const encodeEvent = (id: string, data: string, event?: string): string =>
  event === undefined ? `id: ${id}\ndata: ${data}\n\n` : `event: ${event}\nid: ${id}\ndata: ${data}\n\n`

/** WebSocket close codes this protocol uses (RFC 6455 §7.4.1). */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  invalidText: 1007,
  policyViolation: 1008,
  tooBig: 1009,
  tryAgainLater: 1013,
} as const
