// Long polling: a request is held until there is something after its cursor, or its wait is over.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Answer, createSend, emptyAnswers, encodeAnswer, readAnswer } from '../answer.ts'
import type { Batch } from '../log.ts'
import { afterOf, pollLimitOf, waitMsOf } from '../parameters.ts'
import { sendProblem } from '../problem.ts'
import { formatCursor } from '../protocol.ts'
import type { Start } from '../stream.ts'
import type { CreateDelivery } from './transport.ts'

interface Held {
  readonly res: ServerResponse
  readonly epoch: string
  readonly seq: number
  readonly limit: number
  timer: NodeJS.Timeout
}

/** The answer shared by all who waited at the point just before this batch. */
const encodeShared = ({ epoch, before, missed, entries }: Batch): Answer =>
  encodeAnswer(formatCursor(epoch, entries.length > 0 ? entries[entries.length - 1]!.seq : before), missed, entries)

export const createDelivery: CreateDelivery = context => {
  const { stream, tally } = context
  const { log } = stream
  const sendAnswer = createSend(context)
  const answeredAtMs = new WeakMap<Socket, number>()
  const emptyAt = emptyAnswers()
  let held = new Set<Held>()
  let draining = false

  function send(res: ServerResponse, found: Answer): void {
    if (res.socket) answeredAtMs.set(res.socket, performance.now())
    sendAnswer(res, found)
  }

  /** The time since this connection's last answer is the re-arm gap, which the models need. */
  function timeGap(req: IncomingMessage): void {
    const answeredMs = answeredAtMs.get(req.socket)
    if (answeredMs === undefined) return
    const gapMs = performance.now() - answeredMs
    tally.gaps++
    tally.gapMs += gapMs
    tally.gapMs2 += gapMs * gapMs
  }

  function answer(res: ServerResponse, start: Start, limit: number): void {
    const read = readAnswer(stream, start, limit)
    if (read instanceof Promise)
      read.then(
        found => send(res, found),
        error => sendProblem(res, error),
      )
    else send(res, read)
  }

  log.follow(batch => {
    const released = held
    held = new Set()
    for (const poll of released) {
      if (poll.epoch === batch.epoch && poll.seq > batch.before) {
        // Its cursor came from a sibling that is ahead: this batch may hold nothing for it.
        if (poll.seq >= log.head) {
          held.add(poll)
          continue
        }
      }
      clearTimeout(poll.timer)
      const isShared = poll.limit >= batch.entries.length && (poll.epoch !== batch.epoch || poll.seq === batch.before)
      if (isShared) send(poll.res, batch.wire(encodeShared))
      else answer(poll.res, { epoch: poll.epoch, seq: poll.seq, missed: 0 }, poll.limit)
    }
  })

  function hold(res: ServerResponse, start: Start, limit: number, waitMs: number): void {
    // What was appended in this turn is already visible; were it also handed over, this poll would see it twice.
    if (start.missed !== 0 || start.seq < log.head || start.epoch !== log.epoch) return answer(res, start, limit)
    if (waitMs === 0 || draining) return send(res, emptyAt(start.epoch, start.seq))
    log.flush()
    const poll: Held = {
      res,
      epoch: start.epoch,
      seq: start.seq,
      limit,
      timer: setTimeout(() => {
        held.delete(poll)
        send(res, emptyAt(poll.epoch, poll.seq))
      }, waitMs),
    }
    held.add(poll)
    res.once('close', () => {
      clearTimeout(poll.timer)
      held.delete(poll)
    })
  }

  return {
    handle(req, res, query) {
      tally.requests++
      timeGap(req)
      const limit = pollLimitOf(query)
      const waitMs = waitMsOf(query)
      const start = stream.start(afterOf(query))
      if (start instanceof Promise) return start.then(found => hold(res, found, limit, waitMs))
      hold(res, start, limit, waitMs)
    },
    async drain() {
      draining = true
      log.flush()
      const waiting = held
      held = new Set()
      for (const { res, epoch, seq, timer } of waiting) {
        clearTimeout(timer)
        res.setHeader('Connection', 'close')
        send(res, emptyAt(epoch, seq))
      }
      return 0
    },
  }
}
