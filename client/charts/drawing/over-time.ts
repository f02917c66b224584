// Small multiples over the measured window: a strip per transport with one common scale, each the mean over the usable rounds.
import type { Chart as ChartJs, Plugin } from 'chart.js'
import type { Cell } from '../../../results/cell.ts'
import { formatCount } from '../../../results/figures.ts'
import type { Scenario } from '../../../results/scenario.ts'
import type { ChartView, Figure } from '../chart.ts'
import { hover } from './hover.ts'
import { asConfig, axisStyle, baseOptions, faded, fontFamily, lookOf, nameOf, palettes } from './style.ts'

/** [ms since the window began, value]. */
type Sample = readonly [atMs: number, value: number]

interface OverTime {
  readonly title: string
  readonly caption: string
  readonly unit: string
  /** One value for each stretch between two `edgesMs`, from one round. */
  readonly stretches: (cell: Cell, edgesMs: readonly number[]) => number[]
  readonly finding: (series: readonly Series[]) => string
}

export interface Series {
  readonly transport: string
  /** Mean over rounds for each stretch. */
  readonly values: readonly number[]
}

/** Whether a load has something that is seen only over time; without, a strip is a straight line that takes the room of a number. */
export const happensIn = ({ fault, stallMs }: Scenario): boolean => fault !== undefined || (stallMs ?? 0) > 0

/** The value of a step-wise record just at `atMs`; before the first sample that one. */
export function heldAt(samples: readonly Sample[], atMs: number): number {
  let value = samples[0]?.[1] ?? 0
  for (const [sampledMs, sampled] of samples) {
    if (sampledMs > atMs) break
    value = sampled
  }
  return value
}

/** The value of a growing count at `atMs`, drawn straight between samples. */
export function interpolatedAt(samples: readonly Sample[], atMs: number): number {
  const next = samples.findIndex(([sampledMs]) => sampledMs >= atMs)
  if (next === -1) return samples.at(-1)?.[1] ?? 0
  const [toMs, to] = samples[next]!
  const [fromMs, from] = samples[Math.max(0, next - 1)]!
  return toMs === fromMs ? to : from + ((to - from) * (atMs - fromMs)) / (toMs - fromMs)
}

/** A strip per transport. */
export function overTimeFigure(view: ChartView, { title, caption, unit, stretches, finding }: OverTime): Figure {
  const cells = view.run.cells.filter(
    ({ scenario, status, timeline }) => scenario === view.scenario.id && status === 'ok' && timeline.length > 2,
  )
  const edgesMs = edgesOf(cells)
  const series = view.shown.flatMap(transport => {
    const rounds = cells.filter(cell => cell.transport === transport).map(cell => stretches(cell, edgesMs))
    if (rounds.length === 0) return []
    return [
      {
        transport,
        values: rounds[0]!.map((_, at) => rounds.reduce((sum, round) => sum + round[at]!, 0) / rounds.length),
      },
    ]
  })
  const table = {
    columns: [
      { header: 'from, s', align: 'right' as const },
      { header: 'to, s', align: 'right' as const },
      ...series.map(({ transport }) => ({ header: nameOf(transport), align: 'right' as const })),
    ],
    rows: edgesMs
      .slice(1)
      .map((toMs, at) => [edgesMs[at]! / 1000, toMs / 1000, ...series.map(({ values }) => values[at]!)]),
  }
  if (series.length === 0)
    return { title, caption, table, finding: 'n/a (no samples were kept)', config: null, heightPx: 0 }
  return {
    title,
    caption,
    table,
    finding: finding(series),
    heightPx: 70 * series.length + 50,
    config: configOf(view, series, edgesMs, unit),
  }
}

/** Edges of equal stretches, each wide enough for a few samples. */
function edgesOf(cells: readonly Cell[]): number[] {
  if (cells.length === 0) return []
  const endMs = Math.min(...cells.map(({ windowMs, timeline }) => Math.min(windowMs, timeline.at(-1)![0])))
  const samples = Math.min(...cells.map(({ timeline }) => timeline.length))
  const count = Math.max(4, Math.min(30, Math.floor(samples / 2)))
  return Array.from({ length: count + 1 }, (_, edge) => (endMs * edge) / count)
}

function configOf({ theme }: ChartView, series: readonly Series[], edgesMs: readonly number[], unit: string) {
  const base = baseOptions(theme)
  const x = axisStyle(theme, 'seconds since the window began')
  const y = axisStyle(theme)
  // Room above the lines, for the names.
  const top = niceAbove(1.3 * Math.max(1, ...series.flatMap(({ values }) => values)))
  const strips = series.map((_, index) => [
    `y${index}`,
    {
      ...y,
      type: 'linear',
      stack: 'strips',
      stackWeight: 1,
      min: 0,
      max: top,
      // Chart.js reckons stacked axes too narrow where the plot is, and cuts their numbers.
      afterFit(axis: { width: number }) {
        axis.width = Math.max(axis.width, 18 + 8 * formatCount(top / 2).length)
      },
      // The first stands on top.
      weight: series.length - index,
      ticks: {
        ...y.ticks,
        stepSize: top / 2,
        // The top of a strip is the bottom of the one above.
        callback: (value: number) => (value < top ? formatCount(value) : ''),
      },
      title: { display: false },
    },
  ])
  return asConfig({
    type: 'line',
    data: {
      datasets: series.map(({ transport, values }, index) => {
        const { label, color } = lookOf(transport, theme)
        return {
          label,
          yAxisID: `y${index}`,
          data: values.map((value, at) => ({ x: (edgesMs[at]! + edgesMs[at + 1]!) / 2000, y: value })),
          borderColor: color,
          borderWidth: 2,
          pointRadius: 0,
          // A line at zero keeps its lower half.
          clip: 3,
          pointHitRadius: 10,
        }
      }),
    },
    options: {
      ...base,
      parsing: false,
      interaction: { mode: 'nearest', axis: 'x', intersect: false },
      scales: {
        x: { ...x, type: 'linear', min: 0, max: (edgesMs.at(-1) ?? 1) / 1000, ticks: { ...x.ticks, maxTicksLimit: 8 } },
        ...Object.fromEntries(strips),
      },
    },
    plugins: [
      hover(theme, (index, at) => {
        const { transport, values } = series[index]!
        const atS = (edgesMs[at]! + edgesMs[at + 1]!) / 2000
        return `${lookOf(transport, theme).label}, at ${Number(atS.toPrecision(3))} s: ${Number(values[at]!.toPrecision(3))} ${unit}`
      }),
      stripFill(theme, series),
      stripNames(theme, series),
    ],
  })
}

/** The next 1, 2, 5 or 10 times a power of ten. */
const niceAbove = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 5, 10].map(step => step * power).find(step => step >= value * (1 - 1e-9))!
}

/** A light ground below each line, so that the strips are told apart from afar. */
const stripFill = (theme: 'light' | 'dark', series: readonly Series[]): Plugin => ({
  id: 'stripFill',
  beforeDatasetsDraw(chart: ChartJs) {
    const { ctx, scales } = chart
    ctx.save()
    for (const [index, { transport }] of series.entries()) {
      const points = chart.getDatasetMeta(index).data
      const bottom = scales[`y${index}`]?.getPixelForValue(0)
      if (bottom === undefined || points.length === 0) continue
      ctx.fillStyle = faded(lookOf(transport, theme).color, 0.18)
      ctx.beginPath()
      ctx.moveTo(points[0]!.x, bottom)
      for (const { x, y } of points) ctx.lineTo(x, y)
      ctx.lineTo(points.at(-1)!.x, bottom)
      ctx.fill()
    }
    ctx.restore()
  },
})

const stripNames = (theme: 'light' | 'dark', series: readonly Series[]): Plugin => ({
  id: 'stripNames',
  afterDatasetsDraw({ ctx, scales, chartArea }: ChartJs) {
    ctx.save()
    ctx.font = `13px ${fontFamily}`
    ctx.fillStyle = palettes[theme].ink
    ctx.textBaseline = 'top'
    for (const [index, { transport }] of series.entries()) {
      const strip = scales[`y${index}`]
      if (strip) ctx.fillText(nameOf(transport), chartArea.left + 8, strip.top + 4)
    }
    ctx.restore()
  },
})
