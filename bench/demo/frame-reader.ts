// Half of a WebSocket connection: its frames (RFC 6455 §5.2), named.
import { textOf } from '../../client/codecs/bytes.ts'
import { opcodes, payloadOf, readFrameHead, ruleBroken } from '../../client/codecs/frames.ts'
import type { Found, Half } from './half.ts'

/** Longer payloads are counted, and not looked into. */
const MAX_TEXT_BYTES = 256 * 1024

/** `isMasked`: the client's half, whose payloads are masked. `signs`: texts that are a library's own, and no messages. */
export function createFrameReader(isMasked: boolean, signs?: RegExp): Half {
  let held: Buffer = Buffer.alloc(0)
  /** Bytes of the frame under way whose payload is not looked into. */
  let skip = 0
  let isFragmented = false

  function next(out: Found[]): boolean {
    if (held.length < 2) return false
    // Nobody looked whether compression was negotiated: it may have been.
    const rule = ruleBroken(held[0]!, held[1]!, isMasked, isFragmented, true)
    if (rule !== undefined) throw new Error(rule)
    const frame = readFrameHead(held, 0)
    if (!frame) return false
    const { opcode, length, to, isFinal } = frame
    const isLong = length > MAX_TEXT_BYTES
    if (!isLong && held.length < to) return false
    if (opcode < opcodes.close) isFragmented = !isFinal
    const what = opcode === opcodes.close ? 'close' : opcode > opcodes.close ? 'heartbeat' : 'message'
    const text = what === 'message' && !isLong ? textOf(payloadOf(held, frame)) : ''
    out.push({
      what: what === 'message' && signs?.test(text) ? 'heartbeat' : what,
      bytes: Math.min(held.length, to),
      text,
    })
    skip = Math.max(0, to - held.length)
    held = held.subarray(Math.min(held.length, to))
    return held.length > 0
  }

  return {
    push(chunk) {
      const out: Found[] = []
      if (skip > 0) {
        const passed = Math.min(skip, chunk.length)
        skip -= passed
        out.push({ what: 'part', bytes: passed, text: '' })
        chunk = chunk.subarray(passed)
      }
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      while (next(out)) {}
      return out
    },
  }
}
