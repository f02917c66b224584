// What a captured connection is taken apart into: messages of both directions.
import type { EventBlock } from './events.ts'
import type { Frame } from './frames.ts'
import type { Head } from './http.ts'
import type { Malformed, Part } from './part.ts'

export type Way = 'up' | 'down'

/** What a message is to whoever reads along. */
export type MessageKind =
  /** An HTTP request by itself: a poll, a publish. */
  | 'request'
  /** A whole answer with notices in it, or to anything but a poll. */
  | 'answer'
  /** A whole answer that brought no notice. */
  | 'empty answer'
  /** The head of an answer that stays open, or a 101. */
  | 'head'
  /** An event or a frame with a notice, or with what a transport says of its position. */
  | 'message'
  /** Comment, ping, pong, a library's own signs of life. */
  | 'heartbeat'
  | 'close'
  /** Bytes that nothing could be made of, or what had no end yet. */
  | 'rest'

export interface Message {
  readonly way: Way
  readonly kind: MessageKind
  /** ms since the capture began: its first byte, and its last. */
  readonly fromMs: number
  readonly toMs: number
  /** In the bytes of its direction. */
  readonly from: number
  readonly to: number
  /** Cover [from, to). */
  readonly parts: readonly Part[]
  /** Numbers of the notices in it; of a message in fragments they are the last one's. */
  readonly seqs: readonly number[]
  /** What it is in a few words: `GET /api/short-polling`, `text frame`, `event hello`. */
  readonly title: string
  /** Places within it where one read of the tap ended and the next one began. */
  readonly cuts: readonly number[]
  /** Of HTTP: which request of its connection it is, or answers, from 0. */
  readonly exchange?: number
  readonly head?: Head
  readonly frame?: Frame
  readonly event?: EventBlock
  /** What it carries, without head, mask, chunks and compression; absent where it carries nothing. */
  readonly content?: Uint8Array
}

/** A connection that was taken apart. The messages of a direction cover every byte of it; what is malformed is in the last one, a `rest`. */
export interface Conversation {
  readonly messages: readonly Message[]
  /** By direction, where and why it could not be read on. */
  readonly broken: Readonly<Partial<Record<Way, Malformed>>>
}

/** What one read of a tap brought. */
export interface Chunk {
  readonly way: Way
  readonly atMs: number
  readonly bytes: Uint8Array
}
