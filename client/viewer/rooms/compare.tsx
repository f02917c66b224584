// Two runs side by side: in one chart, and how each figure differs.
import { useMemo } from 'preact/hooks'
import { counterpartOf } from '../../../results/compare.ts'
import type { Run } from '../../../results/format.ts'
import { Scroll } from '../../scroll.tsx'
import { WhichLoad, WhichTransports } from '../choices.tsx'
import { findingOf, VerdictMark } from '../claim-line.tsx'
import { DifferencesView } from '../differences-view.tsx'
import { FigureView } from '../figure.tsx'
import { type Occasional, useOccasionalIf } from '../occasional.ts'
import { RunOptions } from '../run-options.tsx'
import { addressOf, choose, compared, list, localKeys, run, runKey, scenario, view, viewOf } from '../store.ts'

export function Compare() {
  const shown = run.value
  const load = scenario.value
  const occasional = useOccasionalIf(compared.value !== undefined)
  if (!shown) return null
  const isOther = (id: string): boolean => id !== runKey.value
  return (
    <>
      <h2 id="compare-runs">Two runs side by side</h2>
      <div class="bar">
        <label>
          This run against{' '}
          <select
            id="compare"
            value={view.value.compare ?? ''}
            onChange={event => choose({ room: 'compare', compare: event.currentTarget.value || undefined })}
          >
            <option value="">choose a run</option>
            <RunOptions
              served={list.value.runs.filter(({ id }) => isOther(id))}
              own={localKeys.value.filter(isOther)}
            />
          </select>
        </label>
        {load && <WhichLoad />}
        {load && <WhichTransports />}
      </div>
      {!compared.value && (
        <p>
          Choose the run to compare with: an earlier one of yours, an example, or a file that is opened above. In the
          terminal <code>npm run bench -- compare previous latest</code> says the same.
        </p>
      )}
      {compared.value && !load && (
        <p class="notice">
          This run does not compare transports under a load, so there are no such figures side by side.
        </p>
      )}
      {compared.value && load && (
        <>
          <DifferencesView run={shown} scenario={load} before={compared.value} />
          {occasional && counterpartOf(load, compared.value) && (
            <SideBySide run={shown} before={compared.value} {...occasional} />
          )}
        </>
      )}
      {compared.value && <ClaimsOfBoth before={compared.value} now={shown} />}
    </>
  )
}

/** The claims that both runs put to the test, and what came of them. */
function ClaimsOfBoth({ before, now }: { before: Run; now: Run }) {
  const both = (now.claims ?? []).flatMap(claim => {
    const earlier = before.claims?.find(({ id }) => id === claim.id)
    return earlier ? [{ claim, earlier }] : []
  })
  if (both.length === 0) return null
  return (
    <section aria-labelledby="claims-of-both">
      <h2 id="claims-of-both">Claims that both put to the test</h2>
      <Scroll label="Claims of both runs">
        <table>
          <thead>
            <tr>
              <th scope="col" class="left">
                Claim
              </th>
              <th scope="col" class="left">
                Before
              </th>
              <th scope="col" class="left">
                Now
              </th>
            </tr>
          </thead>
          <tbody>
            {both.map(({ claim, earlier }) => (
              <tr key={claim.id}>
                <th scope="row" class="left wraps">
                  <a href={addressOf('claims', { claim: claim.id })}>{claim.claim}</a>
                </th>
                {[earlier, claim].map((judged, at) => (
                  <td key={at} class="wraps">
                    <VerdictMark verdict={judged.verdict} />
                    <span class="finding-line">{findingOf(judged)}</span>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}

function SideBySide({
  run,
  before,
  statisticsDrawn,
  twoRuns,
}: { run: Run; before: Run } & Pick<Occasional, 'statisticsDrawn' | 'twoRuns'>) {
  const load = scenario.value!
  const chosen = statisticsDrawn.find(({ name }) => name === view.value.statistic) ?? statisticsDrawn[0]!
  const chart = useMemo(() => twoRuns(before, chosen), [before, chosen, twoRuns])
  return (
    <section aria-label="Both in one chart">
      <div class="bar">
        <label>
          Figure{' '}
          <select
            id="statistic"
            value={chosen.name}
            onChange={event => choose({ statistic: event.currentTarget.value })}
          >
            {statisticsDrawn.map(({ name, label }) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      <FigureView name="two-runs" chart={chart} view={viewOf(run, load)} />
    </section>
  )
}
