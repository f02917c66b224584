// How evenly the servers of a fleet share the work: CPU, memory, connections and notices of each, side by side for each transport.
import type { Cell } from '../../results/cell.ts'
import { formatBytes, formatCount, missingText, threeDigits } from '../../results/figures.ts'
import type { ChartView, OfFleet } from './chart.ts'
import { halvedAxis, placesAxis } from './drawing/axis.ts'
import { hover } from './drawing/hover.ts'
import { legend } from './drawing/legend.ts'
import { stripTitles } from './drawing/strips.ts'
import { asConfig, baseOptions, faded, lookOf, nameOf, palettes } from './drawing/style.ts'

type Server = NonNullable<Cell['fleet']>[number]

/** A server's figures under one transport, mean over the rounds that had it. */
interface Row {
  readonly transport: string
  readonly name: string
  readonly rounds: number
  readonly values: readonly number[]
}

const measures = [
  {
    title: 'CPU',
    unit: '% of a core',
    text: (value: number) => `${threeDigits(value)} %`,
    of: ({ cpuUs }: Server, { windowMs }: Cell) => cpuUs / windowMs / 10,
  },
  { title: 'memory (RSS)', unit: 'bytes', text: formatBytes, of: ({ rssBytes }: Server) => rssBytes },
  { title: 'open connections', unit: 'at the end', text: threeDigits, of: ({ open }: Server) => open },
  {
    title: 'notices written',
    unit: 'in the window',
    text: (value: number) => formatCount(Math.round(value)),
    of: ({ noticesWritten }: Server) => noticesWritten,
  },
] as const

const NOTICES = 3
const opacities = [1, 0.6, 0.3, 0.12]

export const chart: OfFleet = {
  isUnder: (run, { id }) => run.cells.some(({ scenario, fleet }) => scenario === id && fleet && fleet.length > 0),
  draw(view) {
    const rows = rowsOf(view)
    const names = [...new Set(rows.map(({ name }) => name))].toSorted((a, b) =>
      a.localeCompare(b, 'en', { numeric: true }),
    )
    return {
      title: 'What each server does',
      caption: `Over the window, mean over rounds${
        view.scenario.fault?.kind === 'kill-server' ? '; the server that was killed counts until then' : ''
      }. Bars start at zero; shades tell the servers apart, in the order of the legend.`,
      finding: rows.length > 0 ? findingOf(rows) : missingText('servers were not measured one by one'),
      table: {
        columns: [
          { header: 'transport', align: 'left' },
          { header: 'server', align: 'left' },
          ...measures.map(({ title, unit }) => ({ header: `${title}, ${unit}`, align: 'right' as const })),
          { header: 'rounds', align: 'right' },
        ],
        rows: rows.map(({ transport, name, values, rounds }) => [nameOf(transport), name, ...values, rounds]),
      },
      heightPx: rows.length > 0 ? 110 + 96 * measures.length : 0,
      config: rows.length > 0 ? configOf(view, rows, names) : null,
    }
  },
}

function rowsOf({ run, scenario, shown }: ChartView): Row[] {
  return shown.flatMap(transport => {
    const found = run.cells
      .filter(cell => cell.scenario === scenario.id && cell.transport === transport && cell.status === 'ok')
      .flatMap(cell => (cell.fleet ?? []).map(server => ({ server, cell })))
    return [...new Set(found.map(({ server }) => server.name))].map(name => {
      const own = found.filter(({ server }) => server.name === name)
      return {
        transport,
        name,
        rounds: own.length,
        values: measures.map(({ of }) => own.reduce((sum, { server, cell }) => sum + of(server, cell), 0) / own.length),
      }
    })
  })
}

/** How many times what the least busy server wrote the busiest did. */
function findingOf(rows: readonly Row[]): string {
  const parts = [...new Set(rows.map(({ transport }) => transport))].map(transport => {
    const written = rows.filter(row => row.transport === transport).map(({ values }) => values[NOTICES]!)
    const [least, most] = [Math.min(...written), Math.max(...written)]
    const text = least > 0 ? `${threeDigits(most / least)} times` : most > 0 ? 'one wrote none' : 'none wrote any'
    return `${lookOf(transport, 'light').label} ${text}`
  })
  return `Notices written by the busiest server against the least busy: ${parts.join(', ')}.`
}

function configOf({ theme }: ChartView, rows: readonly Row[], names: readonly string[]) {
  const transports = [...new Set(rows.map(({ transport }) => transport))]
  const { ink } = palettes[theme]
  const shade = (server: number) => opacities[Math.min(server, opacities.length - 1)]!
  const rowAt = (transport: string, name: string) => rows.find(row => row.transport === transport && row.name === name)
  const datasets = measures.flatMap((_, measure) =>
    names.map((name, server) => ({
      // One name per server: its bars of all strips stand in one place.
      stack: name,
      label: name,
      yAxisID: `y${measure}`,
      data: transports.map((transport, x) => ({ x, y: rowAt(transport, name)?.values[measure] ?? Number.NaN })),
      backgroundColor: transports.map(id => faded(lookOf(id, theme).color, shade(server))),
      borderColor: transports.map(id => lookOf(id, theme).color),
      borderWidth: 1,
      categoryPercentage: 0.7,
      barPercentage: 0.9,
      maxBarThickness: 34,
    })),
  )
  const scales = measures.map(({ text }, measure) => {
    const most = Math.max(...rows.map(({ values }) => values[measure]!))
    return [
      `y${measure}`,
      {
        // Room above for the title.
        ...halvedAxis(theme, 1.35 * most, text, measures.length),
        stack: 'strips',
        stackWeight: 1,
        weight: measures.length - measure,
        // Chart.js reckons stacked axes too narrow where the plot is, and cuts their numbers.
        afterFit(axis: { width: number }) {
          axis.width = 64
        },
      },
    ]
  })
  const places = transports.map((id, at) => ({
    at,
    label: [lookOf(id, theme).glyph, ...lookOf(id, theme).label.split(' ')],
  }))
  return asConfig({
    type: 'bar',
    data: { datasets },
    options: {
      ...baseOptions(theme),
      parsing: false,
      interaction: { mode: 'nearest', intersect: false },
      scales: { x: { ...placesAxis(theme, places), offset: false }, ...Object.fromEntries(scales) },
    },
    plugins: [
      hover(theme, (dataset, at) => {
        const [measure, name] = [Math.floor(dataset / names.length), names[dataset % names.length]!]
        const value = rowAt(transports[at]!, name)?.values[measure]
        const { title, text } = measures[measure]!
        return `${lookOf(transports[at]!, theme).label}, ${name}: ${title} ${value === undefined ? 'n/a' : text(value)}`
      }),
      legend(
        theme,
        names.map((name, server) => ({ text: name, color: faded(ink, shade(server)) })),
      ),
      stripTitles(theme, measures),
    ],
  })
}
