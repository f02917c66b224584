import { describe, expect, it } from 'vitest'
import { seededRandom } from './random.ts'

describe('seededRandom', () => {
  it('repeats for a seed, differs between seeds, and is uniform', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed)
      return Array.from({ length: 10_000 }, random)
    }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
    const values = draw(7)
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...values)).toBeLessThan(1)
    expect(values.reduce((sum, value) => sum + value) / values.length).toBeCloseTo(0.5, 1)
    const tenth = values.filter(value => value < 0.1).length
    expect(tenth).toBeGreaterThan(900)
    expect(tenth).toBeLessThan(1100)
  })
})
