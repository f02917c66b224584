// When notices are due and when pollers poll: computed before the run from its seed, the same in every process that asks.

import { derivedSeed, seededRandom } from '../../results/random.ts'
import type { Scenario } from '../../results/scenario.ts'

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

/** Time before the warm-up in which both sides are run in. It is over a whole warm-up before the window, so that no poll of the window
 * carries notices of it. */
export const RUN_IN_MS = 600
/** Deliveries after which Node has compiled what a delivery needs; until then each costs twice to three times as much. */
const RUN_IN_DELIVERIES = 10_000
/** More a second would only pile up. */
const RUN_IN_PER_SECOND = 200

/** The schedule moved back by RUN_IN_MS, and before it as many notices, evenly, as it takes to have both sides compiled. An empty
 * schedule stays empty. There are none where polls would carry them into the window: with a limit to an answer, or a warm-up shorter than T. */
export function withRunIn(
  schedule: Float64Array,
  { clients, limit, warmupMs, pollIntervalMs }: Pick<Scenario, 'clients' | 'limit' | 'warmupMs' | 'pollIntervalMs'>,
): Float64Array {
  if (schedule.length === 0) return schedule
  const wanted = Math.ceil(RUN_IN_DELIVERIES / Math.max(1, clients))
  const wouldLast = limit !== undefined || warmupMs < pollIntervalMs
  const count = wouldLast ? 0 : Math.min(wanted, Math.floor((RUN_IN_MS / 1000) * RUN_IN_PER_SECOND))
  const runIn = Array.from({ length: count }, (_, i) => (i / count) * RUN_IN_MS)
  return Float64Array.from([...runIn, ...schedule.map(at => at + RUN_IN_MS)])
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
