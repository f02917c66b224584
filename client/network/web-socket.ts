// A WebSocket in Node with as little work per frame as it allows, for the same reason as our own HTTP: handshake, frames and closing.
import { createHash, randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { closePayload, maskedFrame, opcodes } from '../../server/frames.ts'
import { GUID } from '../codecs/accept.ts'
import { reasonOf } from '../reason.ts'
import type { WebSocketHandle, WebSocketHandlers } from '../transports/transport.ts'
import { type FrameHandlers, newFrameReading, readFrames } from './frame-reader.ts'
import { createHeadReader, type Head } from './head.ts'
import { type BodyReader, createBodyReader } from './http-body.ts'
import { openSocket, type SocketOptions } from './socket.ts'

export interface WebSocketOptions extends SocketOptions {
  /** A longer message closes with 1009. */
  readonly maxMessageBytes: number
}

const MAX_REFUSAL_BYTES = 64 * 1024

/** Opens one to `path`; `headers` is the text after those of the handshake, each line ended by CR LF. `onGone` runs once, when it is over. */
export function openWebSocket(
  origin: URL,
  path: string,
  headers: string,
  options: WebSocketOptions,
  handlers: WebSocketHandlers,
  onGone: () => void,
): WebSocketHandle {
  const key = randomBytes(16).toString('base64')
  let over = false
  let isOpen = false

  /** Ends it; gives whether it had not ended before. */
  function last(frame?: Buffer): boolean {
    if (over) return false
    over = true
    reading.done = true
    onGone()
    // Written before the connection is dropped, it still goes out; waiting for the other side's Close could take as long as it likes.
    if (frame && !socket.destroyed) socket.write(frame)
    socket.destroy()
    return true
  }
  const closed = (code: number, reason: string, frame?: Buffer): void => {
    if (last(frame)) handlers.onClose(code, reason)
  }

  const reading = newFrameReading()
  const read = (chunk: Buffer): void => readFrames(reading, chunk, options.maxMessageBytes, frames, undefined)
  const frames: FrameHandlers<undefined> = {
    onText: (_, text) => handlers.onText(text),
    onBinary: () => closed(1003, 'a binary frame arrived, and the protocol has only text', closeFrame(1003)),
    onPing(_, payload) {
      socket.write(maskedFrame(opcodes.pong, payload))
      handlers.onPing()
    },
    onPong() {},
    // Its own code is the answer to a Close frame (§5.5.1).
    onClose: (_, code, reason) => closed(code, reason, closeFrame(code)),
    onViolation: (_, code, reason) => closed(code, reason, closeFrame(code)),
  }

  const headReader = createHeadReader()
  let refused: { head: Head; body: BodyReader; text: Buffer } | undefined

  function readHandshake(chunk: Buffer): void {
    const found = headReader.read(chunk)
    if (!found) return
    const { head, left } = found
    if (head.status === 101) {
      const fault = faultOf(head, key)
      if (fault !== undefined) return closed(1006, fault)
      isOpen = true
      handlers.onOpen()
      if (left.length > 0 && !over) read(left)
    } else if (head.status < 200) {
      if (left.length > 0) readHandshake(left)
    } else {
      refused = { head, body: createBodyReader(head.status, head.header), text: Buffer.alloc(0) }
      readRefusal(left)
    }
  }

  function readRefusal(chunk: Buffer): void {
    const { body, text } = refused!
    body.read(chunk, piece => {
      if (text.length < MAX_REFUSAL_BYTES) refused!.text = Buffer.concat([refused!.text, piece])
    })
    if (body.done) refuse()
  }

  function refuse(): void {
    const { head, text } = refused!
    if (last()) handlers.onRefused(head.status, head.header, text.toString())
  }

  const socket: Socket = openSocket(origin, options, {
    onRead(chunk) {
      if (over) return
      if (isOpen) return read(chunk)
      try {
        if (refused) readRefusal(chunk)
        else readHandshake(chunk)
      } catch (error) {
        // Broken in the middle of its explanation, it is a refusal all the same.
        if (refused) refuse()
        else closed(1006, reasonOf(error))
      }
    },
    onEnd() {
      if (refused && !over) refuse()
      else closed(1006, isOpen ? '' : 'the other side closed the connection')
    },
    onFailure(error) {
      if (refused && !over) refuse()
      else closed(1006, reasonOf(error))
    },
  })
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${origin.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${headers}\r\n`,
    'latin1',
  )

  return {
    send(text) {
      if (!isOpen) throw new Error('a WebSocket must be open before something is sent on it')
      if (!over) socket.write(maskedFrame(opcodes.text, Buffer.from(text)))
    },
    close(code = 1000) {
      last(isOpen ? closeFrame(code) : undefined)
    },
  }
}

const closeFrame = (code: number): Buffer => maskedFrame(opcodes.close, closePayload(code))

/** What is wrong with a 101 (RFC 6455 §4.1); nothing was asked for that it could agree to besides. */
function faultOf({ header }: Head, key: string): string | undefined {
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64')
  if (!/^websocket$/i.test(header('upgrade') ?? '')) return 'the handshake was answered without "Upgrade: websocket"'
  if (!/(^|,)\s*upgrade\s*(,|$)/i.test(header('connection') ?? ''))
    return 'the handshake was answered without "Connection: Upgrade"'
  if (header('sec-websocket-accept') !== accept)
    return `Sec-WebSocket-Accept must be ${accept} for the key that was sent, got ${JSON.stringify(header('sec-websocket-accept'))}`
  if (header('sec-websocket-extensions') !== null || header('sec-websocket-protocol') !== null)
    return 'the handshake agreed to an extension or a protocol that was not asked for'
  return undefined
}
