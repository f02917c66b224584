// Long polling: a request is held until there is something after its cursor, or its wait is over.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Answer, answerBytesOf, batchAnswer, createReader, createSend, emptyAnswers } from '../answer.ts'
import type { Batch } from '../log.ts'
import { afterOf, pollLimitOf, waitMsOf } from '../parameters.ts'
import { sendProblem } from '../problem.ts'
import type { Start } from '../stream.ts'
import type { CreateDelivery } from './transport.ts'

/** What is kept of a connection between its polls, so that a poll needs no listener of its own. */
interface Connection {
  /** When the last answer on it was sent; NaN before the first. */
  answeredMs: number
  held: Held | undefined
  /** Those held before it on the same connection, pipelined. */
  others: Set<Held> | undefined
}

interface Held {
  readonly res: ServerResponse
  readonly connection: Connection
  readonly epoch: string
  readonly seq: number
  readonly limit: number
  timer: NodeJS.Timeout
}

export const createDelivery: CreateDelivery = context => {
  const { stream, tally, subscribers } = context
  const { log } = stream
  const sendAnswer = createSend(context)
  const connections = new WeakMap<Socket, Connection>()
  const emptyAt = emptyAnswers()
  const readAnswer = createReader(context)
  const mostBytes = answerBytesOf(context)
  const encodeShared = (batch: Batch): Answer => batchAnswer(batch, mostBytes)
  let held = new Set<Held>()
  let draining = false
  subscribers.share(() => held.size)

  function connectionOf({ socket }: IncomingMessage): Connection {
    const known = connections.get(socket)
    if (known) return known
    const connection: Connection = { answeredMs: Number.NaN, held: undefined, others: undefined }
    connections.set(socket, connection)
    socket.on('close', () => {
      const { held, others } = connection
      if (held) release(held)
      if (others) for (const poll of others) release(poll)
    })
    return connection
  }

  /** It waits no more: neither its timer nor the end of its connection is about it. */
  function settle(poll: Held): void {
    clearTimeout(poll.timer)
    const { connection } = poll
    if (connection.held === poll) connection.held = undefined
    else connection.others?.delete(poll)
  }

  /** It alone is held no more; a broadcast settles all of a set at once instead. */
  function release(poll: Held): void {
    settle(poll)
    held.delete(poll)
  }

  function send(res: ServerResponse, connection: Connection, found: Answer): void {
    connection.answeredMs = performance.now()
    sendAnswer(res, found)
  }

  /** The time since this connection's last answer is the re-arm gap, which the models need. */
  function timeGap({ answeredMs }: Connection): void {
    if (Number.isNaN(answeredMs)) return
    const gapMs = performance.now() - answeredMs
    tally.gaps++
    tally.gapMs += gapMs
    tally.gapMs2 += gapMs * gapMs
  }

  function answer(res: ServerResponse, connection: Connection, start: Start, limit: number): void {
    const read = readAnswer(res, start, limit)
    if (read instanceof Promise)
      read.then(
        found => send(res, connection, found),
        error => sendProblem(res, error),
      )
    else send(res, connection, read)
  }

  log.listen(batch => {
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
      settle(poll)
      const { res, connection, epoch, seq, limit } = poll
      const isShared = limit >= batch.entries.length && (epoch !== batch.epoch || seq === batch.before)
      if (isShared) send(res, connection, batch.wire(encodeShared))
      else answer(res, connection, { epoch, seq, missed: 0 }, limit)
    }
  })

  function hold(res: ServerResponse, connection: Connection, start: Start, limit: number, waitMs: number): void {
    const isToWait = start.missed === 0 && waitMs > 0 && !draining
    if (!isToWait || log.follow(start.epoch, start.seq) === 'behind') return answer(res, connection, start, limit)
    if (res.req.socket.destroyed) return
    subscribers.admit()
    const poll: Held = {
      res,
      connection,
      epoch: start.epoch,
      seq: start.seq,
      limit,
      timer: setTimeout(() => {
        release(poll)
        send(res, connection, emptyAt(poll.epoch, poll.seq))
      }, waitMs),
    }
    held.add(poll)
    if (connection.held) {
      connection.others ??= new Set()
      connection.others.add(connection.held)
    }
    connection.held = poll
  }

  return {
    handle(req, res, query) {
      tally.requests++
      const connection = connectionOf(req)
      timeGap(connection)
      const limit = pollLimitOf(query)
      const waitMs = waitMsOf(query)
      const start = stream.start(afterOf(query))
      if (start instanceof Promise) return start.then(found => hold(res, connection, found, limit, waitMs))
      hold(res, connection, start, limit, waitMs)
    },
    async drain() {
      draining = true
      const waiting = held
      held = new Set()
      for (const poll of waiting) {
        settle(poll)
        const { res, connection, epoch, seq } = poll
        res.setHeader('Connection', 'close')
        send(res, connection, emptyAt(epoch, seq))
      }
      return 0
    },
  }
}
