// Messages that permessage-deflate made shorter, as they were (RFC 7692 §7.2.2).
import { joined } from './bytes.ts'

/** What a sender takes off each message, and what ends a stream that has no last block of its own: an empty one. */
const TAIL = Uint8Array.of(0, 0, 0xff, 0xff)
const LAST_BLOCK = Uint8Array.of(1, 0, 0, 0xff, 0xff)

/**
 * The compressed messages of one direction, in order, each inflated. `keepsContext`: a message may point back into those before it, unless
 * `…_no_context_takeover` was negotiated (§7.1.1). Rejects where the bytes are no DEFLATE (RFC 1951), or a message inflates to over `maxBytes`.
 */
export async function inflateMessages(
  messages: readonly Uint8Array[],
  keepsContext: boolean,
  maxBytes = 4 * 1024 * 1024,
): Promise<Uint8Array[]> {
  const inflated: Uint8Array[] = []
  let before = 0
  for (const at of messages.keys()) {
    const context = keepsContext ? messages.slice(0, at + 1) : messages.slice(at, at + 1)
    const all = await inflate(joined(context.flatMap(message => [message, TAIL])), before + maxBytes)
    inflated.push(all.subarray(before))
    before = keepsContext ? all.length : 0
  }
  return inflated
}

async function inflate(deflated: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const bytes = joined([deflated, LAST_BLOCK]) as Uint8Array<ArrayBuffer>
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  const pieces: Uint8Array[] = []
  let length = 0
  const reader = stream.getReader()
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return joined(pieces)
    pieces.push(value)
    length += value.length
    if (length <= maxBytes) continue
    await reader.cancel()
    throw new Error(`a message must inflate to at most ${maxBytes} bytes`)
  }
}
