// The columns of the comparison table: what each shows of a row, and what it is sorted by.

import { isMissing, type Statistic } from '../../results/estimate.ts'
import { formatBytes, formatCount, formatMs, missingText, ratioText, threeDigits } from '../../results/figures.ts'
import type { Run, SummaryRow } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import { ratioBetween } from '../../results/summary.ts'
import { tierOf, tiersOf } from '../../results/tiers.ts'
import { lookOf } from '../charts/drawing/style.ts'

export const columnKeys = [
  'transport',
  'medianMs',
  'tier',
  'ratio',
  'p99Ms',
  'bytesPerNotice',
  'idleBytesPerMinute',
  'cpuUsPerNotice',
  'rssPerSubscriberBytes',
  'requestsPerSecond',
  'lost',
  'rounds',
] as const
export type ColumnKey = (typeof columnKeys)[number]

export interface TableCell {
  readonly text: string
  /** The interval, or what else belongs below. */
  readonly below?: string
  /** A figure of void cells: it is shown, and counts nowhere. */
  readonly isVoid?: boolean
  /** null sorts last, whichever way. */
  readonly sortBy: number | string | null
}

export interface Column {
  readonly key: ColumnKey
  readonly header: string
  readonly title: string
  readonly cell: (row: SummaryRow) => TableCell
}

/** The columns under one scenario, against one baseline. */
export function columnsOf(run: Run, scenario: Scenario, baseline: string | undefined): Column[] {
  const statistic = (
    key: Exclude<ColumnKey, 'transport' | 'tier' | 'ratio' | 'lost' | 'rounds'>,
    header: string,
    title: string,
    text: (value: number) => string,
  ): Column => ({ key, header, title, cell: row => statisticCell(row.statistics[key], text) })
  const name = (id: string) => lookOf(id, 'light').label
  const tiers = tiersOf(run, scenario.id, 'medianMs')
  const tier: Column = {
    key: 'tier',
    header: 'Tier',
    title: 'By median; this run does not tell transports of one tier apart',
    cell: ({ transport }) => {
      const own = tierOf(tiers, transport)
      return own === undefined ? { text: missingText('no median'), sortBy: null } : { text: String(own), sortBy: own }
    },
  }
  const memory = statistic(
    'rssPerSubscriberBytes',
    'Memory/subscriber',
    'Growth of the server process for each subscriber',
    formatBytes,
  )
  const isMemoryKnown = run.summary.some(row => row.scenario === scenario.id && memory.cell(row).sortBy !== null)
  return [
    {
      key: 'transport',
      header: 'Transport',
      title: 'How the notices were delivered',
      cell: ({ transport }) => ({ text: name(transport), sortBy: name(transport) }),
    },
    statistic(
      'medianMs',
      'Median',
      'Half of the notices arrive within this time, from appended to received; geometric mean over rounds',
      formatMs,
    ),
    ...(tiers.length > 0 ? [tier] : []),
    {
      key: 'ratio',
      header: baseline === undefined ? 'Ratio' : `Median against ${name(baseline)}`,
      title: 'Ratio of medians, paired by round, with its 95 % interval',
      cell: row => ratioCell(run, scenario, row.transport, baseline),
    },
    statistic('p99Ms', 'p99', '99 % of the notices arrive within this time; geometric mean over rounds', formatMs),
    statistic('bytesPerNotice', 'Bytes/notice', 'TCP payload in both directions per notice', formatBytes),
    statistic(
      'idleBytesPerMinute',
      'Idle bytes/min',
      'TCP payload per subscriber while nothing is published',
      formatBytes,
    ),
    statistic('cpuUsPerNotice', 'CPU/notice', 'Server CPU time per notice, publishing subtracted', us =>
      formatMs(us / 1000),
    ),
    // Thousands of subscribers are needed: where there are fewer, nobody asked for it.
    ...(isMemoryKnown ? [memory] : []),
    statistic('requestsPerSecond', 'Requests/s', 'HTTP requests of all subscribers per second', threeDigits),
    {
      key: 'lost',
      header: 'Lost',
      title: 'Notices that never arrived, of all expected',
      cell: ({ lost, expected }) => ({ text: formatCount(lost), below: `of ${formatCount(expected)}`, sortBy: lost }),
    },
    {
      key: 'rounds',
      header: 'Rounds',
      title: 'Usable rounds; void ones take no part',
      cell: ({ rounds, voided }) => ({
        text: String(rounds),
        ...(voided > 0 && { below: `${voided} void` }),
        sortBy: rounds,
      }),
    },
  ]
}

function statisticCell(statistic: Statistic | undefined, text: (value: number) => string): TableCell {
  if (!statistic) return { text: missingText('not measured'), sortBy: null }
  if (isMissing(statistic))
    return statistic.void === undefined
      ? { text: missingText(statistic.missing), sortBy: null }
      : { text: text(statistic.void), below: statistic.missing, isVoid: true, sortBy: null }
  return { text: text(statistic.value), ...interval(statistic, text), sortBy: statistic.value }
}

/** `[639, 673] ms`: the unit once where it is the same; nothing where both ends read alike. */
function interval(statistic: Statistic, text: (value: number) => string): { below?: string } {
  if (isMissing(statistic) || statistic.low === null || statistic.high === null) return {}
  const [low, high] = [text(statistic.low), text(statistic.high)]
  if (low === high) return {}
  const [unit] = / \S+$/.exec(high) ?? ['']
  return unit !== '' && low.endsWith(unit)
    ? { below: `[${low.slice(0, -unit.length)}, ${high.slice(0, -unit.length)}]${unit}` }
    : { below: `[${low}, ${high}]` }
}

function ratioCell(run: Run, scenario: Scenario, transport: string, baseline: string | undefined): TableCell {
  if (baseline === undefined) return { text: missingText('no baseline'), sortBy: null }
  if (transport === baseline) return { text: 'baseline', sortBy: 1 }
  const ratio = ratioBetween(run, scenario.id, transport, baseline, 'medianMs')
  if (isMissing(ratio)) return { text: missingText(ratio.missing), sortBy: null }
  return { text: ratioText(ratio), ...interval(ratio, value => `${threeDigits(value)}×`), sortBy: ratio.value }
}

/** The columns that say something of a row, and those that are missing in all rows for the same reason: a line says it once. */
export function withoutAbsent(
  columns: readonly Column[],
  rows: readonly SummaryRow[],
): { columns: readonly Column[]; absent: readonly { header: string; text: string }[] } {
  const absent = columns.flatMap(({ key, header, cell }) => {
    const [first, ...others] = new Set(rows.map(row => (isAbsent(cell(row)) ? cell(row).text : '')))
    return first && others.length === 0 ? [{ key, header, text: first }] : []
  })
  return { columns: columns.filter(({ key }) => !absent.some(each => each.key === key)), absent }
}

const isAbsent = ({ text, sortBy, isVoid }: TableCell): boolean => sortBy === null && !isVoid && text.startsWith('n/a')

/** The rows by a column; what is missing comes last, whichever way. Without a column, in the run's order. */
export function sorted(
  rows: readonly SummaryRow[],
  column: Column | undefined,
  descending: boolean,
): readonly SummaryRow[] {
  if (!column) return rows
  const keyed = rows.map(row => ({ row, by: column.cell(row).sortBy }))
  const sign = descending ? -1 : 1
  return keyed
    .toSorted((a, b) => {
      if (a.by === null || b.by === null) return Number(a.by === null) - Number(b.by === null)
      if (typeof a.by === 'number' && typeof b.by === 'number') return sign * (a.by - b.by)
      return sign * String(a.by).localeCompare(String(b.by), 'en')
    })
    .map(({ row }) => row)
}
