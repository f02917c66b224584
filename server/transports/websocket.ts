// WebSocket: one frame per notice downstream, publishing upstream. Frames down are built once and written to the raw sockets.
import type { Socket } from 'node:net'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { createFeed, type Wire } from '../feed.ts'
import { afterOf } from '../parameters.ts'
import { toProblem } from '../problem.ts'
import { closeCodes, encodePosition, formatCursor, limits } from '../protocol.ts'
import type { Start } from '../stream.ts'
import type { CreateDelivery } from './transport.ts'

/** Publishes of one connection that may be under way at once; further frames wait in the kernel. */
const MAX_PUBLISHES = 64

const TEXT = 0x81
const PING = 0x89

/** Bytes before the payload of a server's frame (RFC 6455 §5.2): 2, 4 or 10. */
const headerBytes = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10)

function writeHeader(target: Buffer, offset: number, opcode: number, length: number): number {
  target[offset] = opcode
  if (length < 126) {
    target[offset + 1] = length
    return offset + 2
  }
  if (length < 65_536) {
    target[offset + 1] = 126
    return target.writeUInt16BE(length, offset + 2)
  }
  target[offset + 1] = 127
  return target.writeBigUInt64BE(BigInt(length), offset + 2)
}

/** Unmasked text frames, one for each text, back to back. */
export function textFrames(texts: readonly { readonly json: string; readonly bytes: number }[]): Buffer {
  let size = 0
  for (const { bytes } of texts) size += headerBytes(bytes) + bytes
  const frames = Buffer.allocUnsafeSlow(size)
  let offset = 0
  for (const { json, bytes } of texts) {
    offset = writeHeader(frames, offset, TEXT, bytes)
    offset += frames.write(json, offset)
  }
  return frames
}

const textFrame = (json: string): Buffer => textFrames([{ json, bytes: Buffer.byteLength(json) }])

const wire: Wire = {
  notices: (_epoch, entries) => textFrames(entries),
  gap: (cursor, missed) => textFrame(encodePosition(cursor, missed)),
  heartbeat: Buffer.from([PING, 0]),
}

export const createDelivery: CreateDelivery = context => {
  const { stream, publishing, tally, maxQueueBytes } = context
  const feed = createFeed(context, wire)
  // Deflate stays off: with it, frames could not be shared, and raw writes would break its context.
  const handshakes = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.frameBytes,
  })

  function receive(ws: WebSocket, socket: Socket): void {
    let underWay = 0
    const regulate = (): void => {
      if (underWay >= MAX_PUBLISHES || socket.writableNeedDrain) ws.pause()
      else ws.resume()
    }
    const reply = (text: string): void => {
      if (ws.readyState !== ws.OPEN) return
      socket.write(textFrame(text))
      if (socket.writableLength > maxQueueBytes) ws.terminate()
      else if (socket.writableNeedDrain) socket.once('drain', regulate)
    }
    ws.on('message', (data: RawData, isBinary: boolean) => {
      if (ws.readyState !== ws.OPEN) return
      if (isBinary) return ws.close(closeCodes.unsupportedData, 'frames must be text')
      const frame = publishing.parseFrame(String(data))
      if (typeof frame === 'string') return ws.close(closeCodes.policyViolation, frame)
      const ref = JSON.stringify(frame.ref)
      underWay++
      regulate()
      publishing
        .publishFrame(frame)
        .then(
          seq => reply(`{"ref":${ref},"seq":${seq}}`),
          error => reply(`{"ref":${ref},"error":${JSON.stringify(toProblem(error).message)}}`),
        )
        .finally(() => {
          underWay--
          regulate()
        })
    })
    // Broken framing and over-long frames: ws has answered with the right close code by the time this runs.
    ws.on('error', () => {})
  }

  return {
    upgrade(req, socket, head, query) {
      tally.requests++
      const begin = (start: Start): void => {
        if (socket.destroyed) return
        handshakes.handleUpgrade(req, socket, head, ws => {
          receive(ws, socket)
          let answered = true
          ws.on('pong', () => {
            answered = true
          })
          socket.write(textFrame(encodePosition(formatCursor(start.epoch, start.seq), start.missed)))
          feed.add(
            {
              socket,
              isClosing: () => ws.readyState !== ws.OPEN,
              goodbye: why =>
                why === 'slow'
                  ? ws.close(closeCodes.tryAgainLater, 'too slow: resume with your cursor')
                  : ws.close(closeCodes.goingAway, 'the server is stopping: resume with your cursor'),
              beat: () => {
                const alive = answered
                answered = false
                return alive
              },
            },
            start,
          )
        })
      }
      const start = stream.start(afterOf(query))
      if (start instanceof Promise) return start.then(begin)
      begin(start)
    },
    drain: feed.drain,
  }
}
