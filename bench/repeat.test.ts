// A run as a plan for this machine, and what became of it.
import { describe, expect, test } from 'vitest'
import type { Claim, Run } from '../results/format.ts'
import { sampleRun } from '../results/sample-run.fixture.ts'
import { overCells, usableCells } from './evidence.ts'
import { claimTest, type Evidence } from './experiments/experiment.ts'
import { planOfRun, repeatText } from './repeat.ts'

/** A rule that reads one transport under one load. */
const readingOf = (id: string, scenario: string, transport: string) => {
  const judge = (evidence: Evidence) => {
    const measured = overCells(usableCells(evidence, { id: scenario }, transport), ({ bytesOut }) => bytesOut)
    return { points: [{ label: id, predicted: 1, claimed: 1, measured }], verdict: 'reproduced' as const, why: 'So.' }
  }
  return claimTest({
    ...{ id, claim: 'c', source: 's', prediction: 'p', tolerance: 't', unit: 'B', plainly: { reproduced: 'It was.' } },
    judge,
  })
}
const tests = [readingOf('loud', 'delivery', 'a'), readingOf('quiet', 'idle', 'b'), readingOf('new', 'idle', 'a')]

const claim = (id: string, verdict: Claim['verdict']): Claim => ({
  ...{ id, claim: 'c', source: 's', prediction: 'p', tolerance: 't', unit: 'B', points: [], why: 'So.' },
  verdict,
})
const before: Run = {
  ...sampleRun({ transports: ['a', 'b'] }),
  claims: [claim('loud', 'reproduced'), claim('quiet', 'refuted')],
}

describe('the plan', () => {
  test('has the loads, transports and rounds of the run, and the claims that it put to the test', () => {
    const { plan, claims } = planOfRun(before, tests, { only: [], rounds: undefined })
    expect(plan.scenarios.map(({ transports: _, ...load }) => load)).toEqual(before.scenarios)
    expect(plan).toMatchObject({ transports: ['a', 'b'], rounds: 5, dispensable: ['delivery', 'idle'] })
    expect(claims.map(({ id }) => id)).toEqual(['loud', 'quiet'])
  })

  test('of some claims has what they read', () => {
    const { plan, claims } = planOfRun(before, tests, { only: ['loud'], rounds: 2 })
    expect(plan.scenarios).toEqual([{ ...before.scenarios[0], transports: ['a'] }])
    expect(plan).toMatchObject({ transports: ['a'], rounds: 2 })
    expect(claims.map(({ id }) => id)).toEqual(['loud'])
  })

  test('refuses a claim that is none of the run’s, and suggests one', () => {
    expect(() => planOfRun(before, tests, { only: ['laud'], rounds: undefined })).toThrow(/--only laud.*loud/s)
  })
})

describe('what became of it', () => {
  test('is on how many claims the verdict is the same, and which differ', () => {
    const now: Run = { ...before, claims: [claim('loud', 'reproduced'), claim('quiet', 'inconclusive')] }
    const text = repeatText(before, now)
    expect(text).toContain('Same verdict on 1 of 2; these differ:')
    expect(text).toContain('- **quiet**: refuted there, inconclusive here. So.')
    expect(text).not.toContain('**loud**')
    expect(text).toContain('There: Some CPU')
    expect(repeatText(before, before)).toContain('Same verdict on 2 of 2.')
  })

  test('says what was left out', () => {
    const now: Run = { ...before, scenarios: before.scenarios.slice(0, 1), claims: [claim('loud', 'reproduced')] }
    expect(repeatText(before, now)).toContain('1 of 2 loads were not measured again.')
  })

  test('is the medians where no claim was put to the test', () => {
    const { claims: _, ...plain } = before
    expect(repeatText(plain, plain)).toContain('| delivery | a | 0.399 ms | 0.399 ms |')
  })
})
