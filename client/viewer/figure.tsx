// One figure of the page: caption, finding, canvas, the numbers behind it, and buttons to take it away.
import { useEffect, useRef, useState } from 'preact/hooks'
import { threeDigits } from '../../results/figures.ts'
import type { Chart, ChartView, Figure, FigureTable } from '../charts/chart.ts'
import { drawOn } from '../charts/drawing/canvas.ts'
import { download } from '../download.ts'
import { Scroll } from '../scroll.tsx'
import { downloadPng, figureCsv } from './downloads.ts'
import { inTurn } from './in-turn.ts'

/** Computed and drawn in its own turn; until a new one is there the old one stays. */
export function FigureView({
  name,
  chart,
  view,
  heading,
  hasOpenTable = false,
}: {
  name: string
  chart: Chart
  view: ChartView
  /** In place of the figure's title, where that stands above it already. */
  heading?: string
  /** The table of numbers is open from the start. */
  hasOpenTable?: boolean
}) {
  const { run, scenario, shown, theme } = view
  const [drawn, setDrawn] = useState<{ figure: Figure; view: ChartView }>()
  // `view` is a new object each time; what it holds decides.
  useEffect(
    () => inTurn(() => setDrawn({ figure: chart.draw(view), view })),
    [chart, run, scenario, shown.join(), theme],
  )
  // What has nothing to show takes a line, which says why.
  if (drawn?.figure.config === null)
    return (
      <p id={name} class="absent">
        {drawn.figure.title}: {drawn.figure.finding}
      </p>
    )
  return (
    <figure id={name} class="figure">
      {drawn && <Drawn name={name} heading={heading} hasOpenTable={hasOpenTable} {...drawn} />}
    </figure>
  )
}

function Drawn({
  name,
  figure,
  view,
  heading,
  hasOpenTable,
}: {
  name: string
  heading: string | undefined
  figure: Figure
  view: ChartView
  hasOpenTable: boolean
}) {
  const { run } = view
  return (
    <>
      <figcaption>
        <h3>{heading ?? figure.title}</h3>
        <p class="finding">{figure.finding}</p>
      </figcaption>
      <Canvas figure={figure} />
      <p class="caption">{figure.caption}</p>
      {figure.table.rows.length > 0 && <Numbers figure={figure} isOpenAtFirst={hasOpenTable} />}
      <div class="take">
        <button type="button" onClick={() => void downloadPng(name, figure, view)}>
          PNG<span class="hidden-text"> of “{figure.title}”</span>
        </button>
        {figure.table.rows.length > 0 && (
          <button type="button" onClick={() => download(`${run.id}-${name}.csv`, figureCsv(figure), 'text/csv')}>
            CSV<span class="hidden-text"> of “{figure.title}”</span>
          </button>
        )}
      </div>
    </>
  )
}

function Canvas({ figure }: { figure: Figure }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    let chart: { destroy(): void } | undefined
    const cancel = inTurn(() => {
      if (canvas.current && figure.config) chart = drawOn(canvas.current, figure.config)
    })
    return () => {
      cancel()
      chart?.destroy()
    }
  }, [figure])
  return (
    <div class="plot" style={{ height: `${figure.heightPx}px` }}>
      <canvas ref={canvas} role="img" aria-label={`${figure.title}. ${figure.finding}`} />
    </div>
  )
}

/** Its rows come into being when it is opened: a distribution has nearly two hundred. */
function Numbers({ figure, isOpenAtFirst }: { figure: Figure; isOpenAtFirst: boolean }) {
  const [isOpen, setOpen] = useState(isOpenAtFirst)
  return (
    <details open={isOpen} onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>
        Numbers<span class="hidden-text"> of “{figure.title}”</span>
      </summary>
      {isOpen && <NumbersTable table={figure.table} title={figure.title} />}
    </details>
  )
}

function NumbersTable({ table, title }: { table: FigureTable; title: string }) {
  return (
    <Scroll label={`Numbers of “${title}”`}>
      <table>
        <thead>
          <tr>
            {table.columns.map(({ header, align }) => (
              <th key={header} scope="col" class={align}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, at) => (
            <tr key={at}>
              {row.map((value, column) => (
                <td key={table.columns[column]!.header} class={table.columns[column]!.align}>
                  {typeof value === 'number' ? threeOrMore(value) : (value ?? '–')}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

/** Levels near 1 need their digits: 0.9996 is not 1. Counts have no digits behind the point. */
function threeOrMore(value: number): string {
  if (value > 0.9 && value < 1) return String(Number(value.toFixed(6)))
  return Number.isInteger(value) && Math.abs(value) < 1000 ? String(value) : threeDigits(value)
}
