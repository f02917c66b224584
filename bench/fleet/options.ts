// The fleet that the command line asks for, checked as a whole.
import type { Scenario } from '../../results/scenario.ts'
import { usageError } from '../cli/exit.ts'

/** What was typed; undefined = nothing. */
export interface FleetWords {
  readonly servers: number | undefined
  readonly balancer: 'haproxy' | 'none' | undefined
  readonly sticky: 'cookie' | 'off' | undefined
  readonly backplane: string | undefined
  /** The subscribers are to be far away. */
  readonly isEmulated: boolean
}

export type FleetChoice = Pick<Scenario, 'servers' | 'balancer' | 'sticky' | 'backplane'>

/** Several servers stand behind HAProxy on Redis unless something else is said. Throws a usage error. */
export function chooseFleet({ servers: typed, balancer, sticky, backplane, isEmulated }: FleetWords): FleetChoice {
  if (typed === undefined && balancer === undefined && sticky === undefined && backplane === undefined) return {}
  const servers = typed ?? 1
  const joined = backplane ?? (servers > 1 ? 'redis' : 'memory')
  const before = balancer ?? (servers > 1 || sticky === 'cookie' ? 'haproxy' : 'none')
  if (servers > 1 && joined === 'memory')
    throw usageError(
      `--backplane memory is one server's own, and --servers ${servers} would be as many streams`,
      `npm run bench -- --servers ${servers} --backplane redis, or processes of one server: --workers ${servers}`,
    )
  if (sticky === 'cookie' && before === 'none')
    throw usageError(
      '--sticky cookie is what a balancer does, got --balancer none',
      'leave --balancer out, or --sticky',
    )
  if (isEmulated && before === 'none' && servers > 1)
    throw usageError(
      `--rtt, --jitter and --bandwidth need one address to go to, got --servers ${servers} --balancer none`,
      'leave --balancer out',
    )
  return {
    servers,
    ...(before === 'haproxy' && { balancer: before }),
    ...(sticky === 'cookie' && { sticky }),
    ...(joined !== 'memory' && { backplane: joined }),
  }
}
