// Which conditions of `--fail-on` a run, or a comparison of two, trips: a sentence each.
import { counterpartOf, differencesOf, summaryOf } from '../../results/compare.ts'
import { nameOfLoad } from '../../results/conditions.ts'
import { isMissing } from '../../results/estimate.ts'
import { intervalText, missingText, threeDigits } from '../../results/figures.ts'
import type { Run } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import { type Condition, scenariosOf } from './fail-on.ts'

const operators = {
  '>': (value: number, limit: number) => value > limit,
  '>=': (value: number, limit: number) => value >= limit,
  '<': (value: number, limit: number) => value < limit,
  '<=': (value: number, limit: number) => value <= limit,
} satisfies Record<Condition['operator'], unknown>

/** Which conditions a run trips, a sentence each: by the summary's estimates, under every scenario that has the statistic. What is n/a
 * trips too, since a gate that cannot see must not open. */
export function failedGates(conditions: readonly Condition[], run: Run): string[] {
  return sentencesOf(conditions, run, ({ transport, statistic, operator, limit }, { id }) => {
    const found = summaryOf(run, id, transport, statistic)
    return isMissing(found) || operators[operator](found.value, limit) ? intervalText(found) : undefined
  })
}

/** Which conditions on a change `now` trips against `before`: those that the whole 95 % interval of the change fulfils, so that chance
 * alone trips one in forty. Also trips what cannot be told: runs that are not alike, a missing figure, a single round. */
export function failedGatesOfChange(conditions: readonly Condition[], before: Run, now: Run): string[] {
  return sentencesOf(conditions, now, ({ transport, statistic, operator, limit }, scenario) => {
    if (!counterpartOf(scenario, before)) return missingText('the earlier run has no such load')
    const { unlike, rows } = differencesOf(before, now, scenario, [statistic])
    if (unlike.length > 0)
      return missingText(`not like for like: ${unlike[0]}${unlike.length > 1 ? `, and ${unlike.length - 1} more` : ''}`)
    const ratio = rows.find(row => row.transport === transport)?.ratios[0]
    if (!ratio) return missingText(`the earlier run has no ${transport}`)
    if (isMissing(ratio)) return missingText(ratio.missing)
    const { value, low, high } = ratio
    if (low === null || high === null) return missingText('one round gives no interval')
    const nearest = operator.startsWith('>') ? low : high
    if (!operators[operator](percentOf(nearest), limit)) return undefined
    return `${percentText(value)} [${percentText(low)}, ${percentText(high)}]`
  })
}

const percentOf = (ratio: number): number => (ratio - 1) * 100

const percentText = (ratio: number): string => `${ratio > 1 ? '+' : ''}${threeDigits(percentOf(ratio))} %`

/** `found` gives what trips a condition under a scenario, if anything does. */
function sentencesOf(
  conditions: readonly Condition[],
  run: Run,
  found: (condition: Condition, scenario: Scenario) => string | undefined,
): string[] {
  return conditions.flatMap(condition => {
    const scenarios = scenariosOf(condition, run)
    // An experiment may leave out what this machine cannot hold.
    if (scenarios.length === 0) return [`--fail-on ${condition.text} tripped: ${missingText('not measured')}`]
    const parts = scenarios.flatMap(scenario => {
      const text = found(condition, scenario)
      return text === undefined ? [] : [`${text} with ${nameOfLoad(run, scenario.id)}`]
    })
    return parts.length > 0 ? [`--fail-on ${condition.text} tripped: ${parts.join('; ')}`] : []
  })
}
