// The demo's wire: the events of its log, what a teacher asks for, what a phone tells and is told. A leaf: runs in browsers and in Node.

/** Ids of transports: a lane is one of them. */
export type Lane = string
export type Direction = 'up' | 'down'

/** What passes between a client and the server:
 * `request` HTTP request · `answer` a whole HTTP answer · `head` the beginning of what stays open (an endless answer, 101) ·
 * `message` an event or a frame with content · `heartbeat` comment, ping, pong, a library's own signs of life ·
 * `close` a Close frame · `part` the rest of something whose beginning was told. */
export type What = 'request' | 'answer' | 'head' | 'message' | 'heartbeat' | 'close' | 'part'

export interface Knobs {
  /** Notices a second; 0 = none but those that are published by hand. */
  readonly ratePerSecond: number
  readonly pollIntervalMs: number
  /** Of the emulated link; always to be labelled simulated. */
  readonly rttMs: number
  /** Clients of each lane. All are counted and drawn; the first one, 0, is told event by event, the others as a crowd. */
  readonly clients: number
}

/** Figures of one lane over all its clients, cumulative since the log began. */
export interface LaneCount {
  readonly clients: number
  /** TCP connections open now. */
  readonly open: number
  readonly requests: number
  /** TCP payload as the emulator relayed it, handshakes and heads included. */
  readonly bytesUp: number
  readonly bytesDown: number
  readonly delivered: number
  /** Sum over the delivered, publish to delivery, ms. */
  readonly delaySumMs: number
  /** Told as gone by the server. */
  readonly missed: number
  /** Arrived again, or behind a later one: 0 unless something is broken. */
  readonly faulty: number
}

export interface PhoneCount {
  /** Its number in the class, from 1. */
  readonly phone: number
  readonly transport: Lane
  /** `asleep`: nothing was heard of it for a while. */
  readonly state: 'awake' | 'asleep'
  /** As the phone measured it, ms; null before its first notice. */
  readonly delayMs: number | null
  /** Half the width of what its clock may be wrong by, ms; null where its clock was not compared yet. */
  readonly uncertaintyMs: number | null
  /** Notices that were published, when it last reported, and that it did not have; asleep, that were published since as well. */
  readonly behind: number
  readonly delivered: number
  /** As the server counted them at its connections. */
  readonly requests: number
  readonly bytesUp: number
  readonly bytesDown: number
}

export const phases = ['ask', 'run', 'reveal', 'over'] as const
/** ask: the question stands, the class predicts · run: it happens · reveal: it is shown what happened · over: free again. */
export type Phase = (typeof phases)[number]

/** What passed in one piece, byte by byte. */
export interface PieceBytes {
  readonly piece: number
  /** Base64. Of a long piece its beginning; what is secret in it is overwritten. */
  readonly bytes: string
  /** How many bytes are left out behind them; absent = none. */
  readonly left?: number
}

interface At {
  /** ms since the log began, on the engine's clock. A log's events are in this order, give or take LATE_MS. */
  readonly t: number
}
interface Of extends At {
  readonly lane: Lane
  readonly client: number
}
interface On extends Of {
  /** Numbered from 0 within the lane. */
  readonly connection: number
}

/**
 * A request of one of a lane's other clients, or something that came down to it: when it left its end and when it arrives at the other (ms from
 * the event's `t`), and the last notice in it. `gone`: the connection ended.
 */
export type CrowdPass = readonly [
  client: number,
  connection: number,
  what: What | 'gone',
  from: number,
  to: number,
  bytes: number,
  seq?: number,
]

export type DemoEvent =
  /** First of a log. `startedAtMs`: Unix ms of t = 0. */
  | (At & {
      readonly kind: 'start'
      readonly version: 1
      readonly startedAtMs: number
      readonly lanes: readonly Lane[]
    })
  | (At & { readonly kind: 'knobs' } & Knobs)
  /** The server accepted `count` notices, the first of them `seq`. */
  | (At & { readonly kind: 'publish'; readonly seq: number; readonly count: number })
  /** The client began to connect at `t` and may send from `to` on. */
  | (On & { readonly kind: 'connect'; readonly to: number })
  | (On & { readonly kind: 'disconnect'; readonly by: 'client' | 'server' | 'cut' })
  /** Left one end at `t`, arrives at the other at `to`. `bytes` of TCP payload; `seqs` first and last notice in it; an `answer` without
   * a notice has `isEmpty`; what is held back at the server shows as the time between a request's `to` and its answer's `t`. */
  | (On & {
      readonly kind: 'transit'
      readonly to: number
      readonly direction: Direction
      readonly what: What
      readonly bytes: number
      readonly seqs?: readonly [first: number, last: number]
      readonly isEmpty?: boolean
      /** What its bytes are asked for by, where they are kept: of the drawn clients' pieces each has its own, over all lanes. */
      readonly piece?: number
    })
  /** The bytes of a piece, for whoever comes when they are no longer kept, or when nothing is live: of each kind that a lane has some. */
  | (At &
      PieceBytes & {
        readonly kind: 'bytes'
        readonly lane: Lane
        readonly direction: Direction
        readonly what: What
        readonly seqs?: readonly [first: number, last: number]
        readonly isEmpty?: boolean
      })
  /** What passed on a lane lately, of all clients but the first one: a few times a second, so that a class of 25 does not fill the log. */
  | (At & { readonly kind: 'crowd'; readonly lane: Lane; readonly passes: readonly CrowdPass[] })
  /** The client's onNotice ran. */
  | (Of & { readonly kind: 'deliver'; readonly seq: number; readonly delayMs: number })
  | (Of & { readonly kind: 'missed'; readonly count: number })
  | (Of & { readonly kind: 'state'; readonly state: 'connecting' | 'open' | 'closed'; readonly reason?: string })
  | (At & { readonly kind: 'counts'; readonly lanes: Readonly<Record<Lane, LaneCount>> })
  /** The emulated network of all lanes is gone from `t`; `heal` tells when it is back. */
  | (At & { readonly kind: 'cut' })
  | (At & { readonly kind: 'heal' })
  /** `part`: of a run of several, which one begins, from 1 on; absent = the first, or the only one. */
  | (At & { readonly kind: 'scene'; readonly scene: string; readonly phase: Phase; readonly part?: number })
  /** The reveal of this scene is due, and what it is judged by is not there yet: it comes by itself when it is. */
  | (At & { readonly kind: 'waiting'; readonly scene: string })
  /** Predictions so far: how many chose each answer. */
  | (At & { readonly kind: 'votes'; readonly scene: string; readonly counts: readonly number[] })
  | (At & { readonly kind: 'phones'; readonly phones: readonly PhoneCount[] })
  | (At & { readonly kind: 'end' })

export type DemoEventOf<Kind extends DemoEvent['kind']> = Extract<DemoEvent, { kind: Kind }>

/** What a teacher may ask for. */
export type Action =
  | ({ readonly action: 'knobs' } & Partial<Knobs>)
  | { readonly action: 'publish'; readonly count: number }
  | { readonly action: 'cut'; readonly forMs: number }
  | { readonly action: 'scene'; readonly scene: string; readonly phase: Phase }
  | { readonly action: 'lock'; readonly isLocked: boolean }
  /** Shows the next of the addresses that phones may come in by. */
  | { readonly action: 'address' }
  | { readonly action: 'end' }

/** What a teacher may ask for. */
export const actionLimits = {
  ratePerSecond: { min: 0, max: 20 },
  pollIntervalMs: { min: 250, max: 30_000 },
  rttMs: { min: 0, max: 2000 },
  clients: { min: 1, max: 25 },
  publish: { min: 1, max: 50 },
  cutMs: { min: 500, max: 30_000 },
} as const

export const demoLimits = {
  phones: 64,
  choices: 6,
  /** The log that a page is given at first, and keeps. */
  keptMs: 60_000,
  /** How long it is waited for a phone to reach an address. */
  reachMs: 10_000,
} as const

/** Of what passed byte by byte. */
export const pieceLimits = {
  /** Kept of one piece, and of all of them. */
  bytes: 64 * 1024,
  allBytes: 4 * 1024 * 1024,
  /** What a log holds of them as events, base64. */
  sampleBytes: 60_000,
  /** How many may be asked for at a time, and how long it is waited for one. */
  asked: 8,
  waitMs: 2000,
} as const

/** How far behind the log's end a page plays: what is under way at one moment has then arrived. */
export const BEHIND_MS = 1500
/** Events of several processes come together: none is told later than this after a later one. */
export const LATE_MS = 500

export const demoPaths = {
  /** Pages. */
  index: '/demo',
  teach: '/demo/teach',
  stage: '/demo/stage',
  /** What a browser does by itself: connections it has to spare, timers of hidden pages. */
  tabs: '/demo/tabs',
  /** GET, with the teacher's token or without: DemoState. */
  state: '/api/demo',
  /** GET: a log as NDJSON, one event a line: what the pages play when nothing is live. */
  recording: '/api/demo/recording',
  /** POST, teacher: an Action. */
  act: '/api/demo/act',
  /** POST, teacher: waits for a phone to come in by the address that is shown: Reached. */
  reach: '/api/demo/reach',
  /** GET ?piece=NUMBER: PieceBytes, of whoever looks on. */
  bytes: '/api/demo/bytes',
  /** WebSocket: Telemetry, read only. */
  telemetry: '/api/demo/telemetry',
  /** WebSocket on the control socket only: FromEngine up, ToEngine down. */
  engine: '/api/demo/engine',
} as const

/** What a phone is known by: some hundred random bits that it makes itself, so that an answer that is lost makes no second phone of it. */
export const phoneKeyPattern = /^[A-Za-z0-9_-]{22}$/

export interface DemoState {
  readonly isLive: boolean
  /** What phones join with: told on the server's machine, and to whoever shows the teacher's token; else null, and also when nothing is live. */
  readonly code: string | null
  /** Where phones join, with the code, the one that is shown first; empty where it is not told, and where no phone can reach this machine. */
  readonly joinUrls: readonly string[]
  readonly isLocked: boolean
  readonly phones: number
  readonly cap: number
}

/** Who came in from elsewhere within `reachMs`, and by which address; nulls where nobody did. */
export interface Reached {
  readonly from: string | null
  /** `192.168.1.5:8080`. */
  readonly at: string | null
}

/** Frames to the pages. The first one holds what is kept of the log. `nowMs` is the log's clock when it was sent. */
export interface Telemetry {
  readonly nowMs: number
  readonly events: readonly DemoEvent[]
  readonly isFirst?: true
}

export type FromEngine =
  | {
      /** First frame. */
      readonly start: {
        readonly startedAtMs: number
        /** What a teacher's page must show (Authorization: Bearer). */
        readonly token: string
        readonly code: string
        readonly joinUrls: readonly string[]
      }
    }
  | { readonly events: readonly DemoEvent[] }
  /** What was asked for; null where it is not kept. */
  | { readonly piece: number; readonly bytes: PieceBytes | null }

export type ToEngine =
  | { readonly act: Action }
  | { readonly piece: number }
  | { readonly votes: { readonly scene: string; readonly counts: readonly number[] } }

/** Answer to a phone that joined. */
export interface Joined extends Told {
  readonly phone: number
  readonly transport: Lane
  /** Where the stream stood when it joined: from there on it has everything. */
  readonly cursor: string
}

/** What a phone tells every two seconds: numbers only. */
export interface Report {
  /** Last notice that it has; 0 = none. */
  readonly seq: number
  readonly delivered: number
  readonly delayMs: number | null
  readonly uncertaintyMs: number | null
}

/** What a phone is told in return. */
export interface Told {
  /** The server's clock, the one of `Notice.at`, Unix ms. */
  readonly nowMs: number
  /** Last notice that was published; 0 = none. */
  readonly headSeq: number
  readonly requests: number
  readonly bytesUp: number
  readonly bytesDown: number
  readonly scene: { readonly scene: string; readonly phase: Phase; readonly choice: number | null } | null
  readonly pollIntervalMs: number
  readonly isOver: boolean
}
