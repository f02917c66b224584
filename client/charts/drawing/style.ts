// How a transport and a theme look on a canvas: colours, marks, dashes, and the options that all charts share.
import type { ChartConfiguration, ChartOptions } from 'chart.js'
import type { SummaryRow } from '../../../results/format.ts'
import { type ClientEntry, entryOf } from '../../transports/index.ts'
import type { ChartView, Theme } from '../chart.ts'

export const palettes = {
  light: { ink: '#1f2937', muted: '#4b5563', grid: '#e5e7eb', ground: '#ffffff' },
  dark: { ink: '#f3f4f6', muted: '#d1d5db', grid: '#374151', ground: '#111827' },
} as const satisfies Record<Theme, Record<string, string>>

export const fontFamily = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", "Liberation Sans", sans-serif'

export interface Look {
  readonly label: string
  readonly color: string
  readonly glyph: string
  readonly mark: ClientEntry['mark']
  readonly dash: number[]
}

/** The look of a transport. One that this lab does not know (a stranger's run) gets its id and neutral marks. */
export function lookOf(id: string, theme: Theme): Look {
  const entry = entryOf(id)
  if (entry) return { ...entry, color: entry[theme], dash: [...entry.dash] }
  const label = id.length > 32 ? `${id.slice(0, 31)}…` : id
  const color = theme === 'light' ? '#6b7280' : '#9ca3af'
  return { label, color, glyph: '○', mark: 'crossRot', dash: [1, 2 + (id.length % 5)] }
}

/** `◆ WebSocket`. */
export const nameOf = (id: string): string => {
  const { glyph, label } = lookOf(id, 'light')
  return `${glyph} ${label}`
}

/** `#rrggbb` with an opacity from 0 to 1. */
export function faded(color: string, opacity: number): string {
  const [red, green, blue] = [1, 3, 5].map(at => Number.parseInt(color.slice(at, at + 2), 16))
  return `rgba(${red}, ${green}, ${blue}, ${opacity})`
}

/** The summary rows of what is shown under the scenario, in the order shown. A transport without one is left out. */
export const rowsOf = ({ run, scenario, shown }: ChartView): SummaryRow[] =>
  shown.flatMap(id => run.summary.find(row => row.scenario === scenario.id && row.transport === id) ?? [])

/** Options of every chart. No animation: it delays reading and makes pictures depend on time. */
export function baseOptions(theme: Theme): ChartOptions {
  const { ink, grid } = palettes[theme]
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    font: { family: fontFamily, size: 13 },
    color: ink,
    borderColor: grid,
    layout: { padding: { top: 4, right: 12, bottom: 0, left: 0 } },
  }
}

/** The title and colours of an axis. */
export const axisStyle = (theme: Theme, title?: string) => ({
  border: { color: palettes[theme].muted },
  grid: { color: palettes[theme].grid },
  ticks: { color: palettes[theme].muted, font: { family: fontFamily, size: 12 } },
  title: {
    display: title !== undefined,
    text: title ?? '',
    color: palettes[theme].ink,
    font: { family: fontFamily, size: 13 },
  },
})

/** A line with marks and whiskers, as a dataset of Chart.js' plug-in for error bars. */
export function trackStyle(theme: Theme, transport: string) {
  const { ink } = palettes[theme]
  const { label, color, mark, dash } = lookOf(transport, theme)
  return {
    label,
    showLine: true,
    borderColor: color,
    borderDash: dash,
    backgroundColor: color,
    // Names without the prefix `point`: this controller's element is not Chart.js' own.
    borderWidth: 2,
    pointStyle: mark,
    radius: 5,
    hoverRadius: 6,
    // Marks at the very edge stay whole.
    clip: 10,
    errorBarColor: ink,
    errorBarWhiskerColor: ink,
    errorBarLineWidth: 1.25,
    errorBarWhiskerLineWidth: 1.25,
    errorBarWhiskerSize: 8,
  }
}

/** Chart.js types a configuration by its chart type; ours are built from parts and read only by Chart.js. */
export const asConfig = (config: object): ChartConfiguration => config as ChartConfiguration
