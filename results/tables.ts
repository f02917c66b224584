// A run as tables: the comparison that terminal, Markdown and pages show, and CSV and Markdown text.
import { conditionsOf, faultText, namesOfLoads } from './conditions.ts'
import { costConditions } from './cost-part.ts'
import { isMissing, type Statistic } from './estimate.ts'
import { faultRowsOf, faultTable } from './faults.ts'
import { formatBytes, formatCount, formatMs, intervalText, missingText, ratioText, valueText } from './figures.ts'
import type { Run, SummaryRow } from './format.ts'
import { fragileText } from './fragile.ts'
import { powerText } from './power.ts'
import type { Scenario } from './scenario.ts'
import { fastestOf, ratioBetween } from './summary.ts'
import { csvText, markdownTable, sixDigits, type Table } from './table.ts'
import { tierOf, tiersOf } from './tiers.ts'
import { tallyOf } from './verdict.ts'

export interface Comparison extends Table {
  /** The transport that the others are compared with; undefined where none has a median. */
  readonly baseline: string | undefined
  /** Why a cell says `n/a`, or a column that every transport lacks was left out, a line each: `CPU µs/notice: n/a (too little work)`. */
  readonly notes: readonly string[]
}

/** The comparison under one scenario: the first column names the transport, every other is a figure. `baseline` defaults to the fastest. */
export function comparisonOf(run: Run, scenarioId: string, baseline = fastestOf(run, scenarioId)): Comparison {
  const summary = run.summary.filter(({ scenario }) => scenario === scenarioId)
  const statistic = (name: string) => (row: SummaryRow) => row.statistics[name]
  const versus = ({ transport }: SummaryRow): string => {
    if (baseline === undefined) return 'n/a (no baseline)'
    return transport === baseline ? '1' : ratioText(ratioBetween(run, scenarioId, transport, baseline, 'medianMs'))
  }
  const tiers = tiersOf(run, scenarioId, 'medianMs')
  const columns: { header: string; text: (row: SummaryRow) => string; align?: 'left' }[] = [
    { header: 'transport', text: ({ transport }) => transport, align: 'left' },
    { header: 'median ms [95 % CI]', text: row => intervalText(statistic('medianMs')(row)) },
    // Tiers, not ranks: what the run cannot tell apart has one number.
    ...(tiers.length > 0
      ? [{ header: 'tier', text: ({ transport }: SummaryRow) => String(tierOf(tiers, transport) ?? 'n/a') }]
      : []),
    { header: 'p99 ms', text: row => valueText(statistic('p99Ms')(row)) },
    ...(baseline !== undefined ? [{ header: `vs ${baseline}`, text: versus, align: 'left' } as const] : []),
    { header: 'B/notice', text: row => valueText(statistic('bytesPerNotice')(row)) },
    { header: 'idle B/min', text: row => valueText(statistic('idleBytesPerMinute')(row)) },
    { header: 'CPU µs/notice', text: row => valueText(statistic('cpuUsPerNotice')(row)) },
    // Memory takes thousands of subscribers: where there are fewer, nobody asked for it.
    ...(summary.some(row => isKnown(statistic('rssPerSubscriberBytes')(row)))
      ? [{ header: 'kB/subscriber', text: (row: SummaryRow) => kilobytesText(statistic('rssPerSubscriberBytes')(row)) }]
      : []),
    { header: 'lost', text: ({ lost }) => formatCount(lost) },
  ]
  if (summary.some(({ voided }) => voided > 0))
    columns.push({ header: 'rounds used', text: ({ rounds, voided }) => `${rounds} of ${rounds + voided}` })

  // A reason in every cell would push the table off the screen: cells say n/a, and the notes below say why.
  const notes: string[] = []
  const usable = summary.filter(({ rounds }) => rounds > 0)
  const kept = columns.filter(({ header, text }) => {
    const lacking = new Map<string, string[]>()
    for (const row of usable) {
      const shown = text(row)
      if (isAbsent(shown)) lacking.set(shown, [...(lacking.get(shown) ?? []), row.transport])
    }
    let isEmpty = usable.length > 0
    for (const [reason, transports] of lacking) {
      isEmpty &&= transports.length === usable.length
      notes.push(`${header}: ${reason}${transports.length < usable.length ? ` for ${transports.join(', ')}` : ''}`)
    }
    return lacking.size === 0 || !isEmpty
  })
  for (const { transport, rounds, statistics } of summary)
    if (rounds === 0) notes.push(`${transport}: ${missingText(whyUnusable(statistics.medianMs))}`)
  const cost = costConditions(run, scenarioId)
  if (cost !== undefined) notes.push(`CPU and memory: ${cost}`)
  notes.push(...repeatsOf(run, summary))
  const shorten = (text: string) => (isAbsent(text) ? 'n/a' : text)
  return {
    baseline,
    notes,
    columns: kept.map(({ header, align }) => ({ header, align: align ?? 'right' })),
    rows: summary.map(row => kept.map(({ text }) => shorten(text(row)))),
  }
}

/** `void: saturated client; its median was 1.70 ms`. */
function whyUnusable(median: Statistic | undefined): string {
  if (!median || !isMissing(median)) return 'no usable round'
  return median.void === undefined ? median.missing : `${median.missing}; its median was ${formatMs(median.void)}`
}

const isKnown = (statistic: Statistic | undefined): boolean => statistic !== undefined && !isMissing(statistic)

const kilobytesText = (statistic: Statistic | undefined): string =>
  !statistic || isMissing(statistic) ? valueText(statistic) : valueText({ ...statistic, value: statistic.value / 1000 })

/** How many attempts do not count since their cells were measured again, and why, in one line; none where there were none. */
function repeatsOf({ attempts = [] }: Pick<Run, 'attempts'>, rows: readonly SummaryRow[]): string[] {
  const told = rows.flatMap(({ transport, repeated = 0 }) => (repeated > 0 ? [`${transport} ${repeated}`] : []))
  if (told.length === 0) return []
  const causes = attempts
    .filter(cell => rows.some(({ scenario, transport }) => cell.scenario === scenario && cell.transport === transport))
    .map(({ reasons }) => reasons.at(-1)?.split(':')[0])
  return [`attempts that were repeated and do not count (${[...new Set(causes)].join(', ')}): ${told.join(', ')}`]
}

const isAbsent = (text: string): boolean => text.startsWith('n/a')

/** What was measured on, in one line. */
export function machineOf({ fingerprint }: Pick<Run, 'fingerprint'>): string {
  const { cpu, cores, memoryBytes, os, kernel, node, gitRevision, gitDirty } = fingerprint
  const revision = gitRevision === null ? [] : [`revision ${gitRevision.slice(0, 10)}${gitDirty ? ' (modified)' : ''}`]
  return [cpu, `${cores} cores`, formatBytes(memoryBytes), os, kernel, `Node ${node}`, ...revision].join(' · ')
}

/** What stands below every picture: under which conditions, on what, and what the page's notes and its count of void cells say. */
export function notesBelow(run: Run, conditions: string): string {
  const { cells, warnings, id } = run
  const voids = cells.filter(({ status }) => status !== 'ok').length
  return [
    ...(conditions === '' ? [] : [conditions]),
    machineOf(run),
    ...(voids > 0 ? [`${voids} of ${cells.length} cells of the run are void and left out`] : []),
    ...warnings.flatMap(({ severity, message }) => (severity === 'note' ? [message] : [])),
    `run ${id}`,
  ].join(' · ')
}

/** summary.csv: a record per scenario and transport; of each statistic value, low and high, to six digits. What is missing is empty: summary.md says
 * why. */
export function summaryCsv(run: Pick<Run, 'id' | 'summary' | 'scenarios' | 'cells'>): string {
  const names = [...new Set(run.summary.flatMap(({ statistics }) => Object.keys(statistics)))]
  const conditions = [
    ...(['clients', 'ratePerSecond', 'bodyBytes', 'pollIntervalMs', 'waitMs', 'rttMs'] as const),
    ...fleetKeys.filter(key => run.scenarios.some(scenario => scenario[key] !== undefined)),
  ]
  const hasFaults = run.scenarios.some(({ fault }) => fault)
  const counts = ['rounds', 'voided', 'repeated', 'expected', 'delivered', 'lost', 'duplicated', 'outOfOrder'] as const
  const triple = (statistic: Statistic | undefined): (string | number)[] => {
    if (!statistic || isMissing(statistic)) return ['', '', '']
    const { value, low, high } = statistic
    return [value, low, high].map(each => (each === null ? '' : sixDigits(each)))
  }
  const header = [
    'run',
    'scenario',
    ...conditions,
    'transport',
    ...counts,
    ...(hasFaults ? faultNames : []),
    ...names.flatMap(name => [name, `${name}Low`, `${name}High`]),
  ]
  const records = run.summary.map(row => {
    const scenario = run.scenarios.find(({ id }) => id === row.scenario)
    return [
      run.id,
      row.scenario,
      ...conditions.map(name => exactText(scenario?.[name])),
      row.transport,
      ...counts.map(name => row[name] ?? 0),
      ...(hasFaults ? faultFields(run, scenario, row) : []),
      ...names.flatMap(name => triple(row.statistics[name])),
    ]
  })
  return csvText([header, ...records])
}

/** What makes a fleet; a column each where a scenario of the run has it. */
const fleetKeys = ['servers', 'balancer', 'sticky', 'backplane', 'workers', 'tls', 'fault'] as const

const faultNames = ['cutOff', 'backAfterMedianMs', 'backAfterP99Ms', 'backAfterMaxMs', 'cameBackTo']

/** A fault reads `kill-server at 5000 ms for 0 ms`. */
const exactText = (value: Scenario[keyof Scenario]): string | number =>
  typeof value === 'object' && 'kind' in value
    ? `${value.kind} at ${value.atMs} ms for ${value.forMs} ms`
    : typeof value === 'number'
      ? value
      : String(value ?? '')

/** What came of the row's fault, as `faultNames` has it; empty where its scenario has none. */
function faultFields(
  run: Pick<Run, 'summary' | 'cells'>,
  scenario: Scenario | undefined,
  { transport }: SummaryRow,
): (string | number)[] {
  const row = scenario && faultRowsOf(run, scenario).find(each => each.transport === transport)
  if (!row) return faultNames.map(() => '')
  const { affected, without, to } = row
  const times = without ? [without.medianMs, without.p99Ms, without.maxMs].map(sixDigits) : ['', '', '']
  return [affected ?? '', ...times, to]
}

/** The run's claims in their sources' words: what became of each and why; empty where none was put to the test. */
export const claimsOf = ({ claims = [] }: Pick<Run, 'claims'>): Table => ({
  columns: ['id', 'claim', 'verdict', 'why'].map(header => ({ header, align: 'left' })),
  rows: claims.map(each => [each.id, each.claim, [each.verdict, fragileText(each) ?? []].flat().join(', '), each.why]),
})

/** summary.md: verdict, claims, a table for each load, what is missing and why, conditions, warnings, machine. */
export function summaryMarkdown(run: Run): string {
  const loads = run.scenarios.filter(({ kind }) => kind === 'delivery')
  const parts = [
    `# ${run.name ?? run.id}`,
    run.status === 'complete' ? run.verdict : `**This run is ${run.status}.** ${run.verdict}`,
  ]
  const claims = claimsOf(run)
  if (claims.rows.length > 0) parts.push('## Claims', tallyOf(run.claims!), markdownTable(claims))
  const names = namesOfLoads(loads)
  for (const [index, scenario] of loads.entries()) {
    const { notes, ...table } = comparisonOf(run, scenario.id)
    if (loads.length > 1) parts.push(`## ${names[index]}`)
    if (table.rows.length > 0) parts.push(markdownTable(table))
    if (notes.length > 0) parts.push(notes.map(note => `- ${note}`).join('\n'))
    const faults = faultTable(run, scenario)
    if (faults.rows.length > 0) parts.push(`What came of the fault (${faultText(scenario)}):`, markdownTable(faults))
    const power = powerText(run, scenario.id)
    if (power !== undefined) parts.push(power)
    parts.push(`Conditions: ${conditionsOf(run, scenario)}.`)
  }
  if (run.warnings.length > 0)
    parts.push(
      '## Warnings',
      run.warnings
        .map(({ severity, message, remedy }) => `- ${severity}: ${message}${remedy ? ` (${remedy})` : ''}`)
        .join('\n'),
    )
  parts.push(
    '## Measured on',
    machineOf(run),
    `\`npm run bench -- ${run.command.join(' ')}\``.replace(/ -- `$/, '`'),
    `Run ${run.id}, started ${run.startedAt}.`,
  )
  return `${parts.filter(part => part.trim() !== '').join('\n\n')}\n`
}
