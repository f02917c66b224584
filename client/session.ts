// The life of one subscription: its connection, what is tried again and when, how long silence is borne, and a clean end.
import { onAbort } from './abort.ts'
import { createOrdering, type Ordering } from './ordering.ts'
import {
  type Cancel,
  type Connection,
  newSubscriberTally,
  type State,
  type SubscriberTally,
  type Subscription,
  type Surroundings,
} from './transports/transport.ts'

/**
 * Full jitter over min(capMs, baseMs · 2^attempt), (client/README.md, "Reconnect rules"). `soonestMs`: from one attempt to the next where its
 * surroundings bring it forward.
 */
export const retryRule = { baseMs: 250, capMs: 10_000, resetAfterOpenMs: 5000, soonestMs: 1000 } as const

/** How long nothing at all may arrive before the connection counts as cut. */
export const silence = {
  shortPollMs: 10_000,
  /** On top of the hold. */
  longPollMs: 20_000,
  /** Two signs of life, which come every 15 s as a comment, a ping, or on a WebSocket the position, and 5 s. */
  streamMs: 35_000,
  /** From a change of the network on. */
  changedMs: 5000,
  webSocketHandshakeMs: 10_000,
} as const

export interface Session {
  readonly connection: Connection
  readonly ordering: Ordering
  readonly tally: SubscriberTally
  /** True once closed: nothing may be started any more. */
  isClosed(): boolean
  /** Something of the stream has arrived: the state is `open`. Cheap to call again. */
  opened(): void
  /** Takes over the exchange under way; it is cancelled by `retry` and at the end. */
  begin(cancel: Cancel): void
  /** The exchange under way has ended: it is let go, and nothing is expected. */
  finish(): void
  /** From now on silence of `limitMs` is a cut; 0 = nothing is expected. */
  expectWithin(limitMs: number): void
  /** Something arrived. */
  received(): void
  /** Cancels what is under way and begins again after a jittered delay; `atLeastMs` is the server's Retry-After. */
  retry(reason: string, atLeastMs?: number): void
  /** Ends the subscription for good. */
  fail(reason: string): void
}

/**
 * Begins the life of `subscription` in state `connecting`. `attempt` starts one exchange, and is called again by each retry (the first
 * call is the transport's own); `onEnd` drops what the transport holds besides. Throws what `network.connect` throws for a bad base URL.
 */
export function openSession(subscription: Subscription, attempt: () => void, onEnd?: () => void): Session {
  const { signal, onState, random = Math.random } = subscription
  const tally = subscription.tally ?? newSubscriberTally()
  const ordering = createOrdering(subscription, tally)
  const connection = subscription.network.connect(subscription.baseUrl)
  let state: State = 'connecting'
  let cancel: Cancel | undefined
  let forget: (() => void) | undefined
  let failures = 0
  let openedAtMs = 0
  let deliveredBefore = 0
  let retryTimer: ReturnType<typeof setTimeout> | undefined
  let attemptedAtMs = performance.now()
  /** When the waiting retry is due, and before when the server does not want it. */
  let dueAtMs = 0
  let notBeforeMs = 0
  // One lazy timer a subscriber, not one a message: it looks when something last arrived and goes back to sleep for the rest.
  let watchTimer: ReturnType<typeof setTimeout> | undefined
  let limitMs = 0
  let heardAtMs = 0
  /** When the network changed; it counts until something is heard. */
  let changedAtMs = -1

  function end(reason?: string): void {
    if (state === 'closed') return
    state = 'closed'
    ordering.stop()
    forget?.()
    clearTimeout(retryTimer)
    retryTimer = undefined
    clearTimeout(watchTimer)
    onEnd?.()
    connection.close()
    onState?.('closed', reason)
  }

  function watch(): void {
    watchTimer = undefined
    if (limitMs === 0) return
    // After the network changed something must arrive sooner.
    const proofMs = changedAtMs < heardAtMs ? limitMs : changedAtMs - heardAtMs + silence.changedMs
    const leftMs = heardAtMs + Math.min(limitMs, proofMs) - performance.now()
    if (leftMs > 0) watchTimer = setTimeout(watch, Math.ceil(leftMs))
    else if (proofMs < limitMs)
      session.retry(`nothing arrived for ${silence.changedMs / 1000} s after the network changed`)
    else session.retry(`nothing arrived for ${limitMs / 1000} s`)
  }

  function wait(delayMs: number): void {
    clearTimeout(retryTimer)
    dueAtMs = performance.now() + delayMs
    retryTimer = setTimeout(() => {
      retryTimer = undefined
      attemptedAtMs = performance.now()
      tally.retries++
      attempt()
    }, delayMs)
  }

  /** Looks at once: whether too long nothing has come, and whether a retry that waits would succeed now. */
  function look(what: Surroundings): void {
    if (state === 'closed') return
    const nowMs = performance.now()
    if (retryTimer !== undefined) {
      const soonestMs = Math.max(nowMs, notBeforeMs, attemptedAtMs + retryRule.soonestMs)
      const delayMs = Math.ceil(soonestMs - nowMs + random() * retryRule.baseMs)
      if (nowMs + delayMs < dueAtMs) wait(delayMs)
    } else if (limitMs > 0) {
      if (what === 'network' && changedAtMs < heardAtMs) changedAtMs = nowMs
      clearTimeout(watchTimer)
      watch()
    }
  }

  const session: Session = {
    connection,
    ordering,
    tally,
    isClosed: () => state === 'closed',
    opened() {
      if (state !== 'connecting') return
      state = 'open'
      openedAtMs = performance.now()
      onState?.('open')
    },
    begin(exchange) {
      cancel = exchange
    },
    finish() {
      cancel = undefined
      limitMs = 0
    },
    expectWithin(ms) {
      limitMs = ms
      heardAtMs = performance.now()
      if (ms > 0) watchTimer ??= setTimeout(watch, ms)
    },
    received() {
      heardAtMs = performance.now()
    },
    retry(reason, atLeastMs = 0) {
      if (state === 'closed') return
      cancel?.()
      cancel = undefined
      limitMs = 0
      clearTimeout(watchTimer)
      watchTimer = undefined
      const stayedOpen = state === 'open' && performance.now() - openedAtMs >= retryRule.resetAfterOpenMs
      if (stayedOpen || ordering.delivered() > deliveredBefore) failures = 0
      deliveredBefore = ordering.delivered()
      const jitterMs = random() * Math.min(retryRule.capMs, retryRule.baseMs * 2 ** failures++)
      // The jitter comes on top of what the server asks for: without it all whom it turned away would come back at the same moment.
      const delayMs = Math.ceil(Math.min(atLeastMs, retryRule.capMs) + jitterMs)
      state = 'connecting'
      notBeforeMs = performance.now() + Math.min(atLeastMs, retryRule.capMs)
      wait(delayMs)
      onState?.('connecting', `${reason}; next attempt in ${delayMs} ms`)
    },
    fail: end,
  }

  if (signal.aborted) end()
  else {
    forget = onAbort(signal, () => end())
    connection.onSurroundings?.(look)
    onState?.('connecting')
  }
  return session
}
