// Rounds until claims are decided: which cells a claim reads, and when it is over, on made-up cells.
import { describe, expect, it } from 'vitest'
import { decisionText, needOf } from '../results/decisions.ts'
import { seededRandom } from '../results/random.ts'
import { judgeClaim } from './claims.ts'
import { decide, judgeNoting } from './deciding.ts'
import type { Evidence } from './experiments/experiment.ts'
import { experiments } from './experiments/index.ts'
import { sampleEvidence, slowed, voided } from './experiments/made-up/evidence.fixture.ts'
import { sampleOptions } from './experiments/made-up/verdict.fixture.ts'

const { rtt } = experiments
const { scenarios } = rtt!.plan(sampleOptions)
const claim = rtt!.claims![0]!
const precision = { leastRounds: 1, mostRounds: 100, budgetMs: 1_000_000 }
const CELL_MS = 1000

/** As a machine whose rounds differ by `spread` would have it, `times` as late by long polling as the model says. */
function wobbling(spread: number, times = 1): (rounds: number) => Evidence {
  return rounds => {
    const random = seededRandom(5)
    return {
      ...sampleEvidence(
        scenarios,
        cell => {
          const factor = 1 + spread * (random() + random() + random() + random() - 2)
          return cell.transport === 'long-polling' ? slowed(cell, times * factor) : cell
        },
        rounds,
      ),
      precision,
    }
  }
}

const decidingOn = (evidence: Evidence, changes: Partial<Parameters<typeof decide>[0]> = {}) =>
  decide({
    ...{ claims: [claim], evidence, scenarios, precision, tookMs: () => CELL_MS, nextMs: () => CELL_MS },
    ...changes,
  })

describe('the cells that a claim reads', () => {
  it('are found out by applying its rule, and no others', () => {
    const { reads } = judgeNoting(claim, wobbling(0)(3))
    const far = [...reads].filter(([id]) => /rtt/.test(id)).map(([, names]) => [...names].sort())
    expect(far).toEqual(Array(2).fill(['long-polling', 'short-polling', 'websocket']))
    expect([...reads.get(scenarios[0]!.id)!]).toEqual(['websocket'])
  })

  it('are known behind a load without a usable cell too', () => {
    const evidence = wobbling(0)(3)
    const cells = evidence.cells.map(cell => (cell.scenario === scenarios[0]!.id ? voided(cell) : cell))
    const { judged, reads } = judgeNoting(claim, { ...evidence, cells })
    expect(judged.verdict).toBe('inconclusive')
    expect(reads.size).toBe(3)
  })

  it('leave the verdict as it is, of every claim', () => {
    for (const name of [
      'rtt',
      'interval',
      'one-transit',
      'ramp',
      'scale',
      'always-fewer-bytes',
      'headers-500',
      'idle',
    ]) {
      const { claims = [], plan } = experiments[name]!
      const evidence = sampleEvidence(plan(sampleOptions).scenarios)
      for (const one of claims) {
        const { judged, reads } = judgeNoting(one, evidence)
        expect(judged, one.id).toEqual(judgeClaim(one, evidence))
        expect(reads.size, one.id).toBeGreaterThan(0)
      }
    }
  })
})

describe('rounds until claims are decided', () => {
  it('are over where a claim is decided', () => {
    expect(decidingOn(wobbling(0)(3))).toMatchObject({
      open: [],
      known: [{ id: 'rtt', isDecided: true, rounds: 3, ms: 21 * CELL_MS }],
    })
    expect(decidingOn(wobbling(0, 1.5)(3)).known).toMatchObject([{ isDecided: true }])
  })

  it('go on near the edge of a band, with the cells that the claim reads alone, and stop once it is decided', () => {
    const evidence = wobbling(0.04, 1.02)
    const { wanted } = decidingOn(evidence(3))
    expect([...wanted]).toEqual([
      [scenarios[0]!.id, ['websocket']],
      ...scenarios.slice(1).map(({ id }) => [id, ['short-polling', 'long-polling', 'websocket']]),
    ])
    let rounds = 3
    while (decidingOn(evidence(rounds)).wanted.size > 0) rounds++
    expect(rounds).toBeGreaterThan(4)
    expect(decidingOn(evidence(rounds)).known).toMatchObject([{ isDecided: true, rounds }])
  })

  it('end with the budget of the claim, which is the time of its own cells, or with the most rounds', () => {
    const open = wobbling(0.3)(4)
    // 28 cells of it were measured, and a round takes 7.
    const within = { ...precision, budgetMs: 35 * CELL_MS }
    expect(decidingOn(open, { precision: within }).wanted.size).toBe(3)
    expect(decidingOn(open, { precision: { ...within, budgetMs: within.budgetMs - 1 } }).wanted.size).toBe(0)
    expect(decidingOn(open, { precision: { ...precision, mostRounds: 4 } }).wanted.size).toBe(0)
  })

  it('measure nothing for a claim whose cells come after the rounds', () => {
    expect(decidingOn(wobbling(0.3)(3), { scenarios: [] })).toMatchObject({ open: [], known: [] })
  })

  it('are judged at the level for stopping: an interval that would do at 95 % does not yet', () => {
    const widthAt = (evidence: Evidence): number => {
      const { low, high } = judgeNoting(claim, evidence).judged.points[2]!.measured!
      return high! - low!
    }
    const evidence = wobbling(0.1)(4)
    expect(widthAt(evidence) / widthAt({ ...evidence, precision: undefined })).toBeCloseTo(7.453 / 3.182, 2)
  })
})

describe('what is said at the end', () => {
  it('names what was decided after how many rounds, and how far the others are', () => {
    const evidence = wobbling(0.3)(4)
    const { known } = decidingOn(evidence)
    const { judged } = judgeNoting(claim, evidence)
    const other = { id: 'other', isDecided: true, rounds: 5, ms: 1 }
    const text = decisionText({ precision: { ...precision, claims: [other, ...known] }, claims: [judged] })
    expect(text).toMatch(
      /^Decided: other after 5 rounds\. Not decided when rounds or time were over: rtt after 4 rounds \(long-polling mean, RTT \d00 ms was known to ±[\d.]+ %; .*\)\.$/,
    )
    expect(decisionText({})).toBeUndefined()
  })

  it('reckons the rounds that would have brought the interval inside the band', () => {
    const point = (half: number, value = 100) => ({
      ...{ label: 'mean', predicted: 100, claimed: 100 },
      measured: { value, low: value - half, high: value + half, n: 10 },
    })
    const need = (half: number, value?: number) => needOf({ points: [point(half, value)], tolerance: '5 %' })
    expect(need(4)).toBeUndefined()
    expect(need(10)).toMatchObject({ share: 0.1 })
    // Half as wide: four times the rounds, and fewer for the smaller t.
    expect(need(10)!.rounds).toBeGreaterThan(25)
    expect(need(10)!.rounds).toBeLessThan(40)
    expect(need(1, 105)!.rounds).toBe(Number.POSITIVE_INFINITY)
  })
})
