// Half of an HTTP/1.1 connection: requests or answers (RFC 9112 §6), and the events of an answer that never ends.
import { joined, latin1 } from '../../client/codecs/bytes.ts'
import { isComment, readEvent } from '../../client/codecs/events.ts'
import {
  bodyFramingOf,
  headerOf,
  readChunkEnd,
  readChunkSize,
  readHead,
  readTrailers,
} from '../../client/codecs/http.ts'
import type { Found, Half } from './half.ts'

/** More of a body is counted, and not looked into. */
const MAX_TEXT_BYTES = 256 * 1024

export interface Message {
  readonly method: string
  readonly status: number
  readonly isUpgrade: boolean
}

export interface HttpReaderParts {
  readonly isRequest: boolean
  /** What follows a head: a `whole` message, `none` of a body, or `over`: no HTTP any more. */
  onHead(message: Message): 'whole' | 'none' | 'over'
  /** Who reads on after `over`. */
  onOver?(): Half
}

type Step = (at: number) => number

export function createHttpReader({ isRequest, onHead, onOver }: HttpReaderParts): Half {
  let held: Buffer = Buffer.alloc(0)
  let found: Found[] = []
  /** Bytes consumed since the last piece. */
  let since = 0
  let text = ''
  let left = 0
  let isEvents = false
  let events: Uint8Array = new Uint8Array(0)
  let after: Half | undefined

  /** `behind`: what was consumed and is not of this piece. */
  const done = (what: Found['what'], of = text, behind = 0): void => {
    found.push({ what, bytes: since - behind, text: of })
    since = behind
    text = ''
  }
  const whole = (): void => {
    done(isRequest ? 'request' : 'answer')
    step = head
  }
  /** Keeps at most so much of a body. */
  const keep = (part: Buffer): void => {
    if (text.length < MAX_TEXT_BYTES) text += part.toString('latin1', 0, part.length)
  }

  // Each step consumes from `at` and gives how many bytes it took; 0 = it needs more.
  const head: Step = at => {
    const found = readHead(held, at, isRequest ? 'request' : 'answer')
    if (!found) return 0
    const { method, status, to } = found
    since += to - at
    const follows = onHead({ method, status, isUpgrade: headerOf(found, 'upgrade') !== null })
    isEvents = /^text\/event-stream/i.test(headerOf(found, 'content-type') ?? '')
    events = new Uint8Array(0)
    if (follows === 'over') {
      done('head')
      after = onOver!()
      return to - at
    }
    const framing = follows === 'none' ? ({ kind: 'none' } as const) : bodyFramingOf(found)
    if (framing.kind === 'none') whole()
    else if (framing.kind === 'chunks') {
      if (isEvents) done('head')
      step = size
    } else if (framing.kind === 'length') {
      left = framing.bytes
      step = body
    } else {
      done('head')
      step = rest
    }
    return to - at
  }

  const body: Step = at => {
    const part = held.subarray(at, at + left)
    keep(part)
    since += part.length
    left -= part.length
    if (left === 0) whole()
    return part.length
  }

  const size: Step = at => {
    const found = readChunkSize(held, at)
    if (!found) return 0
    left = found.size
    // The last one is followed by trailers.
    step = left === 0 ? trailer : data
    since += found.to - at
    return found.to - at
  }

  const data: Step = at => {
    const part = held.subarray(at, at + left)
    since += part.length
    left -= part.length
    if (!isEvents) keep(part)
    else takeEvents(part)
    if (left === 0) step = chunkEnd
    return part.length
  }

  const chunkEnd: Step = at => {
    const end = readChunkEnd(held, at)
    if (end === undefined) return 0
    since += end - at
    step = size
    return end - at
  }

  const trailer: Step = at => {
    const end = readTrailers(held, at)
    if (end === undefined) return 0
    since += end - at
    if (isEvents) {
      done('part')
      step = head
    } else whole()
    return end - at
  }

  const rest: Step = at => {
    const part = held.subarray(at)
    since += part.length
    if (isEvents) takeEvents(part)
    else done('part')
    return part.length
  }

  function takeEvents(part: Buffer): void {
    events = joined([events, part])
    let at = 0
    for (;;) {
      const event = readEvent(events, at)
      if (!event) break
      const behind = events.length - event.to
      if (isComment(event)) done('heartbeat', '', behind)
      else done('message', latin1(events, event.from, event.endFrom), behind)
      at = event.to
    }
    events = events.subarray(at)
    if (events.length > MAX_TEXT_BYTES) throw new Error('an event is too long')
  }

  let step: Step = head
  return {
    push(chunk) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      found = []
      let at = 0
      while (at < held.length && !after) {
        const took = step(at)
        if (took === 0) break
        at += took
      }
      held = held.subarray(at)
      if (after && held.length > 0) {
        found.push(...after.push(held))
        held = Buffer.alloc(0)
      }
      return found
    },
  }
}
