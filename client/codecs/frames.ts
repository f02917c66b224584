// WebSocket frames as they stand on the wire: RFC 6455 §5.
import { FINAL, isCloseCode, MASKED, MAX_CONTROL_BYTES, opcodes } from '../../server/frames.ts'
import { isUtf8, joined, textOf, toBytes } from './bytes.ts'
import { Malformed } from './part.ts'

export { isCloseCode, opcodes }

/** By opcode. */
export const opcodeNames: Readonly<Record<number, string>> = {
  0: 'continuation',
  1: 'text',
  2: 'binary',
  8: 'close',
  9: 'ping',
  10: 'pong',
}

/** What each code of §7.4.1 says. */
export const closeCodes: Readonly<Record<number, string>> = {
  1000: 'normal: the purpose is fulfilled',
  1001: 'going away: the server stops, or the page is left',
  1002: 'protocol error',
  1003: 'a kind of data that is not accepted',
  1005: 'no code was given',
  1006: 'the connection ended without a Close frame',
  1007: 'a text that is not UTF-8',
  1008: 'against the rules of this server',
  1009: 'a message that is too big',
  1010: 'an extension that was needed was not negotiated',
  1011: 'an error of the server',
  1012: 'the server restarts',
  1013: 'try again later',
  1014: 'a bad answer from the server behind',
}

export interface Frame {
  readonly from: number
  /** Behind the payload. */
  readonly to: number
  readonly isFinal: boolean
  /** RSV1 to RSV3 as a number from 0 to 7; RSV1, 4: the message is compressed (RFC 7692 §6). */
  readonly rsv: number
  readonly opcode: number
  readonly isMasked: boolean
  /** How many bits the length takes: 7, 16 or 64. */
  readonly lengthBits: 7 | 16 | 64
  readonly length: number
  /** Where the mask begins; the payload's beginning where there is none. */
  readonly maskFrom: number
  readonly payloadFrom: number
}

/** Why a frame with these first two bytes may not come now; undefined where it may. `isFragmented`: a message is under way in fragments. `isCompressed`:
 * permessage-deflate was negotiated, so that RSV1 has a meaning. Source: §5.1 to §5.5. It is asked for each frame of a load: nothing is allocated. */
export function ruleBroken(
  first: number,
  second: number,
  fromClient: boolean,
  isFragmented: boolean,
  isCompressed = false,
): string | undefined {
  if (((second & MASKED) !== 0) !== fromClient)
    return fromClient ? 'a frame from the client is not masked' : 'a frame from the server is masked'
  // Everyday frames, a whole text outside of any fragments, need no look at the other rules.
  if (first === (FINAL | opcodes.text) && !isFragmented) return undefined
  const opcode = first & 0x0f
  const reserved = first & 0x70
  if (reserved !== 0 && !(isCompressed && reserved === 0x40 && (opcode === opcodes.text || opcode === opcodes.binary)))
    return 'a frame has reserved bits set'
  if (opcode > opcodes.pong || (opcode > opcodes.binary && opcode < opcodes.close))
    return `a frame has the unknown opcode ${opcode}`
  if (opcode >= opcodes.close) {
    const isWhole = (first & FINAL) !== 0 && (second & 0x7f) <= MAX_CONTROL_BYTES
    return isWhole ? undefined : 'a control frame is fragmented or longer than 125 bytes'
  }
  if (opcode === opcodes.continuation && !isFragmented) return 'a continuation has no beginning'
  if (opcode !== opcodes.continuation && isFragmented) return 'a message begins within another'
  return undefined
}

/** Bytes before the payload of a frame with this second byte (§5.2). */
export function headBytesOf(second: number): number {
  const short = second & 0x7f
  return 2 + (short < 126 ? 0 : short === 126 ? 2 : 8) + ((second & MASKED) === 0 ? 0 : 4)
}

/** Bytes of payload that the head at `at` says, which must be there. */
export function payloadBytesAt(bytes: Uint8Array, at: number): number {
  const short = bytes[at + 1]! & 0x7f
  if (short < 126) return short
  let length = 0
  for (let i = at + 2, end = at + (short === 126 ? 4 : 10); i < end; i++) length = length * 256 + bytes[i]!
  return length
}

/** What the first bytes of a frame say, whether its payload is there or not; undefined where they are not all there. Throws Malformed for a length that
 * is longer than it need be, or than a number can say (§5.2). Which frames may follow which is `ruleBroken`'s. */
export function readFrameHead(bytes: Uint8Array, at: number): Frame | undefined {
  if (bytes.length - at < 2) return undefined
  const first = bytes[at]!
  const second = bytes[at + 1]!
  const isMasked = (second & MASKED) !== 0
  const short = second & 0x7f
  const lengthBits = short === 126 ? 16 : short === 127 ? 64 : 7
  const payloadFrom = at + headBytesOf(second)
  if (bytes.length < payloadFrom) return undefined
  const length = payloadBytesAt(bytes, at)
  if (length > Number.MAX_SAFE_INTEGER)
    throw new Malformed(at + 2, `a frame's length must be at most ${Number.MAX_SAFE_INTEGER}, got ${length}`)
  if (lengthBits > 7 && length < (lengthBits === 16 ? 126 : 65_536))
    throw new Malformed(at + 1, `a length must take as few bytes as it can, got ${length} in ${lengthBits} bits`)
  return {
    from: at,
    to: payloadFrom + length,
    isFinal: (first & FINAL) !== 0,
    rsv: (first & 0x70) >> 4,
    opcode: first & 0x0f,
    isMasked,
    lengthBits,
    length,
    maskFrom: isMasked ? payloadFrom - 4 : payloadFrom,
    payloadFrom,
  }
}

/** The payload without its mask (§5.3), or what there is of it; a copy where it was masked. */
export function payloadOf(bytes: Uint8Array, { isMasked, maskFrom, payloadFrom, to }: Frame): Uint8Array {
  const payload = bytes.subarray(payloadFrom, to)
  if (!isMasked) return payload
  return payload.map((byte, i) => byte ^ bytes[maskFrom + (i & 3)]!)
}

/** What a Close frame says; code 1005 where it is empty (§7.1.5). Throws Malformed, its place within the payload, for half a code, one that may not
 * stand there, and a reason that is not UTF-8. */
export function readClose(payload: Uint8Array): { readonly code: number; readonly reason: string } {
  if (payload.length === 0) return { code: 1005, reason: '' }
  if (payload.length === 1) throw new Malformed(0, 'a Close frame has half a code')
  const code = payload[0]! * 256 + payload[1]!
  if (!isCloseCode(code)) throw new Malformed(0, `a Close frame has the code ${code}`)
  if (!isUtf8(payload.subarray(2))) throw new Malformed(2, "a Close frame's reason is not UTF-8")
  return { code, reason: textOf(payload, 2) }
}

/** A frame around `payload`, masked where a mask of four bytes is given. */
export function writeFrame({
  opcode,
  payload,
  isFinal = true,
  rsv = 0,
  mask,
}: {
  readonly opcode: number
  readonly payload: Uint8Array
  readonly isFinal?: boolean
  readonly rsv?: number
  readonly mask?: Uint8Array
}): Uint8Array {
  const { length } = payload
  const maskBit = mask ? MASKED : 0
  const head = [(isFinal ? FINAL : 0) | (rsv << 4) | opcode]
  if (length < 126) head.push(maskBit | length)
  else {
    const count = length < 65_536 ? 2 : 8
    head.push(maskBit | (count === 2 ? 126 : 127))
    for (let i = count - 1; i >= 0; i--) head.push(Math.floor(length / 256 ** i) % 256)
  }
  return joined([Uint8Array.from(head), ...(mask ? [mask, payload.map((byte, i) => byte ^ mask[i & 3]!)] : [payload])])
}

export const writeClose = (code: number, reason = ''): Uint8Array =>
  joined([Uint8Array.of(code >> 8, code & 255), toBytes(reason)])
