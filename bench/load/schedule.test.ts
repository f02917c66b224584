// The publisher's schedule and the pollers' phases: the laws they follow, and what strata take away from chance.
import { describe, expect, test } from 'vitest'
import { longPolling } from '../../results/model.ts'
import { pollPhases, publishSchedule, RUN_IN_MS, withRunIn } from './schedule.ts'

/** A load of so many subscribers that poll every second, warmed up for as long. */
const of = (clients: number) => ({ clients, warmupMs: 1000, pollIntervalMs: 1000 })

const seeds = Array.from({ length: 200 }, (_, i) => i + 1)
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const deviation = (values: readonly number[]) => Math.sqrt(mean(values.map(value => (value - mean(values)) ** 2)))
const pausesOf = (times: Float64Array) => [...times].map((at, i) => at - (i === 0 ? 0 : times[i - 1]!))

/** Mean wait, in gaps, of a long poller's notices: what finds no request held waits for the next. */
function meanWait(times: readonly number[]): number {
  let nextRequest = 0
  let isPending = false
  let sum = 0
  for (const at of times) {
    // The request that found something pending was answered at once.
    if (isPending && at >= nextRequest) nextRequest += 1
    isPending = at < nextRequest
    if (isPending) sum += nextRequest - at
    else nextRequest = at + 1
  }
  return sum / times.length
}

describe.each([false, true])('a Poisson schedule, stratified %s', stratified => {
  const order = { kind: 'poisson', ratePerSecond: 10, durationMs: 6000, stratified } as const
  const schedules = seeds.map(seed => publishSchedule({ ...order, seed }))

  test('ascends within its duration, has its rate and repeats for a seed', () => {
    for (const times of schedules) {
      expect([...times]).toEqual([...times].sort((a, b) => a - b))
      expect(times.at(-1)!).toBeLessThan(6000)
    }
    expect(mean(schedules.map(({ length }) => length))).toBeCloseTo(60, -0.5)
    expect(publishSchedule({ ...order, seed: 3 })).toEqual(publishSchedule({ ...order, seed: 3 }))
    expect(publishSchedule({ ...order, seed: 3 })).not.toEqual(publishSchedule({ ...order, seed: 4 }))
  })

  test('has exponential pauses, one after the other and two together', () => {
    const pauses = schedules.map(pausesOf)
    const all = pauses.flat()
    const pairs = pauses.flatMap(list => list.slice(1).map((pause, i) => pause + list[i]!))
    for (const ms of [20, 50, 100, 250]) {
      const y = ms / 100
      expect(mean(all.map(pause => Number(pause > ms)))).toBeCloseTo(Math.exp(-y), 1.7)
      expect(mean(pairs.map(pair => Number(pair > ms)))).toBeCloseTo((1 + y) * Math.exp(-y), 1.5)
    }
  })

  test.each([0.1, 0.5, 1, 5])('makes a long poller wait as the model says at x = %d', x => {
    const waits = seeds.map(seed => {
      const times = publishSchedule({ kind: 'poisson', ratePerSecond: x, durationMs: 200_000, stratified, seed })
      return meanWait([...times].map(at => at / 1000))
    })
    const { latency } = longPolling({ ratePerSecond: x, gapMs: 1000, downMs: 0 })
    expect(Math.abs(mean(waits) - latency.meanMs / 1000)).toBeLessThan(0.01)
  })
})

test('strata keep the number of notices in a window near its mean', () => {
  const counts = (stratified: boolean) =>
    seeds.map(
      seed =>
        publishSchedule({ kind: 'poisson', ratePerSecond: 10, durationMs: 11_000, stratified, seed }).filter(
          at => at >= 1000,
        ).length,
    )
  // √100 = 10 by chance alone; the ten notices of the warm-up are drawn from the same strata and leave √10.
  expect(deviation(counts(false))).toBeGreaterThan(8)
  expect(deviation(counts(true))).toBeLessThan(5)
})

test('a periodic schedule has one pause and a random phase', () => {
  const order = { kind: 'periodic', ratePerSecond: 8, durationMs: 2000, stratified: true } as const
  const first = publishSchedule({ ...order, seed: 1 })
  for (const pause of pausesOf(first).slice(1)) expect(pause).toBeCloseTo(125, 9)
  expect(first[0]).toBeLessThan(125)
  expect(publishSchedule({ ...order, seed: 2 })[0]).not.toBe(first[0])
})

test('nothing is published at rate 0', () =>
  expect(publishSchedule({ kind: 'poisson', ratePerSecond: 0, durationMs: 1000, seed: 1 })).toHaveLength(0))

test('pollers have one phase in each of equal strata, in random order', () => {
  const phases = [...pollPhases(20, 1000, 5)]
  expect([...phases].sort((a, b) => a - b).map(phase => Math.floor(phase / 50))).toEqual(
    Array.from({ length: 20 }, (_, i) => i),
  )
  expect(phases).not.toEqual([...phases].sort((a, b) => a - b))
  expect(phases).not.toEqual([...pollPhases(20, 1000, 6)])
})

describe('the run-in', () => {
  test('puts enough deliveries to compile for before the schedule, which it moves and does not change', () => {
    const schedule = publishSchedule({ kind: 'poisson', ratePerSecond: 10, durationMs: 4000, seed: 1 })
    const whole = withRunIn(schedule, of(100))
    const runIn = whole.filter(at => at < RUN_IN_MS)
    expect(runIn).toHaveLength(100)
    expect([...whole.slice(100)]).toEqual([...schedule.map(at => at + RUN_IN_MS)])
    expect([...whole].sort((a, b) => a - b)).toEqual([...whole])
  })

  test('asks little of many subscribers, never too much of few, and nothing where nothing is published', () => {
    const schedule = Float64Array.from([1])
    expect(withRunIn(schedule, of(5000))).toHaveLength(3)
    expect(withRunIn(schedule, of(1))).toHaveLength(121)
    expect(withRunIn(new Float64Array(0), of(100))).toHaveLength(0)
  })
})

test('there is no run-in where its notices would last into the window', () => {
  const schedule = Float64Array.from([1, 2])
  const moved = [RUN_IN_MS + 1, RUN_IN_MS + 2]
  expect([...withRunIn(schedule, { ...of(20), limit: 1 })]).toEqual(moved)
  expect([...withRunIn(schedule, { ...of(20), warmupMs: 999 })]).toEqual(moved)
  expect(withRunIn(schedule, of(20)).length).toBeGreaterThan(2)
})
