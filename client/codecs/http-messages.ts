// The messages of a connection as long as it speaks HTTP/1.1: requests, answers, and the events of an answer that stays open.
import { SEPARATOR } from './engine-io.ts'
import { type EventBlock, isComment, readEvent } from './events.ts'
import type { FrameRules } from './frame-messages.ts'
import { packetParts } from './frame-parts.ts'
import type { Half, Put } from './half.ts'
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
import type { MessageKind } from './message.ts'
import { noticesIn } from './notices.ts'
import { Malformed, type Part } from './part.ts'

/** More than anybody reads; each becomes several parts. */
const MAX_LINES = 20_000

export interface HttpMessages {
  /** Read on as far as there is something, and as far as it is certain that HTTP goes on. What they leave may go on once the other one was called.
   * Throw Malformed. */
  readRequests(): void
  readAnswers(): void
  /** What the frames behind it follow, once the protocol has changed. */
  readonly upgraded: FrameRules | undefined
}

export function createHttpMessages(up: Half, down: Half, put: Put): HttpMessages {
  const requests: Head[] = []
  let answered = 0
  /** Which request offers to change the protocol: its answer says whether HTTP goes on. */
  let offer: number | undefined
  let isEngine = false
  let upgraded: FrameRules | undefined
  /** An answer has begun whose end has not come: nothing is behind it. */
  let isOpen = false

  function readRequests(): void {
    while (!upgraded && offer === undefined) {
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
    while (!upgraded && !isOpen) {
      const head = readHead(down.bytes, down.at, 'answer')
      if (!head) return
      const isInterim = head.status < 200 && head.status !== 101
      const exchange = answered
      const extra = { exchange, head }
      const title = `${head.status}${head.reason === '' ? '' : ` ${head.reason}`}`
      if (head.status === 101) {
        put(down, 'head', head.to, title, headParts(head), extra)
        upgraded = { isEngine, extensions: headerOf(head, 'sec-websocket-extensions') ?? '' }
        return
      }
      const method = requests[exchange]?.method ?? ''
      const body = bodyOf(down, head, method)
      const isWhole = body.to !== undefined
      if (!isInterim && isEventStream(head)) {
        put(down, 'head', head.to, title, headParts(head), extra)
        readEvents(down, body, put)
        isOpen = !isWhole
        if (isOpen) return
      } else if (body.to === undefined) return
      else {
        const isPoll = method === 'GET' && head.status < 300 && !isInterim
        const isEmpty = isPoll && noticesIn(body.bytes, 0, body.bytes.length).length === 0
        put(down, isEmpty ? 'empty answer' : 'answer', body.to, title, wholeParts(head, body), {
          ...extra,
          ...(body.bytes.length > 0 && { content: body.bytes }),
        })
      }
      if (isInterim) continue
      answered++
      if (offer !== exchange) continue
      // It was not taken: HTTP goes on, with the requests behind it, which what follows here answers.
      offer = undefined
      return
    }
  }

  return {
    readRequests,
    readAnswers,
    get upgraded() {
      return upgraded
    },
  }
}

/** Reads the events of a body, as far as they are there; behind its end also what is left. */
export function readEvents(down: Half, body: Body, put: Put): void {
  const { bytes, stretches, framing, to: end } = body
  const isWhole = end !== undefined
  // What lies before these is behind us.
  let stretch = 0
  let frame = 0

  const putStretch = (
    to: number,
    parts: readonly Part[],
    kind: MessageKind,
    title: string,
    event?: EventBlock,
  ): void => {
    const first = stretch
    const own: Part[] = []
    for (; frame < framing.length && framing[frame]!.to <= to; frame++) own.push(framing[frame]!)
    while (stretch < stretches.length - 1 && stretches[stretch]!.to < to) stretch++
    const all = inOrder([...own, ...onTheWire(parts, stretches.slice(first, stretch + 1))])
    put(down, kind, to, title, all, event && { event, content: bytes.subarray(event.from, event.to) })
  }
  /** Where what ends at `place` in the body ends on the wire: with its chunk, if that ends there as well. */
  let next = 0
  const behind = (place: number): number => {
    while (place > stretches[next]!.at + stretches[next]!.to - stretches[next]!.from) next++
    const { at, from, to } = stretches[next]!
    const own = from + place - at
    return own === to ? (framing[2 * next + 1]?.to ?? own) : own
  }

  let done = 0
  for (;;) {
    const event = readEvent(bytes, done, isWhole)
    if (!event) break
    if (event.lines.length > MAX_LINES)
      throw new Malformed(down.at, `an event must have at most ${MAX_LINES} lines, got ${event.lines.length}`)
    const isBeat = isComment(event)
    const title = isBeat ? 'comment' : `event ${event.type}`
    putStretch(behind(event.to), eventParts(bytes, event), isBeat ? 'heartbeat' : 'message', title, event)
    done = event.to
  }
  if (!isWhole || end === down.at) return
  // What the standard discards: a block without its empty line; and the last chunk.
  const { length } = bytes
  const left: Part[] = done < length ? [{ from: done, to: length, name: 'unfinished event', role: 'framing' }] : []
  putStretch(end, left, 'rest', 'end of the stream')
}

const pathOf = ({ target }: Head): string => target.split('?')[0]!

const isEventStream = (head: Head): boolean =>
  head.status === 200 && (headerOf(head, 'content-type') ?? '').startsWith('text/event-stream')

/** The body behind a head. Of one that only the connection's end ends, all there is; a stream of events has no end then. */
function bodyOf({ bytes }: Half, head: Head, method: string): Body {
  const framing = bodyFramingOf(head, method)
  if (framing.kind === 'chunks') return chunkedBody(bytes, head.to)
  if (framing.kind === 'until close') return plainBody(bytes, head.to, bytes.length, !isEventStream(head))
  const length = framing.kind === 'length' ? framing.bytes : 0
  const to = head.to + length
  return plainBody(bytes, head.to, Math.min(to, bytes.length), to <= bytes.length)
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
