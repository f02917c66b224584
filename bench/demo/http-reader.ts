// Half of an HTTP/1.1 connection: requests or answers (RFC 9112 §6), and the events of an answer that never ends.
import type { Found, Half } from './half.ts'

const MAX_HEAD_BYTES = 64 * 1024
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
  let events = ''
  let after: Half | undefined

  const done = (what: Found['what'], of = text): void => {
    found.push({ what, bytes: since, text: of })
    since = 0
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
    const end = held.indexOf('\r\n\r\n', at)
    if (end < 0) {
      if (held.length - at > MAX_HEAD_BYTES) throw new Error('the head is too long')
      return 0
    }
    const [start, ...lines] = held.toString('latin1', at, end).split('\r\n')
    const words = start!.split(' ')
    const isOurs = isRequest ? /^HTTP\/1\.[01]$/.test(words.at(-1)!) : /^HTTP\/1\.[01]$/.test(words[0]!)
    if (!isOurs) throw new Error('this is not HTTP/1.1')
    const headers = new Map(
      lines.map(line => {
        const colon = line.indexOf(':')
        return [
          line.slice(0, colon).toLowerCase(),
          line
            .slice(colon + 1)
            .trim()
            .toLowerCase(),
        ] as const
      }),
    )
    since += end + 4 - at
    const follows = onHead({
      method: isRequest ? words[0]! : '',
      status: isRequest ? 0 : Number(words[1]),
      isUpgrade: headers.has('upgrade'),
    })
    isEvents = headers.get('content-type')?.startsWith('text/event-stream') ?? false
    events = ''
    if (follows === 'over') {
      done('head')
      after = onOver!()
    } else if (follows === 'none') whole()
    else if (headers.get('transfer-encoding')?.endsWith('chunked')) {
      if (isEvents) done('head')
      step = size
    } else if (headers.has('content-length')) {
      left = Number(headers.get('content-length'))
      if (!(left >= 0)) throw new Error('the length is no number')
      if (left === 0) whole()
      else step = body
    } else if (isRequest) whole()
    else {
      done('head')
      step = rest
    }
    return end + 4 - at
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
    const end = held.indexOf('\r\n', at)
    if (end < 0) {
      if (held.length - at > 1024) throw new Error("a chunk's size is too long")
      return 0
    }
    left = Number.parseInt(held.toString('latin1', at, end), 16)
    if (Number.isNaN(left)) throw new Error("a chunk's size is no number")
    since += end + 2 - at
    step = left === 0 ? trailer : data
    return end + 2 - at
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
    if (held.length - at < 2) return 0
    since += 2
    step = size
    return 2
  }

  const trailer: Step = at => {
    const end = held.indexOf('\r\n', at)
    if (end < 0) return 0
    since += end + 2 - at
    if (end === at) {
      if (isEvents) {
        done('part')
        step = head
      } else whole()
    }
    return end + 2 - at
  }

  const rest: Step = at => {
    const part = held.subarray(at)
    since += part.length
    if (isEvents) takeEvents(part)
    else done('part')
    return part.length
  }

  /** Events end with an empty line (WHATWG HTML §9.2.6); comments begin with a colon. */
  function takeEvents(part: Buffer): void {
    events += part.toString('latin1', 0, part.length)
    for (;;) {
      const end = events.indexOf('\n\n')
      if (end < 0) break
      const event = events.slice(0, end)
      events = events.slice(end + 2)
      const isComment = event.split('\n').every(line => line.startsWith(':'))
      done(isComment ? 'heartbeat' : 'message', isComment ? '' : event)
    }
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
