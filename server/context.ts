// What a transport delivers with: the stream, its counters, and the settings that concern it.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Allowance } from './limits.ts'
import type { Publisher, Publishing, Rights } from './publishing.ts'
import type { Queues } from './queues.ts'
import type { Stream } from './stream.ts'
import type { Subscribers } from './subscribers.ts'
import type { Turns } from './turns.ts'

/** Counters of one transport since the server started. */
export interface TransportTally {
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
  /** Who publishes with this request, or on the session that began with it. */
  readonly publisherOf: (req: IncomingMessage) => Publisher
  /** As much of it as can be shared by all connections that listen and never publish. */
  readonly rightsOf: (req: IncomingMessage) => Rights
  /** The rest of it, for a connection that an upgrade has made one client's. */
  readonly allowanceOf: (socket: Socket) => Allowance
  readonly subscribers: Pick<Subscribers, 'share' | 'admit'>
  readonly tally: TransportTally
  readonly heartbeatMs: number
  /** Bytes that may wait for one subscriber in this process. */
  readonly maxQueueBytes: number
  /** An answer may wait so long without any of it being taken. */
  readonly answerTimeoutMs: number
  readonly queues: Queues
  readonly turns: Turns
  /** Bytes on the wire are made for each connection. */
  readonly isSecure: boolean
  /** Declared busy wait in µs per write, for experiments that need a slow server; 0 = none. */
  readonly burnUs: number
  /** How notices are written to open streams: one prepared buffer for all on the raw socket, or the library's own send for each one. */
  readonly writes: 'prepared' | 'send'
  /** Agree to permessage-deflate where a WebSocket offers it. */
  readonly deflate: boolean
}

export const newTransportTally = (): TransportTally => ({
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
