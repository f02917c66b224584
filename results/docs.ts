// Tables of the READMEs: what stands between `<!-- run … -->` and `<!-- end -->` is made from the committed runs it names.

import { conditionsOf } from './conditions.ts'
import type { Estimate } from './estimate.ts'
import { intervalText } from './figures.ts'
import type { Claim, Run } from './format.ts'
import { markdownTable, type Table } from './table.ts'
import { claimsOf, comparisonOf, machineOf } from './tables.ts'

/** `<!-- run NAME[, NAME …]: KIND [CLAIM-ID …] -->`, what was made of it, `<!-- end -->`. */
const BLOCK = /<!-- run ([^:]+): ([a-z-]+)((?: [\w-]+)*) -->\n[\s\S]*?<!-- end -->/g

/** `text` with every block made anew; `runOf` gives a committed run by the name of its folder in `results/samples/`. Throws where a block names a
 * kind, a run or a claim that does not exist. */
export function fillTables(text: string, runOf: (name: string) => Run): string {
  return text.replace(BLOCK, (block, names: string, kind: string, ids: string) => {
    const known = kinds[kind]
    if (!known) throw new Error(`a block must be one of ${Object.keys(kinds).join(', ')}, got ${JSON.stringify(kind)}`)
    const runs = names.split(',').map(name => runOf(name.trim()))
    const head = block.slice(0, block.indexOf('\n'))
    return `${head}\n${known(runs, ids.trim().split(' ').filter(Boolean))}\n<!-- end -->`
  })
}

type Kind = (runs: readonly Run[], claims: readonly string[]) => string

const kinds: Readonly<Record<string, Kind>> = {
  /** The comparison under the first load of notices, and its conditions. */
  table: ([run]) => {
    const scenario = run!.scenarios.find(({ kind }) => kind === 'delivery')
    if (!scenario) throw new Error(`${run!.id} has no load of notices`)
    const { notes, baseline, ...table } = comparisonOf(run!, scenario.id)
    const missing = notes.map(note => ` ${note}.`).join('')
    return `${markdownTable(table)}\n\n${conditionsOf(run!, scenario)}.${missing} ${machineOf(run!)}.`
  },
  /** Claims with what became of them; all, or those that are named. */
  claims: ([run], ids) => markdownTable(claimsOf({ claims: chosen(run!, ids) })),
  /** Figures of claims, a column for each run, named by its Node. */
  points: (runs, ids) => markdownTable(pointsOf(runs, ids)),
}

function chosen({ id, claims = [] }: Run, ids: readonly string[]): Claim[] {
  if (ids.length === 0) return [...claims]
  return ids.map(wanted => {
    const claim = claims.find(claim => claim.id === wanted)
    if (!claim) throw new Error(`${id} has no claim ${JSON.stringify(wanted)}`)
    return claim
  })
}

function pointsOf(runs: readonly Run[], ids: readonly string[]): Table {
  const [first] = runs
  const measured = (run: Run, id: string, label: string): Estimate | null | undefined =>
    run.claims?.find(claim => claim.id === id)?.points.find(point => point.label === label)?.measured
  return {
    columns: [
      { header: 'figure', align: 'left' },
      ...runs.map(({ fingerprint }) => ({
        header: `Node ${fingerprint.node.replace(/^v/, '')}`,
        align: 'right' as const,
      })),
      { header: 'claimed', align: 'right' },
    ],
    rows: chosen(first!, ids).flatMap(({ id, claim, points }) => [
      [`**${claim.split(':')[0]!}**`, ...runs.map(() => ''), ''],
      ...points.map(({ label, claimed }) => [
        label,
        ...runs.map(run => {
          const estimate = measured(run, id, label)
          return estimate ? intervalText(estimate) : 'n/a'
        }),
        claimed === null ? '' : String(claimed),
      ]),
    ]),
  }
}
