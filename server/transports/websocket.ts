// WebSocket: one frame per notice downstream, publishing upstream. `ws` does the handshake, reads, answers pings and closes; a broadcast is one
// prepared buffer of frames, written to the sockets under it.
import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { type RawData, WebSocket } from 'ws'
import {
  type Chunk,
  createFeed,
  joinTexts,
  type Sink,
  type Subscriber,
  type Texts,
  textsOf,
  type WireFormat,
} from '../feed.ts'
import { closeReason, frameBytes, opcodes, textFrame, textFrames } from '../frames.ts'
import { afterOf } from '../parameters.ts'
import { Problem, quote, refuse, toProblem } from '../problem.ts'
import { closeCodes, encodePosition, formatCursor, limits } from '../protocol.ts'
import type { Rights } from '../publishing.ts'
import type { Start } from '../stream.ts'
import { BoundedWebSocketServer } from '../web-sockets.ts'
import type { CreateDelivery } from './transport.ts'

/** Publishes of one connection that may be under way before nothing more is read from it. */
const MAX_PUBLISHES = 64
/** A ping without a payload. */
const PING = Buffer.from([0x80 | opcodes.ping, 0])

/** `ws`'s WebSocket, which is its own subscriber: an object less for each connection. */
class Connection<C extends Chunk> extends WebSocket implements Subscriber<C> {
  socket!: Sink<C>
  /** The socket that the upgrade gave. */
  raw!: Socket
  rights!: Rights
  /** The last ping was answered. */
  answered = true
  /** Publishes. */
  underWay = 0
  /** Its next `drain` is listened for. */
  isFull = false
  /** Nothing may follow a Close frame, whoever sent it (RFC 6455 §5.5.1). */
  get isClosing(): boolean {
    return this.readyState !== this.OPEN
  }
}

export const createDelivery: CreateDelivery = context => {
  const { stream, publishing, rightsOf, allowanceOf, subscribers, tally, maxQueueBytes, writes, deflate } = context
  const server = new BoundedWebSocketServer<typeof Connection<Chunk>>({
    WebSocket: Connection,
    noServer: true,
    clientTracking: false,
    maxPayload: limits.frameBytes,
    perMessageDeflate: deflate,
  })
  server.on('wsClientError', (error, socket, req) => refuse(socket, handshakeProblem(req, error)))

  let sign = { cursor: '', text: '', bytes: PING }
  /** The sign of life that a page sees too: behind the ping, the position. Made once for all at one head. */
  function signAt(cursor: string): typeof sign {
    if (sign.cursor !== cursor) {
      const text = encodePosition(cursor, 0)
      sign = { cursor, text, bytes: Buffer.concat([PING, textFrame(text)]) }
    }
    return sign
  }

  /** How a connection is kept alive and ended, whichever way it is written to. */
  const manners: Pick<WireFormat<Connection<Chunk>, Chunk>, 'goodbye' | 'beat'> = {
    goodbye: (connection, why) =>
      why === 'slow'
        ? connection.close(closeCodes.tryAgainLater, 'too slow: resume with your cursor')
        : connection.close(closeCodes.goingAway, 'the server is stopping: resume with your cursor'),
    beat(connection, quietAt) {
      const { answered, isClosing, raw } = connection
      connection.answered = false
      if (answered && !isClosing && raw.writableLength <= maxQueueBytes) {
        // As notices are written: with 250,000 quiet connections, 17,000 pings a second are all that the server does.
        const seen = quietAt === undefined ? undefined : signAt(quietAt)
        const bytes = seen?.bytes ?? PING
        if (connection.socket === raw) raw.write(bytes)
        else {
          connection.ping()
          if (seen) connection.send(seen.text)
        }
        tally.heartbeatBytes += bytes.length
      }
      return answered
    },
  }
  const prepared = createFeed<Connection<Buffer>>(context, {
    ...manners,
    notices: (_epoch, entries) => textFrames(entries),
    gap: (cursor, missed) => textFrame(encodePosition(cursor, missed)),
    join: (gap, notices) => Buffer.concat([gap, notices]),
  })
  const sent = createFeed<Connection<Texts>, Texts>(context, {
    ...manners,
    notices: (_epoch, entries) =>
      textsOf(
        entries.map(({ json }) => json),
        entries.reduce((sum, { bytes }) => sum + frameBytes(bytes), 0),
      ),
    gap(cursor, missed) {
      const text = encodePosition(cursor, missed)
      return textsOf([text], frameBytes(text.length))
    },
    join: joinTexts,
  })

  function welcome(connection: Connection<Chunk>, raw: Socket, rights: Rights, start: Start): void {
    connection.raw = raw
    connection.rights = rights
    connection.on('pong', onPong)
    connection.on('message', onMessage)
    // Whatever is wrong with what it sent, `ws` closes the connection for it.
    connection.on('error', ignore)
    connection.send(encodePosition(formatCursor(start.epoch, start.seq), start.missed))
    // A buffer of frames goes past what an extension would make of them.
    if (writes === 'prepared' && connection.extensions === '') {
      connection.socket = raw
      prepared.add(connection as Connection<Buffer>, start)
    } else {
      connection.socket = sinkOf(connection)
      sent.add(connection as Connection<Texts>, start)
    }
  }

  // One function for all connections: a closure for each is memory for each.
  function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
    const connection = this as Connection<Chunk>
    if (connection.isClosing) return
    if (isBinary) return connection.close(closeCodes.unsupportedData, 'frames must be text')
    take(connection, String(data))
  }

  function take(connection: Connection<Chunk>, text: string): void {
    const frame = publishing.parseFrame(text)
    // It quotes what came, in characters of up to four bytes; `ws` throws at a longer one.
    if (typeof frame === 'string') return connection.close(closeCodes.policyViolation, closeReason(frame))
    const ref = JSON.stringify(frame.ref)
    const publisher = { ...connection.rights, allowance: allowanceOf(connection.raw) }
    connection.underWay++
    regulate(connection)
    publishing
      .publishFrame(frame, publisher)
      .then(
        seq => reply(connection, `{"ref":${ref},"seq":${seq}}`),
        error => reply(connection, `{"ref":${ref},"error":${JSON.stringify(toProblem(error).message)}}`),
      )
      .finally(() => {
        connection.underWay--
        regulate(connection)
      })
  }

  /** Reads on, or not: a publisher whose answers wait, or who has much under way, is left waiting. What the last read brought is still taken. */
  function regulate(connection: Connection<Chunk>): void {
    const { raw, underWay, isPaused } = connection
    if (raw.writableNeedDrain && !connection.isFull) {
      connection.isFull = true
      raw.once('drain', () => {
        connection.isFull = false
        regulate(connection)
      })
    }
    const isToWait = connection.isFull || underWay >= MAX_PUBLISHES
    if (isToWait === isPaused) return
    if (isToWait) connection.pause()
    else connection.resume()
  }

  function reply(connection: Connection<Chunk>, text: string): void {
    if (connection.isClosing) return
    connection.send(text)
    if (connection.bufferedAmount > maxQueueBytes) connection.terminate()
  }

  return {
    // What is asked for may also have been an offer that a proxy on the way took out.
    handle() {
      throw new Problem(
        426,
        'this path takes WebSocket handshakes only: "Upgrade: websocket" and "Connection: Upgrade"',
        {
          Upgrade: 'websocket',
          Connection: 'Upgrade',
        },
      )
    },
    upgrade(req, socket, head, query) {
      tally.requests++
      const rights = rightsOf(req)
      const begin = (start: Start): void => {
        subscribers.admit()
        server.handleUpgrade(req, socket, head, ws => welcome(ws, socket, rights, start))
      }
      const start = stream.start(afterOf(query))
      if (start instanceof Promise) return start.then(begin)
      begin(start)
    },
    async drain(signal) {
      const counts = await Promise.all([prepared.drain(signal), sent.drain(signal)])
      return counts[0] + counts[1]
    },
  }
}

function onPong(this: WebSocket): void {
  ;(this as Connection<Chunk>).answered = true
}

const ignore = (): void => {}

/** A WebSocket that is written to with `ws.send`, notice by notice, as in anybody's loop over clients. */
function sinkOf(ws: WebSocket): Sink<Texts> {
  const events = new EventEmitter()
  let isGone = false
  ws.once('close', () => {
    isGone = true
    events.emit('close')
  })
  const sentOne = (): void => {
    if (ws.bufferedAmount === 0) events.emit('drain')
  }
  return {
    write({ texts }) {
      for (const text of texts) ws.send(text, sentOne)
    },
    get writableLength() {
      return ws.bufferedAmount
    },
    get destroyed() {
      return isGone
    },
    destroy: () => ws.terminate(),
    once: (event, listener) => events.once(event, listener),
    on: (event, listener) => events.on(event, listener),
  }
}

/** Why `ws` refused a handshake (RFC 6455 §4.2). */
function handshakeProblem({ method, headers }: IncomingMessage, error: Error): Problem {
  if (method !== 'GET') return new Problem(405, `a WebSocket handshake must be a GET, got ${method}`, { Allow: 'GET' })
  if (headers['sec-websocket-version'] !== '13')
    return new Problem(
      426,
      `"Sec-WebSocket-Version" must be 13, got ${quote(headers['sec-websocket-version'] ?? '')}`,
      { 'Sec-WebSocket-Version': '13' },
    )
  return new Problem(400, error.message)
}
