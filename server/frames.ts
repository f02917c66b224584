// LEAF. WebSocket frames (RFC 6455 §5): what both ends know of them, and how they are made: text frames for many at once, and the masked frames of a client.
// Pages import it too: nothing of Node's is needed before a frame is made.

export const opcodes = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const
/** In the first byte, and in the second one. */
export const FINAL = 0x80
export const MASKED = 0x80
export const MAX_CONTROL_BYTES = 125

/** RFC 6455 §7.4: codes that may stand in a Close frame. */
export const isCloseCode = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999)

/** Bytes before the payload of an unmasked frame (§5.2): 2, 4 or 10. */
const headBytes = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10)

/** Bytes of an unmasked frame around `length` bytes. */
export const frameBytes = (length: number): number => headBytes(length) + length

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
  for (const { bytes } of texts) size += frameBytes(bytes)
  const frames = Buffer.allocUnsafeSlow(size)
  let at = 0
  for (const { json, bytes } of texts) {
    at = writeHead(frames, at, opcodes.text, bytes, 0)
    at += frames.write(json, at)
  }
  return frames
}

export const textFrame = (json: string): Buffer => textFrames([{ json, bytes: Buffer.byteLength(json) }])

/** As much of a reason as there is room for in a Close frame: 123 bytes, cut between characters. */
export function closeReason(text: string): string {
  const bytes = Buffer.alloc(MAX_CONTROL_BYTES - 2)
  return bytes.toString('utf8', 0, bytes.write(text))
}

/** The payload of a Close frame: empty where `code` may not stand in one; a reason as far as there is room for it. */
export function closePayload(code: number, reason = ''): Buffer {
  if (!isCloseCode(code)) return Buffer.alloc(0)
  const payload = Buffer.alloc(2 + Buffer.byteLength(closeReason(reason)))
  payload.writeUInt16BE(code)
  payload.write(closeReason(reason), 2)
  return payload
}

/** A masked frame, as everything from a client must be (§5.3). */
export function maskedFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const frame = Buffer.allocUnsafe(headBytes(length) + 4 + length)
  const mask = writeHead(frame, 0, opcode, length, MASKED)
  crypto.getRandomValues(frame.subarray(mask, mask + 4))
  for (let i = 0; i < length; i++) frame[mask + 4 + i] = payload[i]! ^ frame[mask + (i & 3)]!
  return frame
}
