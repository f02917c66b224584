// A deploy: the servers of a fleet are restarted one after the other under load.
import * as z from 'zod/mini'
import { amount, count } from '../estimate.ts'
import { formatCount, formatMs, threeDigits } from '../figures.ts'
import { sum } from '../sums.ts'
import { type CellOf, type ResultKind, unmeasured } from './kind.ts'

const parameters = {
  /** How each server is restarted. `drain`: the balancer gives it nothing new, then it ends in order; `kill`: SIGKILL, which nobody was told of. */
  restart: z.optional(z.enum(['drain', 'kill'])),
}

const findings = {
  deploy: z.optional(
    z.object({
      /** How many subscribers were cut so often, from 0 times on: a cut is a stream that was open and had to be opened again. */
      cuts: z.array(count),
      /** Cut and never back. */
      away: count,
      /** From a subscriber's noticing its cut until its stream was open again: mean and longest; null where nobody was cut and came back. */
      awayMeanMs: z.nullable(amount),
      awayMaxMs: z.nullable(amount),
      /** How long a stream stood still at most: from one notice to the next one that came, less what lay between them when they were sent. The
       * median subscriber's, the worst one's, and the worst one's before the first restart. */
      standstillP50Ms: amount,
      standstillMaxMs: amount,
      calmMaxMs: amount,
      /** From the first order to the moment when the balancer had the last server back. */
      tookMs: amount,
      /** Connections of the transport that are open at each server in the end. */
      open: z.array(count),
    }),
  ),
}

type Own = CellOf<typeof findings>

/** Cuts a subscriber, on average over all of them. */
export const cutsEach = ({ cuts }: NonNullable<Own['deploy']>): number =>
  sum([...cuts.entries()], ([times, subscribers]) => times * subscribers) / sum(cuts, subscribers => subscribers)

export const kind = {
  parameters,
  findings,
  metrics: {
    cutsEach: ({ deploy }: Own) => (deploy ? cutsEach(deploy) : unmeasured),
    awayMeanMs: ({ deploy }: Own) => deploy?.awayMeanMs ?? unmeasured,
    standstillP50Ms: ({ deploy }: Own) => deploy?.standstillP50Ms ?? unmeasured,
    standstillMaxMs: ({ deploy }: Own) => deploy?.standstillMaxMs ?? unmeasured,
    deployMs: ({ deploy }: Own) => deploy?.tookMs ?? unmeasured,
  },
  quantiles: [['standstillP50Ms', 'standstillMaxMs']],
  outcome({ deploy, lost }: Own) {
    if (!deploy) return undefined
    const away = deploy.awayMeanMs === null ? '' : `, away for ${formatMs(deploy.awayMeanMs)}`
    return `restarted in ${formatMs(deploy.tookMs)}, ${threeDigits(cutsEach(deploy))} cuts a subscriber${away}, still for ${formatMs(deploy.standstillMaxMs)} at most, ${formatCount(lost)} lost`
  },
} satisfies ResultKind
