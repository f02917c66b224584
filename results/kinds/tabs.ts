// Pages of one browser, one after the other: of the most that were opened.
import * as z from 'zod/mini'
import { amount, count } from '../estimate.ts'
import { type CellOf, type ResultKind, unmeasured } from './kind.ts'

const parameters = {
  /** How pages fetch. Absent = as it comes: a browser's cache lets one request for an address pass at a time, and polls of one cursor have
   * one address. `no-store`: past the cache. */
  fetchCache: z.optional(z.literal('no-store')),
}

const findings = {
  /** `tabs`: at each number of tabs how many were open in time, how many connections or held polls the server had, how many had the next notice
   * in time, and how long another request of the newest page took (null = not answered in time). */
  tabs: z.optional(
    z.array(z.object({ tabs: count, open: count, held: count, received: count, askedMs: z.nullable(amount) })),
  ),
}

type Own = CellOf<typeof findings>

export const kind = {
  parameters,
  findings,
  metrics: {
    tabsServed: ({ tabs }: Own) => tabs?.at(-1)?.received ?? unmeasured,
    tabsHeld: ({ tabs }: Own) => tabs?.at(-1)?.held ?? unmeasured,
  },
  outcome({ tabs }: Own) {
    const last = tabs?.at(-1)
    return last && `${last.received} of ${last.tabs} tabs have the stream`
  },
} satisfies ResultKind
