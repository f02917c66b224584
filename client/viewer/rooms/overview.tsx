// What was found: the verdict, the comparison, the charts that carry it, and what the claims came to.
import type { Run } from '../../../results/format.ts'
import type { Scenario } from '../../../results/scenario.ts'
import { charts } from '../../charts/index.ts'
import { isSite } from '../../site.ts'
import { Warnings } from '../about-run.tsx'
import { WhichLoad, WhichTransports } from '../choices.tsx'
import { ClaimLine } from '../claim-line.tsx'
import { Comparison } from '../comparison.tsx'
import { runExports } from '../downloads.ts'
import { Figures } from '../figures.tsx'
import { addressOf, claims, digest, isReport, run, scenario, viewOf } from '../store.ts'
import { Verdict } from '../verdict.tsx'

/** The charts that carry a verdict: how late, at how many bytes, and what silence costs. */
const carrying = ['medians', 'bytes', 'idle-bytes'] as const satisfies readonly (keyof typeof charts)[]

export function Overview() {
  const shown = run.value
  if (!shown) return null
  const load = scenario.value
  return (
    <>
      <Verdict run={shown} load={load} />
      <div class="bar">
        {load && <WhichLoad />}
        {load && <WhichTransports />}
        <Exports run={shown} />
      </div>
      <Warnings run={shown} severities={['error', 'warning']} isBrief />
      {load && <Load run={shown} load={load} />}
      <Digest />
    </>
  )
}

function Load({ run, load }: { run: Run; load: Scenario }) {
  return (
    <>
      <Comparison run={run} scenario={load} />
      <Figures
        id="carrying"
        title="At a glance"
        all={carrying.map(name => [name, charts[name]])}
        view={viewOf(run, load)}
        areNarrow
      />
      <p>
        <a href={addressOf('charts')}>All charts</a> · <a href={addressOf('method')}>How it was measured</a>
        {!isReport.value && (
          <>
            {' '}
            · <a href={isSite() ? 'anatomy/' : '/anatomy'}>The bytes themselves</a>
          </>
        )}
      </p>
    </>
  )
}

/** The claims that answer what is asked first; where none are marked so, all of a run's. */
function Digest() {
  const marked = digest.value
  const all = claims.value ?? []
  const lines = marked.length > 0 ? marked : all.slice(0, 8)
  if (lines.length === 0) return null
  return (
    <section aria-labelledby="digest">
      <h2 id="digest">{marked.length > 0 ? 'What became of the folklore' : 'What became of its claims'}</h2>
      <ul class="lines">
        {lines.map(judged => (
          <li key={judged.claim.id}>
            <ClaimLine judged={judged} />
          </li>
        ))}
      </ul>
      <p>
        <a href={addressOf('claims')}>
          {all.length > lines.length ? `All ${all.length} claims put to the test` : 'The claims with their figures'}
        </a>
      </p>
    </section>
  )
}

function Exports({ run }: { run: Run }) {
  return (
    <fieldset class="push">
      <legend class="hidden-text">Take this run away as</legend>
      {Object.entries(runExports).map(([name, save]) => (
        <button key={name} type="button" onClick={() => save(run)} data-export={name}>
          {name}
          <span class="hidden-text"> of this run</span>
        </button>
      ))}
    </fieldset>
  )
}
