// A captured connection as a conversation: messages in the order of their beginning, each made of parts that cover all of its bytes.
import { type FrameRules, readFrames } from './frame-messages.ts'
import { cutsIn, type Half, halfOf, type Put, timeAt } from './half.ts'
import { createHttpMessages, readEvents } from './http-messages.ts'
import { plainBody } from './http-parts.ts'
import type { Chunk, Conversation, Message, Way } from './message.ts'
import { bytesByRole, Malformed, type Part, type Role } from './part.ts'

export type { Chunk, Conversation, Message, MessageKind, Way } from './message.ts'

/** What a piece of a connection is within: HTTP's messages, an event stream that comes without chunks, or frames. */
export type Within = 'http' | 'events' | 'frames'

/** More than anybody reads, and what any capture can be held of in memory. */
const MAX_MESSAGES = 20_000

const UNREADABLE = 'bytes that cannot be read'
const UNFINISHED = 'no end yet'
/** Whether nothing could be made of a message's bytes. */
export const isUnread = ({ kind, title }: Pick<Message, 'kind' | 'title'>): boolean =>
  kind === 'rest' && (title === UNREADABLE || title === UNFINISHED)

/** Takes a piece of one direction apart that begins with a message. `isEngine`: Engine.IO speaks in its frames. Never throws, as `decodeConnection`. */
export const decodePiece = (way: Way, bytes: Uint8Array, within: Within, isEngine: boolean): Conversation =>
  decode([{ way, atMs: 0, bytes }], within, { isEngine, extensions: '' })

/** Takes a connection apart, from its beginning. Never throws: what cannot be read is told in `broken`. */
export const decodeConnection = (chunks: readonly Chunk[]): Conversation => decode(chunks, 'http', undefined)

function decode(chunks: readonly Chunk[], within: Within, rules: FrameRules | undefined): Conversation {
  const up = halfOf(chunks, 'up')
  const down = halfOf(chunks, 'down')
  const messages: Message[] = []
  const broken: Partial<Record<Way, Malformed>> = {}

  const put: Put = (half, kind, to, title, parts, { seqs, ...extra } = {}) => {
    const { way, at: from } = half
    if (messages.length >= MAX_MESSAGES && kind !== 'rest')
      throw new Malformed(from, `a connection must have at most ${MAX_MESSAGES} messages`)
    messages.push({
      ...{ way, kind, from, to, title, parts, ...extra },
      fromMs: timeAt(half, from),
      toMs: timeAt(half, to - 1),
      seqs: seqs ?? parts.flatMap(seqOf),
      cuts: cutsIn(half, from, to),
    })
    half.at = to
  }
  /** A direction that broke is not read on. */
  const attempt = ({ way }: Half, read: () => void): void => {
    if (broken[way]) return
    try {
      read()
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      broken[way] = error
    }
  }

  let frames = within === 'frames' ? rules : undefined
  if (within === 'events')
    attempt(down, () => readEvents(down, plainBody(down.bytes, 0, down.bytes.length, false), put))
  if (within === 'http') {
    const http = createHttpMessages(up, down, put)
    for (let before = -1; !http.upgraded && up.at + down.at > before; ) {
      before = up.at + down.at
      attempt(up, http.readRequests)
      attempt(down, http.readAnswers)
    }
    frames = http.upgraded
  }
  if (frames) for (const half of [up, down]) attempt(half, () => readFrames(half, put, frames))

  for (const half of [up, down]) {
    const { length } = half.bytes
    if (half.at === length) continue
    const error = broken[half.way]
    const name = error ? UNREADABLE : UNFINISHED
    const meaning = error && { meaning: `byte ${error.at}: ${error.message}` }
    put(half, 'rest', length, name, [{ from: half.at, to: length, name, role: 'framing', ...meaning }])
  }
  return {
    messages: messages.toSorted((a, b) => a.fromMs - b.fromMs || Number(a.way === 'down') - Number(b.way === 'down')),
    broken,
  }
}

function seqOf({ name, role }: Part): number[] {
  const found = role === 'body' ? /^notice (\d+)$/.exec(name)?.[1] : undefined
  return found === undefined ? [] : [Number(found)]
}

export interface Totals {
  readonly bytes: number
  readonly upBytes: number
  readonly downBytes: number
  readonly byRole: Readonly<Record<Role, number>>
  /** Notices that arrived. */
  readonly notices: number
}

/**
 * Bytes of connections by what they are for. Exchanges that brought nothing, requests and answers alike, and heartbeats are `empty`; what stood open
 * at the end is counted as its parts say.
 */
export function totalsOf(conversations: readonly Conversation[]): Totals {
  const byRole: Record<Role, number> = { body: 0, framing: 0, headers: 0, empty: 0 }
  const bytes: Record<Way, number> = { up: 0, down: 0 }
  let notices = 0
  for (const { messages } of conversations) {
    const empty = new Set(messages.flatMap(({ kind, exchange }) => (kind === 'empty answer' ? [exchange] : [])))
    for (const { way, kind, exchange, parts, from, to, seqs } of messages) {
      bytes[way] += to - from
      notices += seqs.length
      if (kind === 'heartbeat' || (exchange !== undefined && empty.has(exchange))) byRole.empty += to - from
      else for (const [role, count] of Object.entries(bytesByRole(parts))) byRole[role as Role] += count
    }
  }
  return { bytes: bytes.up + bytes.down, upBytes: bytes.up, downBytes: bytes.down, byRole, notices }
}
