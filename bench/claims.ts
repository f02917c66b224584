// Claims and what became of them: each judged by its own rule, fixed before the run, from the run's cells.
import { namesOfLoads } from '../results/conditions.ts'
import type { Claim } from '../results/format.ts'
import { atLevel } from '../results/statistics.ts'
import { levelOf } from '../results/summary.ts'
import { digest } from './digest.ts'
import type { ClaimTest, Evidence } from './experiments/experiment.ts'

/** The claim with its verdict. A rule that fails on the evidence gives no verdict rather than none at all. */
export function judgeClaim({ judge, plainly, ...rest }: ClaimTest, evidence: Evidence): Claim {
  const place = digest.indexOf(rest.id) + 1
  const fixed = { ...rest, ...(place > 0 && { digest: place }) }
  try {
    // Where rounds go on until a claim is decided, its rule is applied at the level that allows for that.
    const judged = atLevel(levelOf(evidence), () => judge(evidence))
    return { ...fixed, ...judged, finding: findingOf(plainly, judged) }
  } catch (error) {
    return {
      ...fixed,
      points: [],
      verdict: 'inconclusive',
      why: `its rule could not be applied: ${withNames((error as Error).message, evidence)}`,
      finding: NOTHING_FOUND,
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

const NOTHING_FOUND = 'This run could not tell.'

/** What a verdict means to somebody who does not know the rule. */
export function findingOf(
  plainly: ClaimTest['plainly'],
  { verdict, points }: Pick<Claim, 'verdict' | 'points'>,
): string {
  const line = verdict === 'inconclusive' && points.length === 0 ? undefined : plainly[verdict]
  return typeof line === 'function' ? line(points) : (line ?? NOTHING_FOUND)
}
