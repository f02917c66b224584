// The verdict of a run in one breath: loss first, then who was fastest or tied, who was cheapest, and under which conditions.
import { briefFleet } from './conditions.ts'
import { type Estimate, isMissing } from './estimate.ts'
import { exactMs, formatCount, formatMs, formatShare, listed, threeDigits } from './figures.ts'
import type { Claim, Run, SummaryRow } from './format.ts'
import type { StatisticName } from './metrics.ts'
import type { Scenario } from './scenario.ts'
import { ratioBetween } from './summary.ts'
import { mean } from './sums.ts'
import { tiersOf } from './tiers.ts'

export const MAX_WORDS = 40

const verdicts: readonly Claim['verdict'][] = ['reproduced', 'qualified', 'refuted', 'measured', 'inconclusive']

/** What became of the claims: `4 claims: 2 reproduced, 1 refuted, 1 inconclusive.` */
export function tallyOf(claims: readonly Claim[]): string {
  const counts = verdicts.flatMap(verdict => {
    const count = claims.filter(claim => claim.verdict === verdict).length
    return count > 0 ? [`${count} ${verdict}`] : []
  })
  return `${claims.length} ${claims.length === 1 ? 'claim' : 'claims'}: ${counts.join(', ')}.`
}

/** What a verdict is drawn from; a run without its verdict suffices. */
export type Judged = Pick<
  Run,
  'status' | 'transports' | 'scenarios' | 'cells' | 'summary' | 'roundsDone' | 'roundsPlanned' | 'warnings' | 'claims'
>

export interface VerdictOptions {
  /** The load to speak of; default: the run's first. */
  readonly scenarioId?: string
  /** How to call a transport; default: its id. */
  readonly label?: (transport: string) => string
}

/** These say in other words what the counts and the missing rounds of the rows say already. */
const toldByRows = new Set(['lost', 'duplicated', 'outOfOrder', 'void', 'failed', 'busy-machine'])

/** One to four short sentences of at most 40 words together. What is said last is left out first when the words run out, the
 * conditions never. "tied" where the interval of a ratio includes 1; "inconclusive" where nothing was repeated or nothing is usable. */
export function verdictOf(run: Judged, { scenarioId, label = id => id }: VerdictOptions = {}): string {
  const scenario = run.scenarios.find(({ id, kind }) =>
    scenarioId === undefined ? kind === 'delivery' : id === scenarioId,
  )
  if (run.status === 'failed' && run.roundsDone === 0)
    return 'Inconclusive: the run failed before its first round was complete.'
  if (scenario?.kind !== 'delivery') {
    const put = run.claims && run.claims.length > 0 ? `${tallyOf(run.claims)} ` : ''
    return `${put}This run does not compare the latency of transports.`
  }

  const rows = run.summary.filter(row => row.scenario === scenario.id)
  const usable = rows.filter(({ statistics }) => statistics.medianMs && !isMissing(statistics.medianMs))
  const missing = (scenario.transports ?? run.transports)
    .filter(id => !usable.some(({ transport }) => transport === id))
    .map(label)
  const unusable = run.warnings.find(({ severity, code }) => severity === 'error' && !toldByRows.has(code))

  const opening = [[lossOf(rows, label)], [progressOf(run)]]
  const closing = `Conditions: ${briefConditions(run, scenario)}.`
  const missingPart = missing.length > 0 ? `No usable data: ${list(missing)}.` : ''
  const inconclusive = (why: string) => fitted([...opening, [`Inconclusive: ${why}.`], [missingPart]], closing)

  if (usable.length === 0) return inconclusive('no transport has a usable median')
  if (unusable) return inconclusive(`data not usable (${unusable.code})`)
  const byMedian = usable.toSorted((a, b) => statisticOf(a, 'medianMs')! - statisticOf(b, 'medianMs')!)
  if (byMedian.every(({ rounds }) => rounds < 2)) return inconclusive(`one round; ${span(byMedian, label)}`)
  const speed = speedOf(run, scenario, byMedian, label)
  return fitted([...opening, speed, [missingPart], [cheapestOf(run, scenario, label)]], closing)
}

/** Each part in the first of its wordings that still fits, or not at all; the closing always. */
function fitted(parts: readonly (readonly string[])[], closing: string): string {
  const said: string[] = []
  let room = MAX_WORDS - wordsOf(closing)
  for (const wordings of parts) {
    const fitting = wordings.filter(part => part !== '').find(part => wordsOf(part) <= room)
    if (fitting === undefined) continue
    said.push(fitting)
    room -= wordsOf(fitting)
  }
  return [...said, closing].join(' ')
}

/** Words as a reader counts them: what stands between spaces. */
export const wordsOf = (text: string): number => text.split(/\s+/u).filter(word => word !== '').length

const statisticOf = ({ statistics }: SummaryRow, name: StatisticName): number | undefined => {
  const statistic = statistics[name]
  return statistic && !isMissing(statistic) ? statistic.value : undefined
}

const medianOf = (row: SummaryRow): string => formatMs(statisticOf(row, 'medianMs')!)

/** `a`, `a and b`, `a, b and c`; from five on the first and how many more. */
function list(names: readonly string[]): string {
  return names.length > 4 ? `${names[0]} and ${names.length - 1} more` : listed(names)
}

function lossOf(rows: readonly SummaryRow[], label: (id: string) => string): string {
  const share = (count: number, expected: number) =>
    expected > 0 && count > 0 ? formatShare(count / expected) : formatCount(count)
  const kinds = [
    ['lost', 'lost'],
    ['duplicated', 'repeated'],
    ['outOfOrder', 'disordered'],
  ] as const
  const parts = kinds.flatMap(([key, word]) => {
    const hit = rows.filter(row => row[key] > 0).toSorted((a, b) => b[key] / b.expected - a[key] / a.expected)
    const worst = hit[0]
    if (!worst) return []
    const others = hit.length > 1 ? ` (${hit.length - 1} ${hit.length > 2 ? 'others' : 'other'} less)` : ''
    return [`${label(worst.transport)} ${word} ${share(worst[key], worst.expected)}${others}`]
  })
  return parts.length > 0 ? `${parts.join(', ')} of its notices.` : ''
}

function progressOf({ status, roundsDone, roundsPlanned }: Judged): string {
  if (status === 'complete') return ''
  const word = status === 'running' ? 'Still running' : status === 'partial' ? 'Partial run' : 'Failed run'
  return `${word}, ${roundsDone} of ${roundsPlanned} rounds.`
}

function span(byMedian: readonly SummaryRow[], label: (id: string) => string): string {
  const [first, last] = [byMedian[0]!, byMedian.at(-1)!]
  const one = (row: SummaryRow) => `${medianOf(row)} (${label(row.transport)})`
  return first === last ? `median ${one(first)}` : `medians from ${one(first)} to ${one(last)}`
}

/** Half of what lies between a broadcast's first arrival and its last is the turn of the subscriber in the middle. Where that is most of a push's
 * median, the figure is one of so many subscribers, and says little of a few (claims `ramp` and `sse-slower`). */
function turnOf({ cells }: Judged, { id, clients }: Scenario, row: SummaryRow): string {
  const { noticesPerAnswer } = row.statistics
  const isPushed = noticesPerAnswer !== undefined && isMissing(noticesPerAnswer)
  const spreads = cells.flatMap(({ scenario, transport, status, spreadMs }) =>
    scenario === id && transport === row.transport && status === 'ok' && spreadMs !== undefined ? [spreadMs] : [],
  )
  const isMost = mean(spreads) / 2 > statisticOf(row, 'medianMs')! / 2
  return isPushed && isMost ? `, mostly serving ${formatCount(clients)} in turn` : ''
}

/** The same in several lengths, longest first. */
function speedOf(
  run: Judged,
  load: Scenario,
  byMedian: readonly SummaryRow[],
  label: (id: string) => string,
): string[] {
  const [fastest, ...others] = byMedian as [SummaryRow, ...SummaryRow[]]
  const median = `(median ${medianOf(fastest)}${turnOf(run, load, fastest)})`
  if (others.length === 0) return [`Only ${label(fastest.transport)} was measured ${median}.`]
  const [tied, ...slower] = tiersOf(run, load.id, 'medianMs')
  if (!tied) return [`Inconclusive: ${span(byMedian, label)}.`]
  const names = (tier: readonly string[]) => list(tier.map(label))
  const lead = tied.length > 1 ? `${names(tied)} tied fastest ${median}` : `${names(tied)} was fastest ${median}`
  const [next, ...rest] = slower.map((tier, at) => {
    const ratio = ratioBetween(run, load.id, tier[0]!, fastest.transport, 'medianMs') as Estimate
    return `${names(tier)}${at === 0 ? ' took' : ''} ${threeDigits(ratio.value)}×`
  })
  if (next === undefined) return [`${lead}.`]
  const last = rest.at(-1)
  return [
    ...(rest.length > 1 ? [`${lead}; ${next} as long, ${rest.join(', ')}.`] : []),
    ...(last ? [`${lead}; ${next} as long, ${last}.`] : []),
    ...(last ? [] : [`${lead}; ${next} as long.`]),
    `${lead}.`,
  ]
}

/** Bytes decide nothing where one alone was measured or an interval is missing. */
function cheapestOf(run: Judged, load: Scenario, label: (id: string) => string): string {
  const [cheapest] = tiersOf(run, load.id, 'bytesPerNotice')
  if (!cheapest) return ''
  // Rule 8 of bench/README.md: as IP packets the order may be another one (claim `always-fewer-bytes`).
  return `Fewest TCP bytes: ${list(cheapest.map(label))}${cheapest.length > 1 ? ' (tied)' : ''}.`
}

/** The conditions without which the sentence would be untrue. */
function briefConditions(run: Judged, scenario: Scenario): string {
  const { clients, ratePerSecond, pollIntervalMs, rttMs } = scenario
  const fleet = briefFleet(scenario)
  return [
    `${formatCount(clients)} subscribers`,
    `${Number(ratePerSecond.toPrecision(3))} notices/s`,
    `polls every ${exactMs(pollIntervalMs)}`,
    ...(fleet ? [fleet] : []),
    rttMs > 0 ? `${exactMs(rttMs)} RTT` : 'loopback',
    ...(run.status === 'complete' ? [`${run.roundsDone} ${run.roundsDone === 1 ? 'round' : 'rounds'}`] : []),
  ].join(', ')
}
