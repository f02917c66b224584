// Long polling, the client's half: always one poll held by the server, and the next one as soon as that is answered.
import { deliveryPath, limits } from '../../server/protocol.ts'
import { createPoll } from '../poll.ts'
import { openSession, silence } from '../session.ts'
import type { Subscribe } from './transport.ts'

const path = deliveryPath('long-polling')
/** A poll is not held if it is answered with nothing before half its hold, or before this. */
const LEAST_HOLD_MS = 50

export const subscribe: Subscribe = subscription => {
  const { waitMs, limit } = subscription
  let nextWaitMs = subscription.firstWaitMs ?? waitMs
  let isHeld = false
  let notHeldBeforeMs = 0
  let deliveredBefore = 0
  let notHeld = 0

  const session = openSession(subscription, attempt)
  const poll = createPoll(session, path, answered)

  // The first poll, and the first after a cut, is not held: it establishes the cursor before anything can be lost (a held poll
  // without one that is cut would lose what came meanwhile), and tells `open` at once, not with the next notice.
  function attempt(): void {
    isHeld = false
    ask(0, 0)
  }

  function answered(): void {
    if (isHeld) {
      const cameToNothing = session.ordering.delivered() === deliveredBefore
      notHeld = cameToNothing && performance.now() < notHeldBeforeMs ? notHeld + 1 : 0
      // One is a server's that stops, and the next server holds. A server that holds none must not be asked as fast as it answers.
      if (notHeld > 1) return session.retry(`GET ${path} was answered at once, with nothing`)
    }
    hold()
  }

  function hold(): void {
    const holdMs = nextWaitMs ?? limits.waitMs.default
    isHeld = true
    notHeldBeforeMs = performance.now() + Math.max(LEAST_HOLD_MS, holdMs / 2)
    deliveredBefore = session.ordering.delivered()
    ask(nextWaitMs, holdMs)
    nextWaitMs = waitMs
  }

  function ask(askedMs: number | undefined, heldMs: number): void {
    poll({ after: session.ordering.after(), limit, waitMs: askedMs }, heldMs + silence.longPollMs)
  }

  if (!session.isClosed()) attempt()
}
