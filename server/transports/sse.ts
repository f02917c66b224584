// Server-Sent Events: one response that never ends, delimited by the connection's end, each event carrying its cursor as id.

import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createFeed, joinTexts, type Sink, type Subscriber, type Texts, textsOf, type WireFormat } from '../feed.ts'
import type { Entry } from '../log.ts'
import { afterOf } from '../parameters.ts'
import { Problem } from '../problem.ts'
import { encodeEvent, encodePosition, formatCursor } from '../protocol.ts'
import type { Start } from '../stream.ts'
import type { CreateDelivery } from './transport.ts'

/** How long a browser's EventSource waits before it reconnects. */
const RETRY_MS = 1000
const HEARTBEAT = ':\n\n'
const headers = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
}

const position = (event: string, cursor: string, missed: number | null): string =>
  encodeEvent(cursor, encodePosition(cursor, missed), event)

/** Written to the socket as the events are: not chunked, and a response that Node has written a head of keeps it, 700 B in pieces, for as long as the
 * stream lasts. What others have set on `res`, CORS for one, is in it. */
function headOf(res: ServerResponse): string {
  let head = 'HTTP/1.1 200 OK\r\n'
  for (const [name, value] of Object.entries({ ...headers, ...res.getHeaders() })) head += `${name}: ${value}\r\n`
  return `${head}Date: ${new Date().toUTCString()}\r\nConnection: close\r\n\r\n`
}

/** Events of a stream whose socket is written to. */
interface Streaming extends Subscriber {
  readonly socket: Socket
}

const eventOf = (epoch: string, { seq, json }: Entry): string => encodeEvent(formatCursor(epoch, seq), json)

const prepared: WireFormat<Streaming> = {
  notices: (epoch, entries) => Buffer.from(entries.map(entry => eventOf(epoch, entry)).join('')),
  gap: (cursor, missed) => Buffer.from(position('gap', cursor, missed)),
  join: (gap, notices) => Buffer.concat([gap, notices]),
  heartbeat: Buffer.from(HEARTBEAT),
  goodbye(streaming) {
    streaming.isClosing = true
    streaming.socket.destroySoon()
  },
}

interface Responding extends Subscriber<Texts> {
  readonly res: ServerResponse
}

const eventsOf = (texts: readonly string[]): Texts =>
  textsOf(
    texts,
    texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
  )

const sent: WireFormat<Responding, Texts> = {
  notices: (epoch, entries) => eventsOf(entries.map(entry => eventOf(epoch, entry))),
  gap: (cursor, missed) => eventsOf([position('gap', cursor, missed)]),
  join: joinTexts,
  heartbeat: eventsOf([HEARTBEAT]),
  goodbye(responding) {
    responding.isClosing = true
    responding.res.end()
  },
}

/** A response that is written to with `res.write`, event by event, as in anybody's loop over responses. */
const sinkOf = (res: ServerResponse): Sink<Texts> => ({
  write({ texts }) {
    for (const text of texts) res.write(text)
  },
  get writableLength() {
    return res.writableLength
  },
  get destroyed() {
    return res.destroyed
  },
  destroy: () => void res.destroy(),
  once: (event, listener) => res.once(event, listener),
  on: (event, listener) => res.on(event, listener),
})

export const createDelivery: CreateDelivery = context => {
  const { stream, tally, writes, subscribers } = context
  const feed = createFeed(context, prepared)
  const responses = createFeed(context, sent)

  return {
    handle(req, res, query) {
      tally.requests++
      const socket = res.socket as Socket | null
      // Behind an unanswered request on the same connection there is no socket to stream on yet.
      if (!socket)
        throw new Problem(400, 'a stream must be the only request under way on its connection, got a pipelined one')

      const begin = (start: Start): void => {
        if (socket.destroyed) return
        subscribers.admit()
        const cursor = formatCursor(start.epoch, start.seq)
        const hello = `retry: ${RETRY_MS}\n\n${position('hello', cursor, start.missed)}`
        if (writes === 'send') {
          res.writeHead(200, headers)
          res.write(hello)
          responses.add({ res, socket: sinkOf(res), isClosing: false }, start)
        } else {
          socket.write(`${headOf(res)}${hello}`)
          feed.add({ socket, isClosing: false }, start)
        }
      }

      const lastEventId = req.headers['last-event-id']
      const start = stream.start(typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : afterOf(query))
      if (start instanceof Promise) return start.then(begin)
      begin(start)
    },
    async drain(signal) {
      const counts = await Promise.all([feed.drain(signal), responses.drain(signal)])
      return counts[0] + counts[1]
    },
  }
}
