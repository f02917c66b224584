// A verdict with the choices that a critic would make otherwise: flips are found, and a wider interval is none.
import { expect, test } from 'vitest'
import { flipsOf, fragileText } from '../results/fragile.ts'
import { distributionAround, sampleRun } from '../results/sample-run.fixture.ts'
import { judgeClaim } from './claims.ts'
import { bandOf, msOf, overCells, usableCells, verdictOfBands } from './evidence.ts'
import { claimTest, type Evidence } from './experiments/experiment.ts'
import { sensitivityOf } from './sensitivity.ts'

function judge(evidence: Evidence) {
  const measured = overCells(usableCells(evidence, { id: 'delivery' }, 'a'), cell => msOf(cell, 'delivery', 'p50Us'))
  const verdict = verdictOfBands([bandOf(measured, 1, 0.1)])
  return { points: [{ label: 'a', predicted: 1, claimed: 1, measured }], verdict, why: '' }
}

/** That a's median is 1 ms ± 10 %. */
const claim = claimTest({
  ...{ id: 'x', claim: 'c', source: 's', prediction: 'p', tolerance: 't', unit: 'ms' },
  plainly: { reproduced: 'It was.', refuted: 'It was not.' },
  judge,
})

/** What it comes to where a's medians are these, µs, a round each, and its means `meanTimes` as large. */
function judged(medians: readonly number[], meanTimes = 1.01) {
  const evidence = sampleRun({
    transports: ['a'],
    rounds: medians.length,
    idle: false,
    change: cell => {
      const us = medians[cell.round]!
      return { ...cell, delivery: { ...distributionAround(us), meanUs: us * meanTimes } }
    },
  })
  const verdict = judgeClaim(claim, evidence)
  return { ...verdict, sensitivity: sensitivityOf(claim, evidence, verdict) }
}

test('a verdict that no choice changes says so of each that touches its figures', () => {
  const { verdict, sensitivity } = judged([1000, 1001, 999, 1000])
  expect(verdict).toBe('reproduced')
  expect(sensitivity).toEqual([
    { choice: 'without any one round', verdict: 'reproduced' },
    { choice: 'means for medians, and medians for means', verdict: 'reproduced' },
  ])
  expect(fragileText({ verdict, sensitivity })).toBeUndefined()
})

test('one that hangs on medians in place of means is fragile', () => {
  const result = judged([1000, 1001, 999, 1000], 1.5)
  expect(flipsOf(result)).toEqual([{ choice: 'means for medians, and medians for means', verdict: 'refuted' }])
  expect(fragileText(result)).toBe('fragile: refuted with means for medians, and medians for means')
})

test('that a round less cannot tell any more is no flip', () => {
  const { verdict, sensitivity } = judged([1010, 990, 1060])
  expect(verdict).toBe('inconclusive')
  expect(sensitivity[0]).toEqual({ choice: 'without any one round', verdict: 'inconclusive' })
  const decided = { verdict: 'reproduced' as const, sensitivity: [{ choice: 'c', verdict: 'inconclusive' as const }] }
  expect(flipsOf(decided)).toEqual([])
})

test('a rule whose evidence is missing has nothing to be sensitive to', () => {
  const evidence = sampleRun({ transports: ['b'], idle: false })
  expect(sensitivityOf(claim, evidence, judgeClaim(claim, evidence))).toEqual([])
})

test('header profiles are exchanged where both were measured', () => {
  const run = sampleRun({
    transports: ['a'],
    idle: false,
    change: cell => ({ ...cell, delivery: distributionAround(1000) }),
  })
  const [load] = run.scenarios
  const bare = { ...load!, id: 'bare', headerProfile: 'bare' as const }
  const cells = [
    ...run.cells,
    ...run.cells.map(cell => ({ ...cell, scenario: 'bare', delivery: distributionAround(2000 + cell.round) })),
  ]
  const evidence = { ...run, scenarios: [load!, bare], cells }
  expect(sensitivityOf(claim, evidence, judgeClaim(claim, evidence))).toContainEqual({
    choice: 'browser and bare headers exchanged',
    verdict: 'refuted',
  })
})
