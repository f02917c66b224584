// Short polling: every request is answered at once with what came after its cursor.
import { emptyAnswers, readAnswer, sendAnswer } from '../answer.ts'
import { burn } from '../burn.ts'
import { afterOf, pollLimitOf } from '../parameters.ts'
import { limits } from '../protocol.ts'
import type { Start } from '../stream.ts'
import type { CreateDelivery } from './transport.ts'

export const createDelivery: CreateDelivery = ({ stream, tally, burnUs }) => {
  const { log } = stream
  const emptyAt = emptyAnswers()

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
        if (start.epoch === log.epoch && start.seq === log.head && start.missed === 0) {
          tally.emptyAnswers++
          if (burnUs > 0) burn(burnUs)
          sendAnswer(res, emptyAt(log.epoch, log.head))
          return
        }
        const read = readAnswer(stream, start, limit)
        return read instanceof Promise ? read.then(send) : send(read)
      }

      const send = ({ body, count }: { body: Buffer; count: number }): void => {
        if (count === 0) tally.emptyAnswers++
        else {
          tally.notices += count
          tally.writes++
        }
        if (burnUs > 0) burn(burnUs)
        sendAnswer(res, body)
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
