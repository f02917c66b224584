// A claim on one axis: for each of its points what the model predicts, what is claimed, and what was measured with its interval.
import type { Chart as ChartJs, Plugin } from 'chart.js'
import { threeDigits } from '../../../results/figures.ts'
import type { Claim } from '../../../results/format.ts'
import type { Chart, Figure, Theme } from '../chart.ts'
import { linearAxis, logAxis, logEnds } from './axis.ts'
import { hover } from './hover.ts'
import { legend } from './legend.ts'
import { asConfig, axisStyle, baseOptions, fontFamily, palettes } from './style.ts'

type Point = Claim['points'][number]

/** Largest over least value from which dots near zero could no longer be told apart. */
const LOG_FROM = 30
const ROW_PX = 50

/** The chart of the run's claim `id`. */
export const claimChart = (id: string): Chart => ({
  draw: ({ run, theme }) => claimFigure(run.claims!.find(claim => claim.id === id)!, theme),
})

/** What was compared, as a figure. */
export function claimFigure(claim: Claim, theme: Theme): Figure {
  const { points, unit, source, tolerance } = claim
  const isKnown = points.some(point => valuesOf(point).length > 0)
  return {
    title: `Model and measurement: ${claim.id}`,
    caption: `Dots: measured, with 95 % intervals over rounds; upright lines: the model’s prediction; diamonds: the claim’s own figure. ${
      isKnown && isLog(points) ? 'The axis is logarithmic.' : 'The axis is linear and holds zero.'
    }`,
    finding: findingOf(claim),
    table: {
      columns: [
        { header: 'compared', align: 'left' },
        ...['predicted', 'claimed', 'measured', '95 % from', '95 % to', 'rounds'].map(header => ({
          header,
          align: 'right' as const,
        })),
      ],
      rows: points.map(({ label, predicted, claimed, measured }) => [
        label,
        predicted,
        claimed,
        measured?.value ?? 'n/a (not measured)',
        measured?.low ?? null,
        measured?.high ?? null,
        measured ? String(measured.n) : null,
      ]),
    },
    heightPx: isKnown ? 80 + ROW_PX * points.length : 0,
    config: isKnown ? configOf(points, unit, theme) : null,
    conditions: `claim ${claim.id} (${source}) · tolerance ${tolerance} · ${claim.verdict}`,
  }
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

function findingOf({ points, unit }: Claim): string {
  const compared = points.flatMap(({ label, predicted, measured }) =>
    measured && predicted && Number.isFinite(predicted)
      ? [{ label, predicted, value: measured.value, apart: measured.value / predicted - 1 }]
      : [],
  )
  const [first, ...rest] = compared
  if (!first) {
    const known = points.flatMap(({ label, measured }) =>
      measured ? [`${threeDigits(measured.value)} at ${label}`] : [],
    )
    return known.length > 0 ? `Measured: ${known.join(', ')}.` : 'n/a (no point could be measured)'
  }
  const { label, predicted, value, apart } = rest.reduce(
    (a, b) => (Math.abs(b.apart) > Math.abs(a.apart) ? b : a),
    first,
  )
  const share = `${threeDigits(Math.abs(apart) * 100)} % ${apart < 0 ? 'below' : 'above'}`
  const what = `measured ${threeDigits(value)}, predicted ${threeDigits(predicted)}${unit === '' ? '' : ` ${unit}`}`
  const lead = rest.length > 0 ? `Furthest from the model: ${label}` : label
  return value === predicted ? `${lead}: ${what}, exactly.` : `${lead}: ${what} (${share}).`
}

function configOf(points: readonly Point[], unit: string, theme: Theme) {
  const { ink, muted, ground } = palettes[theme]
  const all = points.flatMap(valuesOf)
  const log = isLog(points)
  const ends = log ? logEnds(all) : { min: Math.min(0, ...all), max: Math.max(0, ...all) * 1.04 || 1 }
  const axis = { theme, title: unit, ends, text: threeDigits }
  const shared = { borderColor: muted, backgroundColor: muted, clip: 12 }
  const rows = points.map((point, y) => ({ ...point, y }))
  const predicted = rows.flatMap(({ predicted: x, y }) => (x !== null && Number.isFinite(x) ? [{ x, y }] : []))
  const claimed = rows.flatMap(({ claimed: x, y }) => (x !== null && Number.isFinite(x) ? [{ x, y }] : []))
  const measured = rows.flatMap(({ measured: found, y }) => {
    if (!found) return []
    const { value: x, low, high } = found
    return [{ x, y, ...(low !== null && high !== null && { xMin: low, xMax: high }) }]
  })
  const datasets = [
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
  return asConfig({
    type: 'scatterWithErrorBars',
    data: { datasets },
    options: {
      ...baseOptions(theme),
      interaction: { mode: 'nearest', intersect: false },
      scales: {
        x: log ? logAxis({ ...axis, axis: 'x' }) : linearAxis(axis),
        y: {
          ...axisStyle(theme),
          type: 'linear',
          display: false,
          // Half a row above the first, for its label.
          min: -0.7,
          max: points.length - 0.6,
          reverse: true,
        },
      },
    },
    plugins: [
      hover(theme, (set, at) => {
        const { label, data } = datasets[set]!
        const { x, y, xMin, xMax } = data[at]! as { x: number; y: number; xMin?: number; xMax?: number }
        const interval = xMin === undefined ? '' : ` (${threeDigits(xMin)} to ${threeDigits(xMax!)})`
        return `${points[y]!.label}, ${label}: ${threeDigits(x)}${interval}`
      }),
      legend(theme, [
        { text: 'measured', color: ink, glyph: '●' },
        { text: 'predicted', color: muted, glyph: '┃' },
        ...(claimed.length > 0 ? [{ text: 'claimed', color: muted, glyph: '◇' }] : []),
      ]),
      rowNames(theme, points),
    ],
  })
}

/** Each point's label above its marks: beside them, long ones would leave no room for the axis. */
const rowNames = (theme: Theme, points: readonly Point[]): Plugin => ({
  id: 'rowNames',
  beforeDatasetsDraw({ ctx, scales, chartArea }: ChartJs) {
    const { y } = scales
    if (!y) return
    ctx.save()
    ctx.font = `13px ${fontFamily}`
    ctx.fillStyle = palettes[theme].ink
    ctx.textBaseline = 'middle'
    ctx.textAlign = 'left'
    // Squeezed letters cannot be read; the table has them all.
    const cut = (text: string): string => {
      if (ctx.measureText(text).width <= chartArea.width - 8) return text
      let length = text.length
      while (length > 0 && ctx.measureText(`${text.slice(0, length)}…`).width > chartArea.width - 8) length--
      return `${text.slice(0, length)}…`
    }
    for (const [row, { label }] of points.entries())
      ctx.fillText(cut(label), chartArea.left + 4, y.getPixelForValue(row - 0.5))
    ctx.restore()
  },
})
