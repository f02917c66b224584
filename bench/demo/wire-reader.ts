// Names what passes on one relayed connection: HTTP/1.1 both ways, event streams, and WebSocket frames after an upgrade.
import type { Direction, What } from '../../server/demo/wire.ts'
import { createFrameReader } from './frame-reader.ts'
import type { Found, Half } from './half.ts'
import { createHttpReader, type Message } from './http-reader.ts'
import { createPieceCutter, type RawPiece } from './piece-cutter.ts'

/** One thing that passed: from `t` at one end to `to` at the other. */
export interface Piece {
  readonly direction: Direction
  readonly what: What
  readonly t: number
  readonly to: number
  readonly bytes: number
  /** First and last notice in it. */
  readonly seqs?: readonly [first: number, last: number]
  /** An answer without a notice. */
  readonly isEmpty?: boolean
  /** Where they are to be kept. */
  readonly raw?: RawPiece
}

export interface WireReader {
  bytes(direction: Direction, chunk: Buffer, t: number, to: number): void
}

/** First and last number of the notices in `text`. */
export function seqsIn(text: string): readonly [number, number] | undefined {
  let first: number | undefined
  let last = 0
  for (const [, digits] of text.matchAll(/"seq":(\d{1,15})/g)) {
    last = Number(digits)
    first ??= last
  }
  return first === undefined ? undefined : [first, last]
}

/**
 * Reads a connection. A piece is told once it is whole, from its first byte's `t` to its last byte's `to`; of an answer that never ends
 * its head, and then each event. What comes in one chunk and is of one kind is one piece. Never throws: what it cannot read is a `part`.
 * Frames whose text is one of `signs` are a library's own signs of life. `keptBytes`: of each piece so many bytes are told as well, none where it is absent.
 */
export function createWireReader(
  onPiece: (piece: Piece) => void,
  { signs, keptBytes }: { readonly signs?: RegExp; readonly keptBytes?: number } = {},
): WireReader {
  const cutters = keptBytes !== undefined && { up: createPieceCutter(keptBytes), down: createPieceCutter(keptBytes) }
  const began: Record<Direction, number | undefined> = { up: undefined, down: undefined }
  const upgrades = { isAsked: false }
  const methods: string[] = []
  let up: Half = createHttpReader({
    isRequest: true,
    onHead(message) {
      methods.push(message.method)
      upgrades.isAsked = message.isUpgrade
      return 'whole'
    },
  })
  let down: Half = createHttpReader({
    isRequest: false,
    onHead(message: Message) {
      if (message.status === 101) return 'over'
      if (message.status < 200) return 'none'
      const method = methods.shift()
      return method === 'HEAD' || message.status === 204 || message.status === 304 ? 'none' : 'whole'
    },
    onOver() {
      // From here on both ends speak in frames.
      up = createFrameReader(true, signs)
      const frames = createFrameReader(false, signs)
      down = frames
      return frames
    },
  })

  return {
    bytes(direction, chunk, t, to) {
      const from = began[direction] ?? t
      const cutter = cutters ? cutters[direction] : undefined
      cutter?.push(chunk)
      let found: readonly Found[]
      try {
        found = (direction === 'up' ? up : down).push(chunk)
      } catch {
        // Nothing of ours: from here on only bytes.
        const lost: Half = { push: rest => [{ what: 'part', bytes: rest.length, text: '' }] }
        if (direction === 'up') up = lost
        else down = lost
        found = lost.push(chunk)
        cutter?.forget()
      }
      began[direction] = found.length > 0 ? undefined : from
      let isFirst = true
      for (let i = 0; i < found.length; ) {
        const { what } = found[i]!
        let bytes = 0
        let text = ''
        for (; i < found.length && found[i]!.what === what; i++) {
          bytes += found[i]!.bytes
          text += found[i]!.text
          if (what === 'request' || what === 'answer') {
            i++
            break
          }
        }
        const seqs = direction === 'down' ? seqsIn(text) : undefined
        onPiece({
          direction,
          what,
          t: isFirst ? from : t,
          to,
          bytes,
          ...(seqs && { seqs }),
          ...(what === 'answer' && !seqs && { isEmpty: true }),
          ...(cutter && { raw: cutter.take(bytes) }),
        })
        isFirst = false
      }
    },
  }
}
