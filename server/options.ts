// The server's options, as everything but the command line knows them.
import type { Certificate } from './certificate.ts'

/** Paths of a certificate and its key. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

export interface ServerOptions {
  readonly host: string
  readonly port: number
  /** Names and addresses that requests may be to, besides `host`, loopback and the machine's addresses. */
  readonly hostNames: readonly string[]
  /** Path of the Unix socket (named pipe on Windows) for control, or undefined. */
  readonly control: string | undefined
  readonly logCapacity: number
  readonly logBytes: number
  readonly coalesce: boolean
  /** Who answers the stream's requests: its Router, called by the HTTP server, or the whole Express app with that Router in it. */
  readonly express: 'router' | 'app'
  readonly writes: 'prepared' | 'send'
  readonly deflate: boolean
  readonly heartbeatMs: number
  readonly maxQueueBytes: number
  /** Bytes that may wait over all connections. */
  readonly maxQueuedBytes: number
  /** Bytes of request bodies that have not ended. */
  readonly maxUnfinishedBytes: number
  readonly answerTimeoutMs: number
  readonly headerTimeoutMs: number
  readonly bodyTimeoutMs: number
  readonly keepAliveMs: number
  /** undefined = as many as the process may have descriptors for. */
  readonly maxConnections: number | undefined
  readonly maxConnectionsPerAddress: number
  /** undefined = as many as connections. */
  readonly maxSubscribers: number | undefined
  /** Of one address. */
  readonly requestsPerSecond: number
  /** Notices that one address may publish. */
  readonly publishesPerSecond: number
  /** Of one address. */
  readonly wrongTokensPerMinute: number
  /** What one address may does not concern those of loopback. */
  readonly exemptLoopback: boolean
  /** Addresses and networks of proxies that name in X-Forwarded-For whom they ask for. */
  readonly trustedProxies: readonly string[]
  readonly publishToken: string | undefined
  readonly allowOrigins: readonly string[]
  readonly backplane: string
  /** Processes that share the port. */
  readonly workers: number
  /** Connections that the kernel may hold until they are accepted: Node's own 511 overflow when thousands come back at once. */
  readonly backlog: number
  readonly burnUs: number
  /** Serve https: with a certificate made on the fly, with these files (PEM), or with one that was made already; undefined = http. */
  readonly tls: 'self-signed' | TlsFiles | { readonly made: Certificate } | undefined
  /** Where the run viewer looks for runs. */
  readonly resultsDir: string | undefined
  /** The log that the demo's pages play where nothing is live; undefined = the one that comes with the lab. */
  readonly demoRecording: string | undefined
}

/** A command line that cannot be followed; `message` says what to type instead. Exit code 2. */
export class UsageError extends Error {}

/** The URL of a server that listens there. */
export const urlOf = (host: string, port: number, isSecure: boolean): string =>
  `http${isSecure ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${port}`
