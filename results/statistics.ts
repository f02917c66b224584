// What rounds say together: means, quantiles and ratios with 95 % intervals (bench/README.md, rule 11), and the seeded randomness behind them.
import { bisect, gammaln, mean, quantile, sampleStandardDeviation } from 'simple-statistics'
import type { Estimate } from './estimate.ts'
import { seededRandom } from './random.ts'

/** Share of intervals that hold the truth. */
export const CONFIDENCE = 0.95
/**
 * Level of Student's t where rounds go on until an interval is narrow enough. Whoever looks after each round stops sooner where the spread happens to
 * look small: an interval at 95 % then holds the truth in 91 to 96 % of runs. At 97 % it does in 94.4 to 98 %, so that is what is called 95 % there
 * (`models.md`, "Rounds until precise"; simulated in `precision.test.ts`). No such promise is made for a skewed mean that is not paired.
 */
export const STOPPING_LEVEL = 0.97
/**
 * The same where rounds go on until a claim is decided. That is a harder matter than a width: whoever looks for an interval on one side of an edge finds
 * one, sooner or later. With the truth at the edge an interval at 97 % is then wrong in one of five runs; at 99.5 % it holds the truth in 95 % and more
 * (`models.md`, "Rounds until decided"; simulated in `decisions.test.ts`).
 */
export const DECIDING_LEVEL = 0.995
/** From this many rounds on the percentile bootstrap covers what it says; below, Student t does (79 % against 95 % at n = 4). */
export const BOOTSTRAP_FROM = 20
/** The level that estimates have where none is given: `CONFIDENCE`, but for what `atLevel` runs. */
let ambientLevel = CONFIDENCE

/** What `compute` gives, its estimates at `level`. It must not wait for anything: whatever runs in between would have that level too. */
export function atLevel<T>(level: number, compute: () => T): T {
  const before = ambientLevel
  ambientLevel = level
  try {
    return compute()
  } finally {
    ambientLevel = before
  }
}
const RESAMPLES = 4000
const BOOTSTRAP_SEED = 20_111_109

/**
 * Half width, in standard errors, of a two-sided interval with `degrees` degrees of freedom (2.776 at 4 and 95 %).
 * Throws where `degrees` is below 1 or `confidence` outside (0, 1).
 */
export function studentT(degrees: number, confidence = CONFIDENCE): number {
  if (!(degrees >= 1)) throw new RangeError(`degrees of freedom must be at least 1, got ${degrees}`)
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`confidence must lie between 0 and 1, got ${confidence}`)
  // P(|T| > t) = I_x(ν/2, 1/2) with x = ν/(ν + t²): Abramowitz & Stegun 26.7.1 and 26.5.27. Bisected in ln t: the tail spans decades.
  const tail = (logT: number) => incompleteBeta(degrees / (degrees + Math.exp(2 * logT)), degrees / 2, 0.5)
  return Math.exp(bisect(logT => tail(logT) - (1 - confidence), -12, 30, 200, 1e-13))
}

/** Regularised incomplete beta function I_x(a, b), by Lentz's evaluation of its continued fraction (A&S 26.5.8). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  // The fraction converges fast only left of the mean; right of it the mirror image does.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  const front = Math.exp(gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log(1 - x)) / a
  const tiny = 1e-300
  let fraction = 1
  let upper = 1
  let lower = 0
  for (let term = 0; term < 500; term++) {
    const half = term >> 1
    const coefficient =
      term === 0
        ? 1
        : term % 2 === 0
          ? (half * (b - half) * x) / ((a + 2 * half - 1) * (a + 2 * half))
          : (-(a + half) * (a + b + half) * x) / ((a + 2 * half) * (a + 2 * half + 1))
    lower = 1 / (1 + coefficient * lower || tiny)
    upper = 1 + coefficient / upper || tiny
    fraction *= upper * lower
    if (Math.abs(1 - upper * lower) < 1e-14) break
  }
  return front * (fraction - 1)
}

/**
 * The mean of one value per round with its 95 % interval: Student t, and from 20 rounds a seeded percentile bootstrap; at another `level`, t alone.
 * One value has no interval (`low` and `high` null). Throws where there is no value, or one that is not finite.
 */
export function estimateOf(values: readonly number[], level = ambientLevel): Estimate {
  if (values.length === 0) throw new RangeError('an estimate needs at least one value, got none')
  const odd = values.find(value => !Number.isFinite(value))
  if (odd !== undefined) throw new RangeError(`an estimate needs finite values, got ${odd}`)
  const n = values.length
  const value = mean([...values])
  if (n < 2) return { value, low: null, high: null, n }
  if (n >= BOOTSTRAP_FROM && level === CONFIDENCE) return { value, ...bootstrapInterval(values), n }
  const half = (studentT(n - 1, level) * sampleStandardDeviation([...values])) / Math.sqrt(n)
  return { value, low: value - half, high: value + half, n }
}

/**
 * One number for a quantile of several rounds: their geometric mean, with which a ratio of two transports is the quotient of their numbers
 * (`ratioOf`). Not the quantile of all rounds thrown together: there one disturbed round makes up the whole tail, and notices of one round, which share
 * its luck, would count as independent (bench/README.md, rule 11). Arithmetic where a value lies below the clock's grain, at 0.
 */
export function quantileOver(values: readonly number[]): number {
  const { there, back } = scaleOf(values)
  return back(mean(values.map(there)))
}

/**
 * `quantileOver` with its 95 % interval, built on the logarithms: quantiles of a latency are positive and skewed to the right, and on a linear scale an
 * interval reaches below zero. It ends at `floor`, below which the quantile cannot lie (that of a lower level). Throws as `estimateOf` does.
 */
export function quantileEstimateOf(values: readonly number[], floor = 0, level = ambientLevel): Estimate {
  const { there, back } = scaleOf(values)
  const { value, low, high, n } = estimateOf(values.map(there), level)
  return {
    value: back(value),
    low: low === null ? null : Math.max(floor, back(low)),
    high: high === null ? null : back(high),
    n,
  }
}

/** Logarithms relative to the first value, so that values that are all the same come back exactly; the values themselves where one has none. */
function scaleOf(values: readonly number[]) {
  const [first = 1] = values
  const same = (value: number): number => value
  if (values.some(value => !(value > 0 && Number.isFinite(value)))) return { there: same, back: same }
  return { there: (value: number) => Math.log(value / first), back: (log: number) => first * Math.exp(log) }
}

/**
 * The ratio a/b, paired by round: geometric mean of the per-round ratios, its 95 % interval built on their logarithms.
 * Throws where the lengths differ or a value is not positive and finite.
 */
export function ratioOf(a: readonly number[], b: readonly number[], level = ambientLevel): Estimate {
  if (a.length !== b.length)
    throw new RangeError(`a paired ratio needs equally many rounds, got ${a.length} and ${b.length}`)
  const odd = [...a, ...b].find(value => !(value > 0 && Number.isFinite(value)))
  if (odd !== undefined) throw new RangeError(`a ratio needs positive finite values, got ${odd}`)
  const { value, low, high, n } = estimateOf(
    a.map((numerator, round) => Math.log(numerator / b[round]!)),
    level,
  )
  return {
    value: Math.exp(value),
    low: low === null ? null : Math.exp(low),
    high: high === null ? null : Math.exp(high),
    n,
  }
}

/**
 * The ratio a/b of rounds that have nothing to do with each other (two runs): ratio of geometric means, its 95 % interval by Welch on
 * the logarithms (Welch 1947, degrees of freedom after Satterthwaite). Without an interval where either side has one value.
 * Throws where a side is empty or a value is not positive and finite.
 */
export function ratioOfIndependent(a: readonly number[], b: readonly number[]): Estimate {
  if (a.length === 0 || b.length === 0) throw new RangeError('a ratio needs at least one value on each side, got none')
  const odd = [...a, ...b].find(value => !(value > 0 && Number.isFinite(value)))
  if (odd !== undefined) throw new RangeError(`a ratio needs positive finite values, got ${odd}`)
  const sides = [a, b].map(values => {
    const logs = values.map(Math.log)
    const n = logs.length
    return { n, mean: mean(logs), squaredError: n < 2 ? 0 : sampleStandardDeviation(logs) ** 2 / n }
  }) as [Side, Side]
  const [above, below] = sides
  const n = Math.min(above.n, below.n)
  const difference = above.mean - below.mean
  const value = Math.exp(difference)
  if (n < 2) return { value, low: null, high: null, n }
  const squaredError = above.squaredError + below.squaredError
  if (squaredError === 0) return { value, low: value, high: value, n }
  const degrees = squaredError ** 2 / sides.reduce((sum, side) => sum + side.squaredError ** 2 / (side.n - 1), 0)
  const half = studentT(degrees) * Math.sqrt(squaredError)
  return { value, low: Math.exp(difference - half), high: Math.exp(difference + half), n }
}

/** Stretches that a series is parted into, to tell its slope: neighbouring readings are alike, and each would not count as one. */
const SLOPE_STRETCHES = 10

/**
 * How much y grows for each x: least squares over the means of ten equal stretches of the series, with the 95 % interval of Student t at two
 * degrees of freedom less. Without an interval where fewer than three stretches hold a point. Throws where there are fewer than two points.
 */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): Estimate {
  if (points.length < 2) throw new RangeError(`a slope needs at least two points, got ${points.length}`)
  const [from, to] = [Math.min(...points.map(([x]) => x)), Math.max(...points.map(([x]) => x))]
  const stretches = Array.from({ length: SLOPE_STRETCHES }, () => [] as (readonly [number, number])[])
  for (const point of points) {
    const share = to === from ? 0 : (point[0] - from) / (to - from)
    stretches[Math.min(SLOPE_STRETCHES - 1, Math.floor(share * SLOPE_STRETCHES))]!.push(point)
  }
  const means = stretches
    .filter(({ length }) => length > 0)
    .map(held => [mean(held.map(([x]) => x)), mean(held.map(([, y]) => y))] as const)
  const [meanX, meanY] = [mean(means.map(([x]) => x)), mean(means.map(([, y]) => y))]
  const spread = means.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  const value = means.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread
  const n = means.length
  if (n < 3) return { value, low: null, high: null, n }
  const left = means.reduce((sum, [x, y]) => sum + (y - meanY - value * (x - meanX)) ** 2, 0)
  const half = studentT(n - 2) * Math.sqrt(left / (n - 2) / spread)
  return { value, low: value - half, high: value + half, n }
}

interface Side {
  readonly n: number
  readonly mean: number
  readonly squaredError: number
}

/** Percentile bootstrap of the mean. The seed is fixed: the same rounds always give the same interval. */
export function bootstrapInterval(values: readonly number[], seed = BOOTSTRAP_SEED): { low: number; high: number } {
  const random = seededRandom(seed)
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0
    for (let draw = 0; draw < values.length; draw++) sum += values[Math.floor(random() * values.length)]!
    return sum / values.length
  })
  const [low, high] = quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
  return { low: low!, high: high! }
}
