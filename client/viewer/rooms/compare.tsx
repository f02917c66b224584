// Two runs side by side: in one chart, and how each figure differs.
import { useMemo } from 'preact/hooks'
import type { Run } from '../../../results/format.ts'
import { WhichLoad, WhichTransports } from '../choices.tsx'
import { DifferencesView } from '../differences-view.tsx'
import { FigureView } from '../figure.tsx'
import { type Occasional, useFetched } from '../occasional.ts'
import { RunOptions } from '../run-options.tsx'
import { choose, compared, list, localKeys, run, runKey, scenario, view, viewOf } from '../store.ts'

export function Compare() {
  const shown = run.value
  const load = scenario.value
  const occasional = useFetched(compared.value !== undefined)
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
        <p class="notice">This run has no load of notices, so there is nothing to compare.</p>
      )}
      {compared.value && load && (
        <>
          <DifferencesView run={shown} scenario={load} before={compared.value} />
          {occasional && <SideBySide run={shown} before={compared.value} {...occasional} />}
        </>
      )}
    </>
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
