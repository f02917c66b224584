// WebSocket frames as a client reads and writes them (RFC 6455 §5): plain text frames, which is what a stream consists of, without a copy.
import { isUtf8 } from 'node:buffer'
import { randomFillSync } from 'node:crypto'

const CONTINUATION = 0x0
const TEXT = 0x1
const BINARY = 0x2
const CLOSE = 0x8
const PING = 0x9
const PONG = 0xa
const MAX_CONTROL_BYTES = 125

export interface FrameHandlers {
  onText(text: string): void
  onBinary(): void
  onPing(payload: Buffer): void
  /** A Close frame; 1005 where it carries no code (§7.1.5). */
  onClose(code: number, reason: string): void
  /** What came breaks the rules: the code to close with, and why. */
  onViolation(code: 1002 | 1007 | 1009, reason: string): void
  /** Whether the handlers above want to hear of further frames. */
  isOver(): boolean
}

/** Takes what was read, of which `chunk` is only valid during the call. Nothing is read past a Close frame or a violation. */
export function createFrameReader(handlers: FrameHandlers, maxMessageBytes: number): (chunk: Buffer) => void {
  /** The beginning of a frame whose end has not come yet. */
  let begun: Buffer | undefined
  let parts: Buffer[] = []
  let partsBytes = 0
  /** Opcode of the message whose parts are collected. */
  let fragmented = CONTINUATION
  let done = false

  function violation(code: 1002 | 1007 | 1009, reason: string): void {
    done = true
    handlers.onViolation(code, reason)
  }

  function message(opcode: number, payload: Buffer): void {
    if (opcode === BINARY) return handlers.onBinary()
    if (!isUtf8(payload)) return violation(1007, 'a text frame is not UTF-8')
    handlers.onText(payload.toString())
  }

  function control(opcode: number, payload: Buffer): void {
    if (opcode === PING) return handlers.onPing(payload)
    if (opcode === PONG) return
    done = true
    if (payload.length === 0) return handlers.onClose(1005, '')
    if (payload.length === 1) return violation(1002, 'a Close frame has half a code')
    const code = payload.readUInt16BE(0)
    if (!isCloseCode(code)) return violation(1002, `a Close frame has the code ${code}`)
    const reason = payload.subarray(2)
    if (!isUtf8(reason)) return violation(1007, "a Close frame's reason is not UTF-8")
    handlers.onClose(code, reason.toString())
  }

  function frame(isLast: boolean, opcode: number, payload: Buffer): void {
    if (opcode >= CLOSE) return control(opcode, payload)
    if (opcode !== CONTINUATION && isLast) return message(opcode, payload)
    if (opcode !== CONTINUATION) fragmented = opcode
    parts.push(Buffer.from(payload))
    partsBytes += payload.length
    if (!isLast) return
    const whole = Buffer.concat(parts)
    const kind = fragmented
    parts = []
    partsBytes = 0
    fragmented = CONTINUATION
    message(kind, whole)
  }

  /** Why a frame with these first two bytes may not come now. */
  function wrong(first: number, second: number): string | undefined {
    const opcode = first & 0x0f
    if (first & 0x70) return 'a frame has reserved bits set'
    if (second & 0x80) return 'a frame from the server is masked'
    if (opcode > PONG || (opcode > BINARY && opcode < CLOSE)) return `a frame has the unknown opcode ${opcode}`
    if (opcode >= CLOSE && (!(first & 0x80) || (second & 0x7f) > MAX_CONTROL_BYTES))
      return 'a control frame is fragmented or longer than 125 bytes'
    if (opcode === CONTINUATION && fragmented === CONTINUATION) return 'a continuation has no beginning'
    if (opcode < CLOSE && opcode !== CONTINUATION && fragmented !== CONTINUATION)
      return 'a message begins within another'
    return undefined
  }

  return chunk => {
    const data = begun ? Buffer.concat([begun, chunk]) : chunk
    begun = undefined
    let at = 0
    while (!done && !handlers.isOver() && data.length - at >= 2) {
      const first = data[at]!
      const second = data[at + 1]!
      // Everyday frames, a whole short or middling text, need no look at the rules.
      if (first !== (0x80 | TEXT) || fragmented !== CONTINUATION || second > 126) {
        const reason = wrong(first, second)
        if (reason !== undefined) return violation(1002, reason)
      }
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
      if (partsBytes + length > maxMessageBytes) return violation(1009, `a message exceeds ${maxMessageBytes} bytes`)
      const end = at + head + length
      if (end > data.length) break
      frame((first & 0x80) !== 0, first & 0x0f, data.subarray(at + head, end))
      at = end
    }
    if (!done && at < data.length) begun = Buffer.from(data.subarray(at))
  }
}

/** RFC 6455 §7.4: codes that may stand in a Close frame. */
const isCloseCode = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999)

/** A masked frame, as everything from a client must be (RFC 6455 §5.3). */
function maskedFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(head + 4 + length)
  frame[0] = 0x80 | opcode
  frame[1] = 0x80 | (head === 2 ? length : head === 4 ? 126 : 127)
  if (head === 4) frame.writeUInt16BE(length, 2)
  if (head === 10) frame.writeBigUInt64BE(BigInt(length), 2)
  randomFillSync(frame, head, 4)
  for (let i = 0; i < length; i++) frame[head + 4 + i] = payload[i]! ^ frame[head + (i & 3)]!
  return frame
}

export const maskedText = (text: string): Buffer => maskedFrame(TEXT, Buffer.from(text))
export const maskedPong = (payload: Buffer): Buffer => maskedFrame(PONG, payload)
/** A Close frame; without a payload where `code` may not stand in one. */
export function maskedClose(code: number): Buffer {
  const payload = Buffer.alloc(isCloseCode(code) ? 2 : 0)
  if (payload.length > 0) payload.writeUInt16BE(code)
  return maskedFrame(CLOSE, payload)
}
