// What came of a fault, transport by transport: who was cut off and for how long, where they came back to, and what was lost or doubled.
import type { Cell } from './cell.ts'
import { formatCount, formatMs, missingText } from './figures.ts'
import type { Run } from './format.ts'
import type { Scenario } from './scenario.ts'
import type { Table } from './table.ts'

export interface FaultRow {
  readonly transport: string
  /** Usable rounds in which what came of it was recorded; the figures below are of all of them together. */
  readonly rounds: number
  /** Subscribers that lost their connection, summed over the rounds; undefined where it was not recorded. */
  readonly affected: number | undefined
  /** How long a subscriber was without the stream, ms; undefined where none was. */
  readonly without: { readonly medianMs: number; readonly p99Ms: number; readonly maxMs: number } | undefined
  /** `server-2 17 · server-3 16`: to which servers they came back, the one with most of them first. */
  readonly to: string
  /** Of every round, as in the summary. */
  readonly lost: number
  readonly duplicated: number
  readonly outOfOrder: number
}

/** A row per transport that was measured under a scenario with a fault, in the run's order; none where it has no fault. */
export function faultRowsOf(run: Pick<Run, 'cells' | 'summary'>, scenario: Scenario): FaultRow[] {
  if (!scenario.fault) return []
  return run.summary
    .filter(row => row.scenario === scenario.id)
    .map(({ transport, lost, duplicated, outOfOrder }) => {
      const cells = run.cells.filter(
        cell => cell.scenario === scenario.id && cell.transport === transport && cell.status === 'ok',
      )
      const found = cells.flatMap(({ recovery }) => recovery ?? [])
      const rounds = found.length
      return {
        transport,
        rounds,
        affected: rounds > 0 ? found.reduce((sum, { affected }) => sum + affected, 0) : undefined,
        without: pooled(found),
        to: serversText(found),
        lost,
        duplicated,
        outOfOrder,
      }
    })
}

type Recovery = NonNullable<Cell['recovery']>

/** The rounds' quantiles as one distribution: each stands for as many subscribers as its round has for one quantile. */
function pooled(found: readonly Recovery[]): FaultRow['without'] {
  const values = found
    .flatMap(({ ms, affected }) => ms.map(each => ({ ms: each, weight: Math.max(1, affected / ms.length) })))
    .toSorted((a, b) => a.ms - b.ms)
  const last = values.at(-1)
  if (!last) return undefined
  const total = values.reduce((sum, { weight }) => sum + weight, 0)
  const at = (level: number): number => {
    let reached = 0
    for (const { ms, weight } of values) {
      reached += weight
      if (reached >= level * total - 1e-9) return ms
    }
    return last.ms
  }
  return { medianMs: at(0.5), p99Ms: at(0.99), maxMs: last.ms }
}

function serversText(found: readonly Recovery[]): string {
  const counts = new Map<string, number>()
  for (const { to } of found)
    for (const [name, count] of Object.entries(to)) counts.set(name, (counts.get(name) ?? 0) + count)
  return [...counts]
    .toSorted((a, b) => b[1] - a[1])
    .map(([name, count]) => `${name} ${formatCount(count)}`)
    .join(' · ')
}

/** Why a transport has no time without the stream. */
export const whyNotWithout = ({ rounds }: FaultRow): string => (rounds > 0 ? 'nobody was cut off' : 'not measured')

/** The rows as text; empty where the scenario has no fault. */
export function faultTable(run: Pick<Run, 'cells' | 'summary'>, scenario: Scenario): Table {
  const right = (header: string) => ({ header, align: 'right' as const })
  const left = (header: string) => ({ header, align: 'left' as const })
  return {
    columns: [
      left('transport'),
      right('cut off'),
      right('back after, median'),
      right('p99'),
      right('longest'),
      left('came back to'),
      ...['lost', 'doubled', 'out of order', 'rounds'].map(right),
    ],
    rows: faultRowsOf(run, scenario).map(row => {
      const { transport, affected, without, to, lost, duplicated, outOfOrder, rounds } = row
      return [
        transport,
        affected === undefined ? missingText(whyNotWithout(row)) : formatCount(affected),
        ...(without
          ? [without.medianMs, without.p99Ms, without.maxMs].map(formatMs)
          : [missingText(whyNotWithout(row)), 'n/a', 'n/a']),
        to || 'n/a',
        ...[lost, duplicated, outOfOrder, rounds].map(formatCount),
      ]
    }),
  }
}
