// A faulty middlebox: cuts what a server sends into its messages (answers, events, frames), and loses, repeats or swaps one notice.

export type Fault = 'drop' | 'duplicate' | 'reorder'

/** Place in the schedule from which on a notice is tampered with: past run-in and warm-up. */
const FROM_PLACE = 150

interface Message {
  readonly bytes: Buffer
  /** JSON of an answer with its notices; absent for everything else. */
  readonly answer?: { notices: unknown[] }
  /** Place of its one notice, where it carries one. */
  readonly place?: number
}

export interface Tamper {
  /** What is to be passed on for `chunk`; as it is unless `may`. */
  push(chunk: Buffer, may: boolean): Buffer[]
  isDone(): boolean
}

export function createTamper(fault: Fault): Tamper {
  let rest = Buffer.alloc(0)
  let framing: 'http' | 'events' | 'frames' = 'http'
  let held: Buffer | undefined
  let done = false

  /** The next whole message of `rest`, or undefined. */
  function next(): Message | undefined {
    if (framing === 'frames') return cut(frameLength(rest))
    if (framing === 'events') return cut(endOf('\n\n'))
    const head = endOf('\r\n\r\n')
    if (head === undefined) return undefined
    const text = rest.toString('latin1', 0, head)
    const length = /content-length: (\d+)/i.exec(text)?.[1]
    if (length !== undefined) return cutAnswer(head, head + Number(length))
    framing = text.startsWith('HTTP/1.1 101') ? 'frames' : 'events'
    return cut(head)
  }

  const endOf = (mark: string): number | undefined => {
    const at = rest.indexOf(mark)
    return at < 0 ? undefined : at + mark.length
  }

  function take(length: number | undefined): Buffer | undefined {
    if (length === undefined || rest.length < length) return undefined
    const bytes = rest.subarray(0, length)
    rest = rest.subarray(length)
    return bytes
  }

  function cut(length: number | undefined): Message | undefined {
    const bytes = take(length)
    const place = bytes && /"body":\{"i":(\d+)/.exec(String(bytes))?.[1]
    return bytes && { bytes, ...(place !== undefined && { place: Number(place) }) }
  }

  function cutAnswer(head: number, length: number): Message | undefined {
    const bytes = take(length)
    return bytes && { bytes, answer: JSON.parse(String(bytes.subarray(head))) }
  }

  function tampered(message: Message): Buffer[] {
    const { bytes, place, answer } = message
    if (held) {
      // Behind the next notice, nothing else.
      if (place === undefined) return [bytes]
      const late = held
      held = undefined
      return [bytes, late]
    }
    if (done) return [bytes]
    if (answer) return [withoutOrder(bytes, answer)]
    if (place === undefined || place < FROM_PLACE) return [bytes]
    done = true
    if (fault === 'drop') return []
    if (fault === 'duplicate') return [bytes, bytes]
    held = bytes
    return []
  }

  function withoutOrder(bytes: Buffer, answer: { notices: unknown[] }): Buffer {
    const { notices } = answer
    const [first, second] = notices as { body: { i: number } }[]
    if (!first || first.body.i < FROM_PLACE || (fault === 'reorder' && !second)) return bytes
    done = true
    const head = bytes.toString('latin1', 0, bytes.indexOf('\r\n\r\n') + 4)
    const changed = {
      drop: notices.slice(1),
      duplicate: [first, ...notices],
      reorder: [second, first, ...notices.slice(2)],
    }
    const body = JSON.stringify({ ...answer, notices: changed[fault] })
    return Buffer.from(head.replace(/(content-length: )\d+/i, `$1${Buffer.byteLength(body)}`) + body)
  }

  return {
    push(chunk, may) {
      rest = Buffer.concat([rest, chunk])
      const out: Buffer[] = []
      for (let message = next(); message; message = next())
        out.push(...(may || held ? tampered(message) : [message.bytes]))
      return out
    },
    isDone: () => done,
  }
}

/** Of a server's frame at the start of `bytes`, which is never masked (RFC 6455 §5.2). */
function frameLength(bytes: Buffer): number | undefined {
  if (bytes.length < 4) return bytes.length >= 2 && bytes[1]! < 126 ? 2 + bytes[1]! : undefined
  const short = bytes[1]! & 127
  return short < 126 ? 2 + short : short === 126 ? 4 + bytes.readUInt16BE(2) : undefined
}
