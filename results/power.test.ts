// The difference that a run could have told is told by four of five simulated runs.
import { describe, expect, test } from 'vitest'
import { detectableShare, detectablesOf, powerText } from './power.ts'
import { seededRandom } from './random.ts'
import { distributionAround, sampleRun } from './sample-run.fixture.ts'
import { ratioOf } from './statistics.ts'

const RUNS = 4000

/** Two independent normal values by Box and Muller. */
function normals(random: () => number): [number, number] {
  const radius = Math.sqrt(-2 * Math.log(1 - random()))
  const angle = 2 * Math.PI * random()
  return [radius * Math.cos(angle), radius * Math.sin(angle)]
}

describe('the smallest difference that is told with 80 % power', () => {
  test.each([4, 5, 8, 15])('of %i rounds is found by 78 to 82 % of simulated runs', rounds => {
    const random = seededRandom(7)
    const sd = 0.05
    const share = detectableShare(sd, rounds)
    let found = 0
    for (let run = 0; run < RUNS; run++) {
      const ratios = Array.from({ length: rounds }, () => Math.exp(Math.log(1 + share) + sd * normals(random)[0]))
      const { low } = ratioOf(
        ratios,
        ratios.map(() => 1),
      )
      if (low! > 1) found++
    }
    expect(found / RUNS).toBeGreaterThan(0.78)
    expect(found / RUNS).toBeLessThan(0.82)
  })

  test('is smaller with more rounds and with less spread', () => {
    expect(detectableShare(0.05, 8)).toBeLessThan(detectableShare(0.05, 4))
    expect(detectableShare(0.02, 4)).toBeLessThan(detectableShare(0.05, 4))
    expect(() => detectableShare(0.05, 1)).toThrow('two rounds or more, got 1')
  })
})

describe('what a run says of it', () => {
  const medians: Readonly<Record<string, readonly number[]>> = {
    a: [1000, 1010, 990, 1000],
    b: [2000, 2200, 1800, 2000],
    c: [3000, 3030, 2980, 3000],
  }
  const run = sampleRun({
    transports: Object.keys(medians),
    rounds: 4,
    change: cell =>
      cell.transport === null || cell.scenario === 'idle'
        ? cell
        : { ...cell, delivery: distributionAround(medians[cell.transport]![cell.round]!) },
  })

  test('is of each transport but the fastest, and names the least sure', () => {
    expect(detectablesOf(run, 'delivery').map(({ transport }) => transport)).toEqual(['b', 'c'])
    expect(powerText(run, 'delivery', id => id.toUpperCase())).toMatch(
      /^This run could have told a difference of [\d.]+ % between medians \(80 % power\); the least sure is B, with [\d.]+ %\.$/,
    )
  })

  test('is that one round knows no spread, and nothing of one transport', () => {
    expect(powerText(sampleRun({ transports: ['a', 'b'], rounds: 1 }), 'delivery')).toMatch(/^Fewer than two rounds/)
    expect(powerText(sampleRun({ transports: ['a'] }), 'delivery')).toBeUndefined()
  })
})
