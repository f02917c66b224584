// Cuts what came of one direction into its pieces again, byte by byte, as far as each is kept.

/** The beginning of a piece, and how many bytes are left out behind it. */
export interface RawPiece {
  readonly bytes: Uint8Array
  readonly left: number
}

export interface PieceCutter {
  /** More came; what came before and was not taken belongs to the piece that goes on with it. */
  push(chunk: Buffer): void
  /** The next `count` bytes, which are a piece. */
  take(count: number): RawPiece
  /** What came before the newest chunk belongs to nothing. */
  forget(): void
}

/** Of each piece at most `mostBytes` are kept. */
export function createPieceCutter(mostBytes: number): PieceCutter {
  let chunk: Buffer = Buffer.alloc(0)
  /** Of the piece under way: its beginning, and how many bytes of it were let go. */
  let begun: Buffer = Buffer.alloc(0)
  let gone = 0

  return {
    push(next) {
      const kept = gone > 0 ? 0 : Math.min(chunk.length, mostBytes - begun.length)
      if (kept > 0) begun = Buffer.concat([begun, chunk.subarray(0, kept)])
      gone += chunk.length - kept
      chunk = next
    },
    take(count) {
      const own = Math.max(0, count - begun.length - gone)
      const all = gone > 0 ? begun : Buffer.concat([begun, chunk.subarray(0, own)])
      // A copy of their own: a view would keep all that was read with them.
      const bytes = new Uint8Array(all.subarray(0, Math.min(count, mostBytes)))
      chunk = chunk.subarray(own)
      begun = Buffer.alloc(0)
      gone = 0
      return { bytes, left: count - bytes.length }
    },
    forget() {
      begun = Buffer.alloc(0)
      gone = 0
    },
  }
}
