// One message of the stream: the notices of one publish, together or not at all, and what its author had seen by then.
import type { Publication } from '../backplane.ts'

/** How many notices the stream holds up to and including an offset. */
export interface Place {
  readonly offset: number
  readonly count: number
}

export interface StreamRecord {
  readonly offset: number
  /** Of the message, unique. */
  readonly messageId: string
  /** When its author accepted it, Unix ms. */
  readonly at: number
  /** Absent where its author did not know yet, and then it carries no notices. */
  readonly seen: Place | undefined
  /** None where it only asks where the stream is. */
  readonly notices: readonly Publication[]
}

/** What a message is made of, as AMQP has it. */
export interface Message {
  readonly messageId: string
  readonly headers: Readonly<Record<string, string | number>>
  readonly content: Buffer
}

export interface ConsumedMessage extends Message {
  readonly offset: number
}

/** A line for each notice: its id or nothing, a space, its body. JSON text has line ends between its tokens only. */
export function encodeRecord({ messageId, at, seen, notices }: Omit<StreamRecord, 'offset'>): Message {
  const lines = notices.map(({ id = '', bodyJson }) => `${id} ${bodyJson.replaceAll(/[\r\n]/g, ' ')}`)
  return {
    messageId,
    headers: { at, ...(seen && { seen: seen.offset, count: seen.count }) },
    content: Buffer.from(lines.join('\n')),
  }
}

/** What anyone else put into the stream reads as a record without notices. */
export function decodeRecord({ offset, messageId, headers, content }: ConsumedMessage): StreamRecord {
  const { at, seen, count } = headers
  const place = typeof seen === 'number' && typeof count === 'number' ? { offset: seen, count } : undefined
  const isOurs = typeof at === 'number' && place !== undefined && content.length > 0
  return {
    offset,
    messageId,
    at: typeof at === 'number' ? at : 0,
    seen: place,
    notices: isOurs ? content.toString().split('\n').map(decodeLine) : [],
  }
}

function decodeLine(line: string): Publication {
  const space = line.indexOf(' ')
  const bodyJson = line.slice(space + 1)
  return space > 0 ? { id: line.slice(0, space), bodyJson } : { bodyJson }
}
