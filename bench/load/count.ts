// Counts notices in a stream of bytes without reading anything else of it: every contestant's notice is JSON with a "seq", whatever frames it,
// or a compressed frame.

const MARK = Buffer.from('"seq":')

export interface NoticeCount {
  /** Bytes of a mark that the chunk before ended with. */
  matched: number
}

/** Notices whose mark ends in `chunk`. */
export function countNotices(state: NoticeCount, chunk: Buffer): number {
  let count = 0
  if (state.matched > 0) {
    const wanted = MARK.subarray(state.matched)
    const length = Math.min(wanted.length, chunk.length)
    const goesOn = chunk.compare(wanted, 0, length, 0, length) === 0
    if (goesOn && length < wanted.length) {
      state.matched += length
      return 0
    }
    if (goesOn) count = 1
  }
  for (let at = chunk.indexOf(MARK); at >= 0; at = chunk.indexOf(MARK, at + MARK.length)) count++
  state.matched = markAtEnd(chunk)
  return count
}

/** Most bytes of a mark, short of the whole, that `chunk` ends with. */
function markAtEnd(chunk: Buffer): number {
  for (let length = Math.min(MARK.length - 1, chunk.length); length > 0; length--)
    if (chunk.compare(MARK, 0, length, chunk.length - length) === 0) return length
  return 0
}

export interface FrameCount {
  /** Bytes of the last frame that are still to come. */
  left: number
  /** A frame's head as far as it has come. */
  head: Buffer
}

/** FIN, RSV1 and text: a message in one frame, compressed (RFC 7692 §6). */
const COMPRESSED = 0xc1

/** Compressed messages whose frame's head ends in `chunk`: what is in them cannot be read in passing. Other frames are passed over. */
export function countCompressed(state: FrameCount, chunk: Buffer): number {
  let count = 0
  let at = Math.min(state.left, chunk.length)
  state.left -= at
  while (at < chunk.length) {
    const rest = chunk.subarray(at)
    const known = state.head.length
    const bytes = known > 0 ? Buffer.concat([state.head, rest]) : rest
    const short = bytes.length > 1 ? bytes[1]! & 0x7f : 0
    const headBytes = short === 127 ? 10 : short === 126 ? 4 : 2
    if (bytes.length < headBytes) {
      state.head = Buffer.from(bytes)
      return count
    }
    const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short
    if (bytes[0] === COMPRESSED) count++
    state.head = Buffer.alloc(0)
    const end = at + headBytes - known + length
    state.left = Math.max(0, end - chunk.length)
    at = Math.min(end, chunk.length)
  }
  return count
}
