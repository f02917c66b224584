// The luck of a schedule taken off a round's mean: it moves no expectation, keeps the coverage of intervals, and narrows them.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseRun } from '../../../results/format.ts'
import { derivedSeed, seededRandom } from '../../../results/random.ts'
import type { Scenario } from '../../../results/scenario.ts'
import { CONFIDENCE, estimateOf } from '../../../results/statistics.ts'
import type { Evidence } from '../experiment.ts'
import { far } from '../rtt.ts'
import { scheduledWaitMs, scheduleLuckMs } from './schedule-control.ts'
import { half, one, tenth } from './transits.ts'

const evidenceOf = (scenario: Scenario, seed: number): Evidence => ({
  ...{ cells: [], scenarios: [scenario], transports: [], seed },
})

const spreadOf = (values: readonly number[]): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
}

/** A machine that the covariate does not know: another gap, a tenth slower than a poll should be, and noise of its own. */
function roundOf(scenario: Scenario, moreMs: number, seed: number, round: number, noise: () => number): number {
  const other = { ...scenario, rttMs: scenario.rttMs + moreMs }
  return 50 + 1.1 * scheduledWaitMs(other, derivedSeed(seed, scenario.id, round))! + noise()
}

describe('the luck of a schedule', () => {
  it('is that of the seed, and nothing where it is not asked for or no seed is known', () => {
    const cell = { scenario: one.id, round: 0 }
    expect(scheduleLuckMs(evidenceOf(one, 1), cell)).not.toBe(0)
    expect(scheduleLuckMs(evidenceOf(one, 1), cell)).not.toBe(scheduleLuckMs(evidenceOf(one, 2), cell))
    expect(scheduleLuckMs({ ...evidenceOf(one, 1), seed: undefined }, cell)).toBe(0)
    expect(scheduleLuckMs(evidenceOf({ ...one, control: undefined }, 1), cell)).toBe(0)
  })

  it.each([tenth, half, one, far].map(scenario => [scenario.id, scenario] as const))(
    'is 0 in the mean, so that nothing is shifted: %s',
    (id, scenario) => {
      const luck = Array.from({ length: 2000 }, (_, seed) =>
        scheduleLuckMs(evidenceOf(scenario, seed), { scenario: id, round: 0 }),
      )
      const mean = luck.reduce((sum, value) => sum + value, 0) / luck.length
      expect(Math.abs(mean)).toBeLessThan((4 * spreadOf(luck)) / Math.sqrt(luck.length))
    },
  )

  it.each([
    [0.4, 0.5],
    // What it supposes may be wrong: then it narrows less, and misleads in nothing.
    [3, 0.85],
  ])(
    'keeps 95 %% coverage on another machine, its gap %d ms longer, with intervals %d times as wide at most',
    (moreMs, share) => {
      const random = seededRandom(3)
      const noise = (): number => (random() + random() + random() - 1.5) * 2
      let truth = 0
      const LONG = 10_000
      for (let seed = 0; seed < LONG; seed++) truth += roundOf(one, moreMs, 1_000_000 + seed, 0, noise) / LONG
      const RUNS = 1000
      let held = 0
      let widths = 0
      let plainWidths = 0
      for (let seed = 0; seed < RUNS; seed++) {
        const plain = [0, 1, 2, 3].map(round => roundOf(one, moreMs, seed, round, noise))
        const even = plain.map(
          (value, round) => value - scheduleLuckMs(evidenceOf(one, seed), { scenario: one.id, round }),
        )
        const [wide, narrow] = [estimateOf(plain, CONFIDENCE), estimateOf(even, CONFIDENCE)]
        if (narrow.low! <= truth && truth <= narrow.high!) held++
        widths += narrow.high! - narrow.low!
        plainWidths += wide.high! - wide.low!
      }
      expect(held / RUNS).toBeGreaterThan(0.93)
      expect(widths / plainWidths).toBeLessThan(share)
    },
  )
})

describe('the committed run of all claims', () => {
  const path = new URL('../../../results/samples/claims-2026-11-23/run.json', import.meta.url)
  const run = parseRun(JSON.parse(readFileSync(path, 'utf8')))

  it.each([
    ['x = 0.1', tenth, 0.5],
    ['x = 0.5', half, 0.3],
    ['x = 1', one, 0.25],
    ['RTT 200 ms', far, 0.2],
  ])('would have had means that differ less between rounds: %s', (_, { id }, share) => {
    const scenarios = run.scenarios.map(scenario => ({ ...scenario, control: 'schedule' as const }))
    const cells = run.cells.filter(cell => cell.scenario === id && cell.transport === 'long-polling')
    const means = cells.map(({ delivery }) => delivery!.meanUs! / 1000)
    const even = means.map((mean, i) => mean - scheduleLuckMs({ ...run, scenarios }, cells[i]!))
    expect(spreadOf(even) / spreadOf(means)).toBeLessThan(share)
  })
})
