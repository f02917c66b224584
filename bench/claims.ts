// Claims and what became of them: each judged by its own rule, fixed before the run, from the run's cells.
import { namesOfLoads } from '../results/conditions.ts'
import type { Claim } from '../results/format.ts'
import type { ClaimTest, Evidence } from './experiments/experiment.ts'

/** The claim with its verdict. A rule that fails on the evidence gives no verdict rather than none at all. */
export function judgeClaim({ judge, ...fixed }: ClaimTest, evidence: Evidence): Claim {
  try {
    return { ...fixed, ...judge(evidence) }
  } catch (error) {
    return {
      ...fixed,
      points: [],
      verdict: 'inconclusive',
      why: `its rule could not be applied: ${withNames((error as Error).message, evidence)}`,
    }
  }
}

/** A sentence that speaks of a load by its id, by its name. */
function withNames(sentence: string, { scenarios }: Evidence): string {
  const names = namesOfLoads(scenarios)
  return scenarios.reduce(
    (text, { id }, at) => text.replace(new RegExp(`\\bin ${id}(?![\\w-])`, 'g'), () => `with ${names[at]}`),
    sentence,
  )
}
