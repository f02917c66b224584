// A capture taken apart: the messages of all its connections in one order of time, each with its bytes.
import {
  type Conversation,
  decodeConnection,
  type Message,
  type Totals,
  totalsOf,
  type Way,
} from '../codecs/conversation.ts'
import { bytesOf, type Capture, type CapturedConnection } from './capture.ts'

/** A message as the page shows it. */
export interface Entry {
  /** From 1, in order of time. */
  readonly number: number
  /** From 1, in the order in which they were opened. */
  readonly connection: number
  readonly message: Message
  /** All bytes of its direction of its connection: places in its parts are places in these. */
  readonly bytes: Uint8Array
  /** How many reads of the tap it took to have it whole. */
  readonly reads: number
  /** The read that brought its first byte had already brought the end of the message before. */
  readonly sharesRead: boolean
}

export interface Reading {
  readonly capture: Capture
  readonly conversations: readonly Conversation[]
  readonly entries: readonly Entry[]
  /** Numbers of the notices that came down, each once. */
  readonly delivered: readonly number[]
  readonly totals: Totals
}

/** Decodes all connections of a capture; one of TLS has none that can be. Never throws for what is on the wire: what cannot be read is a message of its own. */
export function readingOf(capture: Capture): Reading {
  const conversations = capture.isSecure ? [] : capture.connections.map(({ chunks }) => decodeConnection(chunks))
  const entries = conversations
    .flatMap(({ messages }, at) => {
      const connection = capture.connections[at]!
      const ways = { up: wayOf(connection, 'up'), down: wayOf(connection, 'down') }
      return messages.map(message => ({ connection: at + 1, message, ...placeOf(message, ways[message.way]) }))
    })
    .sort((a, b) => a.message.fromMs - b.message.fromMs)
    .map((entry, at) => ({ number: at + 1, ...entry }))
  const seqs = entries.filter(({ message }) => message.way === 'down').flatMap(({ message }) => message.seqs)
  return { capture, conversations, entries, delivered: [...new Set(seqs)], totals: totalsOf(conversations) }
}

interface Stream {
  readonly bytes: Uint8Array
  /** Where each read begins. */
  readonly starts: readonly number[]
}

function wayOf(connection: CapturedConnection, way: Way): Stream {
  let at = 0
  const starts: number[] = []
  for (const chunk of connection.chunks) {
    if (chunk.way !== way) continue
    starts.push(at)
    at += chunk.bytes.length
  }
  return { bytes: bytesOf(connection, way), starts }
}

const placeOf = (
  { from, cuts }: Message,
  { bytes, starts }: Stream,
): Pick<Entry, 'bytes' | 'reads' | 'sharesRead'> => ({
  bytes,
  reads: cuts.length + 1,
  sharesRead: from > 0 && !starts.includes(from),
})

export const sizeOf = ({ from, to }: Pick<Message, 'from' | 'to'>): number => to - from

/** The answer to a request, or the request that an answer is for; undefined where there is none. */
export function otherHalfOf(
  { connection, message: { way, exchange } }: Entry,
  { entries }: Reading,
): Entry | undefined {
  if (exchange === undefined) return undefined
  return entries.findLast(
    each => each.connection === connection && each.message.exchange === exchange && each.message.way !== way,
  )
}

/** How long the server had a request before it began to answer, ms. */
export const heldMs = (request: Entry, answer: Entry): number => answer.message.fromMs - request.message.toMs
