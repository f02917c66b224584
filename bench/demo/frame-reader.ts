// Half of a WebSocket connection: its frames (RFC 6455 §5.2), named.
import type { Found, Half } from './half.ts'

/** Longer payloads are counted, and not looked into. */
const MAX_TEXT_BYTES = 256 * 1024

/** `isMasked`: the client's half, whose payloads are masked. `signs`: texts that are a library's own, and no messages. */
export function createFrameReader(isMasked: boolean, signs?: RegExp): Half {
  let held: Buffer = Buffer.alloc(0)
  /** Bytes of the frame under way whose payload is not looked into. */
  let skip = 0
  let since = 0

  function next(out: Found[]): boolean {
    if (held.length < 2) return false
    const opcode = held[0]! & 0x0f
    const length7 = held[1]! & 0x7f
    const head = 2 + (length7 === 126 ? 2 : length7 === 127 ? 8 : 0) + (isMasked ? 4 : 0)
    if ((held[1]! & 0x80) !== (isMasked ? 0x80 : 0)) throw new Error('a frame is masked by the client, and by it alone')
    if (opcode > 10 || (opcode > 2 && opcode < 8)) throw new Error(`opcode ${opcode} is reserved`)
    if (held.length < head) return false
    const length = length7 === 126 ? held.readUInt16BE(2) : length7 === 127 ? Number(held.readBigUInt64BE(2)) : length7
    const what = opcode === 8 ? 'close' : opcode >= 9 ? 'heartbeat' : 'message'
    if (length > MAX_TEXT_BYTES) {
      out.push({ what, bytes: since + Math.min(held.length, head + length), text: '' })
      since = 0
      skip = Math.max(0, head + length - held.length)
      held = held.subarray(Math.min(held.length, head + length))
      return held.length > 0
    }
    if (held.length < head + length) return false
    const payload = held.subarray(head, head + length)
    const text = what === 'message' ? textOf(payload, isMasked ? held.subarray(head - 4, head) : undefined) : ''
    out.push({ what: what === 'message' && signs?.test(text) ? 'heartbeat' : what, bytes: since + head + length, text })
    since = 0
    held = held.subarray(head + length)
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

function textOf(payload: Buffer, mask: Buffer | undefined): string {
  if (!mask) return payload.toString('utf8')
  const plain = Buffer.from(payload)
  for (let i = 0; i < plain.length; i++) plain[i]! ^= mask[i & 3]!
  return plain.toString('utf8')
}
