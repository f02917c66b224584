// How a transport and a theme look on a canvas: colours, marks, dashes, and the options that all charts share.
import type { ChartConfiguration, ChartOptions } from 'chart.js'
import type { SummaryRow } from '../../../results/format.ts'
import { type ClientEntry, clientTransports, entryOf } from '../../transports/index.ts'
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
  return { label, color, glyph: '▢', mark: 'rectRounded', dash: [1, 2 + (id.length % 5)] }
}

/** The mark for Chart.js, which has no hexagon: it draws nothing there, and `hexagons` (marks.ts) does. */
export const pointStyleOf = ({ mark }: Pick<Look, 'mark'>) => (mark === 'hexagon' ? false : mark)

/** `◆ WebSocket`. */
export const nameOf = (id: string): string => {
  const { glyph, label } = lookOf(id, 'light')
  return `${glyph} ${label}`
}

const ids = new RegExp(`(?<![\\w.-])(${Object.keys(clientTransports).join('|')})(?![\\w.-]*\\w)`, 'g')

/** A sentence that names transports by their ids, by their labels: `sse, round 1` as `SSE, round 1`. */
export const inLabels = (text: string): string => text.replace(ids, id => lookOf(id, 'light').label)

/** `#rrggbb` with an opacity from 0 to 1. */
export function faded(color: string, opacity: number): string {
  const [red, green, blue] = [1, 3, 5].map(at => Number.parseInt(color.slice(at, at + 2), 16))
  return `rgba(${red}, ${green}, ${blue}, ${opacity})`
}

/** What is read on a ground of that colour, faded as by `faded`: ink or its opposite, whichever differs more (WCAG's relative luminance). */
export function inkOn(color: string, opacity: number, theme: Theme): string {
  const { ground } = palettes[theme]
  const channel = (of: string, at: number): number => Number.parseInt(of.slice(at, at + 2), 16) / 255
  const luminance = [0.2126, 0.7152, 0.0722].reduce((sum, weight, at) => {
    const value = opacity * channel(color, 1 + 2 * at) + (1 - opacity) * channel(ground, 1 + 2 * at)
    return sum + weight * (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
  }, 0)
  // Where both differ equally: (L + 0.05)² = 1.05 · 0.05, black and white being 0 and 1.
  return luminance > 0.179 ? palettes.light.ink : palettes.light.ground
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
  const { label, color, dash, ...look } = lookOf(transport, theme)
  return {
    label,
    showLine: true,
    borderColor: color,
    borderDash: dash,
    backgroundColor: color,
    // Names without the prefix `point`: this controller's element is not Chart.js' own.
    borderWidth: 2,
    pointStyle: pointStyleOf(look),
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
