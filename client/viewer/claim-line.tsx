// A claim in three lines: its own sentence, what became of it in plain words, and the verdict as colour, shape and word.
import type { Claim } from '../../results/format.ts'
import { fragileText } from '../../results/fragile.ts'
import type { JudgedClaim } from './sources.ts'
import { addressOf, runKey } from './store.ts'

const shapes = {
  reproduced: '✓',
  qualified: '◐',
  refuted: '✗',
  measured: '=',
  inconclusive: '?',
} as const satisfies Record<Claim['verdict'], string>

export const verdicts = Object.keys(shapes) as readonly Claim['verdict'][]

export const VerdictMark = ({ verdict }: Pick<Claim, 'verdict'>) => (
  <span class={`mark ${verdict}`}>
    <span aria-hidden="true">{shapes[verdict]}</span> {verdict}
  </span>
)

/** Where the verdict hangs on a choice: a word, and which one as its title. */
export function FragileMark({ claim }: { readonly claim: Claim }) {
  const text = fragileText(claim)
  return text === undefined ? null : (
    <span class="fragile" title={text}>
      fragile
    </span>
  )
}

/** The verdict in plain words; a run of before they were written has the technical ones. */
export const findingOf = ({ finding, why }: Claim): string => finding ?? why

/** As a link to the claim. */
export function ClaimLine({ judged: { claim, run } }: { judged: JudgedClaim }) {
  return (
    <>
      <VerdictMark verdict={claim.verdict} />
      <span>
        <a href={addressOf('claims', { claim: claim.id, of: run === runKey.value ? undefined : 'all' })}>
          {claim.claim}
        </a>{' '}
        <FragileMark claim={claim} />
        <span class="finding-line">{findingOf(claim)}</span>
      </span>
    </>
  )
}
