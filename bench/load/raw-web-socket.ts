// A WebSocket of the load without any library: its handshake as text, its frames by our own reader, its pings answered.
import type { Socket } from 'node:net'
import {
  type FrameHandlers,
  type FrameReading,
  newFrameReading,
  readFrames,
} from '../../client/network/frame-reader.ts'
import { createHeadReader, type HeadReader } from '../../client/network/head.ts'
import { openSocket, type SocketOptions } from '../../client/network/socket.ts'
import { maskedFrame, opcodes } from '../../server/frames.ts'
import { limits } from '../../server/protocol.ts'

export interface RawWebSocket {
  readonly socket: Socket
}

export interface RawHandlers {
  onOpen(): void
  onText(text: string): void
  /** It did not come about, or is over: why. It may be told more than once. */
  onFailure(error: NodeJS.ErrnoException): void
}

interface Connection extends RawWebSocket {
  readonly handlers: RawHandlers
  /** undefined until the handshake is over. */
  reading: FrameReading | undefined
  readonly head: HeadReader
}

const pong = maskedFrame(opcodes.pong, Buffer.alloc(0))

const frameHandlers: FrameHandlers<Connection> = {
  onText: ({ handlers }, text) => handlers.onText(text),
  onPing: ({ socket }) => void socket.write(pong),
  onPong: () => {},
  onBinary: ({ handlers }) => handlers.onFailure(new Error('a binary frame came')),
  onClose: ({ handlers }, code, reason) => handlers.onFailure(new Error(`closed with ${code} ${reason}`)),
  onViolation: ({ handlers }, _, reason) => handlers.onFailure(new Error(reason)),
}

/** Opens one; `request` is the whole text of its handshake. Whoever opened it destroys its socket, also where it failed. */
export function openRawWebSocket(
  origin: string,
  request: string,
  place: Pick<SocketOptions, 'localAddress' | 'localPort'>,
  handlers: RawHandlers,
): RawWebSocket {
  const socket = openSocket(new URL(origin), place, {
    onRead(chunk) {
      if (connection.reading) return readFrames(connection.reading, chunk, limits.frameBytes, frameHandlers, connection)
      const found = headIn(chunk)
      if (!found) return
      const { head, left } = found
      if (head.status !== 101) return handlers.onFailure(new Error(`refused with ${head.status}`))
      connection.reading = newFrameReading()
      handlers.onOpen()
      if (!socket.destroyed) readFrames(connection.reading, left, limits.frameBytes, frameHandlers, connection)
    },
    onEnd: () => handlers.onFailure(new Error('ended by the server')),
    onFailure: error => handlers.onFailure(error),
  })
  const connection: Connection = { socket, handlers, reading: undefined, head: createHeadReader() }
  function headIn(chunk: Buffer): ReturnType<HeadReader['read']> {
    try {
      return connection.head.read(chunk)
    } catch (error) {
      handlers.onFailure(error as Error)
      return undefined
    }
  }
  socket.write(request)
  return connection
}
