// A captured connection as a conversation: messages in the order of their beginning, each made of parts that cover all of its bytes.
import type { Malformed, Part } from './part.ts'

export type Way = 'up' | 'down'

/** What a message is to whoever reads along. */
export type MessageKind =
  /** An HTTP request by itself: a poll, a publish. */
  | 'request'
  /** A whole answer with notices in it, or to a publish. */
  | 'answer'
  /** A whole answer that brought no notice. */
  | 'empty answer'
  /** The head of an answer that stays open, or a 101. */
  | 'head'
  /** Events or frames with notices, or with what a transport says of its position. */
  | 'message'
  /** Comment, ping, pong, a library's own signs of life. */
  | 'heartbeat'
  | 'close'
  /** The rest: bytes that nothing could be made of, or the end of something. */
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
  /** Numbers of the notices in it. */
  readonly seqs: readonly number[]
  /** What it is in a few words: `GET /api/short-polling`, `text frame, 61 bytes`, `event notice`. */
  readonly title: string
  /** Places within [from, to) where one read of the tap ended and the next began. */
  readonly cuts: readonly number[]
}

/** A connection that was taken apart. Of each direction the messages cover every byte; what is malformed is the last message of its direction, a `rest`. */
export interface Conversation {
  readonly messages: readonly Message[]
  /** By direction, where and why it could not be read on. */
  readonly broken: Readonly<Partial<Record<Way, Malformed>>>
}
