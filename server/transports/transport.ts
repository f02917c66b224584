// The server's contract: what a transport is given, and what it must offer.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { deliveryPath } from '../protocol.ts'
import type { Publishing } from '../publishing.ts'
import type { Stream } from '../stream.ts'
import type { Query } from '../target.ts'

/** Counters of one transport since the server started. */
export interface Tally {
  /** Requests, upgrades included. */
  requests: number
  /** Notices handed over, once for each subscriber. */
  notices: number
  /** Answers or writes that carried notices. */
  writes: number
  /** Polling answers without a notice. */
  emptyAnswers: number
  /** Encoded notices handed over, bytes. */
  noticeBytes: number
  /** The answer bodies, events or frames that carried them, bytes. */
  payloadBytes: number
  /** Bodies of empty answers, bytes. */
  emptyBytes: number
  /** Signs of life on quiet streams, bytes sent. */
  heartbeatBytes: number
  /** Re-arm gaps: a poll's answer sent → the next poll on the same connection. Count, sum and sum of squares in ms. */
  gaps: number
  gapMs: number
  gapMs2: number
  /** Subscribers closed because they did not keep up. */
  slowClosed: number
}

export interface Context {
  readonly stream: Stream
  readonly publishing: Publishing
  readonly tally: Tally
  readonly heartbeatMs: number
  /** Bytes that may wait for one subscriber in this process. */
  readonly maxQueueBytes: number
  /** Declared busy wait in µs per write, for experiments that need a slow server; 0 = none. */
  readonly burnUs: number
  /** How notices are written to open streams: one prepared buffer for all on the raw socket, or the library's own send for each one. */
  readonly writes: 'prepared' | 'send'
  /** Agree to permessage-deflate where a WebSocket offers it. */
  readonly deflate: boolean
}

export interface Delivery {
  /** Methods that `handle` takes; absent = GET. */
  readonly methods?: readonly string[]
  /** Its library's clients put a slash behind the path: both are served. */
  readonly isSlashed?: boolean
  /** Answers a request on the transport's path. A throw or a rejection becomes a problem answer. */
  readonly handle?: (req: IncomingMessage, res: ServerResponse, query: Query) => void | Promise<void>
  /** Takes over an upgrade request on the transport's path. A throw or a rejection refuses it. */
  readonly upgrade?: (req: IncomingMessage, socket: Socket, head: Buffer, query: Query) => void | Promise<void>
  /** Orderly end: subscribers get what was appended, then are told goodbye; cuts what is left when `signal` aborts. Gives how many were cut. */
  drain(signal: AbortSignal): Promise<number>
}

/** The paths on which the transport `name` is served. */
export const pathsOf = (name: string, { isSlashed = false }: Delivery): readonly string[] =>
  isSlashed ? [deliveryPath(name), `${deliveryPath(name)}/`] : [deliveryPath(name)]

export type CreateDelivery = (context: Context) => Delivery

export const newTally = (): Tally => ({
  requests: 0,
  notices: 0,
  writes: 0,
  emptyAnswers: 0,
  noticeBytes: 0,
  payloadBytes: 0,
  emptyBytes: 0,
  heartbeatBytes: 0,
  gaps: 0,
  gapMs: 0,
  gapMs2: 0,
  slowClosed: 0,
})
