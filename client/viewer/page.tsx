// The results page: verdict, comparison, charts, and how it was measured, for the run and the load that were chosen.
import { useEffect, useState } from 'preact/hooks'
import { briefFleet, conditionsOf, namesOfLoads } from '../../results/conditions.ts'
import type { Run } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import { verdictOf } from '../../results/verdict.ts'
import type { AcrossLoads, Chart, ChartView, OfFleet } from '../charts/chart.ts'
import { lookOf } from '../charts/drawing/style.ts'
import { charts } from '../charts/index.ts'
import { Limits, Measured, Warnings } from './about-run.tsx'
import { Claims } from './claims.tsx'
import { Comparison } from './comparison.tsx'
import { DifferencesView } from './differences-view.tsx'
import { runExports } from './downloads.ts'
import { FigureView } from './figure.tsx'
import { Header } from './header.tsx'
import { choose, compared, loads, openFile, problem, run, scenario, shown, theme, toggle } from './store.ts'

export function Page() {
  const isOver = useDrop()
  return (
    <>
      <button type="button" class="skip" onClick={focusResults}>
        Skip to the results
      </button>
      <Header />
      <main id="results" tabIndex={-1}>
        {run.value && <Results run={run.value} />}
      </main>
      {isOver && <div class="drop">Drop the run.json here</div>}
    </>
  )
}

/** No link: the part of the address behind # is the page's state. */
function focusResults(): void {
  const results = document.getElementById('results')
  results?.focus()
  results?.scrollIntoView()
}

function Results({ run }: { run: Run }) {
  const load = scenario.value
  const occasional = useOccasional(run)
  return (
    <>
      <section aria-label="Verdict">
        {run.name !== undefined && <p class="run-name">{run.name}</p>}
        <p class="verdict">{verdictOf(run, { scenarioId: load?.id, label: id => lookOf(id, 'light').label })}</p>
        {load && <p class="hint">{conditionsOf(run, load)}</p>}
      </section>
      <div class="bar">
        {load && <Chips run={run} />}
        <Exports run={run} />
      </div>
      {load && <Load run={run} load={load} occasional={occasional} />}
      {occasional && <Apart run={run} scenario={load ?? run.scenarios[0]} occasional={occasional} />}
      <Warnings run={run} />
      {load && <Limits run={run} scenario={load} />}
      <Measured run={run} scenario={load} />
    </>
  )
}

type Occasional = typeof import('../charts/occasional.ts')

/** What only a run with several loads, with claims, a fleet or a fault has something for; null where this one has not, undefined until it
 * is there. It is code that many visits do without. */
function useOccasional({ scenarios, claims = [] }: Run): Occasional | null | undefined {
  const [found, setFound] = useState<Occasional>()
  const loads = scenarios.filter(({ kind }) => kind === 'delivery')
  const isWanted = loads.length > 1 || claims.length > 0 || loads.some(load => briefFleet(load) !== '')
  useEffect(() => {
    if (isWanted && !found)
      import('../charts/occasional.ts').then(setFound, () => {
        problem.value = 'Some charts could not be fetched: is the server still running? Reload the page to try again.'
      })
  }, [isWanted])
  return isWanted ? found : null
}

function Load({ run, load, occasional }: { run: Run; load: Scenario; occasional: Occasional | null | undefined }) {
  const view = { run, scenario: load, shown: shown.value, theme: theme.value }
  // What stands below must not jump when they come.
  if (occasional === undefined) return <Comparison run={run} scenario={load} />
  const { chartsOfFleets = {}, chartsAcrossLoads = {} } = occasional ?? {}
  const ofFleet = Object.entries<OfFleet>(chartsOfFleets).filter(([, chart]) => chart.isUnder(run, load))
  const across = Object.entries<AcrossLoads>(chartsAcrossLoads).filter(([, chart]) => chart.isIn(run))
  return (
    <>
      <Comparison run={run} scenario={load} />
      {compared.value && <DifferencesView run={run} scenario={load} before={compared.value} />}
      <Figures
        id="servers-and-faults"
        title={load.fault ? 'Servers and the fault' : 'Servers'}
        all={ofFleet}
        view={view}
      />
      <Figures id="charts" title="Charts" all={Object.entries(charts)} view={view} />
      <Figures id="across" title="Across loads" all={across} view={view} />
    </>
  )
}

/** What stands by itself, whatever the loads: pages of a browser, and claims. */
function Apart({ run, scenario, occasional }: { run: Run; scenario: Scenario | undefined; occasional: Occasional }) {
  if (!scenario) return null
  const { chartsOfBrowsers, claimChart } = occasional
  const view = { run, scenario, shown: shown.value, theme: theme.value }
  const ofBrowsers = Object.entries<AcrossLoads>(chartsOfBrowsers).filter(([, chart]) => chart.isIn(run))
  return (
    <>
      <Figures id="browser" title="In a browser" all={ofBrowsers} view={view} />
      <Claims run={run} view={view} chartOf={claimChart} />
    </>
  )
}

/** Charts below a heading; nothing at all where there are none. */
function Figures({ id, title, all, view }: { id: string; title: string; all: [string, Chart][]; view: ChartView }) {
  if (all.length === 0) return null
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <div class="figures">
        {all.map(([name, chart]) => (
          // What came of a fault is not to be looked for behind a click.
          <FigureView key={name} name={name} chart={chart} view={view} hasOpenTable={name === 'recovery'} />
        ))}
      </div>
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

function Chips({ run }: { run: Run }) {
  return (
    <>
      {loads.value.length > 1 && (
        <label>
          Load{' '}
          <select
            id="scenario"
            value={scenario.value?.id}
            onChange={event => choose({ scenario: event.currentTarget.value })}
          >
            {loads.value.map((load, index) => (
              <option key={load.id} value={load.id} title={load.id}>
                {namesOfLoads(loads.value)[index]}
              </option>
            ))}
          </select>
        </label>
      )}
      <fieldset>
        <legend class="hidden-text">Transports shown</legend>
        {run.transports.map(id => {
          const { label, color, glyph } = lookOf(id, theme.value)
          return (
            <button
              key={id}
              type="button"
              class="chip"
              aria-pressed={shown.value.includes(id)}
              onClick={() => toggle(id)}
              data-transport={id}
            >
              <span class="glyph" aria-hidden="true" style={{ color }}>
                {glyph}
              </span>{' '}
              {label}
            </button>
          )
        })}
      </fieldset>
    </>
  )
}

/** A run.json may be dropped anywhere. True while something is held over the page. */
function useDrop(): boolean {
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    const stop = new AbortController()
    const { signal } = stop
    addEventListener(
      'dragover',
      event => {
        event.preventDefault()
        setOver(true)
      },
      { signal },
    )
    addEventListener('dragleave', event => event.relatedTarget === null && setOver(false), { signal })
    addEventListener(
      'drop',
      event => {
        event.preventDefault()
        setOver(false)
        const [file] = event.dataTransfer?.files ?? []
        if (file) void openFile(file)
      },
      { signal },
    )
    return () => stop.abort()
  }, [])
  return isOver
}
