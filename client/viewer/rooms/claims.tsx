// The claims of the field that were put to the test: each with its verdict in plain words, and inside where it is from, what was predicted
// before the run, and what was measured.
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Claim } from '../../../results/format.ts'
import { flipsOf } from '../../../results/fragile.ts'
import { tallyOf } from '../../../results/verdict.ts'
import { FragileMark, findingOf, VerdictMark, verdicts } from '../claim-line.tsx'
import { FigureView } from '../figure.tsx'
import { dayOf } from '../names.ts'
import { useOccasionalIf } from '../occasional.ts'
import type { JudgedClaim } from '../sources.ts'
import { addressOf, choose, claims, claimsOf, isReport, runKey, runOf, view, viewOf } from '../store.ts'
import type { ClaimsOf } from '../view-state.ts'

/** What the topics are called; one that is not among them by itself. */
const topics: Readonly<Record<string, string>> = {
  latency: 'how late',
  bytes: 'bytes and requests',
  cost: 'cost of the server',
  scale: 'many subscribers',
  fleet: 'several servers',
  browser: 'in a browser',
}

export function Claims() {
  const all = claims.value
  const { verdict, topic } = view.value
  const listed = all?.filter(
    ({ claim }) => (verdict ?? claim.verdict) === claim.verdict && (topic ?? claim.topic) === claim.topic,
  )
  return (
    <section aria-labelledby="claims">
      <h2 id="claims" tabIndex={-1}>
        Claims put to the test
      </h2>
      {all === undefined && <p>Looking for claims …</p>}
      {all && (
        <p>
          {all.length > 0 ? tallyOf(all.map(({ claim }) => claim)) : 'This run puts no claim to the test.'} Prediction,
          tolerance and rule of each were fixed before its run. {meaningsOf(all)}
        </p>
      )}
      {all && <Filters all={all} />}
      {listed && listed.length === 0 && all!.length > 0 && <p class="notice">No claim is left by this choice.</p>}
      <div class="claims">
        {listed?.map(judged => (
          <One key={`${judged.run} ${judged.claim.id}`} judged={judged} />
        ))}
      </div>
    </section>
  )
}

const meanings: Readonly<Record<Claim['verdict'], string>> = {
  reproduced: 'Reproduced: it held.',
  qualified: 'Qualified: it holds only under a condition.',
  refuted: 'Refuted: it did not hold.',
  measured: 'Measured: a question, with its figures.',
  inconclusive: 'Inconclusive: the run could not tell.',
}

/** Of the verdicts that were given. */
const meaningsOf = (all: readonly JudgedClaim[]): string =>
  verdicts
    .filter(verdict => all.some(({ claim }) => claim.verdict === verdict))
    .map(verdict => meanings[verdict])
    .join(' ')

function Filters({ all }: { all: readonly JudgedClaim[] }) {
  const count = (of: (judged: JudgedClaim) => boolean): number => all.filter(of).length
  const found = [...new Set(all.flatMap(({ claim }) => claim.topic ?? []))]
  return (
    <div class="bar">
      {!isReport.value && (
        <label>
          Of{' '}
          <select
            id="of"
            value={claimsOf.value}
            onChange={event => choose({ of: event.currentTarget.value as ClaimsOf, claim: undefined })}
          >
            <option value="run">this run</option>
            <option value="all">all runs, each claim once</option>
          </select>
        </label>
      )}
      {found.length > 1 && (
        <label>
          About{' '}
          <select
            id="topic"
            value={view.value.topic ?? ''}
            onChange={event => choose({ topic: event.currentTarget.value || undefined })}
          >
            <option value="">everything</option>
            {found.map(each => (
              <option key={each} value={each}>
                {topics[each] ?? each} ({count(({ claim }) => claim.topic === each)})
              </option>
            ))}
          </select>
        </label>
      )}
      <fieldset>
        <legend class="hidden-text">Verdicts shown</legend>
        {verdicts.map(each => {
          const number = count(({ claim }) => claim.verdict === each)
          return number === 0 ? null : (
            <button
              key={each}
              type="button"
              class="chip only"
              aria-pressed={view.value.verdict === each}
              onClick={() => choose({ verdict: view.value.verdict === each ? undefined : each })}
              data-verdict={each}
            >
              <VerdictMark verdict={each} /> {number}
            </button>
          )
        })}
      </fieldset>
    </div>
  )
}

const anchorOf = (id: string): string => `claim-${id}`

/** What is inside comes into being when it is opened: a chart for each claim would be many. */
function One({ judged }: { judged: JudgedClaim }) {
  const { claim } = judged
  const [isOpen, setOpen] = useState(false)
  const isChosen = view.value.claim === claim.id
  const details = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const element = details.current
    if (!isChosen || !element || element.open) return
    element.open = true
    element.scrollIntoView()
    element.querySelector('summary')?.focus({ preventScroll: true })
  }, [isChosen, claim.id])
  return (
    <details
      id={anchorOf(claim.id)}
      class="claim"
      ref={details}
      onToggle={event => {
        // Tables inside have a toggle of their own.
        const { open } = event.currentTarget
        if (event.target !== event.currentTarget || open === isOpen) return
        setOpen(open)
        if (open) choose({ claim: claim.id })
        else if (isChosen) choose({ claim: undefined })
      }}
    >
      <summary>
        <VerdictMark verdict={claim.verdict} />
        <span>
          <strong>{claim.claim}</strong> <FragileMark claim={claim} />
          <span class="finding-line">{findingOf(claim)}</span>
        </span>
      </summary>
      {isOpen && <Inside judged={judged} />}
    </details>
  )
}

function Inside({ judged: { claim, run: runId, startedAt, isSample } }: { judged: JudgedClaim }) {
  const occasional = useOccasionalIf(claim.points.length > 0)
  const { id, source, address, prediction, tolerance, why, finding, sensitivity } = claim
  // Where it is of another run than the one that is shown, its conditions are that one's.
  const judge = runOf(runId)
  const scenario = judge?.scenarios[0]
  const chart = useMemo(() => occasional?.claimChart(id), [occasional, id])
  return (
    <>
      <dl>
        <Fact term="Source">
          {address ? (
            <a href={address} rel="noreferrer">
              {source}
            </a>
          ) : (
            source
          )}
        </Fact>
        <Fact term="Predicted before the run">{prediction}</Fact>
        <Fact term="Tolerance">{tolerance}</Fact>
        {finding !== undefined && <Fact term="Measured">{why}</Fact>}
        {sensitivity && (
          <Fact term="With other choices">
            {sensitivity.map(({ choice, verdict }) => `${choice}: ${verdict}`).join('; ')}
            {flipsOf(claim).length > 0 && '. The verdict hangs on that choice, and is called fragile'}
          </Fact>
        )}
        <Fact term="Run">
          {runId === runKey.value ? (
            dayOf(startedAt)
          ) : (
            <a href={addressOf('overview', { run: runId })}>{dayOf(startedAt)}</a>
          )}
          {isSample && ', an example that comes with the lab'} <span class="hint">· {id}</span>
        </Fact>
      </dl>
      {chart && judge && scenario && (
        <FigureView
          name={`claim-${id}-chart`}
          heading="Its figures"
          chart={chart}
          view={viewOf(judge, scenario)}
          hasOpenTable
        />
      )}
    </>
  )
}

const Fact = ({ term, children }: { term: string; children: ComponentChildren }) => (
  <div>
    <dt>{term}</dt>
    <dd>{children}</dd>
  </div>
)
