// Two runs against each other: whether they are alike enough to compare, and by how much they differ.
import { ratioText } from '../../results/figures.ts'
import { isMissing, type Run, type Scenario, type Statistic } from '../../results/format.ts'
import type { StatisticName } from '../../results/metrics.ts'
import { ratioOfIndependent } from '../../results/statistics.ts'
import { valuesByRound } from '../../results/summary.ts'
import { lookOf } from '../charts/parts/style.ts'

export const comparedStatistics = [
  { name: 'medianMs', header: 'Median', words: ['faster', 'slower'] },
  { name: 'p99Ms', header: 'p99', words: ['faster', 'slower'] },
  { name: 'bytesPerNotice', header: 'Bytes/notice', words: ['less', 'more'] },
  { name: 'cpuUsPerNotice', header: 'CPU/notice', words: ['less', 'more'] },
] as const satisfies readonly { name: StatisticName; header: string; words: readonly [string, string] }[]

export interface Differences {
  /** What is not the same and would explain a difference by itself: `clients: 100, then 200`. Empty: like for like. */
  readonly unlike: readonly string[]
  /** What may differ, since it is what one compares: the revision. */
  readonly notes: readonly string[]
  /** The other run's load that was compared; undefined where it has none. */
  readonly other: Scenario | undefined
  readonly rows: readonly { readonly transport: string; readonly ratios: readonly Statistic[] }[]
  /** A sentence; undefined where the runs are not alike. */
  readonly verdict: string | undefined
}

/** How `run` differs from `before` under one load, transport by transport. */
export function differencesOf(run: Run, scenario: Scenario, before: Run): Differences {
  const loads = before.scenarios.filter(({ kind }) => kind === 'delivery')
  const other = loads.find(({ id }) => id === scenario.id) ?? loads[0]
  const common = run.transports.filter(id => before.transports.includes(id))
  const rows = !other
    ? []
    : common.map(transport => ({
        transport,
        ratios: comparedStatistics.map(({ name }) =>
          ratioAcross([run, scenario.id], [before, other.id], transport, name),
        ),
      }))
  const unlike = other ? [...unlikeScenarios(scenario, other), ...unlikeMachines(run, before)] : []
  return {
    unlike,
    notes: notesOf(run, before),
    other,
    rows,
    verdict: unlike.length === 0 && other ? sentenceOf(rows) : undefined,
  }
}

function ratioAcross(
  [run, scenario]: readonly [Run, string],
  [before, otherScenario]: readonly [Run, string],
  transport: string,
  name: StatisticName,
): Statistic {
  const now = [...valuesByRound(run, scenario, transport, name).values()]
  const then = [...valuesByRound(before, otherScenario, transport, name).values()]
  if (now.length === 0 || then.length === 0) return { missing: 'no usable round' }
  const numbers = [now, then].map(values => values.flatMap(value => (typeof value === 'number' ? value : [])))
  const gap = [...now, ...then].find(value => typeof value !== 'number')
  if (gap !== undefined && typeof gap !== 'number') return gap
  if (numbers.flat().some(value => value <= 0)) return { missing: 'a ratio needs positive figures' }
  return ratioOfIndependent(numbers[0]!, numbers[1]!)
}

const show = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))

const unequal = (what: string, now: unknown, then: unknown): string[] =>
  show(now) === show(then) ? [] : [`${what}: ${show(then)} before, ${show(now)} now`]

function unlikeScenarios(scenario: Scenario, other: Scenario): string[] {
  const { id: _, ...rest } = scenario
  return Object.entries(rest).flatMap(([key, value]) => unequal(key, value, other[key as keyof Scenario]))
}

function unlikeMachines({ fingerprint: now }: Run, { fingerprint: then }: Run): string[] {
  const keys = ['cpu', 'cores', 'memoryBytes', 'os', 'kernel', 'node', 'fileLimit'] as const
  const records = [
    ['package', now.packages, then.packages],
    ['sysctl', now.sysctls, then.sysctls],
  ] as const
  return [
    ...keys.flatMap(key => unequal(key, now[key], then[key])),
    ...records.flatMap(([what, left, right]) =>
      [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap(key =>
        unequal(`${what} ${key}`, left[key] ?? 'absent', right[key] ?? 'absent'),
      ),
    ),
  ]
}

function notesOf(run: Run, before: Run): string[] {
  const revision = ({ fingerprint: { gitRevision, gitDirty } }: Run) =>
    gitRevision === null ? 'unknown' : `${gitRevision.slice(0, 10)}${gitDirty ? ' (modified)' : ''}`
  return [
    ...unequal('revision', revision(run), revision(before)),
    ...[run, before].flatMap(({ id, status }) => (status === 'complete' ? [] : [`run ${id} is ${status}`])),
  ]
}

function sentenceOf(rows: Differences['rows']): string {
  const at = comparedStatistics.findIndex(({ name }) => name === 'medianMs')
  const changed = rows.flatMap(({ transport, ratios }) => {
    const ratio = ratios[at]!
    if (isMissing(ratio) || ratio.low === null || ratio.high === null || (ratio.low <= 1 && ratio.high >= 1)) return []
    return [`${lookOf(transport, 'light').label} ${ratioText(ratio)}`]
  })
  const known = rows.filter(({ ratios }) => !isMissing(ratios[at]!) && (ratios[at] as { low: unknown }).low !== null)
  if (known.length === 0) return 'Inconclusive: no transport has intervals in both runs.'
  if (changed.length === 0)
    return `No clear difference in the medians of ${known.length === 1 ? 'the one transport' : `${known.length} transports`}.`
  return `Median: ${changed.join(', ')}${changed.length < known.length ? '; no clear difference for the others' : ''}.`
}
