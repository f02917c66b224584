// When notices are due and when pollers poll: computed before the run from its seed, the same in every process that asks.
import { derivedSeed, seededRandom } from '../../results/random.ts'

export interface ScheduleOptions {
  readonly kind: 'poisson' | 'periodic'
  readonly ratePerSecond: number
  readonly durationMs: number
  /** Poisson pauses one from each stratum. */
  readonly stratified?: boolean | undefined
  readonly seed: number
}

/** Intended times in ms from the start, ascending, within [0, durationMs). Periodic schedules start at a random phase. */
export function publishSchedule({ kind, ratePerSecond, durationMs, stratified, seed }: ScheduleOptions): Float64Array {
  if (ratePerSecond <= 0) return new Float64Array(0)
  const random = seededRandom(derivedSeed(seed, 'publish'))
  const periodMs = 1000 / ratePerSecond
  // Each pause is exponential, as Poisson asks, and so is any few in a row; only that many of them together are luckier or unluckier
  // than others is taken away. What is left over at the end is filled with independent ones.
  const strata = kind === 'poisson' && stratified ? uniforms(Math.ceil(durationMs / periodMs), random) : []
  const pauseMs = (place: number): number =>
    kind === 'periodic' ? periodMs : -Math.log(1 - (strata[place] ?? random())) * periodMs
  const times: number[] = []
  let at = kind === 'periodic' ? random() * periodMs : pauseMs(0)
  while (at < durationMs) {
    times.push(at)
    at += pauseMs(times.length)
  }
  return Float64Array.from(times)
}

/** Phases of `count` pollers in [0, intervalMs): one at random in each of `count` equal strata, in random order. Each is uniform, as the
 * models ask; the strata keep the luck of the draw out of the mean. */
export const pollPhases = (count: number, intervalMs: number, seed: number): Float64Array =>
  uniforms(count, seededRandom(derivedSeed(seed, 'phases'))).map(share => share * intervalMs)

/** One number at random from each of `count` equal strata of [0, 1), in random order. */
function uniforms(count: number, random: () => number): Float64Array {
  const shares = Float64Array.from({ length: count }, (_, i) => (i + random()) / count)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const swapped = shares[i]!
    shares[i] = shares[j]!
    shares[j] = swapped
  }
  return shares
}

/** What a published body carries: `i`, its place in the schedule, and padding up to the size asked for. */
export interface LoadBody {
  readonly i: number
  readonly p?: string
}

/** The JSON text of body `index`, `bytes` long (never shorter than its own fields). */
export function loadBody(index: number, bytes: number): string {
  const bare = `{"i":${index},"p":""}`
  return bare.length >= bytes ? bare : `{"i":${index},"p":"${'x'.repeat(bytes - bare.length)}"}`
}
