// Small multiples around a fault: for each transport a strip of how late, one of how many below it, and the fault marked through all of them.
import type { Chart as ChartJs, Plugin } from 'chart.js'
import { formatCount, formatMs } from '../../../results/figures.ts'
import type { ChartView, Theme } from '../chart.ts'
import { halvedAxis, linearAxis, logAxis, logEnds, tickMs } from './axis.ts'
import { hover } from './hover.ts'
import { asConfig, baseOptions, faded, fontFamily, lookOf, nameOf, palettes } from './style.ts'

export interface Bin {
  /** ms since the window began. */
  readonly atMs: number
  readonly notices: number
  /** null where nothing came. */
  readonly latestMs: number | null
}

export interface Series {
  readonly transport: string
  readonly bins: readonly Bin[]
  /** How long after the fault the last subscriber was back; undefined where none was cut off. */
  readonly lastBackMs: number | undefined
}

export interface Span {
  readonly text: string
  readonly fromMs: number
  /** undefined: it does not pass. */
  readonly toMs: number | undefined
}

const LABEL_PX = 22

/** Two axes per transport, one above the other. */
export function timelineConfig(
  { theme }: ChartView,
  series: readonly Series[],
  span: Span,
  { stepMs, gapMs }: { readonly stepMs: number; readonly gapMs: number },
) {
  const arrived = series.map(({ bins }) => bins.filter(({ latestMs }) => latestMs !== null))
  const late = series.flatMap(({ bins }) => bins.flatMap(({ latestMs }) => (latestMs ? [latestMs] : [])))
  // Room above for the names.
  const ends = logEnds(late.length > 0 ? [...late, Math.max(...late) * 10] : [1, 1000])
  const endMs = Math.max(...series.map(({ bins }) => bins.at(-1)!.atMs)) + stepMs
  const middle = ({ atMs }: Bin) => (atMs + stepMs / 2) / 1000
  const strips = series.length * 1.6
  const x = linearAxis({
    theme,
    title: 'seconds since the window began',
    ends: { min: 0, max: endMs / 1000 },
    text: String,
  })
  const width = {
    // Chart.js reckons stacked axes too narrow where the plot is, and cuts their numbers.
    afterFit(axis: { width: number }) {
      axis.width = 56
    },
  }
  const base = baseOptions(theme)
  return asConfig({
    type: 'line',
    data: {
      datasets: series.flatMap(({ transport, bins }, index) => {
        const { label, color } = lookOf(transport, theme)
        return [
          {
            label,
            yAxisID: `y${index}`,
            data: arrived[index]!.map(bin => ({ x: middle(bin), y: Math.max(bin.latestMs!, ends.min) })),
            spanGaps: (gapMs + stepMs / 2) / 1000,
            borderColor: color,
            borderWidth: 1.5,
            // One stretch between two long silences has no line.
            pointRadius: 1.25,
            pointBackgroundColor: color,
            clip: 3,
            pointHitRadius: 6,
          },
          {
            type: 'bar',
            label: `${label}, notices`,
            yAxisID: `n${index}`,
            data: bins.map(bin => ({ x: middle(bin), y: bin.notices })),
            backgroundColor: color,
            grouped: false,
            barPercentage: 1,
            categoryPercentage: 1,
          },
        ]
      }),
    },
    options: {
      ...base,
      layout: { padding: { top: LABEL_PX, right: 12, bottom: 0, left: 0 } },
      parsing: false,
      interaction: { mode: 'nearest', axis: 'x', intersect: false },
      scales: {
        x: { ...x, max: endMs / 1000, offset: false, grid: { ...x.grid, offset: false } },
        ...Object.fromEntries(
          series.flatMap(({ bins }, index) => {
            const most = Math.max(1, ...bins.map(({ notices }) => notices))
            return [
              [
                `y${index}`,
                {
                  ...logAxis({ theme, axis: 'y', ends, text: tickMs, strips }),
                  ...width,
                  stack: 'strips',
                  stackWeight: 2,
                  weight: 2 * (series.length - index),
                },
              ],
              [
                `n${index}`,
                {
                  ...halvedAxis(theme, most, formatCount, strips),
                  ...width,
                  stack: 'strips',
                  stackWeight: 1,
                  weight: 2 * (series.length - index) - 1,
                },
              ],
            ]
          }),
        ),
      },
    },
    plugins: [
      faultMark(theme, span, series),
      hover(theme, (dataset, at) => {
        const index = Math.floor(dataset / 2)
        const { transport, bins } = series[index]!
        const { atMs, notices, latestMs } = (dataset % 2 === 0 ? arrived[index]! : bins)[at]!
        const came =
          latestMs === null ? 'nothing came' : `${formatCount(Math.round(notices))}, latest ${formatMs(latestMs)}`
        return `${lookOf(transport, theme).label}, from ${atMs / 1000} s: ${came}`
      }),
      names(theme, series, span, stepMs),
    ],
  })
}

const pixelOf = ({ scales }: ChartJs, ms: number): number => scales.x!.getPixelForValue(ms / 1000)

/** The time the fault lasts as a ground of its own, its ends as lines, and above all strips what it is. */
const faultMark = (theme: Theme, { text, fromMs, toMs }: Span, series: readonly Series[]): Plugin => ({
  id: 'faultMark',
  beforeDatasetsDraw(chart: ChartJs) {
    const { ctx, chartArea } = chart
    const { ink, muted } = palettes[theme]
    ctx.save()
    const { top, bottom } = chartArea
    const from = pixelOf(chart, fromMs)
    if (toMs !== undefined) {
      ctx.fillStyle = faded(muted, 0.2)
      ctx.fillRect(from, top, pixelOf(chart, toMs) - from, bottom - top)
    }
    ctx.strokeStyle = ink
    ctx.lineWidth = 1.5
    for (const ms of [fromMs, toMs]) if (ms !== undefined) line(ctx, pixelOf(chart, ms), top - 4, bottom)
    ctx.setLineDash([2, 3])
    for (const [index, { lastBackMs }] of series.entries())
      if (lastBackMs !== undefined)
        line(
          ctx,
          pixelOf(chart, fromMs + lastBackMs),
          chart.scales[`y${index}`]!.top,
          chart.scales[`n${index}`]!.bottom,
        )
    ctx.restore()
  },
  afterDraw(chart: ChartJs) {
    const { ctx, chartArea, width } = chart
    ctx.save()
    ctx.font = `600 13px ${fontFamily}`
    ctx.fillStyle = palettes[theme].ink
    ctx.textBaseline = 'bottom'
    ctx.textAlign = 'left'
    const label = toMs === undefined ? text : `${text}, ${formatMs(toMs - fromMs)}`
    const left = Math.min(pixelOf(chart, fromMs), width - ctx.measureText(label).width)
    ctx.fillText(label, left, chartArea.top - 5)
    ctx.restore()
  },
})

function line(ctx: CanvasRenderingContext2D, x: number, top: number, bottom: number): void {
  ctx.beginPath()
  ctx.moveTo(x, top)
  ctx.lineTo(x, bottom)
  ctx.stroke()
}

/** In each strip its transport, and when the last subscriber was back; on a thin ground of their own, since lines may pass there. */
const names = (theme: Theme, series: readonly Series[], { fromMs }: Span, stepMs: number): Plugin => ({
  id: 'stripNames',
  afterDatasetsDraw(chart: ChartJs) {
    const { ctx, scales, chartArea } = chart
    const { ink, ground } = palettes[theme]
    ctx.save()
    ctx.textBaseline = 'top'
    ctx.textAlign = 'left'
    const write = (text: string, left: number, top: number): void => {
      ctx.fillStyle = faded(ground, 0.7)
      ctx.fillRect(left - 2, top - 1, ctx.measureText(text).width + 4, 16)
      ctx.fillStyle = ink
      ctx.fillText(text, left, top)
    }
    for (const [index, { transport, lastBackMs }] of series.entries()) {
      const top = scales[`y${index}`]!.top + 4
      ctx.font = `600 13px ${fontFamily}`
      write(nameOf(transport), chartArea.left + 6, top)
      if (lastBackMs === undefined) continue
      ctx.font = `12px ${fontFamily}`
      // Right of what they were sent together.
      const text = `last back after ${formatMs(lastBackMs)}`
      write(
        text,
        Math.min(
          pixelOf(chart, fromMs + lastBackMs + 2 * stepMs) + 6,
          chartArea.right - ctx.measureText(text).width - 2,
        ),
        top,
      )
    }
    ctx.restore()
  },
})
