// Polling answers: the body both polling transports send, and how it is written with the least work.
import type { ServerResponse } from 'node:http'
import { burn } from './burn.ts'
import type { Context } from './context.ts'
import { type Batch, bytesOf, type Entry, firstWithin, type Slice } from './log.ts'
import { MAX_WORKED } from './pipelining.ts'
import { encodePollAnswer, formatCursor, limits, type Missed } from './protocol.ts'
import type { Start } from './stream.ts'

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

/** Gives the answer from `start` on, of at most `limit` notices; the cursor stops at the last one sent. It comes at once, or where this turn has made
 * enough for others or the backplane has to be asked, later; an empty one to whoever is gone by then. */
export function createReader(context: Pick<Context, 'stream' | 'turns' | 'maxQueueBytes'>) {
  const { stream, turns } = context
  const { log } = stream
  const mostBytes = answerBytesOf(context)
  const nothing = encodeAnswer('', 0, [])

  const encode = (start: Start, { missed: skipped, entries }: Slice): Answer => {
    const missed = start.missed === null || skipped === null ? null : start.missed + skipped
    const seq = entries.length > 0 ? entries[entries.length - 1]!.seq : start.seq + (skipped ?? 0)
    const answer = encodeAnswer(formatCursor(start.epoch, seq), missed, entries)
    turns.spend(answer.bytes)
    return answer
  }

  return (res: ServerResponse, start: Start, limit: number): Answer | Promise<Answer> => {
    const { socket } = res.req
    const inTurn = (work: () => Answer | Promise<Answer>): Answer | Promise<Answer> =>
      turns.isFull ? turns.later(() => (socket.destroyed ? nothing : work())) : work()
    return inTurn(() => {
      // A new epoch since the start was resolved: everything held, and nobody knows how much is gone.
      const from = start.epoch === log.epoch ? start : { epoch: log.epoch, seq: log.earliest - 1, missed: null }
      const slice = stream.read(from.seq, limit, mostBytes)
      return slice instanceof Promise ? slice.then(found => inTurn(() => encode(from, found))) : encode(from, slice)
    })
  }
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
    // Whoever went while it was waited for is told nothing, and nothing is counted.
    if (res.req.socket.destroyed) return
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
