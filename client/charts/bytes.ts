// Bytes on the wire per delivered notice: by part where the parts were measured, else by direction.

import { isMissing } from '../../results/estimate.ts'
import { formatBytes, missingText } from '../../results/figures.ts'
import type { SummaryRow } from '../../results/format.ts'
import { valuesByRound } from '../../results/summary.ts'
import type { Chart, ChartView, FigureTable } from './chart.ts'
import { barText, RIGHT_PADDING_PX } from './drawing/bar-text.ts'
import { barScales, barsHeightPx } from './drawing/bars.ts'
import { hover } from './drawing/hover.ts'
import { legend } from './drawing/legend.ts'
import { asConfig, baseOptions, faded, lookOf, nameOf, palettes, rowsOf } from './drawing/style.ts'
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

interface Bar {
  readonly row: SummaryRow
  /** Mean bytes per notice by part; null where they are missing altogether. */
  readonly parts: Readonly<Record<string, number>> | null
}

export const chart: Chart = {
  draw(view) {
    const rows = rowsOf(view)
    const bars = rows.map(row => ({ row, parts: row.bytesByPart ?? byDirection(view, row) }))
    const names = partNames(bars)
    const entries = rows.map(row => ({ row, statistic: row.statistics.bytesPerNotice ?? { missing: 'not measured' } }))
    const isByPart = rows.some(({ bytesByPart }) => bytesByPart)
    return {
      title: `Bytes per notice by ${isByPart ? 'part' : 'direction'}`,
      caption:
        'TCP payload at the server’s sockets per notice delivered; empty polls and headers are spread over the notices. Bars start at zero, the strongest shade is named first.',
      finding: extremesFinding(view, entries, 'bytesPerNotice', formatBytes),
      table: tableOf(bars, names),
      heightPx: names.length > 0 ? barsHeightPx(rows.length) + 34 : 0,
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

function partNames(bars: readonly Bar[]): string[] {
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
  const { ink } = palettes[theme]
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
        maxBarThickness: 26,
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
      legend(
        theme,
        names.map((name, part) => ({ text: wordsOf(name), color: faded(ink, opacityOf(part)) })),
      ),
      barText(
        theme,
        bars.map(bar => (bar.parts ? formatBytes(totalOf(bar)) : missingOf(bar))),
        bars.map(totalOf),
      ),
    ],
  })
}
