// The run's claims: an overview, and for each its words, its source, what was predicted before the run, what was measured, and the verdict.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Claim, Run } from '../../results/format.ts'
import { tallyOf } from '../../results/verdict.ts'
import type { Chart, ChartView } from '../charts/chart.ts'
import { Scroll } from '../scroll.tsx'
import { FigureView } from './figure.tsx'
import { choose, view } from './store.ts'
import { hashOf } from './view-state.ts'

/** No verdict is good or bad news: marks and words tell them apart, not colours. */
const glyphs = { reproduced: '✓', qualified: '◐', refuted: '✗', measured: '=', inconclusive: '?' } as const

interface Drawing {
  readonly view: ChartView
  /** The chart of the claim with this id. */
  readonly chartOf: (id: string) => Chart
}

export function Claims({ run, ...drawing }: { run: Run } & Drawing) {
  const { claims = [] } = run
  if (claims.length === 0) return null
  return (
    <section aria-labelledby="claims">
      <h2 id="claims">Claims put to the test</h2>
      <p>{tallyOf(claims)} Prediction, tolerance and rule were fixed before the run.</p>
      <Scroll label="Verdicts of all claims">
        <table class="verdicts">
          <thead>
            <tr>
              <th scope="col" class="left">
                claim
              </th>
              <th scope="col" class="left">
                verdict
              </th>
            </tr>
          </thead>
          <tbody>
            {claims.map(claim => (
              <Row key={claim.id} claim={claim} />
            ))}
          </tbody>
        </table>
      </Scroll>
      <h3>One by one</h3>
      {claims.map(claim => (
        <One key={claim.id} claim={claim} {...drawing} />
      ))}
    </section>
  )
}

const Verdict = ({ verdict }: Pick<Claim, 'verdict'>) => (
  <strong class="nowrap">
    <span aria-hidden="true">{glyphs[verdict]}</span> {verdict}
  </strong>
)

function Row({ claim: { id, claim, verdict } }: { claim: Claim }) {
  return (
    <tr>
      <th scope="row" class="left">
        <a
          href={hashOf({ ...view.value, claim: id })}
          onClick={event => {
            event.preventDefault()
            reveal(id)
          }}
        >
          {id}
        </a>
        <span class="below">{claim}</span>
      </th>
      <td>
        <Verdict verdict={verdict} />
      </td>
    </tr>
  )
}

const anchorOf = (id: string): string => `claim-${id}`

/** Opens a claim and goes there. */
function reveal(id: string): void {
  const details = document.getElementById(anchorOf(id)) as HTMLDetailsElement | null
  if (!details) return
  details.open = true
  details.scrollIntoView()
  details.querySelector('summary')?.focus({ preventScroll: true })
}

/** What is inside comes into being when it is opened: a chart for each claim would be many. */
function One({ claim, ...drawing }: { claim: Claim } & Drawing) {
  const { id, verdict } = claim
  const [isOpen, setOpen] = useState(false)
  const isChosen = view.value.claim === id
  const details = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    if (isChosen && !details.current?.open) reveal(id)
  }, [isChosen, id])
  return (
    <details
      id={anchorOf(id)}
      class="claim"
      ref={details}
      onToggle={event => {
        // Tables inside have a toggle of their own.
        const { open } = event.currentTarget
        if (event.target !== event.currentTarget || open === isOpen) return
        setOpen(open)
        if (open) choose({ claim: id })
        else if (isChosen) choose({ claim: undefined })
      }}
    >
      <summary>
        {id}: <Verdict verdict={verdict} />
      </summary>
      {isOpen && <Inside claim={claim} {...drawing} />}
    </details>
  )
}

function Inside({ claim, view, chartOf }: { claim: Claim } & Drawing) {
  const { id, source, prediction, tolerance, why } = claim
  const facts = { Source: source, 'Predicted before the run': prediction, Tolerance: tolerance, Why: why }
  return (
    <>
      <blockquote>
        <q>{claim.claim}</q>
      </blockquote>
      <dl>
        {Object.entries(facts).map(([term, text]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {claim.points.length > 0 && (
        <FigureView name={`claim-${id}-chart`} chart={chartOf(id)} view={view} hasOpenTable />
      )}
    </>
  )
}
