// Families of loads: the scenarios of a run that differ in one parameter alone, which is what a chart across loads is drawn from.
import type { Cell } from '../../../results/cell.ts'
import { conditionList } from '../../../results/conditions.ts'
import type { Run, SummaryRow } from '../../../results/format.ts'
import type { Scenario } from '../../../results/scenario.ts'
import type { ChartView } from '../chart.ts'

export type Parameter = 'ratePerSecond' | 'pollIntervalMs' | 'rttMs' | 'clients'

/** What may differ besides: how long and how carefully was measured, and of whom, is no part of the load. */
const apart: ReadonlySet<string> = new Set<keyof Scenario>([
  'id',
  'rounds',
  'transports',
  'publishingAlone',
  'warmupMs',
  'windowMs',
  'stratified',
  'control',
  'floor',
])

/** All scenarios with one value of the parameter. */
export interface FamilyLoad {
  readonly value: number
  readonly scenarios: readonly Scenario[]
}

/**
 * The family over `parameter`, by rising value; empty where no two loads differ in it alone. Where a run has several, that in
 * which most was measured, and of equal ones that which `scenario` is part of.
 */
export function familyOf(
  run: Pick<Run, 'scenarios' | 'summary'>,
  parameter: Parameter,
  scenario?: Scenario,
): readonly FamilyLoad[] {
  const found = alikeBut(run, [parameter], scenarios => membersOf(scenarios, parameter).length, scenario)
  return membersOf(found, parameter)
}

/** The measured loads that differ in nothing but `parameters`, of several such sets the one as said at `familyOf`; empty where none
 * has more than one load. `sizeOf`: how many different loads a set holds. */
export function alikeBut(
  run: Pick<Run, 'scenarios' | 'summary'>,
  parameters: readonly (keyof Scenario)[],
  sizeOf: (scenarios: readonly Scenario[]) => number,
  scenario?: Scenario,
): readonly Scenario[] {
  const families = new Map<string, Scenario[]>()
  const ignored: ReadonlySet<string> = new Set([...apart, ...parameters])
  for (const each of run.scenarios) {
    const isMeasured = run.summary.some(row => row.scenario === each.id && row.rounds > 0)
    if (each.kind !== 'delivery' || !isMeasured) continue
    const rest = Object.entries(each).filter(([key, value]) => value !== undefined && !ignored.has(key))
    const key = JSON.stringify(rest.toSorted(([a], [b]) => (a < b ? -1 : 1)))
    families.set(key, [...(families.get(key) ?? []), each])
  }
  const measured = (scenarios: readonly Scenario[]) =>
    run.summary.filter(row => row.rounds > 0 && scenarios.some(({ id }) => id === row.scenario)).length
  const found = [...families.values()].filter(scenarios => sizeOf(scenarios) > 1)
  const most = Math.max(...found.map(measured))
  const largest = found.filter(scenarios => measured(scenarios) === most)
  return largest.find(scenarios => scenarios.some(({ id }) => id === scenario?.id)) ?? largest[0] ?? []
}

const membersOf = (scenarios: readonly Scenario[], parameter: Parameter): FamilyLoad[] =>
  [...new Set(scenarios.map(scenario => scenario[parameter]))]
    .toSorted((a, b) => a - b)
    .map(value => ({ value, scenarios: scenarios.filter(scenario => scenario[parameter] === value) }))

/** Where a transport was measured at a value: its row, and the cells that may be used. */
export interface Spot {
  readonly value: number
  readonly scenario: Scenario
  readonly row: SummaryRow
  readonly cells: readonly Cell[]
}

/** A transport's way through the family. */
export interface Track {
  readonly transport: string
  readonly spots: readonly Spot[]
}

/** A track for each transport that is shown and was measured. */
export const tracksOf = ({ run, shown }: ChartView, family: readonly FamilyLoad[]): Track[] =>
  shown.flatMap(transport => {
    const spots = family.flatMap(({ value, scenarios }) => spotOf(run, transport, value, scenarios) ?? [])
    return spots.length > 0 ? [{ transport, spots }] : []
  })

function spotOf(run: Run, transport: string, value: number, scenarios: readonly Scenario[]): Spot | undefined {
  for (const scenario of scenarios) {
    const row = run.summary.find(
      each => each.scenario === scenario.id && each.transport === transport && each.rounds > 0,
    )
    if (!row) continue
    const cells = run.cells.filter(
      cell => cell.scenario === scenario.id && cell.transport === transport && cell.status === 'ok',
    )
    return { value, scenario, row, cells }
  }
  return undefined
}

/** The conditions of all members in one line; what differs reads `first … last`. Windows of different lengths are left out. */
export function conditionsOfFamily(run: Run, family: readonly FamilyLoad[]): string {
  const scenarios = family.map(member => member.scenarios[0]!)
  const first = scenarios[0]
  if (!first) return ''
  const { windowMs, warmupMs } = first
  const all = scenarios.map(scenario => conditionList(run, { ...scenario, windowMs, warmupMs }))
  const isOneWindow = scenarios.every(each => each.windowMs === windowMs && each.warmupMs === warmupMs)
  const elsewhere = conditionList(run, { ...first, windowMs: windowMs + 1 })
  return all[0]!
    .flatMap(({ text }, at) => {
      if (text !== elsewhere[at]!.text && !isOneWindow) return []
      if (all.every(conditions => conditions[at]!.isUsual)) return []
      return all.every(conditions => conditions[at]!.text === text) ? [text] : [`${text} … ${all.at(-1)![at]!.text}`]
    })
    .join(' · ')
}
