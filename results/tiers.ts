// Tiers: transports whose difference a run cannot tell stand in one.
import { isMissing } from './estimate.ts'
import type { Run } from './format.ts'
import type { StatisticName } from './metrics.ts'
import { type Measured, ratioBetween } from './summary.ts'

/**
 * Transports under a load by one statistic, the lowest tier first, within a tier by value. One joins the tier of those before it unless the 95 % interval of
 * its ratio to the tier's first, paired by round, lies above 1. It is compared with the first alone: "cannot be told apart" is not transitive, and a chain of
 * neighbours that cannot would put the lowest and the highest into one tier that the run does tell apart. Empty where any ratio has no interval (one round),
 * or fewer than two transports have the statistic.
 */
export function tiersOf(
  run: Measured & Pick<Run, 'summary'>,
  scenarioId: string,
  name: StatisticName,
  among?: readonly string[],
): string[][] {
  const known = run.summary
    .flatMap(({ scenario, transport, statistics }) => {
      const statistic = statistics[name]
      const isMeant = scenario === scenarioId && (among?.includes(transport) ?? true)
      return isMeant && statistic && !isMissing(statistic) ? [{ transport, value: statistic.value }] : []
    })
    .toSorted((a, b) => a.value - b.value)
  const [lowest, ...others] = known
  if (!lowest || others.length === 0) return []
  const tiers = [[lowest.transport]]
  let first = lowest
  for (const one of others) {
    const isApart = isAbove(run, scenarioId, name, one, first)
    if (isApart === undefined) return []
    if (isApart) {
      tiers.push([one.transport])
      first = one
    } else tiers.at(-1)!.push(one.transport)
  }
  return tiers
}

interface Known {
  readonly transport: string
  readonly value: number
}

/** Whether the run can tell that one is above another; undefined where it knows no interval. */
function isAbove(run: Measured, scenario: string, name: StatisticName, one: Known, other: Known): boolean | undefined {
  if (one.value === other.value) return false
  const ratio = ratioBetween(run, scenario, one.transport, other.transport, name)
  // Next to nothing everything is more.
  if (isMissing(ratio)) return other.value === 0 ? true : undefined
  return ratio.low === null ? undefined : ratio.low > 1
}

/** The tier of a transport, from 1; undefined where it has none. */
export function tierOf(tiers: readonly (readonly string[])[], transport: string): number | undefined {
  const at = tiers.findIndex(names => names.includes(transport))
  return at < 0 ? undefined : at + 1
}
