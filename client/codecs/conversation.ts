// A captured connection as a conversation: messages in the order of their beginning, each made of parts that cover all of its bytes.
import { joined, textOf } from './bytes.ts'
import { SEPARATOR } from './engine-io.ts'
import { type EventBlock, isComment, readEvent } from './events.ts'
import { frameHeadParts, packetParts, payloadParts } from './frame-parts.ts'
import { type Frame, opcodeNames, opcodes, payloadOf, readFrameHead, ruleBroken } from './frames.ts'
import { bodyFramingOf, type Head, headerOf, readHead } from './http.ts'
import {
  type Body,
  chunkedBody,
  contentParts,
  eventParts,
  headParts,
  inOrder,
  onTheWire,
  plainBody,
} from './http-parts.ts'
import { noticesIn } from './notices.ts'
import { bytesByRole, Malformed, type Part, type Role } from './part.ts'

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
  /** Numbers of the notices in it. */
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
  /** What it carries, without head, mask and chunks; absent where it carries nothing. */
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

/** One direction, and how far it is read. */
interface Half {
  readonly way: Way
  readonly bytes: Uint8Array
  /** Where each read begins, and when it came. */
  readonly reads: readonly { readonly from: number; readonly atMs: number }[]
  at: number
}

type Extra = Pick<Message, 'exchange' | 'head' | 'frame' | 'event' | 'content'>

/** What a piece of a connection is within: HTTP's messages, an event stream that comes without chunks, or frames. */
export type Within = 'http' | 'events' | 'frames'

/** Takes a piece of one direction apart that begins with a message. `isEngine`: Engine.IO speaks in its frames. Never throws, as `decodeConnection`. */
export const decodePiece = (way: Way, bytes: Uint8Array, within: Within, isEngine: boolean): Conversation =>
  decode([{ way, atMs: 0, bytes }], within, isEngine)

/** Takes a connection apart, from its beginning. Never throws: what cannot be read is told in `broken`. */
export const decodeConnection = (chunks: readonly Chunk[]): Conversation => decode(chunks, 'http', false)

function decode(chunks: readonly Chunk[], within: Within, isEngine: boolean): Conversation {
  const up = halfOf(chunks, 'up')
  const down = halfOf(chunks, 'down')
  const messages: Message[] = []
  const broken: Partial<Record<Way, Malformed>> = {}

  function put(
    half: Half,
    kind: MessageKind,
    to: number,
    title: string,
    parts: readonly Part[],
    extra: Extra = {},
  ): void {
    const { way, reads, at: from } = half
    messages.push({
      ...{ way, kind, from, to, title, parts, ...extra },
      fromMs: timeAt(half, from),
      toMs: timeAt(half, to - 1),
      seqs: parts.flatMap(part => seqOf(part)),
      cuts: reads.flatMap(read => (read.from > from && read.from < to ? [read.from] : [])),
    })
    half.at = to
  }

  const reading = readConnection(up, down, put, within, isEngine)
  for (const half of [up, down]) {
    try {
      reading[half.way]()
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      broken[half.way] = error
    }
  }
  for (const half of [up, down]) {
    const { length } = half.bytes
    if (half.at === length) continue
    const error = broken[half.way]
    const name = error ? 'bytes that cannot be read' : 'no end yet'
    put(half, 'rest', length, name, [
      {
        from: half.at,
        to: length,
        name,
        role: 'framing',
        ...(error && { meaning: `byte ${error.at}: ${error.message}` }),
      },
    ])
  }
  return {
    messages: messages.toSorted((a, b) => a.fromMs - b.fromMs || Number(a.way === 'down') - Number(b.way === 'down')),
    broken,
  }
}

/** Reads both directions as far as each goes. */
function readConnection(
  up: Half,
  down: Half,
  put: (half: Half, kind: MessageKind, to: number, title: string, parts: readonly Part[], extra?: Extra) => void,
  within: Within,
  startsAsEngine: boolean,
): Record<Way, () => void> {
  const requests: Head[] = []
  let answered = 0
  /** Its answer says whether HTTP goes on. */
  let offer: number | undefined
  let isUpgraded = within === 'frames'
  let isEngine = startsAsEngine
  let isCompressed = false
  const isFragmented: Record<Way, boolean> = { up: false, down: false }

  function readRequests(): void {
    while (!isUpgraded && offer === undefined) {
      const head = readHead(up.bytes, up.at, 'request')
      const body = head && bodyOf(up, head, '')
      if (!head || body?.to === undefined) return
      const exchange = requests.push(head) - 1
      if (head.target.includes('EIO=')) isEngine = true
      if (headerOf(head, 'upgrade') !== null) offer = exchange
      put(up, 'request', body.to, `${head.method} ${pathOf(head)}`, wholeParts(head, body), {
        ...{ exchange, head },
        ...(body.bytes.length > 0 && { content: body.bytes }),
      })
    }
  }

  function readAnswers(): void {
    while (!isUpgraded) {
      const head = readHead(down.bytes, down.at, 'answer')
      if (!head) return
      const isInterim = head.status < 200 && head.status !== 101
      const exchange = answered
      const request = requests[exchange]
      const extra = { exchange, head }
      const title = `${head.status}${head.reason === '' ? '' : ` ${head.reason}`}`
      if (head.status === 101) {
        put(down, 'head', head.to, title, headParts(head), extra)
        isUpgraded = true
        offer = undefined
        isCompressed = /permessage-deflate/i.test(headerOf(head, 'sec-websocket-extensions') ?? '')
        return
      }
      if (!isInterim) answered++
      if (!isInterim && isEventStream(head)) {
        put(down, 'head', head.to, title, headParts(head), extra)
        if (!readEvents(bodyOf(down, head, 'GET'))) return
        continue
      }
      const body = bodyOf(down, head, request?.method ?? '')
      if (body.to === undefined) {
        if (!isInterim) answered--
        return
      }
      const parts = wholeParts(head, body)
      const isPoll = request?.method === 'GET' && head.status < 300
      const kind = isPoll && noticesIn(body.bytes, 0, body.bytes.length).length === 0 ? 'empty answer' : 'answer'
      put(down, kind, body.to, title, parts, { ...extra, ...(body.bytes.length > 0 && { content: body.bytes }) })
      // It was not taken: HTTP goes on.
      if (offer === exchange && !isInterim) offer = undefined
    }
  }

  /** Whether the stream has ended. */
  function readEvents(body: Body): boolean {
    let done = 0
    for (;;) {
      const event = readEvent(body.bytes, done, body.to !== undefined)
      if (!event) break
      const to = behind(body, event.to)
      const isBeat = isComment(event)
      putStretch(
        body,
        to,
        eventParts(body.bytes, event),
        isBeat ? 'heartbeat' : 'message',
        isBeat ? 'comment' : `event ${event.type}`,
        event,
      )
      done = event.to
    }
    if (body.to === undefined) return false
    // What the standard discards: a block without its empty line; and the last chunk.
    if (body.to > down.at)
      putStretch(
        body,
        body.to,
        done < body.bytes.length
          ? [{ from: done, to: body.bytes.length, name: 'unfinished event', role: 'framing' }]
          : [],
        'rest',
        'end of the stream',
      )
    return true
  }

  function putStretch(
    body: Body,
    to: number,
    parts: readonly Part[],
    kind: MessageKind,
    title: string,
    event?: EventBlock,
  ): void {
    const { at } = down
    const framing = body.framing.filter(part => part.from >= at && part.to <= to)
    const all = inOrder([...framing, ...onTheWire(parts, body.stretches)])
    put(down, kind, to, title, all, event && { event, content: body.bytes.subarray(event.from, event.to) })
  }

  function readFrames(half: Half): void {
    for (;;) {
      const { bytes, at, way } = half
      if (bytes.length - at < 2) return
      const rule = ruleBroken(bytes[at]!, bytes[at + 1]!, way === 'up', isFragmented[way], isCompressed)
      if (rule !== undefined) throw new Malformed(at, rule)
      const frame = readFrameHead(bytes, at)
      if (!frame || frame.to > bytes.length) return
      const payload = payloadOf(bytes, frame)
      const { opcode, isFinal } = frame
      if (opcode < opcodes.close) isFragmented[way] = !isFinal
      const parts = [...frameHeadParts(frame), ...placed(frame, payload)]
      put(half, frameKind(frame, payload), frame.to, `${opcodeNames[opcode]} frame`, parts, { frame, content: payload })
    }
  }

  const placed = (frame: Frame, payload: Uint8Array): Part[] => {
    try {
      return payloadParts(frame, payload, isEngine)
    } catch (error) {
      // Places in a Close frame's payload are counted from its beginning.
      throw error instanceof Malformed ? new Malformed(frame.payloadFrom + error.at, error.message) : error
    }
  }

  function frameKind({ opcode }: Frame, payload: Uint8Array): MessageKind {
    if (opcode === opcodes.close) return 'close'
    if (opcode === opcodes.ping || opcode === opcodes.pong) return 'heartbeat'
    return isEngine && /^[23]/.test(textOf(payload, 0, 1)) ? 'heartbeat' : 'message'
  }

  return {
    up() {
      if (within === 'events') return
      while (!isUpgraded) {
        const before = up.at
        readRequests()
        // Answers say what comes behind an offer to upgrade; what breaks them is theirs.
        try {
          readAnswers()
        } catch {
          return
        }
        if (!isUpgraded && (offer !== undefined || up.at === before)) return
      }
      readFrames(up)
    },
    down() {
      if (within === 'events') return void readEvents(plainBody(down.bytes, 0, down.bytes.length, false))
      if (!isUpgraded) readAnswers()
      if (isUpgraded) readFrames(down)
    },
  }
}

const halfOf = (chunks: readonly Chunk[], way: Way): Half => {
  const own = chunks.filter(chunk => chunk.way === way && chunk.bytes.length > 0)
  let from = 0
  const reads = own.map(({ atMs, bytes }) => {
    const read = { from, atMs }
    from += bytes.length
    return read
  })
  return { way, bytes: joined(own.map(({ bytes }) => bytes)), reads, at: 0 }
}

/** When the byte at `place` came. */
const timeAt = ({ reads }: Half, place: number): number => reads.findLast(({ from }) => from <= place)?.atMs ?? 0

const pathOf = ({ target }: Head): string => target.split('?')[0]!

const isEventStream = (head: Head): boolean =>
  head.status === 200 && (headerOf(head, 'content-type') ?? '').startsWith('text/event-stream')

/** The body behind a head. Of one that only the connection's end ends, all there is, which has no end. */
function bodyOf({ bytes }: Half, head: Head, method: string): Body {
  const framing = bodyFramingOf(head, method)
  if (framing.kind === 'chunks') return chunkedBody(bytes, head.to)
  if (framing.kind === 'until close') return plainBody(bytes, head.to, bytes.length, !isEventStream(head))
  const length = framing.kind === 'length' ? framing.bytes : 0
  const to = head.to + length
  return plainBody(bytes, head.to, Math.min(to, bytes.length), to <= bytes.length)
}

/** Where an event that ends at `place` in the body ends on the wire: with its chunk, if that ends there as well. */
function behind({ stretches, framing }: Body, place: number): number {
  const stretch = stretches.find(({ at, from, to }) => place > at && place <= at + to - from)!
  const to = stretch.from + place - stretch.at
  const end = framing.find(part => part.from === to && part.name === 'end of chunk')
  return end?.to ?? to
}

/** Parts of a message with its body. */
function wholeParts(head: Head, body: Body): Part[] {
  const parts = /(^|\W)EIO=|^text\/plain/.test(head.target + (headerOf(head, 'content-type') ?? ''))
    ? packetsParts(body.bytes)
    : contentParts(body.bytes, 0, body.bytes.length, 'around the notices')
  return [...headParts(head), ...inOrder([...body.framing, ...onTheWire(parts, body.stretches)])]
}

/** Engine.IO's packets, as many as a body carries. */
function packetsParts(bytes: Uint8Array): Part[] {
  const parts: Part[] = []
  const separator = SEPARATOR.charCodeAt(0)
  for (let from = 0; from < bytes.length; ) {
    const found = bytes.indexOf(separator, from)
    const to = found < 0 ? bytes.length : found
    if (to > from) parts.push(...packetParts(bytes, from, to))
    if (found >= 0)
      parts.push({
        from: found,
        to: found + 1,
        name: 'separator',
        role: 'framing',
        meaning: 'the next packet of this body follows',
      })
    from = to + 1
  }
  return parts
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
