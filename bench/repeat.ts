// `repeat RUN`: what a run measured as a plan for this machine, and how the two compare.
import { isMissing } from '../results/estimate.ts'
import type { Claim, Run } from '../results/format.ts'
import { fragileText } from '../results/fragile.ts'
import { machineOf } from '../results/tables.ts'
import { unknownWord } from '../server/suggest.ts'
import { usageError } from './cli/exit.ts'
import { judgeNoting } from './deciding.ts'
import type { ClaimTest, Plan } from './experiments/experiment.ts'

export interface RepeatOrder {
  /** Claims whose loads alone are measured; empty = everything. */
  readonly only: readonly string[]
  /** Rounds where they are to be others than the run's. */
  readonly rounds: number | undefined
}

/**
 * The loads of a run as a plan, with the claims of its experiment as they are judged today. What this machine cannot hold may be left out where claims
 * were put to the test: those that need it say so. Throws a usage error where a claim that is asked for is none of the run's.
 */
export function planOfRun(
  run: Run,
  tests: readonly ClaimTest[],
  { only, rounds }: RepeatOrder,
): { plan: Plan; claims: readonly ClaimTest[] } {
  const judged = (run.claims ?? []).map(({ id }) => id)
  for (const id of only)
    if (!judged.includes(id)) throw usageError(`--only ${id}: ${unknownWord('claim of this run', id, judged)}`)
  const claims = tests.filter(({ id }) => (only.length > 0 ? only.includes(id) : judged.includes(id)))
  const reads = new Map<string, Set<string>>()
  for (const claim of only.length > 0 ? claims : [])
    for (const [id, names] of judgeNoting(claim, run).reads) {
      const known = reads.get(id) ?? new Set<string>()
      for (const name of names) if (name !== null) known.add(name)
      reads.set(id, known)
    }
  const scenarios = run.scenarios.flatMap(scenario => {
    const { id, transports = run.transports, rounds: own } = scenario
    const wanted = only.length > 0 ? transports.filter(name => reads.get(id)?.has(name)) : transports
    if (wanted.length === 0) return []
    return [{ ...scenario, transports: wanted, ...(rounds !== undefined && own !== undefined && { rounds }) }]
  })
  return {
    claims,
    plan: {
      scenarios,
      transports: run.transports.filter(name => scenarios.some(({ transports }) => transports.includes(name))),
      rounds: rounds ?? run.roundsPlanned,
      ...(run.precision && rounds === undefined && { precision: run.precision }),
      ...(claims.length > 0 && { dispensable: scenarios.map(({ id }) => id) }),
    },
  }
}

/** What became of a run's claims there and here, and on which machines; where it has none, the medians of both. `now` may have a part of `before`'s claims. */
export function repeatText(before: Run, now: Run): string {
  const pairs = (now.claims ?? []).flatMap(here => {
    const there = before.claims?.find(({ id }) => id === here.id)
    return there ? [{ there, here }] : []
  })
  const parts = pairs.length > 0 ? claimsText(pairs) : mediansText(before, now)
  const left = before.scenarios.filter(({ id }) => !now.scenarios.some(scenario => scenario.id === id)).length
  return `${[
    `# ${before.name ?? before.id}, repeated`,
    ...parts,
    ...(left > 0 ? [`${left} of ${before.scenarios.length} loads were not measured again.`] : []),
    `There: ${machineOf(before)}.`,
    `Here: ${machineOf(now)}.`,
  ].join('\n\n')}\n`
}

interface Pair {
  readonly there: Claim
  readonly here: Claim
}

function claimsText(pairs: readonly Pair[]): string[] {
  const isSame = ({ there, here }: Pair): boolean => there.verdict === here.verdict
  const others = pairs.filter(pair => !isSame(pair))
  const one = ({ there, here }: Pair): string => {
    const fragile = fragileText(there)
    return `- **${here.id}**: ${there.verdict} there${fragile ? ` (${fragile})` : ''}, ${here.verdict} here. ${here.why}`
  }
  return [
    `Same verdict on ${pairs.length - others.length} of ${pairs.length}${others.length > 0 ? '; these differ:' : '.'}`,
    ...(others.length > 0 ? [others.map(one).join('\n')] : []),
  ]
}

/** Of each load and transport, median there and here. Two machines are not alike: which one is faster says nothing of the run. */
function mediansText(before: Run, now: Run): string[] {
  const medianOf = (run: Run, scenario: string, transport: string): string => {
    const row = run.summary.find(each => each.scenario === scenario && each.transport === transport)
    const median = row?.statistics.medianMs
    return !median || isMissing(median) ? 'n/a' : `${Number(median.value.toPrecision(3))} ms`
  }
  const rows = now.scenarios.flatMap(({ id, kind, transports = now.transports }) =>
    kind === 'delivery'
      ? transports.map(name => `| ${id} | ${name} | ${medianOf(before, id, name)} | ${medianOf(now, id, name)} |`)
      : [],
  )
  if (rows.length === 0) return ['It put no claim to the test, and measured no latency.']
  return [['| load | transport | median there | median here |', '| --- | --- | ---: | ---: |', ...rows].join('\n')]
}
