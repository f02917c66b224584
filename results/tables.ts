// A run as tables: the comparison that terminal, Markdown and pages show, the conditions beside it, and CSV and Markdown text.

import { isMissing, type Statistic } from './estimate.ts'
import { exactMs, formatBytes, formatCount, intervalText, ratioText, valueText } from './figures.ts'
import type { Run, SummaryRow } from './format.ts'
import type { Scenario } from './scenario.ts'
import { ratioBetween } from './summary.ts'
import { tallyOf } from './verdict.ts'

export interface Table {
  readonly columns: readonly { readonly header: string; readonly align: 'left' | 'right' }[]
  readonly rows: readonly (readonly string[])[]
}

export interface Comparison extends Table {
  /** The transport that the others are compared with; undefined where none has a median. */
  readonly baseline: string | undefined
  /** Why a cell says `n/a`, or a column that every transport lacks was left out, a line each: `CPU µs/notice: n/a (too little work)`. */
  readonly notes: readonly string[]
}

/** The transport with the lowest median under a scenario. */
export function fastestOf(run: Pick<Run, 'summary'>, scenarioId: string): string | undefined {
  let fastest: { transport: string; value: number } | undefined
  for (const { scenario, transport, statistics } of run.summary) {
    const { medianMs } = statistics
    if (scenario !== scenarioId || !medianMs || isMissing(medianMs)) continue
    if (!fastest || medianMs.value < fastest.value) fastest = { transport, value: medianMs.value }
  }
  return fastest?.transport
}

/** The comparison under one scenario: the first column names the transport, every other is a figure. `baseline` defaults to the fastest. */
export function comparisonOf(run: Run, scenarioId: string, baseline = fastestOf(run, scenarioId)): Comparison {
  const summary = run.summary.filter(({ scenario }) => scenario === scenarioId)
  const statistic = (name: string) => (row: SummaryRow) => row.statistics[name]
  const versus = ({ transport }: SummaryRow): string => {
    if (baseline === undefined) return 'n/a (no baseline)'
    return transport === baseline ? '1' : ratioText(ratioBetween(run, scenarioId, transport, baseline, 'medianMs'))
  }
  const columns: { header: string; text: (row: SummaryRow) => string; align?: 'left' }[] = [
    { header: 'transport', text: ({ transport }) => transport, align: 'left' },
    { header: 'median ms [95 % CI]', text: row => intervalText(statistic('medianMs')(row)) },
    { header: 'p99 ms', text: row => valueText(statistic('p99Ms')(row)) },
    ...(baseline !== undefined ? [{ header: `vs ${baseline}`, text: versus, align: 'left' } as const] : []),
    { header: 'B/notice', text: row => valueText(statistic('bytesPerNotice')(row)) },
    { header: 'idle B/min', text: row => valueText(statistic('idleBytesPerMinute')(row)) },
    { header: 'CPU µs/notice', text: row => valueText(statistic('cpuUsPerNotice')(row)) },
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
  for (const { transport, rounds } of summary) if (rounds === 0) notes.push(`${transport}: n/a (no usable round)`)
  const shorten = (text: string) => (isAbsent(text) ? 'n/a' : text)
  return {
    baseline,
    notes,
    columns: kept.map(({ header, align }) => ({ header, align: align ?? 'right' })),
    rows: summary.map(row => kept.map(({ text }) => shorten(text(row)))),
  }
}

const isAbsent = (text: string): boolean => text.startsWith('n/a')

/** The conditions of a scenario in one line; every figure of it is only true under them. */
export function conditionsOf(run: Pick<Run, 'roundsDone' | 'seed'>, scenario: Scenario): string {
  const {
    clients,
    ratePerSecond,
    schedule,
    bodyBytes,
    pollIntervalMs,
    waitMs,
    windowMs,
    warmupMs,
    rttMs,
    tls = false,
    coalesce,
    headerProfile,
    workers = 1,
  } = scenario
  return [
    `${formatCount(clients)} subscribers per transport`,
    ...(ratePerSecond > 0
      ? [`${ratePerSecond} notices/s (${schedule})`, `bodies of ${bodyBytes} B`]
      : ['nothing published']),
    `polls every ${exactMs(pollIntervalMs)}, held up to ${exactMs(waitMs)}`,
    rttMs > 0 ? `emulated round trip ${exactMs(rttMs)}` : 'loopback',
    ...(tls ? ['over TLS, whose records count as headers'] : []),
    `${run.roundsDone} × ${exactMs(windowMs)} after ${exactMs(warmupMs)} of warm-up`,
    `coalescing ${coalesce ? 'on' : 'off'}`,
    `${headerProfile} headers`,
    ...(workers > 1 ? [`${workers} processes share the server's port, none pinned to a core`] : []),
    `seed ${run.seed}`,
  ].join(' · ')
}

/** What was measured on, in one line. */
export function machineOf({ fingerprint }: Pick<Run, 'fingerprint'>): string {
  const { cpu, cores, memoryBytes, os, kernel, node, gitRevision, gitDirty } = fingerprint
  const revision = gitRevision === null ? [] : [`revision ${gitRevision.slice(0, 10)}${gitDirty ? ' (modified)' : ''}`]
  return [cpu, `${cores} cores`, formatBytes(memoryBytes), os, kernel, `Node ${node}`, ...revision].join(' · ')
}

/** RFC 4180: CRLF after every record; a field with a quote, comma or line end is quoted. */
export function csvText(rows: readonly (readonly (string | number)[])[]): string {
  const field = (value: string | number): string => {
    const text = String(value)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return rows.map(row => `${row.map(field).join(',')}\r\n`).join('')
}

/** A GitHub-flavoured Markdown table. */
export function markdownTable({ columns, rows }: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`
  const rule = columns.map(({ align }) => (align === 'right' ? '---:' : '---'))
  return [line(columns.map(({ header }) => header)), line(rule), ...rows.map(line)].join('\n')
}

/** summary.csv: a record per scenario and transport; of each statistic value, low and high. Exact figures, not rounded; a missing
 * one is `n/a (reason)`, an interval that one round cannot give is empty. */
export function summaryCsv(run: Pick<Run, 'id' | 'summary' | 'scenarios'>): string {
  const names = [...new Set(run.summary.flatMap(({ statistics }) => Object.keys(statistics)))]
  const conditions = ['clients', 'ratePerSecond', 'bodyBytes', 'pollIntervalMs', 'waitMs', 'rttMs'] as const
  const counts = ['rounds', 'voided', 'expected', 'delivered', 'lost', 'duplicated', 'outOfOrder'] as const
  const triple = (statistic: Statistic | undefined): (string | number)[] => {
    if (!statistic) return ['n/a (not measured)', '', '']
    if (isMissing(statistic)) return [`n/a (${statistic.missing})`, '', '']
    return [statistic.value, statistic.low ?? '', statistic.high ?? '']
  }
  const header = [
    'run',
    'scenario',
    ...conditions,
    'transport',
    ...counts,
    ...names.flatMap(name => [name, `${name}Low`, `${name}High`]),
  ]
  const records = run.summary.map(row => {
    const scenario = run.scenarios.find(({ id }) => id === row.scenario)
    return [
      run.id,
      row.scenario,
      ...conditions.map(name => scenario?.[name] ?? ''),
      row.transport,
      ...counts.map(name => row[name]),
      ...names.flatMap(name => triple(row.statistics[name])),
    ]
  })
  return csvText([header, ...records])
}

/** The run's claims in their sources' words: what became of each and why; empty where none was put to the test. */
export const claimsOf = ({ claims = [] }: Pick<Run, 'claims'>): Table => ({
  columns: ['id', 'claim', 'verdict', 'why'].map(header => ({ header, align: 'left' })),
  rows: claims.map(({ id, claim, verdict, why }) => [id, claim, verdict, why]),
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
  for (const scenario of loads) {
    const { notes, ...table } = comparisonOf(run, scenario.id)
    if (loads.length > 1) parts.push(`## ${scenario.id}`)
    if (table.rows.length > 0) parts.push(markdownTable(table))
    if (notes.length > 0) parts.push(notes.map(note => `- ${note}`).join('\n'))
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
