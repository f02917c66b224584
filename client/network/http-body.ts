// Reads an answer's body to its end (RFC 9112 §6.3): by its length, by its chunks, or with the connection.
import { answerFraming, chunkSizeIn, MAX_LINE_BYTES } from '../codecs/http.ts'

export interface BodyReader {
  /** Whether the body is complete. */
  readonly done: boolean
  /** Whether only the connection's end ends it. */
  readonly untilClose: boolean
  /** Hands pieces of the body in `chunk` to `onData`; gives what lies behind the body, if anything. Throws where the framing is broken. */
  read(chunk: Buffer, onData: (piece: Uint8Array) => void): Buffer | undefined
}

/** A reader for the answer of `status` with these headers. Throws where its length is none. */
export function createBodyReader(status: number, header: (name: string) => string | null): BodyReader {
  const framing = answerFraming(status, 'GET', header)
  if (framing.kind === 'chunks') return byChunks()
  if (framing.kind === 'until close') return untilClose()
  return byLength(framing.kind === 'length' ? framing.bytes : 0)
}

// Pieces are views of a buffer that the next read overwrites. Who gets the whole body in one piece is done with it at once; a piece of
// more to come may be kept until then, so it is copied.
const kept = (piece: Buffer): Buffer => Buffer.from(piece)

function byLength(length: number): BodyReader {
  let left = length
  let isFirst = true
  return {
    get done() {
      return left === 0
    },
    untilClose: false,
    read(chunk, onData) {
      const piece = chunk.length > left ? chunk.subarray(0, left) : chunk
      left -= piece.length
      const isWhole = isFirst && left === 0
      isFirst = false
      onData(isWhole ? piece : kept(piece))
      return chunk.length > piece.length ? chunk.subarray(piece.length) : undefined
    },
  }
}

function untilClose(): BodyReader {
  return {
    done: false,
    untilClose: true,
    read(chunk, onData) {
      onData(kept(chunk))
      return undefined
    },
  }
}

function byChunks(): BodyReader {
  let state: 'size' | 'data' | 'data-end' | 'trailer' = 'size'
  let left = 0
  let line = ''
  let done = false

  /** The next line from `from`, or undefined where it is not complete yet; gives the place behind it. */
  function takeLine(chunk: Buffer, from: number): { text: string; next: number } | undefined {
    const end = chunk.indexOf(10, from)
    line += chunk.toString('latin1', from, end < 0 ? chunk.length : end)
    if (line.length > MAX_LINE_BYTES) throw new Error('a chunk of the answer has no end of line')
    if (end < 0) return undefined
    const text = line.endsWith('\r') ? line.slice(0, -1) : line
    line = ''
    return { text, next: end + 1 }
  }

  return {
    get done() {
      return done
    },
    untilClose: false,
    read(chunk, onData) {
      let at = 0
      while (at < chunk.length && !done) {
        if (state === 'data') {
          const piece = chunk.subarray(at, at + left)
          left -= piece.length
          at += piece.length
          onData(kept(piece))
          if (left === 0) state = 'data-end'
          continue
        }
        const taken = takeLine(chunk, at)
        if (!taken) return undefined
        at = taken.next
        if (state === 'data-end') {
          if (taken.text !== '') throw new Error('a chunk of the answer is longer than it says')
          state = 'size'
        } else if (state === 'size') {
          left = chunkSizeIn(taken.text)
          state = left === 0 ? 'trailer' : 'data'
        } else if (taken.text === '') done = true
      }
      return done && at < chunk.length ? chunk.subarray(at) : undefined
    },
  }
}
