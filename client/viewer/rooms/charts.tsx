// Every chart that the run has something for.
import type { Run } from '../../../results/format.ts'
import type { Scenario } from '../../../results/scenario.ts'
import type { AcrossLoads, Chart, OfFleet } from '../../charts/chart.ts'
import { charts } from '../../charts/index.ts'
import { WhichLoad, WhichTransports } from '../choices.tsx'
import { Contents } from '../contents.tsx'
import { Figures } from '../figures.tsx'
import { type Occasional, useOccasional } from '../occasional.ts'
import { addressOf, run, scenario, viewOf } from '../store.ts'
import { Verdict } from '../verdict.tsx'

interface Section {
  readonly id: string
  readonly title: string
  readonly all: readonly [name: string, chart: Chart][]
}

export function Charts() {
  const shown = run.value
  const occasional = useOccasional(shown)
  const load = scenario.value
  const any = load ?? shown?.scenarios[0]
  if (!shown || !any) return null
  const sections = occasional === undefined ? [] : sectionsOf(shown, load, occasional)
  return (
    <>
      <Verdict run={shown} load={load} />
      {sections.some(({ id }) => id !== 'soak') && (
        <div class="bar">
          {load && <WhichLoad />}
          <WhichTransports />
        </div>
      )}
      <Contents sections={sections} />
      {sections.map(section => (
        <Figures key={section.id} view={viewOf(shown, any)} {...section} />
      ))}
      {occasional !== undefined && sections.length === 0 && (
        <p class="notice">
          What this run measured is drawn with its claims:{' '}
          <a href={addressOf('claims', { of: 'run' })}>to the claims</a>.
        </p>
      )}
    </>
  )
}

/** What there is to draw, in the order of the page. `occasional` is null where the run has nothing for it. */
function sectionsOf(run: Run, load: Scenario | undefined, occasional: Occasional | null): Section[] {
  const { chartsOfFleets = {}, chartsAcrossLoads = {}, chartsOfBrowsers = {}, chartsOfSoaks = {} } = occasional ?? {}
  const inRun = (all: Readonly<Record<string, AcrossLoads>>) =>
    Object.entries(all).filter(([, chart]) => chart.isIn(run))
  const underLoad = Object.entries<OfFleet>(chartsOfFleets).filter(([, chart]) => load && chart.isUnder(run, load))
  const sections: Section[] = [
    { id: 'servers-and-faults', title: load?.fault ? 'Servers and the fault' : 'Servers', all: underLoad },
    { id: 'charts', title: 'Under this load', all: load ? Object.entries<Chart>(charts) : [] },
    { id: 'across', title: 'Across loads', all: inRun(chartsAcrossLoads) },
    { id: 'browser', title: 'In a browser', all: inRun(chartsOfBrowsers) },
    { id: 'soak', title: 'Over time', all: inRun(chartsOfSoaks) },
  ]
  return sections.filter(({ all }) => all.length > 0)
}
