// Latency distributions in µs: recorded, merged over processes and rounds, and turned into the quantities a run file keeps.
import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js'
import type { Distribution, QuantilePoints } from '../results/estimate.ts'
import { quantileOver } from '../results/statistics.ts'

/** A growing distribution. Values are µs; what never arrived is counted beside the histogram and is part of every quantile. */
export interface LatencyHistogram {
  /** Adds one value in µs; Infinity counts as never arrived. A negative value (two clock readings in the wrong order) is recorded
   * as 0 and counted in `negatives`, which voids a cell. Throws on NaN. */
  record(us: number): void
  /** Adds `count` expected deliveries that never came. */
  addInfinite(count: number): void
  /** Adds what another process or round recorded. Throws where `other` arrived without its histogram. */
  add(other: Distribution): void
  /** Values that arrived. */
  readonly count: number
  readonly infinite: number
  readonly negatives: number
  /** The value in µs at `q` (0–1) of everything expected: null where it never arrived or nothing was expected. */
  quantile(q: number): number | null
  /** `count` is what arrived, `infinite` beside it; mean, sd, min and max are exact and of what arrived; quantiles are of both. */
  distribution(): Distribution
}

/** Three significant digits up to an hour; longer values resize it. */
const settings = {
  bitBucketSize: 32,
  numberOfSignificantValueDigits: 3,
  highestTrackableValue: 3.6e9,
  autoResize: true,
} as const

/** An empty distribution. */
export function newHistogram(): LatencyHistogram {
  const histogram = build(settings)
  // The moments are kept here, exactly: the histogram's own are rounded to its buckets. Welford, since a sum of squared µs loses digits.
  let count = 0
  let infinite = 0
  let negatives = 0
  let mean = 0
  let squares = 0
  let min = Number.POSITIVE_INFINITY
  let max = 0

  /** Pools moments (Chan, Golub, LeVeque 1979). */
  function pool(otherCount: number, otherMean: number, otherSquares: number) {
    const delta = otherMean - mean
    const total = count + otherCount
    mean += (delta * otherCount) / total
    squares += otherSquares + (delta * delta * count * otherCount) / total
    count = total
  }

  function quantile(q: number): number | null {
    const expected = count + infinite
    if (expected === 0) return null
    const rank = Math.min(expected, Math.max(1, Math.ceil(q * expected - 1e-9)))
    if (rank > count) return null
    if (rank === 1) return min
    return Math.min(max, Math.max(min, valueAtRank(histogram, rank, count)))
  }

  return {
    record(us) {
      // The histogram takes Infinity without a word and then reports nonsense, so it never sees one.
      if (us === Number.POSITIVE_INFINITY) {
        infinite++
        return
      }
      if (Number.isNaN(us)) throw new Error('a latency must be a number of µs, got NaN')
      if (us < 0) negatives++
      const value = Math.max(us, 0)
      histogram.recordValue(Math.round(value))
      count++
      const delta = value - mean
      mean += delta / count
      squares += delta * (value - mean)
      if (value < min) min = value
      if (value > max) max = value
    },
    addInfinite(more) {
      infinite += more
    },
    add(other) {
      infinite += other.infinite
      negatives += other.negatives ?? 0
      if (other.count === 0) return
      if (other.hdr === undefined)
        throw new Error(`a distribution of ${other.count} values came without its histogram ("hdr")`)
      histogram.add(decodeFromCompressedBase64(other.hdr, settings.bitBucketSize))
      pool(other.count, other.meanUs ?? 0, (other.sdUs ?? 0) ** 2 * (other.count - 1))
      min = Math.min(min, other.minUs ?? Number.POSITIVE_INFINITY)
      max = Math.max(max, other.maxUs ?? 0)
    },
    get count() {
      return count
    },
    get infinite() {
      return infinite
    },
    get negatives() {
      return negatives
    },
    quantile,
    distribution: () => ({
      count,
      infinite,
      minUs: count > 0 ? min : null,
      meanUs: count > 0 ? mean : null,
      sdUs: count > 1 ? Math.sqrt(squares / (count - 1)) : null,
      p50Us: quantile(0.5),
      p90Us: quantile(0.9),
      p99Us: quantile(0.99),
      p995Us: quantile(0.995),
      p999Us: quantile(0.999),
      maxUs: count > 0 ? max : null,
      ...(negatives > 0 && { negatives }),
      ...(count > 0 && { hdr: encodeIntoCompressedBase64(histogram) }),
    }),
  }
}

/** Asked in the middle of a rank, so that rounding within the library cannot slip to a neighbour. */
const valueAtRank = (histogram: Histogram, rank: number, count: number): number =>
  histogram.getValueAtPercentile(((rank - 0.5) / count) * 100)

/** One distribution of several (load processes of a cell, cells of a run). Those that are null are left out. */
export function mergeDistributions(parts: readonly (Distribution | null)[]): LatencyHistogram {
  const merged = newHistogram()
  for (const part of parts) if (part) merged.add(part)
  return merged
}

/** The q of the points: every percent up to 90 %, then ten times as dense per decade of the tail. 184 of them. */
const levels: readonly number[] = [
  ...Array.from({ length: 91 }, (_, i) => i / 100),
  ...Array.from({ length: 45 }, (_, i) => 0.9 + (i + 1) * 0.002),
  ...Array.from({ length: 45 }, (_, i) => 0.99 + (i + 1) * 0.0002),
  0.9995,
  0.9999,
  1,
].map(q => Number(q.toFixed(6)))

/** At most 200 levels, dense in the tail. Those that so many values cannot tell from the maximum are left out. */
const levelsOf = (values: number): number[] => levels.filter(q => q === 1 || (1 - q) * values >= 1)

/** The points of one distribution for those of several rounds, or null where there is none: at each level what `quantileOver` makes of the rounds, so
 * that a point is the number that the summary has; null where one round has none. What `summarise` takes as its `merge`. */
export function pointsOverRounds(rounds: readonly (Distribution | null)[]): QuantilePoints | null {
  const histograms = rounds
    .filter(round => round !== null)
    .map(round => mergeDistributions([round]))
    .filter(({ count, infinite }) => count + infinite > 0)
  const most = Math.max(0, ...histograms.map(({ count, infinite }) => count + infinite))
  if (most === 0) return null
  return levelsOf(most).map(q => {
    const values = histograms.map(histogram => histogram.quantile(q))
    return [q, values.includes(null) ? null : quantileOver(values as number[])]
  })
}
