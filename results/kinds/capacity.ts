// The most of what is sought.
import * as z from 'zod/mini'
import { amount, count } from '../estimate.ts'
import { formatCount } from '../figures.ts'
import { type CellOf, type ResultKind, type ScenarioOf, unmeasured } from './kind.ts'

const parameters = {
  /** What a capacity is of: polls, connects or deliveries a second, or subscribers that are served in time. */
  seeks: z.optional(z.enum(['polls', 'connects', 'deliveries', 'subscribers'])),
  /** In time = the p99 of the latency stays within this. */
  sloMs: z.optional(amount),
}

const findings = {
  /** `capacity`: the most that was found, per second or subscribers; `isLowerBound` where something other than the server gave in first.
   * Shares are of a core. `steps` are the attempts of a search, in order. */
  capacity: z.optional(
    z.object({
      value: amount,
      isLowerBound: z.boolean(),
      serverShare: z.nullable(amount),
      clientShare: z.nullable(amount),
      steps: z.optional(
        z.array(
          z.object({
            clients: count,
            p99Ms: z.nullable(amount),
            outcome: z.enum(['within', 'beyond', 'client-bound']),
          }),
        ),
      ),
    }),
  ),
}

type Own = CellOf<typeof findings>

export const kind = {
  parameters,
  findings,
  metrics: { capacity: ({ capacity }: Own) => capacity?.value ?? unmeasured },
  outcome({ capacity }: Own, { seeks }: ScenarioOf<typeof parameters>) {
    if (!capacity) return undefined
    const unit = seeks === 'subscribers' ? 'subscribers in time' : `${seeks} a second`
    return `${capacity.isLowerBound ? 'at least ' : ''}${formatCount(Math.round(capacity.value))} ${unit}`
  },
} satisfies ResultKind
