// A server under everything at once for long: its memory over time, with descriptors and what subscribers lost.
import { counted, formatCount, threeDigits } from '../../results/figures.ts'
import type { Run } from '../../results/format.ts'
import { slopeOf } from '../../results/statistics.ts'
import type { AcrossLoads } from './chart.ts'
import { linearAxis } from './drawing/axis.ts'
import { hover } from './drawing/hover.ts'
import { legend } from './drawing/legend.ts'
import { asConfig, axisStyle, baseOptions, palettes } from './drawing/style.ts'

const MS_PER_MINUTE = 60_000
const mb = (bytes: number): number => bytes / 1e6
const mbText = (value: number): string => `${formatCount(Math.round(value))} MB`

const lines = [
  { name: 'resident memory', dash: [], of: ({ rssBytes }: Reading) => mb(rssBytes) },
  { name: 'heap after a collection', dash: [6, 4], of: ({ heapBytes }: Reading) => mb(heapBytes) },
] as const

type Cell = Run['cells'][number]
type Reading = NonNullable<Cell['soak']>['readings'][number]

const cellsOf = ({ cells }: Run) => cells.filter(({ soak }) => soak && soak.readings.length > 1)

export const chart: AcrossLoads = {
  isIn: run => cellsOf(run).length > 0,
  draw({ run, theme }) {
    const cells = cellsOf(run)
    // Of the server itself, and the same in the cell of every transport.
    const { readings } = cells[0]!.soak!
    /** Of all transports together. */
    const total = (at: number, key: 'lost' | 'doubled'): number =>
      cells.reduce((sum, { soak }) => sum + (soak!.readings[at]?.[key] ?? 0), 0)
    const minutesOf = ({ atMs }: Reading): number => atMs / MS_PER_MINUTE
    const [first, last] = [readings[0]!, readings.at(-1)!]
    const { value, low, high } = slopeOf(readings.map(reading => [minutesOf(reading) / 60, mb(reading.rssBytes)]))
    const isLevel = low !== null && high !== null && low <= 0 && high >= 0
    const interval = low === null || high === null ? '' : ` [${threeDigits(low)}, ${threeDigits(high)}]`
    const lost = cells.reduce((sum, cell) => sum + cell.lost, 0)
    const doubled = cells.reduce((sum, cell) => sum + cell.duplicated, 0)
    const { cuts, restarts, attacks } = cells[0]!.soak!
    const attacked = Object.values(attacks).reduce((sum, times) => sum + times, 0)
    return {
      title: 'Memory of a server under everything at once',
      caption:
        'Of the server that was never restarted, after the warm-up. Subscribers of every transport were cut off, some readers stopped, and it was attacked.',
      finding: `Resident memory was ${mbText(mb(first.rssBytes))} at first and ${mbText(mb(last.rssBytes))} at last; its trend was ${threeDigits(value)}${interval} MB an hour${isLevel ? ', level within its interval' : ''}. ${counted(lost, 'notice')} lost and ${formatCount(doubled)} doubled, in ${counted(cuts, 'cut')}, ${counted(restarts, 'restart')} and ${counted(attacked, 'attack')}.`,
      table: {
        columns: ['at, min', 'resident, MB', 'heap, MB', 'descriptors', 'lost', 'doubled'].map(header => ({
          header,
          align: 'right' as const,
        })),
        rows: readings.map((reading, at) => [
          minutesOf(reading),
          mb(reading.rssBytes),
          mb(reading.heapBytes),
          reading.descriptors,
          total(at, 'lost'),
          total(at, 'doubled'),
        ]),
      },
      heightPx: 320,
      config: asConfig({
        type: 'line',
        data: {
          datasets: lines.map(({ name, dash, of }) => ({
            label: name,
            data: readings.map(reading => ({ x: minutesOf(reading), y: of(reading) })),
            borderColor: palettes[theme].ink,
            borderDash: [...dash],
            borderWidth: 2,
            pointRadius: 0,
            pointHitRadius: 10,
          })),
        },
        options: {
          ...baseOptions(theme),
          parsing: false,
          interaction: { mode: 'nearest', axis: 'x', intersect: false },
          scales: {
            x: {
              ...axisStyle(theme, 'minutes since the warm-up'),
              type: 'linear',
              min: 0,
              max: Math.ceil(minutesOf(last) - 0.1),
            },
            y: linearAxis({ theme, title: 'memory', ends: { min: 0 }, text: mbText }),
          },
        },
        plugins: [
          legend(
            theme,
            lines.map(({ name, dash }) => ({ text: name, color: palettes[theme].ink, dash, width: 2 })),
          ),
          hover(theme, (line, at) => {
            const reading = readings[at]!
            return `${lines[line]!.name}, at ${minutesOf(reading).toFixed(1)} min: ${mbText(lines[line]!.of(reading))}`
          }),
        ],
      }),
      conditions: `two servers and Redis · ${cells.length} transports side by side · loopback`,
    }
  },
}
