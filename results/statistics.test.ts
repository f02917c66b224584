import { describe, expect, it } from 'vitest'
import { seededRandom } from './random.ts'
import {
  bootstrapInterval,
  estimateOf,
  quantileEstimateOf,
  ratioOf,
  ratioOfIndependent,
  slopeOf,
  studentT,
} from './statistics.ts'

const normalFrom = (random: () => number) => () =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** Share of `trials` whose interval holds `truth`. */
const coverage = (trials: number, truth: number, interval: () => { low: number | null; high: number | null }) =>
  Array.from({ length: trials }, interval).filter(({ low, high }) => low! <= truth && truth <= high!).length / trials

describe('studentT', () => {
  it.each([
    [1, 0.95, 12.7062],
    [2, 0.95, 4.30265],
    [4, 0.95, 2.77645],
    [9, 0.95, 2.26216],
    [30, 0.95, 2.04227],
    [1000, 0.95, 1.96234],
    [1, 0.99, 63.6567],
    [5, 0.9, 2.01505],
    [10, 0.5, 0.69981],
    [3, 0.999, 12.924],
  ])('is the tabulated quantile at %d degrees of freedom and %d', (degrees, confidence, expected) => {
    expect(studentT(degrees, confidence) / expected).toBeCloseTo(1, 4)
  })

  it('refuses what has no quantile', () => {
    expect(() => studentT(0)).toThrow('degrees of freedom must be at least 1, got 0')
    expect(() => studentT(3, 1)).toThrow('confidence must lie between 0 and 1, got 1')
  })
})

describe('estimateOf', () => {
  it('gives the mean and the t interval of a worked example', () => {
    // Mean 3, sd √2.5, t(4) = 2.77645: half width 2.77645 · √2.5 / √5 = 1.96324.
    const { value, low, high, n } = estimateOf([1, 2, 3, 4, 5])
    expect([value, n]).toEqual([3, 5])
    expect(low).toBeCloseTo(1.03676, 4)
    expect(high).toBeCloseTo(4.96324, 4)
  })

  it('has no interval for one round, and an empty one where all rounds agree', () => {
    expect(estimateOf([7])).toEqual({ value: 7, low: null, high: null, n: 1 })
    expect(estimateOf([7, 7, 7])).toEqual({ value: 7, low: 7, high: 7, n: 3 })
  })

  it('says why it cannot estimate', () => {
    expect(() => estimateOf([])).toThrow('at least one value')
    expect(() => estimateOf([1, Number.POSITIVE_INFINITY])).toThrow('finite values, got Infinity')
  })

  it.each([3, 5, 10])('holds the truth in 95 %% of experiments with %d normal rounds', rounds => {
    const normal = normalFrom(seededRandom(rounds))
    const share = coverage(3000, 10, () => estimateOf(Array.from({ length: rounds }, () => 10 + normal())))
    expect(share).toBeGreaterThan(0.938)
    expect(share).toBeLessThan(0.962)
  })

  it('holds the truth in about 93 % of experiments by bootstrap at 20 rounds, and repeats itself exactly', () => {
    const normal = normalFrom(seededRandom(1))
    const share = coverage(300, 10, () => estimateOf(Array.from({ length: 20 }, () => 10 + normal())))
    expect(share).toBeGreaterThan(0.89)
    expect(share).toBeLessThan(0.975)
    const values = Array.from({ length: 20 }, normal)
    expect(estimateOf(values)).toEqual(estimateOf(values))
    expect(bootstrapInterval(values, 1)).not.toEqual(bootstrapInterval(values, 2))
  })
})

describe('quantileEstimateOf', () => {
  it('is the geometric mean with an interval on logarithms, whose quotient is the paired ratio', () => {
    const [a, b] = [
      [2, 3, 12],
      [1, 2, 3],
    ]
    const [above, below] = [quantileEstimateOf(a), quantileEstimateOf(b)]
    expect(above.value).toBeCloseTo(72 ** (1 / 3), 9)
    expect(above.value / below.value).toBeCloseTo(ratioOf(a, b).value, 9)
    expect(above.low! * above.high!).toBeCloseTo(above.value ** 2, 9)
    expect(above.low).toBeGreaterThan(0)
  })

  it('holds the geometric mean of skewed rounds in 95 % of experiments', () => {
    const normal = normalFrom(seededRandom(11))
    const share = coverage(3000, 10, () =>
      quantileEstimateOf(Array.from({ length: 5 }, () => 10 * Math.exp(0.6 * normal()))),
    )
    expect(Math.abs(share - 0.95)).toBeLessThan(0.012)
  })

  it('ends at its floor and never below zero', () => {
    expect(quantileEstimateOf([1, 100], 4).low).toBe(4)
    expect(quantileEstimateOf([0, 10])).toMatchObject({ value: 5, low: 0, n: 2 })
  })

  it('gives back what is the same in all rounds, and one round without an interval', () => {
    expect(quantileEstimateOf([7.3, 7.3])).toEqual({ value: 7.3, low: 7.3, high: 7.3, n: 2 })
    expect(quantileEstimateOf([7.3])).toEqual({ value: 7.3, low: null, high: null, n: 1 })
    expect(() => quantileEstimateOf([])).toThrow('at least one value')
    expect(() => quantileEstimateOf([1, Number.POSITIVE_INFINITY])).toThrow('finite values, got Infinity')
  })
})

describe('ratioOf', () => {
  it('pairs by round: what both sides share drops out', () => {
    const rounds = [1, 5, 25, 100]
    const { value, low, high, n } = ratioOf(
      rounds.map(shared => shared * 2),
      rounds,
    )
    expect(value).toBeCloseTo(2)
    expect(low).toBeCloseTo(2)
    expect(high).toBeCloseTo(2)
    expect(n).toBe(4)
  })

  it('is the mirror image when the sides change places', () => {
    const [a, b] = [
      [3, 4, 5],
      [6, 7, 11],
    ]
    const there = ratioOf(a, b)
    const back = ratioOf(b, a)
    expect(there.value * back.value).toBeCloseTo(1)
    expect(there.low! * back.high!).toBeCloseTo(1)
  })

  it('refuses unpaired rounds and values without a logarithm', () => {
    expect(() => ratioOf([1, 2], [1])).toThrow('equally many rounds, got 2 and 1')
    expect(() => ratioOf([1, 0], [1, 1])).toThrow('positive finite values, got 0')
  })
})

describe('ratioOfIndependent', () => {
  it('holds the truth in 95 % of experiments with unequal spreads and unequal numbers of rounds', () => {
    const normal = normalFrom(seededRandom(3))
    const draw = (count: number, mean: number, spread: number) =>
      Array.from({ length: count }, () => mean * Math.exp(spread * normal()))
    const share = coverage(2000, 2, () => ratioOfIndependent(draw(4, 20, 0.1), draw(7, 10, 0.4)))
    expect(share).toBeGreaterThan(0.935)
    expect(share).toBeLessThan(0.965)
  })

  it('does without an interval where one side has one value, and is certain where nothing varies', () => {
    expect(ratioOfIndependent([4], [2, 2])).toEqual({ value: 2, low: null, high: null, n: 1 })
    const { value, low, high } = ratioOfIndependent([4, 4], [2, 2, 2])
    expect([value, low, high].map(each => each!.toFixed(6))).toEqual(['2.000000', '2.000000', '2.000000'])
  })

  it('refuses empty sides and values without a logarithm', () => {
    expect(() => ratioOfIndependent([], [1])).toThrow('at least one value on each side')
    expect(() => ratioOfIndependent([-1], [1])).toThrow('positive finite values, got -1')
  })
})

const series = (count: number, of: (x: number) => number) =>
  Array.from({ length: count }, (_, x) => [x, of(x)] as const)

describe('a slope', () => {
  it('is that of a line, and has no width there', () => {
    const { value, low, high, n } = slopeOf(series(100, x => 5 + 3 * x))
    for (const each of [value, low, high]) expect(each).toBeCloseTo(3, 9)
    expect(n).toBe(10)
  })

  it('holds the truth in 95 % of intervals, also where neighbours are alike', () => {
    let held = 0
    for (let seed = 1; seed <= 400; seed++) {
      const random = seededRandom(seed)
      let wander = 0
      // Each is mostly what the one before was: half of it is forgotten after two.
      const points = series(300, x => {
        wander = 0.7 * wander + random() - 0.5
        return 0.01 * x + wander
      })
      const { low, high } = slopeOf(points)
      if (low! <= 0.01 && high! >= 0.01) held++
    }
    expect(held / 400).toBeGreaterThan(0.9)
    expect(held / 400).toBeLessThan(0.99)
  })

  it('has no interval where there is too little, and none at all of one point', () => {
    expect(
      slopeOf([
        [0, 1],
        [1, 3],
      ]),
    ).toEqual({ value: 2, low: null, high: null, n: 2 })
    expect(() => slopeOf([[0, 1]])).toThrow('a slope needs at least two points, got 1')
  })
})
