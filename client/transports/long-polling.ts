// Long polling, the client's half: always one poll held by the server, and the next one as soon as that is answered.
import { deliveryPath, limits } from '../../server/protocol.ts'
import { createPoll } from '../poll.ts'
import { openSession, silence } from '../session.ts'
import type { Subscribe } from './transport.ts'

const path = deliveryPath('long-polling')

export const subscribe: Subscribe = subscription => {
  const { waitMs, limit } = subscription
  let nextWaitMs = subscription.firstWaitMs ?? waitMs

  const session = openSession(subscription, attempt)
  const poll = createPoll(session, path, rearm)

  // The first poll, and the first after a cut, is not held: it establishes the cursor before anything can be lost (a held poll
  // without one that is cut would lose what came meanwhile), and tells `open` at once, not with the next notice.
  function attempt(): void {
    ask(0, 0)
  }

  function rearm(): void {
    ask(nextWaitMs, nextWaitMs ?? limits.waitMs.default)
    nextWaitMs = waitMs
  }

  function ask(askedMs: number | undefined, heldMs: number): void {
    poll({ after: session.ordering.after(), limit, waitMs: askedMs }, heldMs + silence.longPollMs)
  }

  if (!session.isClosed()) attempt()
}
