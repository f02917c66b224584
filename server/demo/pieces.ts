// The bytes of lines that pages ask for: the engine is asked, for a few at a time, and not waited for long.
import { Problem } from '../problem.ts'
import { type PieceBytes, pieceLimits } from './wire.ts'

export interface Pieces {
  /** Rejects with Problem 404 where they are not kept, 503 where too many are asked for at once, 504 where no answer comes. */
  ask(piece: number): Promise<PieceBytes>
  /** The engine's answer. */
  told(piece: number, bytes: PieceBytes | null): void
  /** Nothing will be told any more. */
  close(): void
}

interface Asked {
  readonly answer: Promise<PieceBytes>
  settle(bytes: PieceBytes | Problem): void
}

/** `tell` asks the engine for a piece. */
export function createPieces(tell: (piece: number) => void): Pieces {
  const asked = new Map<number, Asked>()

  function begin(piece: number): Asked {
    let settle: Asked['settle'] = () => {}
    const answer = new Promise<PieceBytes>((resolve, reject) => {
      const timer = setTimeout(
        () =>
          settle(
            new Problem(504, `the lanes did not tell the bytes of piece ${piece} within ${pieceLimits.waitMs} ms`),
          ),
        pieceLimits.waitMs,
      )
      settle = bytes => {
        clearTimeout(timer)
        asked.delete(piece)
        if (bytes instanceof Problem) reject(bytes)
        else resolve(bytes)
      }
    })
    return { answer, settle: bytes => settle(bytes) }
  }

  return {
    ask(piece) {
      // A class that looks at one line asks once.
      const before = asked.get(piece)
      if (before) return before.answer
      if (asked.size >= pieceLimits.asked)
        throw new Problem(503, `the bytes of ${pieceLimits.asked} pieces are asked for already`, { 'Retry-After': '1' })
      const one = begin(piece)
      asked.set(piece, one)
      tell(piece)
      return one.answer
    },
    told(piece, bytes) {
      asked
        .get(piece)
        ?.settle(
          bytes ?? new Problem(404, `the bytes of piece ${piece} are no longer kept: newer ones took their place`),
        )
    },
    close() {
      for (const { settle } of asked.values()) settle(new Problem(503, 'the demo is ending'))
    },
  }
}
