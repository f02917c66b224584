// Reads WebSocket frames (RFC 6455 §5) as a client is sent them, with as little work a frame as there can be: it is the load's own reader.
import { isUtf8 } from 'node:buffer'
import { FINAL, opcodes } from '../../server/frames.ts'
import { headBytesOf, payloadBytesAt, readClose, ruleBroken } from '../codecs/frames.ts'
import type { Malformed } from '../codecs/part.ts'

const { continuation, binary, close, ping, pong } = opcodes

/** What is told of a connection `C`. Nothing is after a Close frame, a violation, or once the reading is `done`. */
export interface FrameHandlers<C> {
  onText(of: C, text: string): void
  onBinary(of: C): void
  onPing(of: C, payload: Buffer): void
  onPong(of: C): void
  /** A Close frame; 1005 where it carries no code (§7.1.5). */
  onClose(of: C, code: number, reason: string): void
  /** What came breaks the rules: the code to close with, and why. */
  onViolation(of: C, code: 1002 | 1007 | 1009, reason: string): void
}

/** Where one connection's reading is. Handlers may set `done`. */
export interface FrameReading {
  done: boolean
  /** What came and is not read yet: a frame without its end. */
  rest: Buffer | undefined
  /** Of a message in fragments: its parts so far, their bytes, and its opcode. */
  parts: Buffer[] | undefined
  partsBytes: number
  fragmented: number
}

export const newFrameReading = (): FrameReading => ({
  done: false,
  rest: undefined,
  parts: undefined,
  partsBytes: 0,
  fragmented: continuation,
})

/** Reads on with `chunk`, which is only valid during the call. Plain text frames, which is what a stream consists of, are not copied. A message of
 * more than `maxMessageBytes` is a violation with 1009. */
export function readFrames<C>(
  reading: FrameReading,
  chunk: Buffer,
  maxMessageBytes: number,
  handlers: FrameHandlers<C>,
  of: C,
): void {
  const { rest } = reading
  const data = rest === undefined ? chunk : chunk.length === 0 ? rest : Buffer.concat([rest, chunk])
  reading.rest = undefined
  let at = 0
  while (!reading.done && data.length - at >= 2) {
    const first = data[at]!
    const second = data[at + 1]!
    const fault = ruleBroken(first, second, false, reading.fragmented !== continuation)
    if (fault !== undefined) return violate(reading, handlers, of, 1002, fault)
    const head = headBytesOf(second)
    if (data.length - at < head) break
    const length = payloadBytesAt(data, at)
    // An over-long message is refused by its announced length, before it is in memory.
    if ((first & 0x0f) < close && reading.partsBytes + length > maxMessageBytes)
      return violate(reading, handlers, of, 1009, `a message exceeds ${maxMessageBytes} bytes`)
    const end = at + head + length
    if (end > data.length) break
    const payload = data.subarray(at + head, end)
    at = end
    takeFrame(reading, handlers, of, (first & FINAL) !== 0, first & 0x0f, payload)
  }
  if (!reading.done && at < data.length) reading.rest = Buffer.from(data.subarray(at))
}

function violate<C>(
  reading: FrameReading,
  handlers: FrameHandlers<C>,
  of: C,
  code: 1002 | 1007 | 1009,
  reason: string,
): void {
  reading.done = true
  handlers.onViolation(of, code, reason)
}

function takeFrame<C>(
  reading: FrameReading,
  handlers: FrameHandlers<C>,
  of: C,
  isLast: boolean,
  opcode: number,
  payload: Buffer,
): void {
  if (opcode >= close) return takeControl(reading, handlers, of, opcode, payload)
  if (opcode !== continuation && isLast) return takeMessage(reading, handlers, of, opcode, payload)
  if (opcode !== continuation) reading.fragmented = opcode
  reading.parts ??= []
  if (payload.length > 0) reading.parts.push(Buffer.from(payload))
  reading.partsBytes += payload.length
  if (!isLast) return
  const whole = Buffer.concat(reading.parts)
  const kind = reading.fragmented
  reading.parts = undefined
  reading.partsBytes = 0
  reading.fragmented = continuation
  takeMessage(reading, handlers, of, kind, whole)
}

function takeMessage<C>(
  reading: FrameReading,
  handlers: FrameHandlers<C>,
  of: C,
  opcode: number,
  payload: Buffer,
): void {
  if (opcode === binary) return handlers.onBinary(of)
  if (!isUtf8(payload)) return violate(reading, handlers, of, 1007, 'a text frame is not UTF-8')
  handlers.onText(of, payload.toString())
}

function takeControl<C>(
  reading: FrameReading,
  handlers: FrameHandlers<C>,
  of: C,
  opcode: number,
  payload: Buffer,
): void {
  if (opcode === ping) return handlers.onPing(of, payload)
  if (opcode === pong) return handlers.onPong(of)
  reading.done = true
  let said: ReturnType<typeof readClose>
  try {
    said = readClose(payload)
  } catch (error) {
    const { at, message } = error as Malformed
    return handlers.onViolation(of, at < 2 ? 1002 : 1007, message)
  }
  handlers.onClose(of, said.code, said.reason)
}
