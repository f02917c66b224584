// One poll after the other on one subscription: sends it, hands its answer to the ordering, and says when that is done.
import { answerHandlers, createBodyText, type Query, withQuery } from './answer.ts'
import { reasonOf } from './reason.ts'
import type { Session } from './session.ts'

/** Sends a poll; silence of `limitMs` is a cut. The one before must have been answered, or given up by the session. */
export type Poll = (query: Query, limitMs: number) => void

/** `onAnswer` runs once an answer's notices are delivered; it does not where the poll failed and the session tries again. */
export function createPoll(session: Session, path: string, onAnswer: () => void): Poll {
  const what = `GET ${path}`
  const body = createBodyText()
  // One set for all polls: thousands of subscribers poll in one process, and what each poll allocates is what the collector pays for.
  const handlers = answerHandlers(session, what, {
    onHead: () => void body.take(),
    onData: body.push,
    onEnd() {
      session.finish()
      const text = body.take()
      let value: unknown
      try {
        value = JSON.parse(text)
      } catch {
        // Asked for again, since an answer without a length may have been cut unnoticed on its way.
        session.retry(`${what} was answered with something that is not JSON: ${text.slice(0, 80)}`)
        return
      }
      try {
        session.opened()
        if (!session.isClosed()) session.ordering.answer(value)
      } catch (error) {
        session.fail(`${what}: ${reasonOf(error)}`)
      }
      if (!session.isClosed()) onAnswer()
    },
  })
  return (query, limitMs) => {
    session.tally.requests++
    session.expectWithin(limitMs)
    session.begin(session.connection.get(withQuery(path, query), handlers))
  }
}
