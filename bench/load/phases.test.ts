// Kuiper's test of poll phases: even ones pass, whatever their origin; those in step do not, where they are enough to tell.
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../results/random.ts'
import { kuiperDistance, lockedPhases } from './phases.ts'
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
