// LEAF. The anatomy's part of the API: its paths, and what server and tap ask each other (server/README.md, "The rest").

export const anatomyPaths = {
  page: '/anatomy',
  state: '/api/anatomy',
  captures: '/api/anatomy/captures',
  end: '/api/anatomy/captures/end',
  tries: '/api/anatomy/tries',
  /** WebSocket of the process that taps; over the control socket only. */
  tap: '/api/anatomy/tap',
} as const

export interface AnatomyState {
  /** The page came through a tap. */
  readonly canCapture: boolean
  /** Handshakes that may be tried. */
  readonly steps: readonly string[]
}

/** What happens within a capture: the answer to its beginning. Times are ms since then. */
export interface CapturePlan {
  readonly pollIntervalMs: number
  /** How long the server is to hold a poll. */
  readonly waitMs: number
  /** What the page publishes, over its transport where that takes it, and when. */
  readonly upstream: { readonly atMs: number; readonly body: unknown }
  /** When the page stops to subscribe, and asks for the end. */
  readonly lastsMs: number
}

/** A connection as the server counted it at the raw socket (under TLS). */
export interface Count {
  /** The client's port, as the server sees it. */
  readonly port: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** Something else than a transport or a publish came over it. */
  readonly isMixed: boolean
}

/** What the server asks the tap. An error is a sentence for whoever asked. */
export type TapCalls = {
  /** `port`: of the connection that asked for it, as the server sees it. */
  begin: {
    argument: { readonly transport: string; readonly port: number; readonly userAgent: string }
    result: CapturePlan
  }
  /** A capture as client/anatomy/capture.ts describes it; `port` likewise. */
  end: { argument: { readonly port: number }; result: object }
  try: { argument: { readonly step: string }; result: object }
}

/** What the tap asks the server. */
export type CountCalls = {
  /** First of all: what may be tried. */
  hello: { argument: { readonly steps: readonly string[] }; result: null }
  /** Connections that the server accepted since the last `begin`, or is told nothing of. */
  count: { argument: null; result: readonly Count[] }
}
