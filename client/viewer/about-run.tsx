// How a run was measured: conditions, machine, warnings, and what it cannot tell.
import { conditionsOf } from '../../results/conditions.ts'
import { formatBytes, formatCount } from '../../results/figures.ts'
import type { Run } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import { inLabels } from '../charts/drawing/style.ts'
import { limitsOf } from './limits.ts'
import { instantOf } from './names.ts'
import { Terms } from './terms.tsx'

type Severity = Run['warnings'][number]['severity']
const severities = { error: 'Not usable', warning: 'Warning', note: 'Note' } as const

/** What the terminal says in a line, as a sentence of a page. */
function sentence(line: string): string {
  const named = inLabels(line)
  // An option or a command stays as it is typed.
  const begun = /^(npm|--)/.test(named) ? named : named.charAt(0).toUpperCase() + named.slice(1)
  return /[.!?]$/.test(begun) ? begun : `${begun}.`
}

/** Those of the given severities; all where none are given. */
export function Warnings({
  run,
  severities: wanted,
  isBrief = false,
}: {
  run: Run
  severities?: readonly Severity[]
  /** Without the places of many cells, which are a paragraph. */
  isBrief?: boolean
}) {
  const told = run.warnings.filter(({ severity }) => wanted?.includes(severity) ?? true)
  if (told.length === 0) return null
  return (
    <section aria-labelledby="warnings">
      <h2 id="warnings" tabIndex={-1}>
        Warnings
      </h2>
      <ul class="warnings">
        {told.map(({ code, severity, message, remedy }, at) => (
          <li key={at} class={severity} data-code={code}>
            <strong>{severities[severity]}.</strong>{' '}
            {sentence(isBrief && code === 'void' ? message.replace(/ \(.*\)$/, '') : message)}
            {remedy && <span class="below">{sentence(remedy)}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}

export function Limits({ run, scenario }: { run: Run; scenario: Scenario }) {
  return (
    <section aria-labelledby="limits">
      <h2 id="limits" tabIndex={-1}>
        What this run cannot tell
      </h2>
      <ul>
        {limitsOf(run, scenario).map(sentence => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </section>
  )
}

export function Measured({ run, scenario }: { run: Run; scenario: Scenario | undefined }) {
  const { fingerprint } = run
  const facts: [string, string][] = [
    ...(scenario ? ([['Conditions', conditionsOf(run, scenario)]] as [string, string][]) : []),
    ['Experiment', `${run.experiment}, preset ${run.preset}`],
    ['Rounds', `${run.roundsDone} of ${run.roundsPlanned} (${run.status})`],
    ['Started', `${instantOf(run.startedAt)} UTC`],
    ['Ended', run.endedAt === null ? 'n/a (still running)' : `${instantOf(run.endedAt)} UTC`],
    ['Command', ['npm run bench', ...(run.command.length > 0 ? ['--', ...run.command] : [])].join(' ')],
    ['Seed', String(run.seed)],
    ['Processor', `${fingerprint.cpu}, ${fingerprint.cores} cores`],
    ['Memory', formatBytes(fingerprint.memoryBytes)],
    ['System', `${fingerprint.os}, kernel ${fingerprint.kernel}`],
    ['Node', fingerprint.node],
    [
      'Revision',
      fingerprint.gitRevision === null
        ? 'n/a (no git)'
        : `${fingerprint.gitRevision.slice(0, 10)}${fingerprint.gitDirty ? ' with changes' : ''}`,
    ],
    ['Open files at most', fingerprint.fileLimit === null ? 'n/a (not measured)' : formatCount(fingerprint.fileLimit)],
    ...pairs('Packages', fingerprint.packages),
    ...pairs('Kernel settings', fingerprint.sysctls),
  ]
  return (
    <section aria-labelledby="measured">
      <h2 id="measured" tabIndex={-1}>
        How it was measured
      </h2>
      <Terms all={facts} />
    </section>
  )
}

const pairs = (term: string, record: Readonly<Record<string, string>>): [string, string][] => {
  const entries = Object.entries(record)
  return entries.length > 0 ? [[term, entries.map(([key, value]) => `${key} ${value}`).join(' · ')]] : []
}
