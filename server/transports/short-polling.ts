// Short polling: every request is answered at once with what came after its cursor.
import { createReader, createSend, emptyAnswers } from '../answer.ts'
import { afterOf, pollLimitOf } from '../parameters.ts'
import { limits } from '../protocol.ts'
import type { Start } from '../stream.ts'
import type { CreateDelivery } from './transport.ts'

export const createDelivery: CreateDelivery = context => {
  const { stream, tally } = context
  const { log } = stream
  const send = createSend(context)
  const emptyAt = emptyAnswers()
  const readAnswer = createReader(context)

  /** A cursor ahead of this server's log: a sibling has seen more, so this one is about to. */
  async function waitForLag(start: Start): Promise<void> {
    const deadline = performance.now() + limits.lagWaitMs
    while (log.epoch === start.epoch && log.head < start.seq && performance.now() < deadline)
      await new Promise(resolve => setTimeout(resolve, 10))
  }

  return {
    handle(_req, res, query) {
      tally.requests++
      const limit = pollLimitOf(query)

      const answer = (start: Start): void | Promise<void> => {
        if (start.epoch === log.epoch && start.seq === log.head && start.missed === 0)
          return send(res, emptyAt(log.epoch, log.head))
        const read = readAnswer(res, start, limit)
        return read instanceof Promise ? read.then(found => send(res, found)) : send(res, read)
      }

      const start = stream.start(afterOf(query))
      if (start instanceof Promise) return start.then(found => waitForLag(found).then(() => answer(found)))
      return answer(start)
    },
    async drain() {
      return 0
    },
  }
}
