// For tests: the page's half. Subscribes with the platform's own networking and returns what it was given.

import { clientTransports, type TransportName } from '../transports/index.ts'
import { newSubscriberTally, type Subscription } from '../transports/transport.ts'
import { browserNetwork } from './browser.ts'

export interface Visit {
  readonly transport: TransportName
  /** Ends when it has happened this often. */
  readonly until: 'notice' | 'connecting' | 'open' | 'closed'
  readonly times: number
  readonly options?: Partial<Subscription>
}

/** What happened, in order, until the visit ended; its subscription is stopped then. */
export type Follow = (visit: Visit) => Promise<string[]>

const follow: Follow = async ({ transport, until, times, options }) => {
  const { subscribe } = await clientTransports[transport].load()
  const controller = new AbortController()
  const events: string[] = []
  let left = times
  await new Promise<void>(resolve => {
    const happened = (kind: Visit['until'] | 'gap', what: string) => {
      events.push(what)
      if (kind === until && --left === 0) resolve()
    }
    subscribe({
      baseUrl: location.origin,
      network: browserNetwork(),
      signal: controller.signal,
      random: () => 0,
      tally: newSubscriberTally(),
      pollIntervalMs: 5,
      onNotice: (notice, cursor) => happened('notice', `${JSON.stringify(notice.body)} at ${cursor}`),
      onGap: missed => happened('gap', `gap ${missed}`),
      onState(state, reason) {
        happened(state, reason === undefined ? state : `${state}: ${reason}`)
        if (state === 'open') Object.assign(globalThis, { isOpen: true })
      },
      ...options,
    })
  })
  const before = [...events]
  controller.abort()
  return before
}

Object.assign(globalThis, { follow, isOpen: false })
