// A WebSocket's handshake in a capture: who asked with which key, and what was answered.
import { headerOf } from '../codecs/http.ts'
import type { HeadEntry } from './headers.ts'
import type { Entry, Reading } from './reading.ts'

export interface Handshake {
  readonly request: HeadEntry
  /** Absent where none came. */
  readonly answer: HeadEntry | undefined
  readonly key: string
  /** What the server answered; absent where it did not agree. */
  readonly accept: string | undefined
  /** The first message behind it, which is no HTTP any more. */
  readonly next: Entry | undefined
}

/** The first handshake, `heads` being those of the reading; undefined where there is none. */
export function handshakeOf(reading: Reading, heads: readonly HeadEntry[]): Handshake | undefined {
  const request = heads.find(({ head }) => head.method !== '' && headerOf(head, 'sec-websocket-key') !== null)
  if (!request) return undefined
  const isLater = (entry: Entry): boolean =>
    entry.connection === request.entry.connection && entry.number > request.entry.number
  const answer = heads.find(({ entry, head }) => head.status > 0 && isLater(entry))
  return {
    request,
    answer,
    key: headerOf(request.head, 'sec-websocket-key') ?? '',
    accept: (answer && headerOf(answer.head, 'sec-websocket-accept')) ?? undefined,
    next: answer && reading.entries.find(each => isLater(each) && each.number > answer.entry.number),
  }
}

/** Whether a message is one of the two that the handshake consists of. */
export const isOfHandshake = ({ number }: Entry, handshake: Handshake | undefined): boolean =>
  number === handshake?.request.entry.number || number === handshake?.answer?.entry.number
