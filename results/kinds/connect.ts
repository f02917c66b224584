// Subscribers that come to held notices, once anew and once after a cut.
import * as z from 'zod/mini'
import { amount } from '../estimate.ts'
import { type CellOf, type ResultKind, unmeasured } from './kind.ts'

const findings = {
  /** `connect`: time from the first packet to the first notice, mean over the subscribers, and TCP payload both ways of one of them. `cold`
   * has never been connected, `resumed` has a cursor and was cut. */
  first: z.optional(
    z.object({
      cold: z.object({ meanMs: amount, maxMs: amount, bytes: amount }),
      resumed: z.object({ meanMs: amount, maxMs: amount, bytes: amount }),
    }),
  ),
}

type Own = CellOf<typeof findings>

export const kind = {
  parameters: {},
  findings,
  metrics: {
    coldFirstMs: ({ first }: Own) => first?.cold.meanMs ?? unmeasured,
    coldFirstBytes: ({ first }: Own) => first?.cold.bytes ?? unmeasured,
    resumedFirstMs: ({ first }: Own) => first?.resumed.meanMs ?? unmeasured,
    resumedFirstBytes: ({ first }: Own) => first?.resumed.bytes ?? unmeasured,
  },
} satisfies ResultKind
