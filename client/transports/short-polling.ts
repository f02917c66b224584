// Short polling, the client's half: asks at fixed times, whether or not there is anything to fetch.
import { deliveryPath } from '../../server/protocol.ts'
import { createPoll } from '../poll.ts'
import { openSession, silence } from '../session.ts'
import type { Subscribe } from './transport.ts'

const path = deliveryPath('short-polling')
const longestTimerMs = 2 ** 31 - 1

/** The first answer establishes the cursor. Throws where the interval or the phase is not a usable number of milliseconds. */
export const subscribe: Subscribe = subscription => {
  const { pollIntervalMs = 1000, phaseMs = 0, pollTimer = 'fixed-rate', limit } = subscription
  if (!(pollIntervalMs > 0 && Number.isFinite(pollIntervalMs)))
    throw new RangeError(`pollIntervalMs must be a positive number of milliseconds, got ${pollIntervalMs}`)
  if (!(phaseMs >= 0 && Number.isFinite(phaseMs)))
    throw new RangeError(`phaseMs must be a number of milliseconds from 0, got ${phaseMs}`)

  // Every due time is computed from the first one: adding up measured delays would drift by the timer's lateness each cycle.
  const firstMs = performance.now() + phaseMs
  let cycle = 0
  let dueMs = firstMs
  let outstanding = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const session = openSession(subscription, send, () => clearTimeout(timer))
  const poll = createPoll(session, path, answered)

  function arm(): void {
    timer = setTimeout(tick, Math.min(Math.max(0, Math.ceil(dueMs - performance.now())), longestTimerMs))
  }

  function tick(): void {
    const nowMs = performance.now()
    // Timers count whole milliseconds of a cached clock and may fire up to one early; a poll never does.
    if (nowMs < dueMs) return arm()
    if (outstanding) session.tally.skippedPolls++
    else send()
    if (pollTimer === 'after-answer' || session.isClosed()) return
    // After a stall of this process several are due at once: one goes out, and the others find it outstanding.
    for (dueMs = firstMs + ++cycle * pollIntervalMs; dueMs <= nowMs; dueMs = firstMs + ++cycle * pollIntervalMs)
      session.tally.skippedPolls++
    arm()
  }

  // Also the attempt of a retry: until it is answered the poll counts as outstanding, and the schedule goes on skipping.
  function send(): void {
    outstanding = true
    poll({ after: session.ordering.after(), limit }, silence.shortPollMs)
  }

  // An answer that was cut by `limit` is not followed up at once: a fixed-rate poller that speeds up when there is much to fetch would
  // no longer be one, and its cost under load would be that of another transport. The rest comes with the next polls.
  function answered(): void {
    outstanding = false
    if (pollTimer === 'fixed-rate') return
    dueMs = performance.now() + pollIntervalMs
    arm()
  }

  if (!session.isClosed()) arm()
}
