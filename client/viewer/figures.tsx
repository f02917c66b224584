// Charts below a heading; nothing at all where there are none.
import type { Chart, ChartView } from '../charts/chart.ts'
import { FigureView } from './figure.tsx'

export function Figures({
  id,
  title,
  all,
  view,
  areNarrow = false,
}: {
  id: string
  title: string
  all: readonly (readonly [name: string, chart: Chart])[]
  view: ChartView
  /** Three beside each other where there is room. */
  areNarrow?: boolean
}) {
  if (all.length === 0) return null
  return (
    <section aria-labelledby={id}>
      <h2 id={id} tabIndex={-1}>
        {title}
      </h2>
      <div class={areNarrow ? 'figures narrow' : 'figures'}>
        {all.map(([name, chart]) => (
          // What came of a fault is not to be looked for behind a click.
          <FigureView key={name} name={name} chart={chart} view={view} hasOpenTable={name === 'recovery'} />
        ))}
      </div>
    </section>
  )
}
