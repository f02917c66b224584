// Bytes on the wire per delivered notice: by part where the parts were measured, else by direction.
import type { Chart as ChartJs, Plugin } from 'chart.js'
import { isMissing } from '../../results/estimate.ts'
import { formatBytes, missingText } from '../../results/figures.ts'
import type { SummaryRow } from '../../results/format.ts'
import { valuesByRound } from '../../results/summary.ts'
import type { Chart, ChartView, FigureTable, Theme } from './chart.ts'
import { barText, RIGHT_PADDING_PX } from './drawing/bar-text.ts'
import { barScales, barsHeightPx } from './drawing/bars.ts'
import { hover } from './drawing/hover.ts'
import { asConfig, baseOptions, faded, fontFamily, inkOn, lookOf, nameOf, palettes, rowsOf } from './drawing/style.ts'
import { extremesFinding } from './from-run/findings.ts'

/** Parts that have words of their own, in the order they are stacked; others follow under their own name. */
const partWords: Readonly<Record<string, string>> = {
  body: 'body',
  framing: 'framing',
  headers: 'headers',
  emptyPolls: 'empty polls',
  handshakes: 'handshakes',
  heartbeats: 'heartbeats',
  received: 'server to subscriber',
  sent: 'subscriber to server',
}
const opacities = [1, 0.72, 0.48, 0.28, 0.14, 0.07]
const BAR_PX = 24
/** A part that is less of a bar's scale is not seen, and not named. */
const LEAST_SHARE = 1e-3

interface Bar {
  readonly row: SummaryRow
  /** Mean bytes per notice by part; null where they are missing altogether. */
  readonly parts: Readonly<Record<string, number>> | null
}

export const chart: Chart = {
  draw(view) {
    const rows = rowsOf(view)
    const bars = rows.map(row => ({ row, parts: row.bytesByPart ?? byDirection(view, row) }))
    const names = partsOf(bars)
    const entries = rows.map(row => ({ row, statistic: row.statistics.bytesPerNotice ?? { missing: 'not measured' } }))
    const isByPart = rows.some(({ bytesByPart }) => bytesByPart)
    return {
      title: `Bytes per notice by ${isByPart ? 'part' : 'direction'}`,
      caption:
        'TCP payload at the server’s sockets per notice delivered; empty polls and headers are spread over the notices. Bars start at zero; parts that are too narrow for their names stand below, in their order.',
      finding: extremesFinding(view, entries, 'bytesPerNotice', formatBytes),
      table: tableOf(bars, names),
      heightPx: names.length > 0 ? barsHeightPx(rows.length) + 10 * rows.length : 0,
      config: names.length > 0 ? configOf(view, bars, names) : null,
    }
  },
}

/** What went each way, where the run does not say more. */
function byDirection({ run, scenario }: ChartView, { transport, statistics }: SummaryRow): Bar['parts'] {
  const total = statistics.bytesPerNotice
  if (!total || isMissing(total)) return null
  const rounds = valuesByRound(run, scenario.id, transport, 'bytesPerNotice')
  const cells = run.cells.filter(
    cell =>
      cell.scenario === scenario.id && cell.transport === transport && rounds.has(cell.round) && cell.status === 'ok',
  )
  const shares = cells.flatMap(({ bytesIn, bytesOut }) =>
    bytesIn + bytesOut > 0 ? [bytesOut / (bytesIn + bytesOut)] : [],
  )
  if (shares.length === 0) return null
  const received = (total.value * shares.reduce((sum, share) => sum + share, 0)) / shares.length
  return { received, sent: total.value - received }
}

function partsOf(bars: readonly Bar[]): string[] {
  const present = new Set(bars.flatMap(({ parts }) => Object.keys(parts ?? {})))
  const known = Object.keys(partWords).filter(name => present.has(name))
  return [...known, ...[...present].filter(name => !known.includes(name))]
}

const wordsOf = (name: string): string => (Object.hasOwn(partWords, name) ? partWords[name]! : name)

const totalOf = ({ parts }: Bar): number => Object.values(parts ?? {}).reduce((sum, bytes) => sum + bytes, 0)

const missingOf = ({ row }: Bar): string => {
  const statistic = row.statistics.bytesPerNotice
  return missingText(statistic && isMissing(statistic) ? statistic.missing : 'not measured')
}

const tableOf = (bars: readonly Bar[], names: readonly string[]): FigureTable => ({
  columns: [
    { header: 'transport', align: 'left' },
    ...names.map(name => ({ header: `${wordsOf(name)}, B`, align: 'right' as const })),
    { header: 'together, B', align: 'right' },
  ],
  rows: bars.map(bar => [
    nameOf(bar.row.transport),
    ...names.map(name => bar.parts?.[name] ?? null),
    bar.parts ? totalOf(bar) : missingOf(bar),
  ]),
})

function configOf({ theme }: ChartView, bars: readonly Bar[], names: readonly string[]) {
  const base = baseOptions(theme)
  const opacityOf = (part: number) => opacities[Math.min(part, opacities.length - 1)]!
  const scales = barScales(theme, 'per notice', formatBytes)
  return asConfig({
    type: 'bar',
    data: {
      labels: bars.map(({ row }) => nameOf(row.transport)),
      datasets: names.map((name, part) => ({
        label: wordsOf(name),
        data: bars.map(({ parts }) => parts?.[name] ?? null),
        backgroundColor: bars.map(({ row }) => faded(lookOf(row.transport, theme).color, opacityOf(part))),
        borderColor: bars.map(({ row }) => lookOf(row.transport, theme).color),
        borderWidth: 1,
        maxBarThickness: BAR_PX,
      })),
    },
    options: {
      ...base,
      indexAxis: 'y',
      layout: { padding: { top: 4, right: RIGHT_PADDING_PX, bottom: 0, left: 0 } },
      scales: { x: { ...scales.x, stacked: true }, y: { ...scales.y, stacked: true } },
    },
    plugins: [
      hover(theme, (part, at) => `${wordsOf(names[part]!)}: ${formatBytes(bars[at]!.parts?.[names[part]!] ?? 0)}`),
      namesInBars(theme, bars, names, opacityOf),
      barText(
        theme,
        bars.map(bar => (bar.parts ? formatBytes(totalOf(bar)) : missingOf(bar))),
        bars.map(totalOf),
      ),
    ],
  })
}

/** The name of each part in its bar; of those that are too narrow, with their bytes, below it. */
const namesInBars = (
  theme: Theme,
  bars: readonly Bar[],
  names: readonly string[],
  opacityOf: (part: number) => number,
): Plugin => ({
  id: 'namesInBars',
  afterDatasetsDraw({ ctx, chartArea, scales, width }: ChartJs) {
    const most = scales.x!.max
    ctx.save()
    ctx.font = `12px ${fontFamily}`
    ctx.textBaseline = 'middle'
    for (const [at, { row, parts }] of bars.entries()) {
      const narrow: string[] = []
      const { color } = lookOf(row.transport, theme)
      const middle = scales.y!.getPixelForValue(at)
      let before = 0
      for (const [part, name] of names.entries()) {
        const bytes = parts?.[name] ?? 0
        const [left = 0, right = 0] = [before, before + bytes].map(value => scales.x!.getPixelForValue(value))
        before += bytes
        if (bytes < LEAST_SHARE * most) continue
        const text = wordsOf(name)
        if (ctx.measureText(text).width + 8 > right - left) narrow.push(`${text} ${formatBytes(bytes)}`)
        else {
          ctx.textAlign = 'center'
          ctx.fillStyle = inkOn(color, opacityOf(part), theme)
          ctx.fillText(text, (left + right) / 2, middle + 0.5)
        }
      }
      ctx.textAlign = 'left'
      ctx.fillStyle = palettes[theme].ink
      const below = narrow.join(' · ')
      // On a phone it begins further left, and where that is not enough it is pressed into what there is.
      const from = Math.max(0, Math.min(chartArea.left + 4, width - 2 - ctx.measureText(below).width))
      ctx.fillText(below, from, middle + BAR_PX / 2 + 8, width - 2 - from)
    }
    ctx.restore()
  },
})
