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

/** Written to the socket as the events are: not chunked, and a response that Node has written a head of keeps it, 700 B in pieces, for as long as the
 * stream lasts. What others have set on `res`, CORS for one, is in it. */
function headOf(res: ServerResponse): string {
  let head = `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store, no-transform\r\nX-Accel-Buffering: no\r\n`
  for (const [name, value] of Object.entries(res.getHeaders())) head += `${name}: ${value}\r\n`
  return `${head}Date: ${new Date().toUTCString()}\r\nConnection: close\r\n\r\n`
}

interface Streaming extends Subscriber {
  readonly socket: Socket
}

const wire: Wire<Streaming> = {
  notices: (epoch, entries) =>
    Buffer.from(entries.map(entry => encodeEvent(formatCursor(epoch, entry.seq), entry.json)).join('')),
  gap: (cursor, missed) => Buffer.from(position('gap', cursor, missed)),
  join: (gap, notices) => Buffer.concat([gap, notices]),
  heartbeat: Buffer.from(':\n\n'),
  goodbye(streaming) {
    streaming.isClosing = true
    streaming.socket.destroySoon()
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
        const cursor = formatCursor(start.epoch, start.seq)
        socket.write(`${headOf(res)}retry: ${RETRY_MS}\n\n${position('hello', cursor, start.missed)}`)
        feed.add({ socket, isClosing: false }, start)
      }

      const lastEventId = req.headers['last-event-id']
      const start = stream.start(typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : afterOf(query))
      if (start instanceof Promise) return start.then(begin)
      begin(start)
    },
    drain: feed.drain,
  }
}
