// Counts notices in a stream of bytes without reading anything else of it: every contestant's notice is JSON with a "seq", whatever frames it.

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
