// A page that is seen, and then is not.
import * as z from 'zod/mini'
import { amount, count } from '../estimate.ts'
import { formatMs } from '../figures.ts'
import { type CellOf, type ResultKind, unmeasured } from './kind.ts'

/** A page's time in view, or out of it. */
const spell = z.object({
  forMs: amount,
  published: count,
  received: count,
  /** Appended → received in the page; null where nothing came. */
  delay: z.nullable(z.object({ meanMs: amount, medianMs: amount, maxMs: amount })),
  /** Requests that the subscriber made, and the time between two of them; null where there were no two. */
  polls: count,
  interval: z.nullable(z.object({ medianMs: amount, maxMs: amount })),
  /** How far off the page's clock may be, either way. */
  clockMs: amount,
})

const parameters = {
  /** The page has been hidden for so long when the window begins. Absent = not at all. */
  hiddenForMs: z.optional(amount),
}

const findings = {
  /** `hidden`: one page in view, and then behind another tab. */
  hidden: z.optional(
    z.object({
      visible: spell,
      hidden: spell,
      /** How long after it was hidden the page began to pause between requests for more than seconds; null = it did not. */
      slowedAfterMs: z.optional(z.nullable(amount)),
    }),
  ),
}

type Own = CellOf<typeof findings>

export const kind = {
  parameters,
  findings,
  metrics: {
    visibleDelayMs: ({ hidden }: Own) => hidden?.visible.delay?.meanMs ?? unmeasured,
    hiddenDelayMs: ({ hidden }: Own) => hidden?.hidden.delay?.meanMs ?? unmeasured,
    hiddenPollMs: ({ hidden }: Own) => hidden?.hidden.interval?.medianMs ?? { missing: 'no two requests' },
  },
  outcome({ hidden }: Own) {
    if (!hidden) return undefined
    const [seen, unseen] = [hidden.visible, hidden.hidden].map(({ delay }) =>
      delay ? `after ${formatMs(delay.meanMs)}` : 'never',
    )
    return `a notice arrived ${seen} in view, ${unseen} behind another tab`
  },
} satisfies ResultKind
