// WebSocket: one frame per notice downstream, publishing upstream. Handshake, frames and closing are our own few lines on the raw socket.
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { createFeed, type Subscriber, type Wire } from '../feed.ts'
import {
  closePayload,
  type FrameHandlers,
  type FrameReading,
  frameOf,
  newFrameReading,
  opcodes,
  readFrames,
  textFrame,
  textFrames,
} from '../frames.ts'
import { afterOf } from '../parameters.ts'
import { Problem, quote, toProblem } from '../problem.ts'
import { closeCodes, encodePosition, formatCursor, limits } from '../protocol.ts'
import type { Start } from '../stream.ts'
import type { CreateDelivery } from './transport.ts'

/** Publishes of one connection that may be under way at once; further frames wait in the kernel. */
const MAX_PUBLISHES = 64
/** How long a peer may take to answer our Close before the connection is cut (RFC 6455 §7.1.1 leaves it open). */
const CLOSE_WITHIN_MS = 2000
/** RFC 6455 §1.3. */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

interface Connection extends Subscriber {
  readonly socket: Socket
  readonly reading: FrameReading
  /** The last ping was answered. */
  answered: boolean
  underWay: number
}

const rules = { reader: 'server', maxMessageBytes: limits.frameBytes } as const
const nothing = Buffer.alloc(0)

/** Sends a Close frame, once, and ends our side; whoever does not end theirs in time is cut. */
function close(connection: Connection, code: number, reason: string): void {
  if (connection.isClosing) return
  connection.isClosing = true
  connection.reading.done = true
  const { socket } = connection
  socket.end(frameOf(opcodes.close, closePayload(code, reason)))
  const timer = setTimeout(() => socket.destroy(), CLOSE_WITHIN_MS)
  socket.once('close', () => clearTimeout(timer))
}

const wire: Wire<Connection> = {
  notices: (_epoch, entries) => textFrames(entries),
  gap: (cursor, missed) => textFrame(encodePosition(cursor, missed)),
  join: (gap, notices) => Buffer.concat([gap, notices]),
  heartbeat: frameOf(opcodes.ping, nothing),
  goodbye: (connection, why) =>
    why === 'slow'
      ? close(connection, closeCodes.tryAgainLater, 'too slow: resume with your cursor')
      : close(connection, closeCodes.goingAway, 'the server is stopping: resume with your cursor'),
  beat(connection) {
    const { answered } = connection
    connection.answered = false
    return answered
  },
}

export const createDelivery: CreateDelivery = context => {
  const { stream, publishing, tally, maxQueueBytes } = context
  const feed = createFeed(context, wire)

  const handlers: FrameHandlers<Connection> = {
    onText(connection, text) {
      const frame = publishing.parseFrame(text)
      if (typeof frame === 'string') return close(connection, closeCodes.policyViolation, frame)
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
    },
    onBinary: connection => close(connection, closeCodes.unsupportedData, 'frames must be text'),
    onPing({ socket, isClosing }, payload) {
      if (isClosing) return
      // Pings ask for bytes: whoever does not read the answers gets no more of them.
      if (socket.writableLength <= maxQueueBytes) socket.write(frameOf(opcodes.pong, payload))
    },
    onPong(connection) {
      connection.answered = true
    },
    onClose: (connection, code) => close(connection, code, ''),
    onViolation: (connection, code, reason) => close(connection, code, reason),
  }

  /** Reads on, or not: a publisher whose answers wait, or who has much under way, is left waiting. */
  function regulate(connection: Connection): void {
    const { socket, reading, underWay } = connection
    const isFull = underWay >= MAX_PUBLISHES || socket.writableNeedDrain
    if (isFull === reading.paused || socket.destroyed) return
    reading.paused = isFull
    if (isFull) {
      socket.pause()
      return
    }
    readFrames(reading, nothing, rules, handlers, connection)
    if (!reading.paused) socket.resume()
  }

  function reply(connection: Connection, text: string): void {
    const { socket, isClosing } = connection
    if (isClosing || socket.destroyed) return
    socket.write(textFrame(text))
    if (socket.writableLength > maxQueueBytes) socket.destroy()
    else if (socket.writableNeedDrain) socket.once('drain', () => regulate(connection))
  }

  return {
    upgrade(req, socket, head, query) {
      tally.requests++
      const accept = acceptOf(req)
      const begin = (start: Start): void => {
        if (socket.destroyed) return
        const connection: Connection = {
          socket,
          isClosing: false,
          reading: newFrameReading(),
          answered: true,
          underWay: 0,
        }
        socket.on('data', chunk => readFrames(connection.reading, chunk, rules, handlers, connection))
        socket.on('end', () => {
          connection.isClosing = true
          socket.end()
        })
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
        )
        socket.write(textFrame(encodePosition(formatCursor(start.epoch, start.seq), start.missed)))
        if (head.length > 0) readFrames(connection.reading, head, rules, handlers, connection)
        feed.add(connection, start)
      }
      const start = stream.start(afterOf(query))
      if (start instanceof Promise) return start.then(begin)
      begin(start)
    },
    drain: feed.drain,
  }
}

/** The accept key of a handshake (RFC 6455 §4.2). Throws Problem where it is none; 426 names the version that is spoken. */
function acceptOf({ method, headers }: IncomingMessage): string {
  const key = headers['sec-websocket-key']
  if (method !== 'GET') throw new Problem(405, `a WebSocket handshake must be a GET, got ${method}`, { Allow: 'GET' })
  if (headers.upgrade?.toLowerCase() !== 'websocket')
    throw new Problem(400, `"Upgrade" must be websocket, got ${quote(headers.upgrade ?? '')}`)
  if (headers['sec-websocket-version'] !== '13')
    throw new Problem(426, `"Sec-WebSocket-Version" must be 13, got ${quote(headers['sec-websocket-version'] ?? '')}`, {
      'Sec-WebSocket-Version': '13',
    })
  if (key === undefined || !/^[+/0-9A-Za-z]{22}==$/.test(key))
    throw new Problem(400, `"Sec-WebSocket-Key" must be 16 bytes in base64, got ${quote(key ?? '')}`)
  return createHash('sha1')
    .update(key + ACCEPT_SUFFIX)
    .digest('base64')
}
