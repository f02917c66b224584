// Two runs against each other: whether they are alike enough to compare, and by how much each figure differs.
import { faultText } from './conditions.ts'
import { isMissing, type Statistic } from './estimate.ts'
import { ratioText, threeDigits } from './figures.ts'
import type { Run } from './format.ts'
import { metricsOf, type StatisticName } from './metrics.ts'
import { measuredPackages } from './packages.ts'
import type { Scenario } from './scenario.ts'
import { ratioOfIndependent } from './statistics.ts'
import { valuesByRound } from './summary.ts'

export interface ComparedRow {
  readonly transport: string
  /** `now` over `before`, in the order of the statistics asked for: ratio of geometric means with Welch's interval on logarithms, since the
   * rounds of two runs are independent (bench/README.md, rule 11). */
  readonly ratios: readonly Statistic[]
}

export interface Differences {
  /** What is not the same and would explain a difference by itself: `clients: 100 before, 200 now`. Empty: like for like. */
  readonly unlike: readonly string[]
  /** What may differ, since it is what one compares: the revision. */
  readonly notes: readonly string[]
  /** The earlier run's scenario that was compared; undefined where it has none of that kind. */
  readonly other: Scenario | undefined
  /** The transports that both measured. */
  readonly rows: readonly ComparedRow[]
}

/** The scenario of `run` to compare with: the one of the same id, else the only one of that kind. */
export function counterpartOf(scenario: Scenario, run: Run): Scenario | undefined {
  const sameKind = run.scenarios.filter(({ kind }) => kind === scenario.kind)
  return sameKind.find(({ id }) => id === scenario.id) ?? (sameKind.length === 1 ? sameKind[0] : undefined)
}

/** How `now` differs from `before` under a scenario of `now`, transport by transport. */
export function differencesOf(before: Run, now: Run, scenario: Scenario, names: readonly StatisticName[]): Differences {
  const other = counterpartOf(scenario, before)
  return {
    unlike: other ? [...unlikeLoads(before, now, other, scenario), ...unlikeMachines(before, now)] : [],
    notes: notesOf(before, now),
    other,
    rows: !other
      ? []
      : commonOf(before, now, other, scenario).map(transport => ({
          transport,
          ratios: names.map(name => ratioAcross([before, other.id], [now, scenario.id], transport, name)),
        })),
  }
}

/** The transports that both runs measured under a load. */
const commonOf = (before: Run, now: Run, then: Scenario, scenario: Scenario): string[] =>
  transportsOf(scenario, now).filter(id => transportsOf(then, before).includes(id))

const transportsOf = (scenario: Scenario, run: Run): readonly string[] => scenario.transports ?? run.transports

function ratioAcross(
  [before, otherScenario]: readonly [Run, string],
  [now, scenario]: readonly [Run, string],
  transport: string,
  name: StatisticName,
): Statistic {
  const sides = [valuesByRound(now, scenario, transport, name), valuesByRound(before, otherScenario, transport, name)]
  const numbers: number[][] = []
  for (const figures of sides) {
    const values: number[] = []
    for (const figure of figures.values()) {
      if (typeof figure !== 'number') return figure
      if (figure <= 0) return { missing: 'a ratio needs positive figures' }
      values.push(figure)
    }
    if (values.length === 0) return { missing: 'no usable round' }
    numbers.push(values)
  }
  return ratioOfIndependent(numbers[0]!, numbers[1]!)
}

const show = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))

const unequal = (what: string, then: unknown, now: unknown): string[] =>
  show(then) === show(now) ? [] : [`${what}: ${show(then)} before, ${show(now)} now`]

/** The keys of both records whose values differ. */
const unequalKeys = (then: object, now: object, what = '', ignored: readonly string[] = []): string[] =>
  [...new Set([...Object.keys(now), ...Object.keys(then)])]
    .filter(key => !ignored.includes(key))
    .flatMap(key =>
      unequal(
        what + key,
        (then as Record<string, unknown>)[key] ?? 'absent',
        (now as Record<string, unknown>)[key] ?? 'absent',
      ),
    )

/** What differs between two loads. How often and for which transports they were measured changes what is known, not what is measured. */
const unlikeScenarios = (then: Scenario, now: Scenario): string[] =>
  unequalKeys(told(then), told(now), '', ['id', 'rounds', 'transports', 'publishingAlone'])

/** A scenario whose fault is in words, and without what says no more than its absence. */
function told(scenario: Scenario): object {
  const fault = faultText(scenario)
  const entries = Object.entries({ ...scenario, ...(fault !== undefined && { fault }) })
  return Object.fromEntries(entries.filter(([key, value]) => usual[key] !== value))
}

const usual: Readonly<Record<string, unknown>> = {
  servers: 1,
  backplane: 'memory',
  workers: 1,
  tls: false,
} satisfies Partial<Scenario>

/** What differs between a load of two runs: its parameters, and the packages that its code loads on the transports that both measured. */
function unlikeLoads(before: Run, now: Run, then: Scenario, scenario: Scenario): string[] {
  const transports = commonOf(before, now, then, scenario)
  const versionIn = ({ fingerprint }: Run, name: string): string => fingerprint.packages[name] ?? 'absent'
  return [
    ...unlikeScenarios(then, scenario),
    ...Object.entries(measuredPackages).flatMap(([name, isLoaded]) =>
      isLoaded(scenario, transports) ? unequal(`package ${name}`, versionIn(before, name), versionIn(now, name)) : [],
    ),
  ]
}

/** What differs between what two runs were measured on. */
export function unlikeMachines({ fingerprint: then }: Run, { fingerprint: now }: Run): string[] {
  return [
    ...unequalKeys(then, now, '', ['packages', 'sysctls', 'gitRevision', 'gitDirty']),
    ...unequalKeys(then.sysctls, now.sysctls, 'sysctl '),
  ]
}

/** What may differ between two runs, and whether they came to their end. */
export function notesOf(before: Run, now: Run): string[] {
  const revision = ({ fingerprint: { gitRevision, gitDirty } }: Run) =>
    gitRevision === null ? 'unknown' : `${gitRevision.slice(0, 10)}${gitDirty ? ' (modified)' : ''}`
  return [
    ...unequal('revision', revision(before), revision(now)),
    ...[now, before].flatMap(({ id, status }) => (status === 'complete' ? [] : [`run ${id} is ${status}`])),
  ]
}

/** What less and more of a statistic are called: times are faster or slower. */
export const wordsOf = (name: string): readonly [less: string, more: string] =>
  name.endsWith('Ms') && !name.startsWith('loop') ? ['faster', 'slower'] : ['less', 'more']

/** A ratio in words; the bare figure where the runs are not alike, since words would be a verdict. */
export const differenceText = (ratio: Statistic, name: string, isAlike: boolean): string =>
  isAlike || isMissing(ratio) ? ratioText(ratio, wordsOf(name)) : `${threeDigits(ratio.value)}×`

/** `[0.97×, 1.04×]`, or nothing where one round gives no interval. */
export const ratioInterval = (ratio: Statistic): string =>
  isMissing(ratio) || ratio.low === null || ratio.high === null
    ? ''
    : `[${threeDigits(ratio.low)}×, ${threeDigits(ratio.high)}×]`

/** The verdict in a sentence, from the ratios of medians; `labelOf` names a transport. Only for runs that are alike. */
export function sentenceOf(
  medians: readonly { readonly transport: string; readonly ratio: Statistic }[],
  labelOf: (transport: string) => string,
): string {
  const known = medians.filter(({ ratio }) => ratioInterval(ratio) !== '')
  const changed = known.flatMap(({ transport, ratio }) => {
    const text = ratioText(ratio)
    return text.startsWith('≈') ? [] : [`${labelOf(transport)} ${text}`]
  })
  if (known.length === 0) return 'Inconclusive: no transport has intervals in both runs.'
  if (changed.length === 0)
    return `No clear difference in the medians of ${known.length === 1 ? 'the one transport' : `${known.length} transports`}.`
  return `Median: ${changed.join(', ')}${changed.length < known.length ? '; no clear difference for the others' : ''}.`
}

/** A figure of both runs and how it differs. */
export interface Change {
  readonly before: Statistic
  readonly now: Statistic
  readonly ratio: Statistic
}

export interface LoadChanges {
  readonly scenario: Scenario
  readonly other: Scenario
  /** What differs between the loads and the packages that their code loads. */
  readonly unlike: readonly string[]
  readonly rows: readonly { readonly transport: string; readonly changes: Readonly<Record<string, Change>> }[]
}

/** Every statistic of every transport under every scenario that both runs have, in the order of `now`. */
export const changesOf = (before: Run, now: Run): LoadChanges[] =>
  now.scenarios.flatMap(scenario => {
    const other = counterpartOf(scenario, before)
    if (!other) return []
    const names = Object.keys(metricsOf(scenario.kind)) as StatisticName[]
    const { rows } = differencesOf(before, now, scenario, names)
    const changesFor = ({ transport, ratios }: ComparedRow) =>
      Object.fromEntries(
        names.map((name, at) => [
          name,
          {
            before: summaryOf(before, other.id, transport, name),
            now: summaryOf(now, scenario.id, transport, name),
            ratio: ratios[at]!,
          },
        ]),
      )
    return {
      scenario,
      other,
      unlike: unlikeLoads(before, now, other, scenario),
      rows: rows.map(row => ({ transport: row.transport, changes: changesFor(row) })),
    }
  })

/** What the summary says; not measured where it has nothing. */
export const summaryOf = (run: Run, scenarioId: string, transport: string, name: string): Statistic =>
  run.summary.find(row => row.scenario === scenarioId && row.transport === transport)?.statistics[name] ?? {
    missing: 'not measured',
  }
