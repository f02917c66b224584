// How a client's frame is masked, byte by byte (RFC 6455 §5.3).
import { type Frame, payloadOf } from '../codecs/frames.ts'

/** The first bytes of a payload: as each went, what it was combined with by XOR, and what comes of it. Of a frame without a mask: none. */
export function unmasking(bytes: Uint8Array, frame: Frame, count: number) {
  if (!frame.isMasked) return []
  return Array.from(payloadOf(bytes, frame).subarray(0, count), (plain, at) => ({
    wire: bytes[frame.payloadFrom + at]!,
    mask: bytes[frame.maskFrom + (at & 3)]!,
    plain,
  }))
}
