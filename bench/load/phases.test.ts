// Kuiper's test of poll phases: even ones pass, whatever their origin; those in step do not, where they are enough to tell.
import { describe, expect, test } from 'vitest'
import type { Connection, Network } from '../../client/transports/transport.ts'
import { seededRandom } from '../../results/random.ts'
import { kuiperDistance, lockedPhases, watchPolls } from './phases.ts'
import { pollPhases } from './schedule.ts'

const turned = (phases: readonly number[], by: number) => phases.map(phase => (phase + by) % 1)

describe('the distance from even', () => {
  test('is 1 for all at once, and 1/n for a comb', () => {
    expect(kuiperDistance([0.4, 0.4, 0.4, 0.4])).toBeCloseTo(1, 12)
    expect(kuiperDistance([0, 0.25, 0.5, 0.75])).toBeCloseTo(0.25, 12)
    expect(kuiperDistance([0.1, 0.35, 0.6, 0.85])).toBeCloseTo(0.25, 12)
  })

  test('does not depend on where the interval begins', () => {
    const phases = [0.05, 0.1, 0.12, 0.5, 0.9, 0.97]
    for (const by of [0.03, 0.2, 0.51, 0.99])
      expect(kuiperDistance(turned(phases, by))).toBeCloseTo(kuiperDistance(phases), 12)
  })
})

describe('the bound', () => {
  test('lets the strata of a plan pass, of any number of pollers', () => {
    for (const count of [5, 20, 100, 1000])
      expect(kuiperDistance([...pollPhases(count, 1, count)])).toBeLessThan(lockedPhases(count) / 2)
  })

  test('lets independent phases pass at least 99 times of 100', () => {
    const random = seededRandom(3)
    let caught = 0
    for (let run = 0; run < 1000; run++)
      if (kuiperDistance(Array.from({ length: 50 }, random)) >= lockedPhases(50)) caught++
    expect(caught).toBeLessThan(10)
  })

  test('catches half of the pollers in step, from 20 on, and all of five', () => {
    const half = (count: number) => Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 0.3 : i / count))
    for (const count of [20, 100, 1000]) expect(kuiperDistance(half(count))).toBeGreaterThan(lockedPhases(count))
    expect(lockedPhases(5)).toBeLessThan(1)
    expect(lockedPhases(4)).toBeGreaterThan(1)
  })
})

describe('what is watched', () => {
  /** Subscribers that poll at given times, each a row of its own. */
  function watchedAt(rows: readonly (readonly number[])[], intervalMs: number) {
    let nowMs = 0
    const network = { connect: () => ({ get: () => undefined }) as unknown as Connection } as unknown as Network
    const watch = watchPolls(rows.length, intervalMs, () => nowMs)
    const polls = rows.flatMap((row, who) => {
      const connection = watch.network(network, who).connect('http://localhost')
      return row.map(at => ({ at, poll: () => void connection.get('/', {} as never) }))
    })
    for (const { at, poll } of polls.sort((a, b) => a.at - b.at)) {
      nowMs = at
      poll()
    }
    return watch
  }
  const rows = [0, 20, 40, 60, 80].map(phase => Array.from({ length: 12 }, (_, k) => 1000 + phase + 100 * k))

  test('is nothing where nobody has fixed times', () => expect(watchedAt(rows, 100).phasesSince(0)).toBeUndefined())

  test('is where each one polled in the mean, also around the interval’s begin', () => {
    const watch = watchedAt([...rows, [1099, 1201, 1299, 1401]], 100)
    watch.haveFixedTimes()
    const phases = watch.phasesSince(1000)!
    for (const [i, expected] of [0, 0.2, 0.4, 0.6, 0.8, 0].entries())
      expect(Math.abs(((phases[i]! - expected + 1.5) % 1) - 0.5)).toBeLessThan(1e-9)
  })

  test('does not take one moment of standing still for pollers in step', () => {
    // What was due in the last 150 ms came at once.
    const late = rows.map(row => row.map(at => (at > 2050 ? 2200 : at)))
    const watch = watchedAt(late, 100)
    watch.haveFixedTimes()
    expect(kuiperDistance(watch.phasesSince(1000)!)).toBeLessThan(lockedPhases(5) / 2)
    expect(kuiperDistance(watch.phasesSince(2100)!)).toBeCloseTo(1, 6)
  })

  test('leaves out who polled before, and forgets what was long ago', () => {
    const watch = watchedAt([[500], Array.from({ length: 40 }, (_, k) => (k < 20 ? 1000 : 1030) + 100 * k)], 100)
    watch.haveFixedTimes()
    const [only, ...others] = watch.phasesSince(1000)!
    expect(others).toEqual([])
    expect(only).toBeCloseTo(0.3, 9)
  })
})
