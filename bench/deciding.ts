// Rounds until claims are decided: which cells a claim reads, and so what a further round has to measure for those that are not.
import type { Cell } from '../results/cell.ts'
import type { Claim, Run } from '../results/format.ts'
import type { Scenario } from '../results/scenario.ts'
import { judgeClaim } from './claims.ts'
import type { ClaimTest, Evidence } from './experiments/experiment.ts'

/** Transports by scenario. The publishing alone (null) is measured with them where their scenario asks for it. */
export type Reads = ReadonlyMap<string, ReadonlySet<string | null>>

/** What tells which cell it is, and nothing of what was measured. */
const OF_PLACE: readonly PropertyKey[] = ['scenario', 'transport', 'round', 'order']

/**
 * What `claim` comes to, and the cells that its rule looks into, found out by applying it. A rule gives up at the first load without a usable cell;
 * so that those behind it are known too, it is applied once more as if all cells were usable.
 */
export function judgeNoting(claim: ClaimTest, evidence: Evidence): { judged: Claim; reads: Reads } {
  const reads = new Map<string, Set<string | null>>()
  const noting = (cell: Cell, status: Cell['status']): Cell =>
    new Proxy(cell, {
      get(target, key, receiver) {
        if (!OF_PLACE.includes(key)) {
          const names = reads.get(target.scenario) ?? new Set()
          reads.set(target.scenario, names.add(target.transport))
        }
        return key === 'status' ? status : Reflect.get(target, key, receiver)
      },
    })
  const judged = judgeClaim(claim, { ...evidence, cells: evidence.cells.map(cell => noting(cell, cell.status)) })
  if (evidence.cells.some(({ status }) => status !== 'ok'))
    judgeClaim(claim, { ...evidence, cells: evidence.cells.map(cell => noting(cell, 'ok')) })
  return { judged, reads }
}

export interface DecidingOrder {
  readonly claims: readonly ClaimTest[]
  readonly evidence: Evidence
  /** Those that are measured in rounds. */
  readonly scenarios: readonly Scenario[]
  readonly precision: NonNullable<Run['precision']>
  /** Time that a cell of a scenario took so far, and about what one more takes; ms. */
  readonly tookMs: (cell: Cell) => number
  readonly nextMs: (scenario: Scenario) => number
}

export interface Deciding {
  /** What a further round has to measure: transports by scenario, empty where nothing is left to be decided or to spend. */
  readonly wanted: ReadonlyMap<string, readonly string[]>
  /** Claims that it is measured for. */
  readonly open: readonly Claim[]
  /** All that rounds can decide. */
  readonly known: NonNullable<NonNullable<Run['precision']>['claims']>
}

/**
 * Which claims further rounds are for. A claim that reads nothing which is measured in rounds, or whose rule needs what comes after them, is not waited
 * for. The budget is each claim's own: the time of all cells that it reads, those of the plan's first rounds with them.
 */
export function decide({ claims, evidence, scenarios, precision, tookMs, nextMs }: DecidingOrder): Deciding {
  const wanted = new Map<string, Set<string>>()
  const open: Claim[] = []
  const known: { id: string; isDecided: boolean; rounds: number; ms: number }[] = []
  const byId = new Map(scenarios.map(scenario => [scenario.id, scenario]))
  for (const claim of claims) {
    const { judged, reads } = judgeNoting(claim, evidence)
    const own = [...reads].flatMap(([id, names]) => {
      const scenario = byId.get(id)
      const transports = [...names].filter(name => name !== null)
      return scenario && transports.length > 0 ? [{ scenario, transports }] : []
    })
    if (own.length === 0) continue
    const isRead = ({ scenario, transport }: Cell): boolean => reads.get(scenario)?.has(transport) ?? false
    const cells = evidence.cells.filter(cell => byId.has(cell.scenario) && isRead(cell))
    const ms = cells.reduce((sum, cell) => sum + tookMs(cell), 0)
    const rounds = new Set(cells.map(({ round }) => round)).size
    const isDecided = judged.verdict !== 'inconclusive'
    known.push({ id: claim.id, isDecided, rounds, ms: Math.round(ms) })
    const furtherMs = own.reduce((sum, { scenario, transports }) => sum + transports.length * nextMs(scenario), 0)
    if (
      isDecided ||
      rounds >= precision.mostRounds ||
      ms + furtherMs > (precision.budgetMs ?? Number.POSITIVE_INFINITY)
    )
      continue
    open.push(judged)
    for (const { scenario, transports } of own)
      wanted.set(scenario.id, new Set([...(wanted.get(scenario.id) ?? []), ...transports]))
  }
  // In the order of the plan, whichever claim asked first.
  const inOrder = scenarios.flatMap(({ id, transports = evidence.transports }): [string, string[]][] => {
    const names = wanted.get(id)
    return names ? [[id, transports.filter(name => names.has(name))]] : []
  })
  return { wanted: new Map(inOrder), open, known }
}
