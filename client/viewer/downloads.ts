// What a visitor takes away: pictures with the conditions baked in, and the numbers as CSV, Markdown and JSON.
import { conditionsOf } from '../../results/conditions.ts'
import type { Run } from '../../results/format.ts'
import { csvText, plainName, sixDigits } from '../../results/table.ts'
import { notesBelow, summaryCsv, summaryMarkdown } from '../../results/tables.ts'
import type { ChartView, Figure } from '../charts/chart.ts'
import { drawSlide } from '../charts/drawing/canvas.ts'
import { download } from '../download.ts'

export const runExports = {
  CSV: run => download(`${run.id}.csv`, summaryCsv(run), 'text/csv'),
  Markdown: run => download(`${run.id}.md`, summaryMarkdown(run), 'text/markdown'),
  JSON: run => download(`${run.id}.json`, `${JSON.stringify(run)}\n`, 'application/json'),
} satisfies Record<string, (run: Run) => void>

/** A figure's numbers as data: plain names, six digits, nothing where there is none. */
export const figureCsv = ({ table }: Figure): string =>
  csvText([
    table.columns.map(({ header }) => plainName(header)),
    ...table.rows.map(row =>
      row.map(value => (typeof value === 'number' ? sixDigits(value) : (value ?? '').replace(/^n\/a .*|^\P{L} /u, ''))),
    ),
  ])

/** The picture as a PNG of 1920 × 1080. */
export async function downloadPng(name: string, figure: Figure, { run, scenario, theme }: ChartView): Promise<void> {
  const { config } = figure
  if (!config) return
  const createCanvas = (width: number, height: number) =>
    Object.assign(document.createElement('canvas'), { width, height })
  const notes = notesBelow(run, figure.conditions ?? conditionsOf(run, scenario))
  const slide = drawSlide(createCanvas, { ...figure, config }, { theme, notes })
  const blob = await new Promise<Blob | null>(resolve => slide.toBlob(resolve, 'image/png'))
  if (blob) download(`${run.id}-${name}.png`, blob)
}
