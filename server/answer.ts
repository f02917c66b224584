// Polling answers: the body both polling transports send, and how it is written with the least work.
import type { ServerResponse } from 'node:http'
import { burn } from './burn.ts'
import type { Context } from './context.ts'
import { type Batch, bytesOf, type Entry, firstWithin } from './log.ts'
import { MAX_WORKED } from './pipelining.ts'
import { encodePollAnswer, formatCursor, limits, type Missed } from './protocol.ts'
import type { Start, Stream } from './stream.ts'

export interface Answer {
  /** Text, so that Node sends head and body in one piece: two of them cost a system call that gathers. */
  readonly body: string
  readonly bytes: number
  /** Notices in it, and their encoded length. */
  readonly count: number
  readonly noticeBytes: number
}

/** Bytes of notices that one answer may carry: all that a connection may have asked for together stay below the bound of its queue. */
export const answerBytesOf = ({ maxQueueBytes }: Pick<Context, 'maxQueueBytes'>): number =>
  Math.min(limits.answerBytes, maxQueueBytes / MAX_WORKED)

/** Gives the answer from `start` on, of at most `limit` notices: at once, or where this turn has made enough for others or the backplane has to be asked,
 * later. */
export function createReader(context: Pick<Context, 'stream' | 'turns' | 'maxQueueBytes'>) {
  const { stream, turns } = context
  const mostBytes = answerBytesOf(context)
  const read = (start: Start, limit: number): Answer | Promise<Answer> => {
    const found = readAnswer(stream, start, limit, mostBytes)
    if (!(found instanceof Promise)) turns.spend(found.bytes)
    return found
  }
  return (start: Start, limit: number): Answer | Promise<Answer> =>
    turns.isFull ? turns.later(() => read(start, limit)) : read(start, limit)
}

/** What is there after `start`, at most `limit` notices of `mostBytes` together; the cursor stops at the last one sent. */
function readAnswer(stream: Stream, start: Start, limit: number, mostBytes: number): Answer | Promise<Answer> {
  const { log } = stream
  // A new epoch since the start was resolved: everything held, and nobody knows how much is gone.
  if (start.epoch !== log.epoch)
    return readAnswer(stream, { epoch: log.epoch, seq: log.earliest - 1, missed: null }, limit, mostBytes)
  const slice = stream.read(start.seq, limit, mostBytes)
  if (slice instanceof Promise) return slice.then(({ missed, entries }) => encode(start, missed, entries))
  return encode(start, slice.missed, slice.entries)
}

function encode(start: Start, skipped: number | null, entries: readonly Entry[]): Answer {
  const missed = start.missed === null || skipped === null ? null : start.missed + skipped
  const seq = entries.length > 0 ? entries[entries.length - 1]!.seq : start.seq + (skipped ?? 0)
  return encodeAnswer(formatCursor(start.epoch, seq), missed, entries)
}

/** The answer to all who waited at the point just before `batch`. */
export function batchAnswer({ epoch, before, missed, entries }: Batch, mostBytes: number): Answer {
  const first = firstWithin(entries, mostBytes)
  return encodeAnswer(formatCursor(epoch, first.at(-1)?.seq ?? before), missed, first)
}

/** The answer of these entries. */
export function encodeAnswer(cursor: string, missed: Missed, entries: readonly Entry[]): Answer {
  const count = entries.length
  const noticeBytes = bytesOf(entries)
  // Of a large answer the length costs as much as the answer; what is around the notices and between them is ASCII.
  const aroundBytes = encodePollAnswer(cursor, missed, []).length + Math.max(0, count - 1)
  return {
    body: encodePollAnswer(
      cursor,
      missed,
      entries.map(({ json }) => json),
    ),
    bytes: aroundBytes + noticeBytes,
    count,
    noticeBytes,
  }
}

/** Sends a polling answer and counts it. */
export const createSend =
  ({ tally, burnUs, queues }: Pick<Context, 'tally' | 'burnUs' | 'queues'>) =>
  (res: ServerResponse, { body, bytes, count, noticeBytes }: Answer): void => {
    if (count === 0) {
      tally.emptyAnswers++
      tally.emptyBytes += bytes
    } else {
      tally.notices += count
      tally.writes++
      tally.noticeBytes += noticeBytes
      tally.payloadBytes += bytes
    }
    if (burnUs > 0) burn(burnUs)
    res.writeHead(200, [
      'Content-Type',
      'application/json; charset=utf-8',
      'Cache-Control',
      'no-store',
      'Content-Length',
      String(bytes),
    ])
    res.end(body)
    if (res.writableLength > 0) queues.hold(res, bytes)
  }

/** Keeps the empty answer at the head, which idle pollers ask for over and over. */
export function emptyAnswers(): (epoch: string, seq: number) => Answer {
  let epoch = ''
  let seq = -1
  let answer = encodeAnswer('', 0, [])
  return (wantedEpoch, wantedSeq) => {
    if (wantedSeq !== seq || wantedEpoch !== epoch) {
      epoch = wantedEpoch
      seq = wantedSeq
      answer = encodeAnswer(formatCursor(epoch, seq), 0, [])
    }
    return answer
  }
}
