import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quantileEstimateOf } from '../results/statistics.ts'
import { mergeDistributions, newHistogram, pointsOverRounds } from './histogram.ts'

const of = (...values: number[]) => {
  const histogram = newHistogram()
  for (const value of values) histogram.record(value)
  return histogram
}
const overWire = <T>(value: T): T => JSON.parse(JSON.stringify(value))

describe('a latency histogram', () => {
  test('keeps the mean, spread and extremes exactly, and quantiles to three digits', () => {
    const result = of(...Array.from({ length: 1000 }, (_, i) => (i + 1) * 1000)).distribution()
    expect(result.count).toBe(1000)
    expect(result.minUs).toBe(1000)
    expect(result.maxUs).toBe(1_000_000)
    expect(result.meanUs).toBeCloseTo(500_500, 6)
    expect(result.sdUs).toBeCloseTo(288_819.4, 0)
    expect(Math.abs(result.p50Us! / 500_000 - 1)).toBeLessThan(0.001)
    expect(Math.abs(result.p99Us! / 990_000 - 1)).toBeLessThan(0.001)
  })

  test('quantiles follow the ranks of a sorted list, whatever the values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 90_000_000 }), { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const sorted = [...values].sort((a, b) => a - b)
          const exact = sorted[Math.max(1, Math.ceil(q * sorted.length - 1e-9)) - 1]!
          expect(Math.abs(of(...values).quantile(q)! - exact)).toBeLessThanOrEqual(exact * 0.001)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('what never arrived is part of the quantiles and stays out of the mean', () => {
    const histogram = of(10, 20, 30, 40, 50, 60, 70, 80, 90)
    histogram.record(Number.POSITIVE_INFINITY)
    const result = histogram.distribution()
    expect(result).toMatchObject({
      count: 9,
      infinite: 1,
      meanUs: 50,
      maxUs: 90,
      p50Us: 50,
      p90Us: 90,
      p99Us: null,
      p995Us: null,
      p999Us: null,
    })
    expect(histogram.quantile(1)).toBeNull()
  })

  test('nothing recorded gives no figures rather than zeros', () => {
    expect(newHistogram().distribution()).toEqual({
      count: 0,
      infinite: 0,
      minUs: null,
      meanUs: null,
      sdUs: null,
      p50Us: null,
      p90Us: null,
      p99Us: null,
      p995Us: null,
      p999Us: null,
      maxUs: null,
    })
    expect(pointsOverRounds([null])).toBeNull()
    const lost = newHistogram()
    lost.addInfinite(3)
    expect(lost.distribution()).toMatchObject({ count: 0, infinite: 3, meanUs: null, p50Us: null })
  })

  test('a negative value counts as 0 and is told; NaN is refused', () => {
    const histogram = of(-5, 10)
    expect(histogram.negatives).toBe(1)
    expect(histogram.distribution()).toMatchObject({ minUs: 0, negatives: 1 })
    expect(of(10).distribution()).not.toHaveProperty('negatives')
    expect(mergeDistributions([overWire(histogram.distribution()), of(-1, 3).distribution()]).negatives).toBe(2)
    expect(() => histogram.record(Number.NaN)).toThrow('a latency must be a number of µs, got NaN')
  })

  test('values beyond an hour are kept', () => {
    expect(of(1, 8e9).quantile(1)).toBe(8e9)
  })
})

describe('merging', () => {
  test('distributions sent as JSON merge into what one histogram would have recorded', () => {
    const left = Array.from({ length: 500 }, (_, i) => 100 + i * 7)
    const right = Array.from({ length: 300 }, (_, i) => 90_000 + i * 1301)
    const a = of(...left)
    a.addInfinite(2)
    const merged = mergeDistributions([
      overWire(a.distribution()),
      null,
      overWire(of(...right).distribution()),
    ]).distribution()
    const whole = of(...left, ...right)
    whole.addInfinite(2)
    const expected = whole.distribution()
    expect({ ...merged, meanUs: 0, sdUs: 0, hdr: '' }).toEqual({ ...expected, meanUs: 0, sdUs: 0, hdr: '' })
    expect(merged.meanUs).toBeCloseTo(expected.meanUs!, 6)
    expect(merged.sdUs).toBeCloseTo(expected.sdUs!, 3)
  })

  test('a merged distribution merges again', () => {
    const once = mergeDistributions([of(1, 2, 3).distribution(), of(4, 5).distribution()]).distribution()
    expect(mergeDistributions([overWire(once), of(6).distribution()]).distribution()).toMatchObject({
      count: 6,
      meanUs: 3.5,
      maxUs: 6,
      p50Us: 3,
    })
  })

  test('a distribution without its histogram is refused by name', () => {
    const { hdr: _, ...bare } = of(5).distribution()
    expect(() => mergeDistributions([bare])).toThrow('a distribution of 1 values came without its histogram ("hdr")')
  })
})

describe('the points of rounds', () => {
  const points = (...rounds: ReturnType<typeof of>[]) =>
    pointsOverRounds(rounds.map(round => overWire(round.distribution()))) ?? []

  test('are at most 200, rise in q and in value, and end at the maximum', () => {
    const found = points(of(...Array.from({ length: 20_000 }, (_, i) => i * 13)))
    expect(found.length).toBeGreaterThan(150)
    expect(found.length).toBeLessThanOrEqual(200)
    for (let i = 1; i < found.length; i++) {
      expect(found[i]![0]).toBeGreaterThan(found[i - 1]![0])
      expect(found[i]![1]!).toBeGreaterThanOrEqual(found[i - 1]![1]! * (1 - 1e-9))
    }
    expect(found.at(-1)).toEqual([1, 19_999 * 13])
  })

  test('leave out levels that few values cannot tell apart', () => {
    const tail = points(of(...Array.from({ length: 50 }, (_, i) => i))).filter(([q]) => q > 0.98)
    expect(tail).toEqual([[1, 49]])
  })

  test('are null where the level never arrived', () => {
    const histogram = of(...Array.from({ length: 80 }, () => 5))
    histogram.addInfinite(20)
    const found = new Map(points(histogram))
    expect(found.get(0.8)).toBeCloseTo(5, 9)
    expect(found.get(0.81)).toBeNull()
    expect(found.get(1)).toBeNull()
  })

  test('are the numbers of the summary, whatever one bad round adds to all notices together', () => {
    const calm = Array.from({ length: 1000 }, (_, i) => 1000 + i)
    const bad = [...calm.slice(0, 900), ...Array.from({ length: 100 }, () => 90_000)]
    const rounds = [of(...calm), of(...calm), of(...bad)]
    const found = new Map(points(...rounds))
    for (const q of [0.5, 0.9, 0.99])
      expect(found.get(q)).toBeCloseTo(quantileEstimateOf(rounds.map(round => round.quantile(q)!)).value, 9)
    expect(mergeDistributions(rounds.map(round => round.distribution())).quantile(0.99)).toBeGreaterThan(80_000)
    expect(found.get(0.99)).toBeLessThan(10_000)
  })

  test('have no value where one round has none', () => {
    const lossy = of(...Array.from({ length: 90 }, () => 7))
    lossy.addInfinite(10)
    const found = new Map(points(of(...Array.from({ length: 100 }, () => 7)), lossy))
    expect(found.get(0.9)).toBeCloseTo(7, 9)
    expect(found.get(0.95)).toBeNull()
  })
})
