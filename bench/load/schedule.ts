// When notices are due and when pollers poll: computed before the run from its seed, the same in every process that asks.
import { derivedSeed, seededRandom } from '../../results/random.ts'

export interface ScheduleOptions {
  readonly kind: 'poisson' | 'periodic'
  readonly ratePerSecond: number
  readonly durationMs: number
  readonly seed: number
}

/** Intended times in ms from the start, ascending, within [0, durationMs). Periodic schedules start at a random phase. */
export function publishSchedule({ kind, ratePerSecond, durationMs, seed }: ScheduleOptions): Float64Array {
  if (ratePerSecond <= 0) return new Float64Array(0)
  const random = seededRandom(derivedSeed(seed, 'publish'))
  const periodMs = 1000 / ratePerSecond
  const times: number[] = []
  let at = kind === 'periodic' ? random() * periodMs : exponential(random, periodMs)
  while (at < durationMs) {
    times.push(at)
    at += kind === 'periodic' ? periodMs : exponential(random, periodMs)
  }
  return Float64Array.from(times)
}

const exponential = (random: () => number, mean: number): number => -Math.log(1 - random()) * mean

/** Phases of `count` pollers in [0, intervalMs): one at random in each of `count` equal strata, in random order. Each is uniform, as the
 * models ask; the strata keep the luck of the draw out of the mean. */
export function pollPhases(count: number, intervalMs: number, seed: number): Float64Array {
  const random = seededRandom(derivedSeed(seed, 'phases'))
  const phases = Float64Array.from({ length: count }, (_, i) => ((i + random()) / count) * intervalMs)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const swapped = phases[i]!
    phases[i] = phases[j]!
    phases[j] = swapped
  }
  return phases
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
