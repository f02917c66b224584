// The schema of figures: counts and amounts, an estimate with its interval, a figure that is missing, a distribution.
import * as z from 'zod/mini'

export const count = z.int().check(z.nonnegative())
export const amount = z.number().check(z.nonnegative())
/** A figure that may be missing: then it says why, and is shown as "n/a (reason)", never 0. Where that is since every round of it is void, `void` is
 * what they came to in the mean: to be seen, and for no statistic, verdict, gate or comparison. */
export const missing = z.object({ missing: z.string(), void: z.optional(z.number()) })

/** An estimate over rounds with its 95 % interval (Student t, of a quantile on logarithms; `low`/`high` null where n < 2). */
export const estimate = z.object({
  value: z.number(),
  low: z.nullable(z.number()),
  high: z.nullable(z.number()),
  /** Rounds it rests on. */
  n: count,
})

/** Quantities of a latency distribution in µs. `infinite` counts expected deliveries that never came; they are part of the quantiles
 * (a quantile that falls among them is null). */
export const distribution = z.object({
  count,
  infinite: count,
  /** Values below 0, which stand as 0: two clocks, or readings in the wrong order. Absent = none. */
  negatives: z.optional(count),
  minUs: z.nullable(z.number()),
  meanUs: z.nullable(z.number()),
  sdUs: z.nullable(z.number()),
  p50Us: z.nullable(z.number()),
  p90Us: z.nullable(z.number()),
  p99Us: z.nullable(z.number()),
  /** Where RFC 6202's "maximal latency" is judged; absent in older runs. */
  p995Us: z.optional(z.nullable(z.number())),
  p999Us: z.nullable(z.number()),
  maxUs: z.nullable(z.number()),
  /** HDR histogram of µs, V2 compressed, base64; left out of report.html. */
  hdr: z.optional(z.string()),
})

/** At most 200 points [q, µs] of a distribution over rounds, dense in the tail; µs null where one round's is infinite. */
export const quantilePoints = z.array(z.tuple([z.number(), z.nullable(z.number())]))

export type Distribution = z.infer<typeof distribution>
export type QuantilePoints = z.infer<typeof quantilePoints>
export type Estimate = z.infer<typeof estimate>
export type Statistic = Estimate | z.infer<typeof missing>

export const isMissing = (statistic: Statistic): statistic is z.infer<typeof missing> => 'missing' in statistic
