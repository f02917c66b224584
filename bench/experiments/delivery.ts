// How late does a notice arrive, and what does it cost, on each transport under the same load?
import { entryOf } from '../../client/transports/index.ts'
import { MIN_SUBSCRIBERS_FOR_MEMORY } from '../../results/kinds/delivery.ts'
import type { Scenario } from '../../results/scenario.ts'
import type { Options } from '../cli/options.ts'
import type { Experiment } from './experiment.ts'

/** Subscribers of the idle part: enough to spread heartbeats and polls over their intervals. */
const IDLE_CLIENTS = 100
/** Time for connecting to settle before the idle window; together with it the 32 s of the default. */
const IDLE_SETTLE_MS = 2000
/** From so many on memory is told a subscriber. */
export const COST_CLIENTS = MIN_SUBSCRIBERS_FOR_MEMORY
/** Notices a second at most: with so many subscribers half a core's work or less on a small machine. */
const COST_RATE = 10
const COST_RATE_HELD = 3
const COST_WARMUP_MS = 1000

export const experiment: Experiment = {
  question: 'How late does a notice arrive on each transport, and what does it cost in bytes, connections and CPU?',
  group: 'start',
  plan(options) {
    const load = loadOf(options)
    const scenarios: Scenario[] = [{ ...load, id: 'delivery', kind: 'delivery' }]
    if (options.idleMs > 0)
      scenarios.push({
        ...load,
        id: 'idle',
        kind: 'idle',
        clients: Math.min(IDLE_CLIENTS, options.clients),
        ratePerSecond: 0,
        warmupMs: Math.min(IDLE_SETTLE_MS, options.idleMs / 2),
        windowMs: options.idleMs - Math.min(IDLE_SETTLE_MS, options.idleMs / 2),
      })
    const { transports, rounds, precision } = options
    const cost = costPart(options)
    scenarios.push(...cost)
    // A machine that cannot hold so many subscribers does without.
    const dispensable = cost.map(({ id }) => id)
    return { scenarios, transports, rounds, dispensable, ...(precision && { precision }) }
  },
}

/** What the cost part is about: CPU that a window of the load itself holds too little of, and memory, which takes many subscribers. None where the load is
 * as large itself, or has more than one server process. */
function costPart(options: Options): Scenario[] {
  const { transports, costMs, clients, workers, fleet } = options
  if (costMs === 0 || clients >= COST_CLIENTS || workers > 1 || Object.keys(fleet).length > 0) return []
  const load = loadOf(options)
  const { rttMs: _, jitterMs: __, bandwidthKBps: ___, ...rest } = load
  const parts = [
    { id: 'cost', isHeld: false, ratePerSecond: Math.min(load.ratePerSecond, COST_RATE) },
    // Each notice is a whole exchange of each subscriber: more of them than a core has time for would be measured in a jam.
    { id: 'cost-held', isHeld: true, ratePerSecond: Math.min(load.ratePerSecond, COST_RATE_HELD) },
  ]
  return parts.flatMap(({ id, isHeld, ratePerSecond }) => {
    const own = transports.filter(name => (entryOf(name)?.isHeld ?? false) === isHeld)
    if (own.length === 0) return []
    // A poll brings as many notices as one of the load's does, or its share of the cost would be another one.
    const pollIntervalMs = isHeld ? load.pollIntervalMs : load.pollIntervalMs * (load.ratePerSecond / ratePerSecond)
    const scenario = {
      ...rest,
      ...{ id, kind: 'cost' as const, clients: COST_CLIENTS, ratePerSecond, pollIntervalMs, rttMs: 0 },
      ...{
        windowMs: costMs,
        warmupMs: isHeld ? COST_WARMUP_MS : Math.max(COST_WARMUP_MS, pollIntervalMs),
        publishingAlone: true,
      },
      ...{ transports: own, floor: false },
    }
    return [scenario]
  })
}

/** The scenario that the options describe. */
export const loadOf = (options: Options): Omit<Scenario, 'id' | 'kind'> => ({
  clients: options.clients,
  ratePerSecond: options.ratePerSecond,
  schedule: options.schedule,
  bodyBytes: options.bodyBytes,
  pollIntervalMs: options.pollIntervalMs,
  waitMs: options.waitMs,
  // Polls of the window must not carry what came before the warm-up.
  warmupMs: options.given.includes('warmup') ? options.warmupMs : Math.max(options.warmupMs, options.pollIntervalMs),
  windowMs: options.windowMs,
  rttMs: options.rttMs,
  ...(options.jitterMs > 0 && { jitterMs: options.jitterMs }),
  ...(options.bandwidthKBps !== undefined && { bandwidthKBps: options.bandwidthKBps }),
  ...(options.tls && { tls: true }),
  coalesce: options.coalesce,
  ...(options.express === 'app' && { express: 'app' as const }),
  ...(options.writes === 'send' && { writes: 'send' as const }),
  headerProfile: options.headerProfile,
  ...(options.workers > 1 && { workers: options.workers }),
  ...options.fleet,
})
