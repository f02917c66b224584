// The comparison of two runs as text for a terminal, and as the document of `compare --json`.
import { clientTransports } from '../../client/transports/index.ts'
import {
  changesOf,
  counterpartOf,
  differenceText,
  type LoadChanges,
  notesOf,
  ratioInterval,
  sentenceOf,
  unlikeMachines,
  wordsOf,
} from '../../results/compare.ts'
import { nameOfLoad } from '../../results/conditions.ts'
import { isMissing } from '../../results/estimate.ts'
import { intervalText, missingText, ratioText } from '../../results/figures.ts'
import type { Run } from '../../results/format.ts'
import { metricsOf, type StatisticName } from '../../results/metrics.ts'
import type { Scenario } from '../../results/scenario.ts'
import { inkOf, wrap } from '../cli/terminal.ts'
import { type Look, tableText } from './print.ts'

/** What the tables show of a load; the document has every statistic. */
const shown: Partial<Record<Scenario['kind'], readonly StatisticName[]>> = {
  delivery: ['medianMs', 'p99Ms', 'bytesPerNotice', 'cpuUsPerNotice'],
  idle: ['idleBytesPerMinute'],
}

const labels: Readonly<Record<string, { label: string }>> = clientTransports
const gap = '  '

/** How `now` differs from `before`: what is not alike, then per scenario the verdict and a table per statistic. */
export function comparisonText(before: Run, now: Run, { color, width }: Look): string {
  const ink = inkOf(color)
  const list = (lines: readonly string[]) =>
    lines.map(line => gap + wrap(line, width - gap.length, gap + gap)).join('\n')
  const machine = unlikeMachines(before, now)
  const loads = changesOf(before, now)
  const title = (label: string, run: Run) => wrap(label + titleOf(run), width, ' '.repeat(label.length))
  const parts = [`${title('before  ', before)}\n${title('now     ', now)}`]
  const notes = [...notesOf(before, now), ...unmatchedOf(before, now)]
  if (notes.length > 0) parts.push(ink.dim(list(notes)))
  if (machine.length > 0)
    parts.push(`${ink.bold(wrap(NOT_ALIKE, width))}\nWhat differs in the machine:\n${list(machine)}`)
  for (const load of loads) {
    const isAlike = machine.length + load.unlike.length === 0
    if (loads.length > 1) parts.push(ink.bold(wrap(nameOfLoad(now, load.scenario.id), width)))
    if (load.unlike.length > 0)
      parts.push(`${ink.bold(wrap(NOT_ALIKE, width))}\nWhat differs in the load or its packages:\n${list(load.unlike)}`)
    if (isAlike && load.scenario.kind === 'delivery') parts.push(ink.bold(wrap(verdictOf(load), width)))
    for (const name of shown[load.scenario.kind] ?? Object.keys(metricsOf(load.scenario.kind))) {
      const { rows, missing } = tableOf(load, name, isAlike)
      const last = isAlike ? 'difference [95 % CI of the ratio]' : 'ratio [95 % CI]'
      const columns = [name, 'before [95 % CI]', 'now [95 % CI]', last].map((header, at) => ({
        header,
        align: at === 1 || at === 2 ? ('right' as const) : ('left' as const),
      }))
      const table = rows.length > 0 ? [tableText({ columns, rows }, width, ink)] : []
      if (table.length + missing.length > 0)
        parts.push([...table, ...missing.map(note => wrap(note, width, gap))].join('\n'))
    }
  }
  if (loads.length === 0) parts.push('The two runs have no load in common: there is nothing to compare.')
  return `${parts.join('\n\n')}\n`
}

const NOT_ALIKE = 'Not like for like, so there is no verdict.'

const titleOf = ({ id, name, roundsDone, startedAt }: Run): string =>
  [id, ...(name === undefined ? [] : [name]), `${roundsDone} ${roundsDone === 1 ? 'round' : 'rounds'}`, startedAt].join(
    ' · ',
  )

/** Loads and transports that only one run has, a line each. */
function unmatchedOf(before: Run, now: Run): string[] {
  const pairs = now.scenarios.map(scenario => [scenario.id, counterpartOf(scenario, before)?.id] as const)
  const found: readonly (readonly [what: string, run: string, names: readonly string[]])[] = [
    [
      'loads',
      'before',
      before.scenarios.flatMap(({ id }) => (pairs.some(([, other]) => other === id) ? [] : nameOfLoad(before, id))),
    ],
    ['loads', 'now', pairs.flatMap(([id, other]) => (other === undefined ? nameOfLoad(now, id) : []))],
    ['transports', 'before', before.transports.filter(id => !now.transports.includes(id))],
    ['transports', 'now', now.transports.filter(id => !before.transports.includes(id))],
  ]
  return found.flatMap(([what, run, names]) => (names.length > 0 ? [`${what} only ${run}: ${names.join(', ')}`] : []))
}

const verdictOf = ({ rows }: LoadChanges): string =>
  sentenceOf(
    rows.map(({ transport, changes }) => ({ transport, ratio: changes.medianMs!.ratio })),
    id => labels[id]?.label ?? id,
  )

/** The rows of a statistic's table, and for those that have none the reason, a line each. */
function tableOf({ rows }: LoadChanges, name: string, isAlike: boolean): { rows: string[][]; missing: string[] } {
  const lacking = new Map<string, string[]>()
  const table = rows.flatMap(({ transport, changes }) => {
    const { before, now, ratio } = changes[name]!
    const gone = [before, now].find(isMissing)
    if (gone && isMissing(gone)) {
      lacking.set(gone.missing, [...(lacking.get(gone.missing) ?? []), transport])
      return []
    }
    const text = `${differenceText(ratio, name, isAlike)} ${ratioInterval(ratio)}`.trim()
    return [[transport, intervalText(before), intervalText(now), text]]
  })
  const missing = [...lacking].map(
    ([reason, transports]) =>
      `${name}: ${missingText(reason)}${transports.length < rows.length ? ` for ${transports.join(', ')}` : ''}`,
  )
  return { rows: table, missing }
}

/** The document of `compare --json`. `ratio` is now over before; `difference` is in words, and absent where the runs are not alike. */
export function comparisonDocument(before: Run, now: Run, tripped: readonly string[]) {
  const machine = unlikeMachines(before, now)
  const head = ({ id, name, status, startedAt, roundsDone }: Run) => ({ id, name, status, startedAt, roundsDone })
  return {
    format: 'transport-lab-comparison',
    version: 1,
    before: head(before),
    now: head(now),
    notes: [...notesOf(before, now), ...unmatchedOf(before, now)],
    unlikeMachines: machine,
    loads: changesOf(before, now).map(load => {
      const isAlike = machine.length + load.unlike.length === 0
      return {
        scenario: load.scenario.id,
        scenarioBefore: load.other.id,
        isLikeForLike: isAlike,
        unlike: load.unlike,
        ...(isAlike && load.scenario.kind === 'delivery' && { verdict: verdictOf(load) }),
        transports: load.rows.map(({ transport, changes }) => ({
          transport,
          statistics: Object.fromEntries(
            Object.entries(changes).map(([name, change]) => [
              name,
              { ...change, ...(isAlike && { difference: ratioText(change.ratio, wordsOf(name)) }) },
            ]),
          ),
        })),
      }
    }),
    tripped,
  }
}
