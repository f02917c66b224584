// Judging in tests: as the engine does, and what is found must be a line that a student can read.
import { expect } from 'vitest'
import type { Claim } from '../../../results/format.ts'
import { judgeClaim as judge } from '../../claims.ts'
import type { ClaimTest, Evidence } from '../experiment.ts'

const MOST_CHARACTERS = 140

/** One sentence or two in words: no Greek, no operators, no quantiles, no abbreviations of the models. */
export function expectPlain(line: string | undefined, id: string): void {
  expect(line, id).toMatch(/^[A-Z0-9].*\.$/)
  expect(line!.length, `${id}: ${line}`).toBeLessThanOrEqual(MOST_CHARACTERS)
  expect(line, id).not.toMatch(/[^\x20-\x7e]|[=<>*^_|~/]|\b(RTT|dd|[NTWkq]|p\d+)\b|NaN|undefined|Infinity|\bnull\b/)
}

/** What is claimed, as a title of its own: begun with a capital and ended, without the letters of the models. What somebody else said stays as it was said. */
export function expectTitle(claim: string, id: string): void {
  expect(claim, id).toMatch(/^[A-Z0-9][^…]*[^\s.,:;…]$/)
  expect(claim, id).not.toMatch(/[·×*^_|=<>α-ωΑ-Ω]|\b(RTT|dd|[NTWkq]|p\d+)\b|undefined/)
}

export function judgeClaim(test: ClaimTest, evidence: Evidence): Claim {
  const claim = judge(test, evidence)
  expectPlain(claim.finding, test.id)
  return claim
}
