// What goes wrong in a window on purpose, and what came of it.
import type { Cell } from '../../results/cell.ts'
import type { Scenario } from '../../results/scenario.ts'
import type { Outage } from '../load/outages.ts'
import type { Fleet } from './fleet.ts'

type Fault = NonNullable<Scenario['fault']>

/** A fault as it happened, in ms since the window began. */
export interface Happened {
  readonly atMs: number
  readonly untilMs: number
}

/** How much later than the fault a subscriber may notice a loss that is the fault's; a cut socket is noticed at once, a silent one is not. */
const NOTICED_WITHIN_MS = 5000
const MOST_QUANTILES = 200

/** Lets `fault` happen `atMs` after the window began (CLOCK_MONOTONIC), and settles when it is over. */
export async function inflict(fleet: Fleet, { kind, atMs, forMs }: Fault, windowFromNs: bigint): Promise<Happened> {
  const sinceMs = (): number => Number(process.hrtime.bigint() - windowFromNs) / 1e6
  await new Promise(resolve => setTimeout(resolve, Math.max(0, atMs - sinceMs())))
  const begunMs = sinceMs()
  if (kind === 'kill-server') await fleet.killServer()
  else await fleet.pauseBackplane(forMs)
  return { atMs: begunMs, untilMs: sinceMs() }
}

/**
 * How long subscribers were without their stream, from the fault on. `outages` and `windowFromMs` are on the clock of the schedule. Those that never
 * came back are affected and have no time. Where they came back to is told where each brought one connection: of pollers, whose balancer
 * keeps connections of its own, it cannot be.
 */
export function recoveryOf(
  { atMs, untilMs }: Happened,
  outages: readonly Outage[],
  windowFromMs: number,
  fleet: NonNullable<Cell['fleet']>,
): NonNullable<Cell['recovery']> {
  const faultMs = windowFromMs + atMs
  const struck = outages.filter(
    ({ fromMs }) => fromMs >= faultMs - 1 && fromMs <= faultMs + (untilMs - atMs) + NOTICED_WITHIN_MS,
  )
  const backMs = struck
    .flatMap(({ toMs }) => (toMs === null ? [] : [Math.max(0, toMs - faultMs)]))
    .sort((a, b) => a - b)
  const opened = fleet.reduce((sum, server) => sum + server.opened, 0)
  return {
    affected: struck.length,
    ms: quantiles(backMs),
    to:
      struck.length > 0 && opened === struck.length
        ? Object.fromEntries(fleet.filter(server => server.opened > 0).map(({ name, opened }) => [name, opened]))
        : {},
    atMs,
    untilMs,
  }
}

const quantiles = (sorted: readonly number[]): number[] =>
  sorted.length <= MOST_QUANTILES
    ? [...sorted]
    : Array.from(
        { length: MOST_QUANTILES },
        (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (MOST_QUANTILES - 1))]!,
      )
