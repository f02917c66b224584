// A control variate for long polling: how much luckier than others the notices of a round were, known from its schedule alone.
import type { Cell } from '../../../results/cell.ts'
import { derivedSeed } from '../../../results/random.ts'
import type { Scenario } from '../../../results/scenario.ts'
import { rateOf } from '../../evidence.ts'
import { publishSchedule } from '../../load/schedule.ts'
import type { Evidence } from '../experiment.ts'

/** What a request takes a client and a server beyond the round trip, ms, as it was before these rounds (results/samples). A wrong one narrows less, and misleads in nothing. */
const THINK_MS = 4
/** Schedules that the expectation is taken over: it is then off by a hundredth of a round's spread. */
const SCHEDULES = 10_000

/**
 * By how many ms the notices of a cell waited longer for the next long poll than those of an average schedule of its scenario: 0 where the scenario
 * does not ask for it (`control`), or the run's seed is not known. Subtracted from a round's mean it changes no expectation, whether the
 * model holds or not: it depends on the round's seed alone, and its own expectation is 0.
 */
export function scheduleLuckMs(
  { scenarios, seed }: Evidence,
  { scenario: id, round }: Pick<Cell, 'scenario' | 'round'>,
): number {
  const scenario = scenarios.find(one => one.id === id)
  if (scenario?.control !== 'schedule' || seed === undefined) return 0
  const waitMs = scheduledWaitMs(scenario, derivedSeed(seed, id, round))
  return waitMs === undefined ? 0 : waitMs - expectedWaitMs(scenario)
}

/** λ that a cell's mean is about: as it was, or, with the luck of the schedule taken off, as it was meant to be. Per second. */
export function rateMeantOf({ scenarios, seed }: Evidence, cell: Cell): number {
  const scenario = scenarios.find(({ id }) => id === cell.scenario)
  return scenario?.control === 'schedule' && seed !== undefined ? scenario.ratePerSecond : rateOf(cell)
}

/** Mean wait of the notices in the window for a poll, where each answer is followed by a gap without one; undefined where there is no notice. */
export function scheduledWaitMs(scenario: Scenario, seed: number): number | undefined {
  const { warmupMs, windowMs, ratePerSecond, schedule: kind, stratified, rttMs } = scenario
  const times = publishSchedule({ kind, ratePerSecond, durationMs: warmupMs + windowMs, stratified, seed })
  let [sum, count, nextPollMs] = [0, 0, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < times.length; ) {
    const answeredMs = Math.max(times[i]!, nextPollMs)
    for (; i < times.length && times[i]! <= answeredMs; i++) {
      if (times[i]! < warmupMs) continue
      sum += answeredMs - times[i]!
      count++
    }
    nextPollMs = answeredMs + rttMs + THINK_MS
  }
  return count === 0 ? undefined : sum / count
}

const expected = new Map<string, number>()

/** Over many schedules of the same kind, which no run has: their seeds are derived otherwise. */
function expectedWaitMs(scenario: Scenario): number {
  const { id, warmupMs, windowMs } = scenario
  const key = `${id} ${warmupMs} ${windowMs}`
  const known = expected.get(key)
  if (known !== undefined) return known
  let [sum, count] = [0, 0]
  for (let draw = 0; draw < SCHEDULES; draw++) {
    const waitMs = scheduledWaitMs(scenario, derivedSeed(draw, 'expectation'))
    if (waitMs === undefined) continue
    sum += waitMs
    count++
  }
  expected.set(key, sum / count)
  return sum / count
}
