// A figure across loads: strips one above the other that share the parameter below, in each a line with marks and whiskers per transport.
import type { Chart as ChartJs, Plugin } from 'chart.js'
import { type Estimate, isMissing, type Statistic } from '../../../results/estimate.ts'
import type { ChartView, Figure, FigureTable, Theme } from '../chart.ts'
import { conditionsOfFamily, type FamilyLoad, type Spot, type Track, tracksOf } from '../from-run/family.ts'
import { numbersOf } from '../from-run/numbers.ts'
import { linearAxis, logAxis, logEnds, type Place, placesAxis } from './axis.ts'
import { hover } from './hover.ts'
import { transportLegend } from './legend.ts'
import { asConfig, baseOptions, fontFamily, lookOf, nameOf, palettes, trackStyle } from './style.ts'

export interface Strip {
  readonly title: string
  /** Unit of the stored value, for the table. */
  readonly unit: string
  readonly text: (value: number) => string
  readonly isLog: boolean
  readonly statistic: (spot: Spot) => Statistic
}

export interface StripsFigure {
  readonly title: string
  readonly caption: string
  readonly family: readonly FamilyLoad[]
  /** Of the axis below, with its unit. */
  readonly axisTitle: string
  readonly isLog: boolean
  /** A member's value as it stands on that axis. */
  readonly at: (spot: Spot) => number
  readonly tick: (value: number) => string
  /** Where that axis has names instead of numbers: its places, the columns that say them in the table, and which places a line joins. */
  readonly named?: {
    readonly places: readonly Place[]
    readonly columns: readonly { readonly header: string; readonly of: (spot: Spot) => string | number }[]
    readonly isJoined: (from: number, to: number) => boolean
  }
  readonly strips: readonly Strip[]
  readonly finding: (tracks: readonly Track[], strips: readonly Strip[]) => string
}

/** Strips without a single figure are left out. */
export function stripsFigure(view: ChartView, figure: StripsFigure): Figure {
  const { title, family } = figure
  const conditions = conditionsOfFamily(view.run, family)
  const tracks = tracksOf(view, family)
  const strips = figure.strips.filter(strip =>
    tracks.some(({ spots }) => spots.some(spot => isDrawable(strip, strip.statistic(spot)))),
  )
  const table = tableOf(tracks, figure)
  const rest = { title, caption: `${figure.caption} Loads: ${conditions}.`, table, conditions }
  if (strips.length === 0) return { ...rest, finding: 'n/a (no two loads to compare)', config: null, heightPx: 0 }
  return {
    ...rest,
    finding: figure.finding(tracks, strips),
    heightPx: strips.length === 1 ? 360 : 90 + 150 * strips.length,
    config: configOf(view, tracks, strips, figure),
  }
}

const isDrawable = ({ isLog }: Strip, statistic: Statistic): statistic is Estimate =>
  !isMissing(statistic) && (!isLog || statistic.value > 0)

function tableOf(tracks: readonly Track[], { axisTitle, at, strips, named }: StripsFigure): FigureTable {
  const keys = named?.columns ?? [{ header: axisTitle, of: at }]
  return {
    columns: [
      { header: 'transport', align: 'left' },
      ...keys.map(({ header }) => ({ header, align: 'right' as const })),
      ...strips.flatMap(({ title, unit }) =>
        [`${title}, ${unit}`, `${title}, 95 % from`, `${title}, 95 % to`].map(header => ({
          header,
          align: 'right' as const,
        })),
      ),
    ],
    rows: tracks.flatMap(({ transport, spots }) =>
      spots.map(spot => [
        nameOf(transport),
        ...keys.map(({ of }) => of(spot)),
        ...strips.flatMap(strip => numbersOf(strip.statistic(spot))),
      ]),
    ),
  }
}

function configOf({ theme }: ChartView, tracks: readonly Track[], strips: readonly Strip[], figure: StripsFigure) {
  const { at, tick, axisTitle, named } = figure
  const places = tracks.flatMap(({ spots }) => spots.map(at))
  const drawn = strips.flatMap((strip, index) => {
    const axis = endsOf(strip, tracks)
    return tracks.flatMap(({ transport, spots }) => {
      const points = spots.flatMap(spot => {
        const statistic = strip.statistic(spot)
        if (!isDrawable(strip, statistic)) return []
        const { value: y, low, high } = statistic
        // A whisker that reaches to zero or below has no place on a logarithmic axis; it ends at the axis.
        return [{ x: at(spot), y, ...(low !== null && high !== null && { yMin: Math.max(low, axis.min), yMax: high }) }]
      })
      return points.length > 0 ? [{ transport, index, strip, points }] : []
    })
  })
  return asConfig({
    type: 'scatterWithErrorBars',
    data: {
      datasets: drawn.map(({ transport, index, points }) => ({
        ...trackStyle(theme, transport),
        data: points,
        yAxisID: `y${index}`,
        ...(named && {
          segment: {
            borderColor: ({ p0DataIndex: from, p1DataIndex: to }: { p0DataIndex: number; p1DataIndex: number }) =>
              named.isJoined(points[from]!.x, points[to]!.x) ? undefined : 'transparent',
          },
        }),
      })),
    },
    options: {
      ...baseOptions(theme),
      interaction: { mode: 'nearest', intersect: false },
      scales: {
        x: named
          ? placesAxis(theme, named.places, { title: axisTitle })
          : figure.isLog
            ? logAxis({ theme, axis: 'x', title: axisTitle, ends: logEnds(places), text: tick })
            : linearAxis({ theme, title: axisTitle, ends: { min: 0, max: Math.max(...places) }, text: tick }),
        ...Object.fromEntries(strips.map((_, index) => [`y${index}`, stripAxis(theme, strips, index, tracks)])),
      },
    },
    plugins: [
      hover(theme, (dataset, point) => {
        const { transport, strip, points } = drawn[dataset]!
        const { x, y } = points[point]!
        return `${lookOf(transport, theme).label}, ${strip.title}: ${strip.text(y)} at ${tick(x)}`
      }),
      transportLegend(
        theme,
        tracks.map(({ transport }) => transport),
      ),
      stripTitles(theme, strips),
    ],
  })
}

/** The ends of a strip's axis, with room above for its title. */
function endsOf(strip: Strip, tracks: readonly Track[]): { min: number; max: number } {
  const known = tracks
    .flatMap(({ spots }) => spots.map(strip.statistic))
    .filter(statistic => isDrawable(strip, statistic))
  const highest = Math.max(...known.map(({ value, high }) => high ?? value))
  if (!strip.isLog) return { min: 0, max: 1.2 * highest }
  const lowest = Math.min(...known.map(({ value, low }) => Math.max(low ?? value, value / 3)))
  return logEnds([lowest, highest * Math.max(1.3, (highest / lowest) ** 0.4)])
}

function stripAxis(theme: Theme, strips: readonly Strip[], index: number, tracks: readonly Track[]) {
  const strip = strips[index]!
  const ends = endsOf(strip, tracks)
  const shared = { theme, ends, text: strip.text, strips: strips.length }
  const style = strip.isLog ? logAxis({ ...shared, axis: 'y' }) : linearAxis(shared)
  if (strips.length === 1) return style
  return {
    ...style,
    stack: 'strips',
    stackWeight: 1,
    // The first stands on top.
    weight: strips.length - index,
    // Chart.js reckons stacked axes too narrow where the plot is, and cuts their numbers.
    afterFit(axis: { width: number }) {
      axis.width = 64
    },
  }
}

/** What a strip shows, on a ground of its own, since lines may pass there. */
export const stripTitles = (theme: Theme, strips: readonly { readonly title: string }[]): Plugin => ({
  id: 'stripTitles',
  afterDatasetsDraw({ ctx, scales, chartArea }: ChartJs) {
    const { ink, ground } = palettes[theme]
    ctx.save()
    ctx.font = `600 13px ${fontFamily}`
    ctx.textBaseline = 'top'
    ctx.textAlign = 'left'
    for (const [index, { title }] of strips.entries()) {
      const top = (scales[`y${index}`]?.top ?? 0) + 3
      ctx.fillStyle = ground
      ctx.fillRect(chartArea.left + 5, top, ctx.measureText(title).width + 6, 18)
      ctx.fillStyle = ink
      ctx.fillText(title, chartArea.left + 8, top + 2)
    }
    ctx.restore()
  },
})
