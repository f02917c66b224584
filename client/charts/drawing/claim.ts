// A claim as a figure: for each of its points what the model predicts, what is claimed, and what was measured with its interval; a strip for each unit.
import type { Chart as ChartJs, Plugin } from 'chart.js'
import { threeDigits } from '../../../results/figures.ts'
import type { Claim } from '../../../results/format.ts'
import type { Chart, Figure, Theme } from '../chart.ts'
import { linearAxis, logAxis, logEnds } from './axis.ts'
import { hover } from './hover.ts'
import { legend } from './legend.ts'
import { asConfig, axisStyle, baseOptions, fontFamily, inLabels, palettes } from './style.ts'

type Point = Claim['points'][number]

/** Points of one unit, with the place of each among all rows; one row more below them is the axis'. */
interface Strip {
  readonly unit: string
  readonly rows: readonly (Point & { readonly y: number })[]
  readonly isLog: boolean
}

/** Largest over least value from which dots near zero could no longer be told apart. */
const LOG_FROM = 30
const ROW_PX = 50
/** In lower rows a label above its marks would touch those of the row before: it stands beside them. */
const LOW_ROW_PX = 46
/** Figures in a sentence: the others are drawn. */
const MOST_TOLD = 4

/** The chart of the run's claim `id`. */
export const claimChart = (id: string): Chart => ({
  draw: ({ run, theme }) => claimFigure(run.claims!.find(claim => claim.id === id)!, theme),
})

/** What was compared, as a figure. */
export function claimFigure(judged: Claim, theme: Theme): Figure {
  const points = judged.points.map(point => ({ ...point, label: inLabels(point.label) }))
  const claim = { ...judged, points }
  const { source, tolerance } = claim
  const isKnown = points.some(point => valuesOf(point).length > 0)
  const strips = stripsOf(claim)
  return {
    title: claim.claim,
    caption:
      'Dots: measured, with 95 % intervals over rounds; upright lines: predicted; diamonds: claimed. An axis without a zero is logarithmic.',
    lead: claim.finding,
    finding: findingOf(claim),
    table: {
      columns: [
        { header: 'compared', align: 'left' },
        ...(strips.length > 1 ? [{ header: 'unit', align: 'left' as const }] : []),
        ...['predicted', 'claimed', 'measured', '95 % from', '95 % to', 'rounds'].map(header => ({
          header,
          align: 'right' as const,
        })),
      ],
      rows: points.map(({ label, unit = claim.unit, predicted, claimed, measured }) => [
        label,
        ...(strips.length > 1 ? [unit] : []),
        predicted,
        claimed,
        measured?.value ?? 'n/a (not measured)',
        measured?.low ?? null,
        measured?.high ?? null,
        measured?.n ?? null,
      ]),
    },
    heightPx: isKnown ? 40 + ROW_PX * (points.length + strips.length) : 0,
    config: isKnown ? configOf(strips, theme) : null,
    conditions: `claim ${claim.id} (${source}) · tolerance ${tolerance} · ${claim.verdict}`,
  }
}

/** A strip for each unit, in the order in which the points come to them. */
function stripsOf({ points, unit: common }: Claim): Strip[] {
  const units = [...new Set(points.map(({ unit = common }) => unit))]
  let next = 0
  return units.map(unit => {
    const own = points.filter(point => (point.unit ?? common) === unit)
    const rows = own.map((point, at) => ({ ...point, y: next + at }))
    next += own.length + 1
    return { unit, rows, isLog: isLog(own) }
  })
}

/** All that the axis must hold. */
const valuesOf = ({ predicted, claimed, measured }: Point): number[] =>
  [predicted, claimed, measured?.value, measured?.low, measured?.high].filter(
    value => typeof value === 'number' && Number.isFinite(value),
  ) as number[]

function isLog(points: readonly Point[]): boolean {
  const all = points.flatMap(valuesOf)
  return Math.min(...all) > 0 && Math.max(...all) / Math.min(...all) > LOG_FROM
}

function findingOf({ points, unit: common }: Claim): string {
  const isAround0 = ({ low, high }: NonNullable<Point['measured']>): boolean => low! < 0 && high! > 0
  // A share of what may be nothing says nothing.
  const compared = points.flatMap(({ label, unit = common, predicted, measured }) =>
    measured && predicted && Number.isFinite(predicted) && !isAround0(measured)
      ? [{ label, unit, predicted, value: measured.value, apart: measured.value / predicted - 1 }]
      : [],
  )
  const [first, ...rest] = compared
  if (!first) {
    const known = points.flatMap(({ label, measured }) =>
      measured ? [`${threeDigits(measured.value)} (${label})`] : [],
    )
    const more = known.length > MOST_TOLD ? `, and ${known.length - MOST_TOLD} more` : ''
    return known.length > 0
      ? `Measured: ${known.slice(0, MOST_TOLD).join(', ')}${more}.`
      : 'n/a (no point could be measured)'
  }
  const { label, unit, predicted, value, apart } = rest.reduce(
    (a, b) => (Math.abs(b.apart) > Math.abs(a.apart) ? b : a),
    first,
  )
  const share = `${threeDigits(Math.abs(apart) * 100)} % ${apart < 0 ? 'below' : 'above'}`
  const what = `measured ${threeDigits(value)}, predicted ${threeDigits(predicted)}${unit === '' ? '' : ` ${unit}`}`
  const lead = rest.length > 0 ? `Furthest from the prediction: ${label}` : label
  return value === predicted ? `${lead}: ${what}, exactly.` : `${lead}: ${what} (${share}).`
}

const axisId = (strip: number): string => (strip === 0 ? 'x' : `x${strip}`)

/** An axis that is only reckoned with; `stripAxes` draws it, below its own strip. */
function axisOf({ rows, unit, isLog }: Strip, theme: Theme) {
  const all = rows.flatMap(valuesOf)
  const ends = isLog ? logEnds(all) : { min: Math.min(0, ...all), max: Math.max(0, ...all) * 1.04 || 1 }
  const axis = { theme, title: unit, ends, text: threeDigits }
  const hidden = { axis: 'x' as const, display: false }
  if (isLog) return { ...logAxis({ ...axis, axis: 'x' }), ...hidden }
  const { ticks, ...linear } = linearAxis(axis)
  // An end below zero is no round number, and would take the place of the zero.
  return { ...linear, ...hidden, ticks: { ...ticks, includeBounds: false } }
}

function datasetsOf({ rows }: Strip, strip: number, theme: Theme) {
  const { ink, muted, ground } = palettes[theme]
  const shared = { borderColor: muted, backgroundColor: muted, clip: 12, xAxisID: axisId(strip) }
  const predicted = rows.flatMap(({ predicted: x, y }) => (x !== null && Number.isFinite(x) ? [{ x, y }] : []))
  const claimed = rows.flatMap(({ claimed: x, y }) => (x !== null && Number.isFinite(x) ? [{ x, y }] : []))
  const measured = rows.flatMap(({ measured: found, y }) => {
    if (!found) return []
    const { value: x, low, high } = found
    return [{ x, y, ...(low !== null && high !== null && { xMin: low, xMax: high }) }]
  })
  return [
    { ...shared, label: 'measured', data: measured, borderColor: ink, backgroundColor: ink, radius: 5, hoverRadius: 6 },
    { ...shared, label: 'claimed', data: claimed, pointStyle: 'rectRot', radius: 9, backgroundColor: ground },
    { ...shared, label: 'predicted', data: predicted, pointStyle: 'line', rotation: 90, radius: 14 },
  ].map(dataset => ({
    ...dataset,
    borderWidth: 2,
    errorBarColor: ink,
    errorBarWhiskerColor: ink,
    errorBarLineWidth: 2,
    errorBarWhiskerLineWidth: 2,
    errorBarWhiskerSize: 12,
  }))
}

function configOf(strips: readonly Strip[], theme: Theme) {
  const { ink, muted } = palettes[theme]
  const points = strips.flatMap(({ rows }) => rows)
  const datasets = strips.flatMap((strip, at) => datasetsOf(strip, at, theme))
  return asConfig({
    type: 'scatterWithErrorBars',
    data: { datasets },
    options: {
      ...baseOptions(theme),
      layout: { padding: { top: 4, right: 28, bottom: 0, left: 12 } },
      interaction: { mode: 'nearest', intersect: false },
      scales: {
        ...Object.fromEntries(strips.map((strip, at) => [axisId(at), axisOf(strip, theme)])),
        y: {
          ...axisStyle(theme),
          type: 'linear',
          display: false,
          // Half a row above the first, for its label; below the last, for its axis.
          min: -0.7,
          max: points.length + strips.length - 0.7,
          reverse: true,
        },
      },
    },
    plugins: [
      hover(theme, (set, at) => {
        const { label, data } = datasets[set]!
        const { x, y } = data[at]!
        return `${points.find(point => point.y === y)!.label}, ${label}: ${threeDigits(x)}`
      }),
      legend(theme, [
        { text: 'measured', color: ink, glyph: '●' },
        ...(points.some(({ predicted }) => predicted !== null)
          ? [{ text: 'predicted', color: muted, glyph: '┃' }]
          : []),
        ...(points.some(({ claimed }) => claimed !== null) ? [{ text: 'claimed', color: muted, glyph: '◇' }] : []),
      ]),
      stripAxes(theme, strips),
      rowNames(theme, strips),
    ],
  })
}

/** Rows of a chart, the axes' among them. */
const rowsOf = (strips: readonly Strip[]): number => strips.reduce((sum, { rows }) => sum + rows.length + 1, 0)

const isLow = ({ height }: ChartJs, strips: readonly Strip[]): boolean => (height - 40) / rowsOf(strips) < LOW_ROW_PX

const labelFont = (chart: ChartJs, strips: readonly Strip[]): string =>
  `${isLow(chart, strips) ? 11 : 13}px ${fontFamily}`

/** The lines of each strip's axis, its numbers below them, and the unit: under the numbers, or beside them where rows are low. */
const stripAxes = (theme: Theme, strips: readonly Strip[]): Plugin => ({
  id: 'stripAxes',
  beforeDatasetsDraw(chart: ChartJs) {
    const { ctx, scales, chartArea } = chart
    const { ink, muted, grid } = palettes[theme]
    const y = scales.y!
    ctx.save()
    ctx.font = labelFont(chart, strips)
    for (const [at, { unit, rows }] of strips.entries()) {
      const x = scales[axisId(at)]!
      const top = y.getPixelForValue(rows[0]!.y - 0.7)
      const bottom = y.getPixelForValue(rows.at(-1)!.y + 0.4)
      ctx.textAlign = 'center'
      ctx.textBaseline = 'top'
      for (const { value, label } of x.ticks) {
        const left = x.getPixelForValue(value)
        ctx.fillStyle = value === 0 ? muted : grid
        ctx.fillRect(left, top, 1, bottom - top)
        ctx.fillStyle = muted
        ctx.fillText(String(label ?? ''), left, bottom + 3)
      }
      ctx.fillRect(chartArea.left, bottom, chartArea.width, 1)
      ctx.fillStyle = ink
      if (isLow(chart, strips)) {
        ctx.textAlign = 'right'
        ctx.fillText(unit, chartArea.left - 20, bottom + 3)
      } else ctx.fillText(unit, (chartArea.left + chartArea.right) / 2, bottom + 18)
    }
    ctx.restore()
  },
})

/** Each point's label above its marks: beside them, long ones would leave no room for the axis. In low rows there is no other place. */
const rowNames = (theme: Theme, strips: readonly Strip[]): Plugin => {
  const rows = strips.flatMap(({ rows }) => rows)
  return {
    id: 'rowNames',
    beforeLayout(chart: ChartJs) {
      const { ctx, width } = chart
      ctx.font = labelFont(chart, strips)
      const texts = [...rows.map(({ label }) => label), ...strips.map(({ unit }) => unit)]
      const widest = Math.max(...texts.map(text => ctx.measureText(text).width))
      const left = isLow(chart, strips) ? Math.min(0.5 * width, widest + 24) : 12
      Object.assign(chart.options.layout!.padding as object, { left })
    },
    beforeDatasetsDraw(chart: ChartJs) {
      const { ctx, scales, chartArea } = chart
      const isBeside = isLow(chart, strips)
      ctx.save()
      ctx.font = labelFont(chart, strips)
      ctx.fillStyle = palettes[theme].ink
      ctx.textBaseline = 'middle'
      ctx.textAlign = isBeside ? 'right' : 'left'
      const room = isBeside ? chartArea.left - 12 : chartArea.width - 8
      // Squeezed letters cannot be read; the table has them all.
      const cut = (text: string): string => {
        let shown = text
        while (shown.length > 1 && ctx.measureText(shown).width > room) shown = `${shown.slice(0, -2)}…`
        return shown
      }
      for (const { label, y } of rows)
        ctx.fillText(
          cut(label),
          chartArea.left + (isBeside ? -10 : 4),
          scales.y!.getPixelForValue(isBeside ? y : y - 0.5),
        )
      ctx.restore()
    },
  }
}
