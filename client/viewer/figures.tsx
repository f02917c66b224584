// Charts below a heading; nothing at all where there are none.
import type { Chart, ChartView } from '../charts/chart.ts'
import { FigureView } from './figure.tsx'

export function Figures({
  id,
  title,
  all,
  view,
}: {
  id: string
  title: string
  all: readonly (readonly [name: string, chart: Chart])[]
  view: ChartView
}) {
  if (all.length === 0) return null
  return (
    <section aria-labelledby={id}>
      <h2 id={id} tabIndex={-1}>
        {title}
      </h2>
      <div class="figures">
        {all.map(([name, chart]) => (
          // What came of a fault is not to be looked for behind a click.
          <FigureView key={name} name={name} chart={chart} view={view} hasOpenTable={name === 'recovery'} />
        ))}
      </div>
    </section>
  )
}
