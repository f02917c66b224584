// How long subscribers were without the stream after a fault: median, 99th percentile and the longest, with what else came of it.
import { type FaultRow, faultRowsOf, whyNotWithout } from '../../results/faults.ts'
import { exactMs, formatCount, formatMs, missingText } from '../../results/figures.ts'
import type { Run } from '../../results/format.ts'
import type { ChartView, OfFleet } from './chart.ts'
import { linearAxis, logAxis, logEnds, placesAxis, tickMs } from './drawing/axis.ts'
import { barText } from './drawing/bar-text.ts'
import { barsHeightPx } from './drawing/bars.ts'
import { hover } from './drawing/hover.ts'
import { marksStyle, upright } from './drawing/marks.ts'
import { asConfig, baseOptions, lookOf, nameOf } from './drawing/style.ts'

/** Largest over least time from which dots near zero could no longer be told apart. */
const LOG_FROM = 30

type Back = NonNullable<FaultRow['without']>
type Known = FaultRow & { readonly without: Back }

export const chart: OfFleet = {
  isUnder: (_, { fault }) => fault !== undefined,
  draw(view) {
    const { run, scenario, shown } = view
    const all = faultRowsOf(run, scenario)
    const rows = shown.flatMap(id => all.find(({ transport }) => transport === id) ?? [])
    const known = rows.filter((row): row is Known => row.without !== undefined)
    const targetMs = targetOf(run)
    const isLogarithmic = isLog(known, targetMs)
    return {
      title: 'Without the stream after the fault',
      caption: `Of the subscribers that were cut off, all rounds together. Filled marks: median; whiskers: up to the 99th percentile; open marks: the longest.${
        targetMs === undefined ? '' : ` Upright line: the claim’s ${exactMs(targetMs)}.`
      } The axis is ${isLogarithmic ? 'logarithmic' : 'linear from zero'}.`,
      finding: findingOf(rows, known),
      table: {
        columns: [
          { header: 'transport', align: 'left' },
          ...['cut off', 'back after, median, ms', 'p99, ms', 'longest, ms'].map(header => ({
            header,
            align: 'right' as const,
          })),
          { header: 'came back to', align: 'left' },
          ...['lost', 'doubled', 'out of order', 'rounds'].map(header => ({ header, align: 'right' as const })),
        ],
        rows: rows.map(row => {
          const { transport, affected, without, to, lost, duplicated, outOfOrder, rounds } = row
          const times = without && [without.medianMs, without.p99Ms, without.maxMs]
          return [
            nameOf(transport),
            affected ?? missingText(whyNotWithout(row)),
            ...(times ?? [missingText(whyNotWithout(row)), null, null]),
            to === '' ? null : to,
            ...[lost, duplicated, outOfOrder, rounds],
          ]
        }),
      },
      heightPx: known.length > 0 ? barsHeightPx(rows.length) : 0,
      config: known.length > 0 ? configOf(view, rows, known, targetMs) : null,
    }
  },
}

/** What a claim of the run sets as the time of recovery, ms. */
function targetOf({ claims = [] }: Run): number | undefined {
  const scale = { ms: 1, s: 1000 } as const
  for (const { id, unit, points } of claims) {
    const claimed = points.find(point => point.claimed !== null)?.claimed
    if (id.includes('recover') && claimed && Object.hasOwn(scale, unit)) return claimed * scale[unit as 'ms' | 's']
  }
  return undefined
}

function isLog(known: readonly Known[], targetMs = 0): boolean {
  const least = Math.min(...known.map(({ without }) => without.medianMs))
  return least > 0 && Math.max(targetMs, ...known.map(({ without }) => without.maxMs)) / least > LOG_FROM
}

function findingOf(rows: readonly FaultRow[], known: readonly Known[]): string {
  const [first] = rows
  if (!first) return missingText('not measured')
  const label = (id: string) => lookOf(id, 'light').label
  const times = known
    .toSorted((a, b) => a.without.maxMs - b.without.maxMs)
    .map(({ transport, without }) => `${label(transport)} ${formatMs(without.maxMs)}`)
  const back =
    times.length > 0 ? `Last subscriber back after: ${times.join(', ')}.` : `${missingText(whyNotWithout(first))}.`
  const kinds = [
    ['lost', 'Lost'],
    ['duplicated', 'Doubled'],
    ['outOfOrder', 'Out of order'],
  ] as const
  const counts = kinds.map(([key, word]) => {
    const hit = rows.filter(row => row[key] > 0).map(row => `${label(row.transport)} ${formatCount(row[key])}`)
    return `${word}: ${hit.length > 0 ? hit.join(', ') : 'none'}.`
  })
  return [back, ...counts].join(' ')
}

function configOf(
  { theme }: ChartView,
  rows: readonly FaultRow[],
  known: readonly Known[],
  targetMs: number | undefined,
) {
  const times = known.flatMap(({ without }) => Object.values(without)).filter(ms => ms > 0)
  const log = isLog(known, targetMs)
  const ends = log
    ? logEnds([...times, targetMs ?? times[0]!])
    : { min: 0, max: 1.04 * Math.max(targetMs ?? 0, ...times) }
  const axis = { theme, title: 'without the stream', ends, text: (ms: number) => (ms === 0 ? '0' : tickMs(ms)) }
  const points = known.map(({ transport, without }) => ({
    ...without,
    y: rows.findIndex(row => row.transport === transport),
  }))
  return asConfig({
    type: 'scatterWithErrorBars',
    data: {
      datasets: [
        points.map(({ medianMs: x, p99Ms, y }) => ({ x, y, xMin: x, xMax: p99Ms })),
        points.map(({ maxMs: x, y }) => ({ x, y })),
      ].map((data, at) => ({
        data,
        ...marksStyle(
          theme,
          known.map(({ transport }) => transport),
          at === 0,
        ),
      })),
    },
    options: {
      ...baseOptions(theme),
      interaction: { mode: 'nearest', intersect: false },
      scales: {
        x: log ? logAxis({ ...axis, axis: 'x' }) : linearAxis(axis),
        y: placesAxis(
          theme,
          rows.map(({ transport }, at) => ({ at, label: nameOf(transport) })),
          { reverse: true },
        ),
      },
    },
    plugins: [
      ...(targetMs === undefined ? [] : [upright(theme, targetMs, `claim: ${exactMs(targetMs)}`)]),
      barText(
        theme,
        rows.map(row => (row.without ? '' : missingText(whyNotWithout(row)))),
        rows.map(() => ends.min),
      ),
      hover(theme, (set, at) => {
        const { transport, without } = known[at]!
        return `${lookOf(transport, theme).label}, ${set === 0 ? `median: ${formatMs(without.medianMs)}, p99 ${formatMs(without.p99Ms)}` : `longest: ${formatMs(without.maxMs)}`}`
      }),
    ],
  })
}
