// The summary of a run: its cells, put together over rounds to one row per transport and scenario.
import type { Cell } from './cell.ts'
import { costPartOf } from './cost-part.ts'
import { type Distribution, type Estimate, isMissing, type QuantilePoints, type Statistic } from './estimate.ts'
import type { Run, SummaryRow } from './format.ts'
import { kind as costKind } from './kinds/cost.ts'
import { kind as idleKind } from './kinds/idle.ts'
import type { Context, Figure } from './kinds/kind.ts'
import { metricsOf, quantilesBelow, type StatisticName } from './metrics.ts'
import type { Scenario } from './scenario.ts'
import { CONFIDENCE, DECIDING_LEVEL, estimateOf, quantileEstimateOf, ratioOf, STOPPING_LEVEL } from './statistics.ts'

export type Measured = Pick<Run, 'cells' | 'attempts' | 'scenarios' | 'transports' | 'precision'>

/** The level of a run's intervals, which are called 95 % either way. */
export const levelOf = ({ precision }: Pick<Run, 'precision'>): number =>
  !precision ? CONFIDENCE : precision.share === undefined ? DECIDING_LEVEL : STOPPING_LEVEL

/** The distributions of rounds as the points of one; null where there is none. Passed in: decoding histograms is no matter for a page. */
export type Merge = (parts: readonly (Distribution | null)[]) => QuantilePoints | null

/** One row for each scenario and transport that was measured, in the run's order. Void and failed cells are counted in `voided`
 * and take no part in the statistics, nor do attempts that were repeated, but what they lost, repeated or disordered stays in the row's counts. */
export function summarise(run: Measured, merge: Merge): SummaryRow[] {
  return run.scenarios.flatMap(scenario =>
    run.transports.flatMap(transport => {
      const cells = cellsOf(run, scenario.id, transport)
      return cells.length === 0 ? [] : [rowOf(run, scenario, transport, cells, merge)]
    }),
  )
}

function rowOf(run: Measured, scenario: Scenario, transport: string, cells: readonly Cell[], merge: Merge): SummaryRow {
  const usable = cells.filter(({ status }) => status === 'ok')
  const repeated = cellsOf({ cells: run.attempts ?? [] }, scenario.id, transport)
  const sum = (key: 'expected' | 'delivered' | 'lost' | 'duplicated' | 'outOfOrder') =>
    [...cells, ...repeated].reduce((total, cell) => total + cell[key], 0)
  const statistics: Record<string, Statistic> = {}
  const level = levelOf(run)
  const meanOf = (values: readonly number[]) => estimateOf(values, level)
  for (const [name, metric] of Object.entries(metricsOf(scenario.kind))) {
    const lower = quantilesBelow(scenario.kind, name)
    statistics[name] = overCells(
      cells,
      cell => metric(cell, contextOf(run, scenario, cell)),
      lower ? values => quantileEstimateOf(values, knownOf(statistics[lower.at(-1) ?? '']), level) : meanOf,
    )
  }
  if (scenario.kind === 'delivery') {
    statistics.idleBytesPerMinute = idleOf(run, scenario, transport)
    for (const name of costStatistics) {
      const own = statistics[name]
      const part = isMissing(own!) ? costOf(run, scenario, transport, name) : undefined
      if (part) statistics[name] = part
    }
  }
  return {
    scenario: scenario.id,
    transport,
    rounds: usable.length,
    voided: cells.length - usable.length,
    ...(repeated.length > 0 && { repeated: repeated.length }),
    expected: sum('expected'),
    delivered: sum('delivered'),
    lost: sum('lost'),
    duplicated: sum('duplicated'),
    outOfOrder: sum('outOfOrder'),
    statistics,
    delivery: merge(usable.map(({ delivery }) => delivery)),
    latency: merge(usable.map(({ latency }) => latency)),
    ...partsPerNotice(usable),
  }
}

/** Bytes by part per notice handed over, mean over the usable cells, so that they add up to the statistic bytesPerNotice; nothing where
 * no part was recorded or nothing handed over. */
function partsPerNotice(cells: readonly Cell[]): Pick<SummaryRow, 'bytesByPart'> {
  if (cells.length === 0 || cells.some(({ parts, noticesWritten }) => !parts || noticesWritten === 0)) return {}
  const bytesByPart: Record<string, number> = {}
  for (const { parts = {}, noticesWritten } of cells)
    for (const [part, bytes] of Object.entries(parts))
      bytesByPart[part] = (bytesByPart[part] ?? 0) + bytes / noticesWritten / cells.length
  return { bytesByPart }
}

const knownOf = (statistic: Statistic | undefined): number | undefined =>
  statistic && !isMissing(statistic) ? statistic.value : undefined

/** An estimate over the usable rounds; where there is none, why, and what the void ones came to in the mean. A figure that one round cannot give
 * is missing altogether: the other rounds would flatter it. */
function overCells(cells: readonly Cell[], figureOf: (cell: Cell) => Figure, estimate: EstimateOf): Statistic {
  const usable = cells.filter(({ status }) => status === 'ok')
  if (usable.length > 0) return overRounds(usable.map(figureOf), estimate)
  const spoilt = cells.filter(({ status }) => status === 'void')
  // What a reason begins with is its cause.
  const causes = new Set(spoilt.flatMap(({ reasons }) => reasons.map(reason => reason.split(':')[0]!)))
  if (causes.size === 0) return { missing: 'no usable round' }
  const missing = `void: ${[...causes].join(', ')}`
  const measured = overRounds(spoilt.map(figureOf), estimate)
  return isMissing(measured) ? { missing } : { missing, void: measured.value }
}

type EstimateOf = (values: readonly number[]) => Estimate

function overRounds(figures: readonly Figure[], estimate: EstimateOf): Statistic {
  const values: number[] = []
  for (const figure of figures) {
    if (typeof figure !== 'number') return { missing: figure.missing }
    values.push(figure)
  }
  return estimate(values)
}

/** The idle cost that belongs to a load: of the idle part with the same intervals and headers. */
function idleOf(run: Measured, load: Scenario, transport: string): Statistic {
  const idle = run.scenarios.find(
    ({ kind, pollIntervalMs, waitMs, headerProfile, tls = false }) =>
      kind === 'idle' &&
      pollIntervalMs === load.pollIntervalMs &&
      waitMs === load.waitMs &&
      headerProfile === load.headerProfile &&
      tls === (load.tls ?? false),
  )
  const cells = idle ? cellsOf(run, idle.id, transport) : []
  if (!idle || cells.length === 0) return { missing: 'no idle part' }
  return overCells(
    cells,
    cell => idleKind.metrics.idleBytesPerMinute(cell, { scenario: idle, publishing: undefined }),
    values => estimateOf(values, levelOf(run)),
  )
}

/** What a load of everyday size holds too little of. */
const costStatistics = ['cpuUsPerNotice', 'rssPerSubscriberBytes'] as const

/** A figure of the cost part that belongs to a load; undefined where there is none. */
function costOf(
  run: Measured,
  load: Scenario,
  transport: string,
  name: (typeof costStatistics)[number],
): Statistic | undefined {
  const part = costPartOf(run, load, transport)
  const cells = part ? cellsOf(run, part.id, transport) : []
  if (!part || cells.length === 0) return undefined
  return overCells(
    cells,
    cell => costKind.metrics[name](cell, contextOf(run, part, cell)),
    values => estimateOf(values, levelOf(run)),
  )
}

const cellsOf = ({ cells }: Pick<Run, 'cells'>, scenario: string, transport: string | null): Cell[] =>
  cells.filter(cell => cell.scenario === scenario && cell.transport === transport)

const contextOf = (run: Measured, scenario: Scenario, { round }: Cell): Context => ({
  scenario,
  publishing: cellsOf(run, scenario.id, null).find(cell => cell.round === round && cell.status === 'ok'),
})

/** The figure of every usable round, by round. Empty where the scenario is not the run's or does not have that statistic. */
export function valuesByRound(
  run: Measured,
  scenarioId: string,
  transport: string,
  name: StatisticName,
): Map<number, Figure> {
  const scenario = run.scenarios.find(({ id }) => id === scenarioId)
  const metric = scenario && metricsOf(scenario.kind)[name]
  const values = new Map<number, Figure>()
  if (!scenario || !metric) return values
  for (const cell of cellsOf(run, scenarioId, transport))
    if (cell.status === 'ok') values.set(cell.round, metric(cell, contextOf(run, scenario, cell)))
  return values
}

/** `transport` over `baseline`, paired by round (bench/README.md, rule 11: on log ratios), over the rounds in which both are usable; or why there is none. */
export function ratioBetween(
  run: Measured,
  scenarioId: string,
  transport: string,
  baseline: string,
  name: StatisticName,
): Statistic {
  const above = valuesByRound(run, scenarioId, transport, name)
  const below = valuesByRound(run, scenarioId, baseline, name)
  const pairs: [number, number][] = []
  for (const [round, value] of above) {
    const other = below.get(round)
    if (other === undefined) continue
    if (typeof value !== 'number') return value
    if (typeof other !== 'number') return other
    if (!(value > 0 && other > 0)) return { missing: 'a ratio needs positive figures' }
    pairs.push([value, other])
  }
  if (pairs.length === 0) return { missing: 'no round in which both are usable' }
  return ratioOf(
    pairs.map(([value]) => value),
    pairs.map(([, other]) => other),
    levelOf(run),
  )
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
