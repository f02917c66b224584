// LEAF. WebSocket frames (RFC 6455 §5) for both ends: read from what a socket brings, and made for the other side.
import { isUtf8 } from 'node:buffer'
import { randomFillSync } from 'node:crypto'

export const opcodes = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const
const { continuation, text, binary, close, ping, pong } = opcodes
const FINAL = 0x80
const MAX_CONTROL_BYTES = 125

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

export interface FrameRules {
  /** Who reads: a server is sent masked frames, a client must not be (§5.1). */
  readonly reader: 'server' | 'client'
  /** A longer message is a violation with 1009. */
  readonly maxMessageBytes: number
}

/** Where one connection's reading is. Handlers may set `done`, or `paused` to leave further frames for later. */
export interface FrameReading {
  done: boolean
  paused: boolean
  /** What came and is not read yet: a frame without its end, or everything since the pause. */
  rest: Buffer | undefined
  /** Of a message in fragments: its parts so far, their bytes, and its opcode. */
  parts: Buffer[] | undefined
  partsBytes: number
  fragmented: number
}

export const newFrameReading = (): FrameReading => ({
  done: false,
  paused: false,
  rest: undefined,
  parts: undefined,
  partsBytes: 0,
  fragmented: continuation,
})

/** Reads on with `chunk`, which is only valid during the call. Plain unmasked text frames, which is what a stream consists of, are not copied. */
export function readFrames<C>(
  reading: FrameReading,
  chunk: Buffer,
  rules: FrameRules,
  handlers: FrameHandlers<C>,
  of: C,
): void {
  const { rest } = reading
  const data = rest === undefined ? chunk : chunk.length === 0 ? rest : Buffer.concat([rest, chunk])
  reading.rest = undefined
  const maskBit = rules.reader === 'server' ? 0x80 : 0
  let at = 0
  while (!reading.done && !reading.paused && data.length - at >= 2) {
    const first = data[at]!
    const second = data[at + 1]!
    const fault = faultOf(reading, first, second, maskBit)
    if (fault !== undefined) return violate(reading, handlers, of, 1002, fault)
    let head = 2
    let length = second & 0x7f
    if (length === 126) {
      head = 4
      if (data.length - at < head) break
      length = data.readUInt16BE(at + 2)
    } else if (length === 127) {
      head = 10
      if (data.length - at < head) break
      length = data.readUInt32BE(at + 2) * 2 ** 32 + data.readUInt32BE(at + 6)
    }
    // An over-long message is refused by its announced length, before it is in memory.
    if ((first & 0x0f) < close && reading.partsBytes + length > rules.maxMessageBytes)
      return violate(reading, handlers, of, 1009, `a message exceeds ${rules.maxMessageBytes} bytes`)
    if (maskBit !== 0) head += 4
    const end = at + head + length
    if (end > data.length) break
    const payload = maskBit === 0 ? data.subarray(at + head, end) : unmasked(data, at + head, end)
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

/** Why a frame with these first two bytes may not come now. */
function faultOf({ fragmented }: FrameReading, first: number, second: number, maskBit: number): string | undefined {
  if ((second & 0x80) !== maskBit)
    return maskBit === 0 ? 'a frame from the server is masked' : 'a frame from the client is not masked'
  // Everyday frames, a whole text outside of any fragments, need no look at the other rules.
  if (first === (FINAL | text) && fragmented === continuation) return undefined
  const opcode = first & 0x0f
  if (first & 0x70) return 'a frame has reserved bits set'
  if (opcode > pong || (opcode > binary && opcode < close)) return `a frame has the unknown opcode ${opcode}`
  if (opcode >= close) {
    const isWhole = (first & FINAL) !== 0 && (second & 0x7f) <= MAX_CONTROL_BYTES
    return isWhole ? undefined : 'a control frame is fragmented or longer than 125 bytes'
  }
  if (opcode === continuation && fragmented === continuation) return 'a continuation has no beginning'
  if (opcode !== continuation && fragmented !== continuation) return 'a message begins within another'
  return undefined
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
  reading.parts.push(Buffer.from(payload))
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
  if (payload.length === 0) return handlers.onClose(of, 1005, '')
  if (payload.length === 1) return handlers.onViolation(of, 1002, 'a Close frame has half a code')
  const code = payload.readUInt16BE(0)
  if (!isCloseCode(code)) return handlers.onViolation(of, 1002, `a Close frame has the code ${code}`)
  const reason = payload.subarray(2)
  if (!isUtf8(reason)) return handlers.onViolation(of, 1007, "a Close frame's reason is not UTF-8")
  handlers.onClose(of, code, reason.toString())
}

/** A copy of data[from, to) with the mask before it taken off (§5.3). */
function unmasked(data: Buffer, from: number, to: number): Buffer {
  const payload = Buffer.allocUnsafe(to - from)
  for (let i = 0; i < payload.length; i++) payload[i] = data[from + i]! ^ data[from - 4 + (i & 3)]!
  return payload
}

/** RFC 6455 §7.4: codes that may stand in a Close frame. */
const isCloseCode = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999)

/** Bytes before the payload of an unmasked frame (§5.2): 2, 4 or 10. */
const headBytes = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10)

/** Writes the head of a whole frame; gives the place behind it. */
function writeHead(target: Buffer, at: number, opcode: number, length: number, maskBit: number): number {
  target[at] = FINAL | opcode
  if (length < 126) {
    target[at + 1] = maskBit | length
    return at + 2
  }
  if (length < 65_536) {
    target[at + 1] = maskBit | 126
    return target.writeUInt16BE(length, at + 2)
  }
  target[at + 1] = maskBit | 127
  return target.writeBigUInt64BE(BigInt(length), at + 2)
}

/** Unmasked text frames, one for each text of `bytes` in UTF-8, back to back. */
export function textFrames(texts: readonly { readonly json: string; readonly bytes: number }[]): Buffer {
  let size = 0
  for (const { bytes } of texts) size += headBytes(bytes) + bytes
  const frames = Buffer.allocUnsafeSlow(size)
  let at = 0
  for (const { json, bytes } of texts) {
    at = writeHead(frames, at, text, bytes, 0)
    at += frames.write(json, at)
  }
  return frames
}

export const textFrame = (json: string): Buffer => textFrames([{ json, bytes: Buffer.byteLength(json) }])

/** An unmasked frame with any payload. */
export function frameOf(opcode: number, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(headBytes(payload.length) + payload.length)
  payload.copy(frame, writeHead(frame, 0, opcode, payload.length, 0))
  return frame
}

/** The payload of a Close frame: empty where `code` may not stand in one; a reason of at most 123 bytes, cut between characters. */
export function closePayload(code: number, reason = ''): Buffer {
  if (!isCloseCode(code)) return Buffer.alloc(0)
  const payload = Buffer.alloc(2 + Math.min(MAX_CONTROL_BYTES - 2, Buffer.byteLength(reason)))
  payload.writeUInt16BE(code)
  const written = payload.write(reason, 2)
  return payload.subarray(0, 2 + written)
}

/** A masked frame, as everything from a client must be (§5.3). */
export function maskedFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const frame = Buffer.allocUnsafe(headBytes(length) + 4 + length)
  const mask = writeHead(frame, 0, opcode, length, 0x80)
  randomFillSync(frame, mask, 4)
  for (let i = 0; i < length; i++) frame[mask + 4 + i] = payload[i]! ^ frame[mask + (i & 3)]!
  return frame
}
