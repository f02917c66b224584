// `--fail-on websocket.p99Ms>20`: conditions that end a run, or a comparison of two, with exit code 1. Read before anything is measured.

import { metricsOf, type StatisticName, statisticNames } from '../../results/metrics.ts'
import type { Scenario } from '../../results/scenario.ts'
import { unknownWord, wordFor } from '../../server/suggest.ts'
import type { Known } from './argv.ts'
import { usageError } from './exit.ts'

export interface Condition {
  /** As typed, without blanks. */
  readonly text: string
  readonly transport: string
  readonly statistic: StatisticName
  readonly operator: '>' | '>=' | '<' | '<='
  readonly limit: number
  /** Of the change from an earlier run to a later one, in percent, instead of the figure itself. */
  readonly isChange: boolean
}

/** TRANSPORT.STATISTIC, one of > >= < <=, a number, and % for a change. Throws a usage error that names the part that is wrong. */
export function parseCondition(
  typed: string,
  { transports, shortNames }: Pick<Known, 'transports' | 'shortNames'>,
): Condition {
  const text = typed.replace(/\s+/g, '')
  const match = /^([\w-]+)\.(\w+)([<>]=?)(-?\d+(?:\.\d+)?)(%?)$/.exec(text)
  if (!match)
    throw usageError(
      `--fail-on must be TRANSPORT.STATISTIC, one of > >= < <=, and a number, such as "${transports.at(-1)}.p99Ms>20", got "${typed}"`,
      'put it in quotes: a shell takes > and < for itself',
    )
  const [, word, statistic, operator, limit, percent] = match as unknown as [string, ...Parts]
  const remedy = 'see: npm run bench -- --help'
  const transport = wordFor(word, transports, shortNames)
  if (transport === undefined)
    throw usageError(`--fail-on ${text}: ${unknownWord('transport', word, transports)}`, remedy)
  const name = statisticNames.find(each => each === statistic)
  if (!name) throw usageError(`--fail-on ${text}: ${unknownWord('statistic', statistic, statisticNames)}`, remedy)
  return { text, transport, statistic: name, operator, limit: Number(limit), isChange: percent === '%' }
}

type Parts = [word: string, statistic: string, operator: Condition['operator'], limit: string, percent: string]

/** A run, or a plan of one. */
interface Measured {
  readonly scenarios: readonly Scenario[]
  readonly transports: readonly string[]
}

/** The scenarios that a condition is judged under: all that measure its statistic for its transport; the idle part only for what
 * nothing else measures, since it is there for what quiet costs; and the cost part not, since its figures are the load's where those lack them. */
export function scenariosOf({ transport, statistic }: Condition, { scenarios, transports }: Measured): Scenario[] {
  const having = scenarios.filter(
    scenario => statistic in metricsOf(scenario.kind) && (scenario.transports ?? transports).includes(transport),
  )
  const loaded = having.filter(({ kind }) => kind !== 'idle' && kind !== 'cost')
  return loaded.length > 0 ? loaded : having
}

/** Throws a usage error for a condition that says nothing about what is measured, so that a gate cannot stand open unnoticed. */
export function requireJudgeable(conditions: readonly Condition[], measured: Measured): void {
  for (const condition of conditions) {
    const { text, transport, statistic } = condition
    if (scenariosOf(condition, measured).length > 0) continue
    throw usageError(
      measured.transports.includes(transport)
        ? `--fail-on ${text}: no scenario here measures ${statistic} of ${transport}`
        : `--fail-on ${text}: ${transport} is not measured, only ${measured.transports.join(', ')}`,
    )
  }
}
