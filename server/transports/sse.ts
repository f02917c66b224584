// Server-Sent Events: one response that never ends, delimited by the connection's end, each event carrying its cursor as id.

import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createFeed, type Subscriber, type Wire } from '../feed.ts'
import { afterOf } from '../parameters.ts'
import { Problem } from '../problem.ts'
import { encodeEvent, encodePosition, formatCursor } from '../protocol.ts'
import type { Start } from '../stream.ts'
import type { CreateDelivery } from './transport.ts'

/** How long a browser's EventSource waits before it reconnects. */
const RETRY_MS = 1000

const position = (event: string, cursor: string, missed: number | null): string =>
  encodeEvent(cursor, encodePosition(cursor, missed), event)

interface Streaming extends Subscriber {
  readonly res: ServerResponse
}

const wire: Wire<Streaming> = {
  notices: (epoch, entries) =>
    Buffer.from(entries.map(entry => encodeEvent(formatCursor(epoch, entry.seq), entry.json)).join('')),
  gap: (cursor, missed) => Buffer.from(position('gap', cursor, missed)),
  join: (gap, notices) => Buffer.concat([gap, notices]),
  heartbeat: Buffer.from(':\n\n'),
  goodbye(streaming) {
    streaming.isClosing = true
    streaming.res.end()
  },
}

export const createDelivery: CreateDelivery = context => {
  const { stream, tally } = context
  const feed = createFeed(context, wire)

  return {
    handle(req, res, query) {
      tally.requests++
      const socket = res.socket as Socket | null
      // Behind an unanswered request on the same connection there is no socket to stream on yet.
      if (!socket)
        throw new Problem(400, 'a stream must be the only request under way on its connection, got a pipelined one')

      const begin = (start: Start): void => {
        if (socket.destroyed) return
        // Not chunked: events are written to the socket as they are, the same bytes for every subscriber.
        res.useChunkedEncodingByDefault = false
        res.writeHead(200, {
          'Content-Type': 'text/event-stream; charset=utf-8',
          'Cache-Control': 'no-store, no-transform',
          'X-Accel-Buffering': 'no',
          Connection: 'close',
        })
        const cursor = formatCursor(start.epoch, start.seq)
        res.write(`retry: ${RETRY_MS}\n\n${position('hello', cursor, start.missed)}`)
        feed.add({ socket, res, isClosing: false }, start)
      }

      const lastEventId = req.headers['last-event-id']
      const start = stream.start(typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : afterOf(query))
      if (start instanceof Promise) return start.then(begin)
      begin(start)
    },
    drain: feed.drain,
  }
}
