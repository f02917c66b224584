// Rounds that go on until a claim is decided: how often the verdict is wrong, and its interval misses the truth.
import { describe, expect, it } from 'vitest'
import { seededRandom } from './random.ts'
import { DECIDING_LEVEL, STOPPING_LEVEL, studentT } from './statistics.ts'

const TOLERANCE = 0.05
/** Plans of experiments have three rounds and more. */
const FIRST_LOOK = 3
const MOST_ROUNDS = 40
const RUNS = 4000

const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
/** Heavier tails, with a variance of 1: a stall of the host hits one round. */
const studentOf3 = (random: () => number): number => {
  const scale = Math.sqrt((normal(random) ** 2 + normal(random) ** 2 + normal(random) ** 2) / 3)
  return normal(random) / scale / Math.sqrt(3)
}

/** Shares of runs whose interval holds the truth, `off` from what is claimed, and whose verdict is wrong; rounds go on until there is one. */
function outcomes(level: number, draw: (random: () => number) => number, spread: number, off: number) {
  const random = seededRandom(18)
  const widest = Array.from({ length: MOST_ROUNDS + 1 }, (_, n) => (n < 2 ? 0 : studentT(n - 1, level)))
  const count = { held: 0, wrong: 0, decided: 0 }
  for (let run = 0; run < RUNS; run++) {
    let [sum, squares] = [0, 0]
    for (let n = 1; ; n++) {
      const value = off + draw(random) * spread
      sum += value
      squares += value * value
      if (n < FIRST_LOOK) continue
      const mean = sum / n
      const half = widest[n]! * Math.sqrt(Math.max(0, (squares - n * mean * mean) / (n - 1) / n))
      const isInside = Math.abs(mean) + half <= TOLERANCE
      const isApart = Math.abs(mean) - half > TOLERANCE
      if (!isInside && !isApart && n < MOST_ROUNDS) continue
      if (Math.abs(mean - off) <= half) count.held++
      if (off > TOLERANCE ? isInside : isApart) count.wrong++
      if (isInside || isApart) count.decided++
      break
    }
  }
  return { held: count.held / RUNS, wrong: count.wrong / RUNS, decided: count.decided / RUNS }
}

describe('the level of intervals where rounds go on until a claim is decided', () => {
  it.each([
    ['normal rounds', normal],
    ['rounds with the tails of Student t, 3 degrees', studentOf3],
  ] as const)('holds what 95 %% promises, wherever the truth lies: %s', (_, draw) => {
    for (const spread of [0.03, 0.1])
      for (const off of [0, 0.04, TOLERANCE, TOLERANCE + 1e-6, 0.06]) {
        const { held, wrong } = outcomes(DECIDING_LEVEL, draw, spread, off)
        expect(held, `${spread} ${off}`).toBeGreaterThan(0.945)
        expect(wrong, `${spread} ${off}`).toBeLessThan(0.035)
      }
  })

  it('is needed: the level that is enough for a width misses a truth at the edge in one of six runs', () => {
    expect(outcomes(STOPPING_LEVEL, normal, 0.03, TOLERANCE).held).toBeLessThan(0.85)
    expect(outcomes(STOPPING_LEVEL, normal, 0.03, TOLERANCE).wrong).toBeGreaterThan(0.05)
  })

  it('decides what does not lie near the edge', () => {
    expect(outcomes(DECIDING_LEVEL, normal, 0.03, 0).decided).toBeGreaterThan(0.99)
    expect(outcomes(DECIDING_LEVEL, normal, 0.03, 0.1).decided).toBeGreaterThan(0.99)
  })
})
