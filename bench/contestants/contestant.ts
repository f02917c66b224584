// The contract of a contestant: a server that delivers the same notices in some other way, driven with the same load.

/** How a contestant speaks on one transport. */
export interface Dialect {
  /** A WebSocket, an event stream, or polls that are answered at once or held. */
  readonly kind: 'frames' | 'events' | 'polls' | 'held polls'
  /** What its requests ask for; `{after}` stands for what the last answer said comes next. */
  readonly path: string
  /** What a subscriber sends once the first frame has come; absent = nothing. */
  readonly joinsWith?: string
  /** What a handshake offers in Sec-WebSocket-Extensions; notices then come in compressed frames. */
  readonly extensions?: string
  /** Where an answer says what comes next: the cursor in its JSON, or Nchan's two headers. */
  readonly next?: 'cursor' | 'validators'
}

/** Whether what comes after the first answer comes on the same one. */
export const isStream = ({ kind }: Dialect): boolean => kind === 'frames' || kind === 'events'

export interface Contestant {
  readonly label: string
  readonly dialects: Readonly<Record<string, Dialect>>
  /** Path that takes POSTs of notices: an array of them in JSON, or each one by itself as it goes out. */
  readonly publish: { readonly path: string; readonly takes: 'array' | 'single' }
  /** Starts it in a process of its own. Throws ExitError 3 where this machine has no such server. */
  start(args?: readonly string[]): Promise<RunningContestant>
}

export interface RunningContestant {
  readonly port: number
  /** Processes whose CPU and memory are its own. */
  readonly pids: readonly number[]
  /** Rejects with ExitError 4 once it ends by itself. */
  readonly died: Promise<never>
  end(): Promise<void>
}
