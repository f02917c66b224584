// One direction of a captured connection, and how far it is read.
import { joined } from './bytes.ts'
import type { Chunk, Message, MessageKind, Way } from './message.ts'
import type { Part } from './part.ts'

export interface Half {
  readonly way: Way
  readonly bytes: Uint8Array
  /** Where each read of the tap begins, and when it came. */
  readonly reads: readonly { readonly from: number; readonly atMs: number }[]
  /** What lies before has been put into messages. */
  at: number
}

/** What a reader knows of a message besides. */
export type Extra = Pick<Message, 'exchange' | 'head' | 'frame' | 'event' | 'content'> & {
  /** Default: those that the parts name. */
  readonly seqs?: readonly number[]
}

/** Makes a message of what a direction holds from where it is read to `to`, and goes on behind it. */
export type Put = (
  half: Half,
  kind: MessageKind,
  to: number,
  title: string,
  parts: readonly Part[],
  extra?: Extra,
) => void

export function halfOf(chunks: readonly Chunk[], way: Way): Half {
  const own = chunks.filter(chunk => chunk.way === way && chunk.bytes.length > 0)
  let from = 0
  const reads = own.map(({ atMs, bytes }) => {
    const read = { from, atMs }
    from += bytes.length
    return read
  })
  return { way, bytes: joined(own.map(({ bytes }) => bytes)), reads, at: 0 }
}

/** Which read brought the byte at `place`; -1 where there is none. */
function readAt({ reads }: Half, place: number): number {
  let [low, high] = [0, reads.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (reads[middle]!.from <= place) low = middle + 1
    else high = middle
  }
  return low - 1
}

export const timeAt = (half: Half, place: number): number => half.reads[readAt(half, place)]?.atMs ?? 0

/** Where within (from, to) one read ends and the next begins. */
export const cutsIn = (half: Half, from: number, to: number): number[] =>
  half.reads.slice(readAt(half, from) + 1, readAt(half, to - 1) + 1).map(read => read.from)
