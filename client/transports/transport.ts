// The client's contract: what every transport is given, and what it promises (order, exactly once, resume by cursor).
import type { Missed, Notice } from '../../server/protocol.ts'

/** `connecting` (first attempt or a retry) → `open` (hello or first answer arrived) → … → `closed` (aborted, or refused for good). */
export type State = 'connecting' | 'open' | 'closed'

/** What a subscriber did on the wire beyond delivering; counts only, so that it costs nothing to keep. */
export interface SubscriberTally {
  /** HTTP requests sent (upgrades included). */
  requests: number
  /** Answers that carried no notice. */
  emptyAnswers: number
  /** Answers, events or frames that carried at least one notice. */
  deliveries: number
  /** Polls not sent because the one before was still outstanding (fixed-rate short polling). */
  skippedPolls: number
  /** Attempts after a failure. */
  retries: number
  /** Notices that arrived again and were dropped. */
  duplicates: number
}

/** By name. */
export type TransportOptions = Readonly<Record<string, string | number | boolean>>

/** One subscriber's order. Everything stops, and every socket and timer is gone, once `signal` aborts. */
export interface Subscription {
  /** Origin of the server, for example `http://127.0.0.1:8080`; no path. */
  readonly baseUrl: string
  readonly network: Network
  readonly signal: AbortSignal
  /** Cursor to resume after, or `earliest`; absent = from now on. */
  readonly after?: string
  /** Called in order, exactly once per notice; `cursor` is the position after it. Throws end the subscription. */
  readonly onNotice: (notice: Notice, cursor: string) => void
  /** Called once, before any notice, where `after` is no cursor: from here on it listens. */
  readonly onPosition?: (cursor: string) => void
  /** `missed` notices are gone before the next one (null = unknown: another epoch). */
  readonly onGap?: (missed: Missed, cursor: string) => void
  /** `reason` says why where a state is the consequence of a failure. */
  readonly onState?: (state: State, reason?: string) => void
  /** Called with each connection that takes publishes from its subscriber: what sends one over it. Never called where a transport has no upstream. */
  readonly onUpstream?: (publish: (body: unknown) => void) => void
  /** Filled by the transport where given. */
  readonly tally?: SubscriberTally
  /** Short polling: the cycle T in ms (default 1000). The poll k is due at start + phaseMs + k·T, whatever the answers do. */
  readonly pollIntervalMs?: number
  /** Short polling: offset of the first poll in ms (default 0). */
  readonly phaseMs?: number
  /** Short polling: `fixed-rate` (default) or `after-answer` (the timer restarts when the answer is in: cycle T + RTT). */
  readonly pollTimer?: 'fixed-rate' | 'after-answer'
  /** Long polling: how long the server may hold a poll, in ms (default: the server's). */
  readonly waitMs?: number
  /** Long polling: how long the first held poll may be held, in ms (default waitMs), so that the holds of many need not end together. */
  readonly firstWaitMs?: number
  /** Polling: most notices an answer may carry (default: the server's). */
  readonly limit?: number
  /** Options that this transport alone has: its file says which, and throws at one that it does not know. */
  readonly transportOptions?: TransportOptions
  /** Uniform [0, 1), for retry jitter; injected where a run must be repeatable. */
  readonly random?: () => number
}

export type Subscribe = (subscription: Subscription) => void

/** What a transport module exports. */
export interface ClientTransport {
  readonly subscribe: Subscribe
  /** Texts of WebSocket frames that its library sends of itself: signs of life, say. Absent = every text is a message. */
  readonly signs?: RegExp
}

/** Networking is injected: lean in Node (undici dispatch, ws), the platform's own in a browser. */
export interface Network {
  /** The single connection of one subscriber to `baseUrl`. */
  connect(baseUrl: string): Connection
}

export interface Connection {
  /** Sends a GET; redirects are not followed. Handlers run at most: head once, data any number, then exactly one of end and error. */
  get(path: string, handlers: ResponseHandlers, headers?: Readonly<Record<string, string>>): Cancel
  /** Opens a WebSocket. */
  webSocket(path: string, handlers: WebSocketHandlers): WebSocketHandle
  /** What a library that connects by itself is given instead. */
  library(): LibraryNetwork
  /** Calls `listener` with what happened around the connection, until it is closed. Absent where nothing tells. */
  onSurroundings?(listener: (what: Surroundings) => void): void
  /** Cancels everything under way and closes the connection; no handler runs afterwards. */
  close(): void
}

/** `network`: it went or came back. `view`: somebody looks at the page again, whose timers may have stood still. */
export type Surroundings = 'network' | 'view'

/** How a library that connects by itself makes its requests. */
export interface LibraryNetwork {
  /** Stands in the address of each request. */
  readonly query?: Readonly<Record<string, string>>
  /** Absent where it uses the platform's own networking. */
  readonly node?: { readonly requests: AgentUse; readonly upgrades: AgentUse }
  /** Called where a connection breaks in a way that the library does not notice. */
  onLost?(listener: (error: Error) => void): void
  /** Ends every connection that was made so; the library has been told to close before. */
  drop(): void
}

export interface AgentUse {
  /** An `Agent` of node:http or node:https. */
  readonly agent: unknown
  readonly headers: Readonly<Record<string, string>>
}

/** Ends one exchange at once; no handler of it runs afterwards. Safe to call again. */
export type Cancel = () => void

export interface ResponseHandlers {
  /** `header` takes a lower-case name. A browser shows a redirect as status 0. */
  onHead(status: number, header: (name: string) => string | null): void
  /** The chunk is the receiver's to keep. */
  onData(chunk: Uint8Array): void
  onEnd(): void
  onError(error: Error): void
}

/** At most: open once, text and ping any number, then exactly one of refused and close. Never within the call that opens it. */
export interface WebSocketHandlers {
  onOpen(): void
  onText(text: string): void
  /** The server pinged. A browser does not tell. */
  onPing(): void
  /** The handshake was answered with another status than 101. A browser cannot tell: there it is `onClose(1006)`. */
  onRefused(status: number, header: (name: string) => string | null, body: string): void
  /** Also after a connection error (1006; `reason` then says which). */
  onClose(code: number, reason: string): void
}

export interface WebSocketHandle {
  send(text: string): void
  /** Sends a Close frame (default 1000) where the socket is open, and drops the connection at once; no handler runs afterwards. */
  close(code?: number): void
}

/** A fresh tally. */
export const newSubscriberTally = (): SubscriberTally => ({
  requests: 0,
  emptyAnswers: 0,
  deliveries: 0,
  skippedPolls: 0,
  retries: 0,
  duplicates: 0,
})
