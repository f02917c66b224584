// What a shorter poll interval buys and costs: latency against bytes per second, a point for each interval.
import type { Chart as ChartJs, Plugin } from 'chart.js'
import { type Estimate, isMissing, type Statistic } from '../../results/estimate.ts'
import { exactMs, formatBytes, formatMs } from '../../results/figures.ts'
import { estimateOf } from '../../results/statistics.ts'
import { entryOf } from '../transports/index.ts'
import type { AcrossLoads, ChartView, Theme } from './chart.ts'
import { logAxis, logEnds, tickMs } from './drawing/axis.ts'
import { hover } from './drawing/hover.ts'
import { transportLegend } from './drawing/legend.ts'
import { asConfig, baseOptions, fontFamily, lookOf, nameOf, palettes, trackStyle } from './drawing/style.ts'
import { conditionsOfFamily, familyOf, type Spot, type Track, tracksOf } from './from-run/family.ts'
import { numbersOf } from './from-run/numbers.ts'

const latencyOf = ({ row }: Spot): Statistic => row.statistics.meanMs ?? { missing: 'not measured' }

/** TCP payload of one subscriber, both directions. */
const bytesPerSecond = ({ cells, scenario: { clients } }: Spot): Statistic =>
  cells.length > 0 && clients > 0
    ? estimateOf(cells.map(({ bytesIn, bytesOut, windowMs }) => ((bytesIn + bytesOut) * 1000) / (windowMs * clients)))
    : { missing: 'no usable round' }

export const chart: AcrossLoads = {
  isIn: run => familyOf(run, 'pollIntervalMs').length > 0,
  draw(view) {
    const family = familyOf(view.run, 'pollIntervalMs', view.scenario)
    const tracks = tracksOf(view, family)
    const conditions = conditionsOfFamily(view.run, family)
    const drawn = tracks.flatMap(track => {
      const points = pointsOf(track)
      return points.length > 0 ? [{ ...track, points }] : []
    })
    return {
      title: 'What the poll interval buys, and what it costs',
      caption: `Mean latency from appended to received against the TCP payload of one subscriber in both directions, by poll interval; down and to the left is better. Both axes are logarithmic, whiskers are 95 % intervals over rounds. Loads: ${conditions}.`,
      finding: drawn.length > 0 ? `${drawn.map(inWords).join('; ')}.` : 'n/a (no two intervals to compare)',
      table: {
        columns: [
          { header: 'transport', align: 'left' },
          ...[
            'poll interval, ms',
            'mean latency, ms',
            '95 % from',
            '95 % to',
            'bytes/s',
            'bytes/s, 95 % from',
            'bytes/s, 95 % to',
          ].map(header => ({ header, align: 'right' as const })),
        ],
        rows: tracks.flatMap(({ transport, spots }) =>
          spots.map(spot => [
            nameOf(transport),
            spot.value,
            ...[latencyOf(spot), bytesPerSecond(spot)].flatMap(numbersOf),
          ]),
        ),
      },
      conditions,
      heightPx: drawn.length > 0 ? 360 : 0,
      config: drawn.length > 0 ? configOf(view, drawn) : null,
    }
  },
}

interface Point {
  readonly intervalMs: number
  readonly latency: Estimate
  readonly bytes: Estimate
}
type Drawn = Track & { readonly points: readonly Point[] }

const pointsOf = ({ spots }: Track): Point[] =>
  spots.flatMap(spot => {
    const [latency, bytes] = [latencyOf(spot), bytesPerSecond(spot)]
    if (isMissing(latency) || isMissing(bytes) || latency.value <= 0 || bytes.value <= 0) return []
    return [{ intervalMs: spot.value, latency, bytes }]
  })

/** Whether the interval is its. */
const isTimed = (transport: string): boolean => entryOf(transport)?.isTimed === true

function inWords({ transport, points }: Drawn): string {
  const text = ({ latency, bytes }: Point) => `${formatMs(latency.value)} for ${formatBytes(bytes.value)}/s`
  const [first, last] = [points[0]!, points.at(-1)!]
  const { label } = lookOf(transport, 'light')
  if (!isTimed(transport)) return `${label} ${text(first)}`
  return `${label} ${text(first)} polling every ${exactMs(first.intervalMs)}, ${text(last)} every ${exactMs(last.intervalMs)}`
}

function configOf({ theme }: ChartView, drawn: readonly Drawn[]) {
  const all = drawn.flatMap(({ points }) => points)
  const ends = (of: (point: Point) => Estimate) =>
    logEnds(
      all.flatMap(point => [of(point).value / 1.1, (of(point).high ?? 0) || of(point).value, of(point).value * 1.3]),
    )
  const [x, y] = [ends(({ bytes }) => bytes), ends(({ latency }) => latency)]
  return asConfig({
    type: 'scatterWithErrorBars',
    data: {
      datasets: drawn.map(({ transport, points }) => {
        return {
          data: points.map(({ latency, bytes }) => ({
            x: bytes.value,
            y: latency.value,
            ...(bytes.low !== null && { xMin: Math.max(bytes.low, x.min), xMax: bytes.high }),
            ...(latency.low !== null && { yMin: Math.max(latency.low, y.min), yMax: latency.high }),
          })),
          ...trackStyle(theme, transport),
        }
      }),
    },
    options: {
      ...baseOptions(theme),
      interaction: { mode: 'nearest', intersect: false },
      scales: {
        x: logAxis({ theme, axis: 'x', title: 'TCP payload per second and subscriber', ends: x, text: formatBytes }),
        y: logAxis({ theme, axis: 'y', title: 'mean latency', ends: y, text: tickMs }),
      },
    },
    plugins: [
      hover(theme, (line, at) => {
        const { transport, points } = drawn[line]!
        const { intervalMs, latency, bytes } = points[at]!
        return `${lookOf(transport, theme).label}, polling every ${exactMs(intervalMs)}: ${formatMs(latency.value)}, ${formatBytes(bytes.value)}/s`
      }),
      transportLegend(
        theme,
        drawn.map(({ transport }) => transport),
      ),
      intervalNames(theme, drawn),
    ],
  })
}

/** The interval beside each point of those that ask on a timer; where the right edge leaves no room, below the line. */
const intervalNames = (theme: Theme, drawn: readonly Drawn[]): Plugin => ({
  id: 'intervalNames',
  afterDatasetsDraw(chart: ChartJs) {
    const { ctx } = chart
    ctx.save()
    ctx.font = `12px ${fontFamily}`
    ctx.fillStyle = palettes[theme].ink
    ctx.textBaseline = 'middle'
    for (const [line, { transport, points }] of drawn.entries())
      if (isTimed(transport))
        for (const [at, { x, y }] of chart.getDatasetMeta(line).data.entries()) {
          const text = `every ${exactMs(points[at]!.intervalMs)}`
          const isRoom = x + 10 + ctx.measureText(text).width < chart.width
          ctx.textAlign = isRoom ? 'left' : 'right'
          ctx.fillText(text, x + (isRoom ? 10 : -10), y + (isRoom ? -10 : 12))
        }
    ctx.restore()
  },
})
