// WebSocket: one frame per notice downstream, publishing upstream. `ws` does the handshake, reads, answers pings and closes; a broadcast is one
// prepared buffer of frames, written to the sockets under it.
import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { type Chunk, createFeed, type Sink, type Subscriber, type Wire } from '../feed.ts'
import { frameBytes, textFrame, textFrames } from '../frames.ts'
import { afterOf } from '../parameters.ts'
import { Problem, quote, refuse, toProblem } from '../problem.ts'
import { closeCodes, encodePosition, formatCursor, limits } from '../protocol.ts'
import type { Start } from '../stream.ts'
import { BoundedWebSocketServer } from '../web-sockets.ts'
import type { CreateDelivery } from './transport.ts'

/** Publishes of one connection that may be under way before nothing more is read from it. */
const MAX_PUBLISHES = 64
/** Bytes of a ping: its head. */
const PING_BYTES = 2

interface Connection<C extends Chunk> extends Subscriber<C> {
  readonly ws: WebSocket
  readonly raw: Socket
  /** The last ping was answered. */
  answered: boolean
  underWay: number
}

/** Texts for `ws.send`. */
interface Texts extends Chunk {
  readonly texts: readonly string[]
}

const textsOf = (texts: readonly string[], length: number): Texts => ({ texts, length, writes: texts.length })

export const createDelivery: CreateDelivery = context => {
  const { stream, publishing, tally, maxQueueBytes, writes, deflate } = context
  const server = new BoundedWebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.frameBytes,
    perMessageDeflate: deflate,
  })
  server.on('wsClientError', (error, socket, req) => refuse(socket, handshakeProblem(req, error)))

  /** How a connection is kept alive and ended, whichever way it is written to. */
  const manners: Pick<Wire<Connection<Chunk>, Chunk>, 'goodbye' | 'beat'> = {
    goodbye: ({ ws }, why) =>
      why === 'slow'
        ? ws.close(closeCodes.tryAgainLater, 'too slow: resume with your cursor')
        : ws.close(closeCodes.goingAway, 'the server is stopping: resume with your cursor'),
    beat(connection) {
      const { answered, ws, raw } = connection
      connection.answered = false
      if (answered && ws.readyState === ws.OPEN && raw.writableLength <= maxQueueBytes) {
        ws.ping()
        tally.heartbeatBytes += PING_BYTES
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
    join: (gap, notices) => textsOf([...gap.texts, ...notices.texts], gap.length + notices.length),
  })

  function welcome(ws: WebSocket, raw: Socket, start: Start): void {
    // A buffer of frames goes past what an extension would make of them.
    const isPrepared = writes === 'prepared' && ws.extensions === ''
    ws.send(encodePosition(formatCursor(start.epoch, start.seq), start.missed))
    if (isPrepared) prepared.add(listen(connectionOf(ws, raw, raw)), start)
    else sent.add(listen(connectionOf(ws, raw, sinkOf(ws))), start)
  }

  /** Takes what comes from the peer. */
  function listen<C extends Chunk>(connection: Connection<C>): Connection<C> {
    const { ws } = connection
    ws.on('pong', () => {
      connection.answered = true
    })
    ws.on('message', (data, isBinary) => {
      if (ws.readyState !== ws.OPEN) return
      if (isBinary) return ws.close(closeCodes.unsupportedData, 'frames must be text')
      take(connection, String(data))
    })
    // Whatever is wrong with what it sent, `ws` closes the connection for it.
    ws.on('error', () => {})
    return connection
  }

  function take(connection: Connection<Chunk>, text: string): void {
    const frame = publishing.parseFrame(text)
    if (typeof frame === 'string') return connection.ws.close(closeCodes.policyViolation, frame)
    const ref = JSON.stringify(frame.ref)
    connection.underWay++
    regulate(connection)
    publishing
      .publishFrame(frame)
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
  function regulate({ ws, raw, underWay }: Connection<Chunk>): void {
    const isFull = underWay >= MAX_PUBLISHES || raw.writableNeedDrain
    if (isFull === ws.isPaused) return
    if (isFull) ws.pause()
    else ws.resume()
  }

  function reply(connection: Connection<Chunk>, text: string): void {
    const { ws, raw } = connection
    if (ws.readyState !== ws.OPEN) return
    ws.send(text)
    if (ws.bufferedAmount > maxQueueBytes) ws.terminate()
    else if (raw.writableNeedDrain) raw.once('drain', () => regulate(connection))
  }

  return {
    upgrade(req, socket, head, query) {
      tally.requests++
      const begin = (start: Start): void => server.handleUpgrade(req, socket, head, ws => welcome(ws, socket, start))
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

const connectionOf = <C extends Chunk>(ws: WebSocket, raw: Socket, socket: Sink<C>): Connection<C> => ({
  ws,
  raw,
  socket,
  answered: true,
  underWay: 0,
  /** Nothing may follow a Close frame, whoever sent it (RFC 6455 §5.5.1). */
  get isClosing() {
    return ws.readyState !== ws.OPEN
  },
})

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
