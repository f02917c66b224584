// Whether a claim's verdict hangs on a choice that a critic would make otherwise.
import type { Claim } from './format.ts'

const undecided: readonly Claim['verdict'][] = ['inconclusive', 'measured']

/** The neighbouring choices under which a decided verdict becomes another decided one: only wider intervals make none. */
export const flipsOf = ({ verdict, sensitivity = [] }: Pick<Claim, 'verdict' | 'sensitivity'>): typeof sensitivity =>
  undecided.includes(verdict)
    ? []
    : sensitivity.filter(one => one.verdict !== verdict && !undecided.includes(one.verdict))

/** `fragile: refuted without round 3`; undefined where no choice flips the verdict. */
export function fragileText(claim: Pick<Claim, 'verdict' | 'sensitivity'>): string | undefined {
  const flips = flipsOf(claim)
  return flips.length === 0
    ? undefined
    : `fragile: ${flips.map(({ verdict, choice }) => `${verdict} ${/^without/.test(choice) ? '' : 'with '}${choice}`).join('; ')}`
}
