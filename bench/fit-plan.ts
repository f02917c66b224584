// A plan as this machine can hold it, before anything starts.
import { entryOf } from '../client/transports/index.ts'
import { namesOfLoads } from '../results/conditions.ts'
import { isExitError } from './cli/exit.ts'
import type { Plan } from './experiments/experiment.ts'
import { driverOf } from './kinds/index.ts'
import { processesFor } from './load/group.ts'
import { checkMachine, type Machine } from './machine/preflight.ts'
import { isEmulated } from './scenarios.ts'

const connectionsOf = (transport: string): number => entryOf(transport)?.connections ?? 1

/**
 * The plan as `machine` can hold it: scenarios that are too large are left out where the plan says that they may be, with the reason.
 * Throws an error of exit code 3 where another one is too large, or nothing is left.
 */
export function fitPlan(plan: Plan, machine: Machine): { plan: Plan; leftOut: readonly string[] } {
  const { dispensable = [] } = plan
  const leftOut: string[] = []
  const names = namesOfLoads(plan.scenarios)
  const scenarios = plan.scenarios.filter((scenario, at) => {
    const { id, clients, kind, transports } = scenario
    if (clients === 0) return true
    const driver = driverOf(kind)
    if (driver.check) {
      driver.check(scenario, machine)
      return true
    }
    const perProcess = isEmulated(scenario) ? 2 * clients : Math.ceil(clients / processesFor(clients))
    const taking = transports ?? plan.transports
    const sideBySide = 'measureTogether' in driver ? taking.length : 1
    const descriptorsPerClient = Math.max(1, ...taking.map(connectionsOf))
    try {
      checkMachine({ clients, openAtOnce: clients * sideBySide, perProcess, descriptorsPerClient }, machine)
      return true
    } catch (error) {
      if (!isExitError(error) || !dispensable.includes(id) || plan.scenarios.length === 1) throw error
      leftOut.push(`${names[at]} is left out: ${error.message}`)
      return false
    }
  })
  return { plan: { ...plan, scenarios }, leftOut }
}
