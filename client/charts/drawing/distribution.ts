// The two views of a latency distribution share this: one line per transport, drawn from its stored quantile points.
import { formatMs, formatShare } from '../../../results/figures.ts'
import type { SummaryRow } from '../../../results/format.ts'
import type { LatencyLaw } from '../../../results/model.ts'
import type { ChartView, FigureTable } from '../chart.ts'
import { logAxis, logEnds, tickMs } from './axis.ts'
import { hover } from './hover.ts'
import { transportLegend } from './legend.ts'
import { asConfig, baseOptions, lookOf, nameOf, palettes, pointStyleOf, rowsOf } from './style.ts'

/** Levels that carry the transport's mark. */
const marked = [0.5, 0.9, 0.99, 0.999]
const modelDash = [3, 3] as const

export interface Line {
  readonly row: SummaryRow
  /** [q, ms] of what arrived. */
  readonly points: readonly (readonly [q: number, ms: number])[]
  /** What the model predicts, where there is one: drawn beside the line, and in the table. */
  readonly law?: LatencyLaw | undefined
}

/** The lines that can be drawn on a logarithmic axis: what never arrived and what took less than the clock's grain has no place on it. */
export const linesOf = (view: ChartView): Line[] =>
  rowsOf(view).flatMap(row => {
    const points = (row.delivery ?? []).flatMap(([q, us]) => (us !== null && us > 0 ? [[q, us / 1000] as const] : []))
    return points.length > 0 ? [{ row, points }] : []
  })

/** Level by level, a column per transport in ms, and one per prediction; null where the level falls among what never arrived, or was not kept. */
export function pointsTable(lines: readonly Line[]): FigureTable {
  const levels = levelsOf(lines)
  const byLevel = lines.map(({ points }) => new Map(points))
  const modelled = lines.flatMap(({ row, law }) => (law ? [{ row, law }] : []))
  const column = (header: string) => ({ header, align: 'right' as const })
  return {
    columns: [
      column('share of notices'),
      ...lines.map(({ row }) => column(`${nameOf(row.transport)}, ms`)),
      ...modelled.map(({ row }) => column(`${nameOf(row.transport)}, model, ms`)),
    ],
    rows: levels.map(level => [
      level,
      ...byLevel.map(points => points.get(level) ?? null),
      ...modelled.map(({ law }) => law.quantileMs(level)),
    ]),
  }
}

const levelsOf = (lines: readonly Line[]): number[] =>
  [...new Set(lines.flatMap(({ points }) => points.map(([q]) => q)))].toSorted((a, b) => a - b)

interface Shape {
  /** Where a point stands on the y axis; undefined leaves it out. */
  readonly y: (q: number) => number | undefined
  readonly yAxis: object
  /** What stands before the time when a point is pointed at. */
  readonly pointText: (q: number) => string
}

/** The configuration of one view. */
export function distributionConfig(view: ChartView, lines: readonly Line[], { y, yAxis, pointText }: Shape) {
  const { theme } = view
  const base = baseOptions(theme)
  const placed = (points: Line['points']) =>
    points.flatMap(([q, ms]) => {
      const height = y(q)
      return height === undefined ? [] : [{ x: ms, y: height, q }]
    })
  const measured = lines.map(({ row, points }) => {
    const { label, color, dash, ...look } = lookOf(row.transport, theme)
    const kept = placed(points)
    return {
      label,
      data: kept,
      borderColor: color,
      backgroundColor: color,
      borderDash: dash,
      borderWidth: 2.5,
      borderJoinStyle: 'round',
      pointStyle: pointStyleOf(look),
      pointBorderColor: palettes[theme].ground,
      pointRadius: kept.map(({ q }) => (marked.includes(q) ? 7 : 0)),
      // Marks and lines at the very edge stay whole.
      clip: 8,
      pointHitRadius: 8,
    }
  })
  const levels = levelsOf(lines)
  const modelled = lines.flatMap(({ row, law }) => {
    const { label, color } = lookOf(row.transport, theme)
    if (!law) return []
    return [
      {
        label: `${label}, model`,
        data: placed(levels.map(q => [q, law.quantileMs(q)])),
        borderColor: color,
        borderDash: [...modelDash],
        borderWidth: 1.25,
        pointRadius: 0,
      },
    ]
  })
  const datasets = [...measured, ...modelled]
  return asConfig({
    type: 'line',
    data: { datasets },
    options: {
      ...base,
      parsing: false,
      interaction: { mode: 'nearest', intersect: false },
      scales: {
        x: logAxis({
          theme,
          axis: 'x',
          title: 'from appended to received',
          ends: logEnds(datasets.flatMap(({ data }) => data.map(({ x }) => x))),
          text: tickMs,
        }),
        y: yAxis,
      },
    },
    plugins: [
      hover(theme, (line, at) => {
        const point = datasets[line]!.data[at]!
        return `${datasets[line]!.label}: ${pointText(point.q)} ${formatMs(point.x)}`
      }),
      transportLegend(
        theme,
        lines.map(({ row }) => row.transport),
        modelled.length > 0 ? [{ text: 'model', color: palettes[theme].muted, dash: modelDash, width: 1.25 }] : [],
      ),
    ],
  })
}

/** The value at a level, ms: of the stored point nearest above it. */
export const atLevel = ({ points }: Line, level: number): number | undefined =>
  points.find(([q]) => q >= level - 1e-9)?.[1]

/** `1.20 ms on WebSocket, 1.31 ms on SSE`, fastest first; `n/a` for what has no such level. */
export function levelsText(lines: readonly Line[], level: number): string {
  const known = lines
    .map(line => ({ name: lookOf(line.row.transport, 'light').label, ms: atLevel(line, level) }))
    .toSorted((a, b) => (a.ms ?? Number.POSITIVE_INFINITY) - (b.ms ?? Number.POSITIVE_INFINITY))
  return known.map(({ name, ms }) => `${ms === undefined ? 'n/a' : formatMs(ms)} on ${name}`).join(', ')
}

/** What is to be added where notices never arrived. */
export function lossText(rows: readonly SummaryRow[]): string {
  const losers = rows.filter(({ lost }) => lost > 0)
  if (losers.length === 0) return ''
  const parts = losers.map(
    ({ transport, lost, expected }) => `${lookOf(transport, 'light').label} ${formatShare(lost / expected)}`,
  )
  return ` Never arrived: ${parts.join(', ')}; its line ends where the losses of a round begin.`
}
