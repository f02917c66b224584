// How late does a notice arrive, and what does it cost, on each transport under the same load?
import type { Scenario } from '../../results/scenario.ts'
import type { Options } from '../cli/options.ts'
import type { Experiment } from './experiment.ts'

/** Subscribers of the idle part: enough to spread heartbeats and polls over their intervals. */
const IDLE_CLIENTS = 100
/** Time for connecting to settle before the idle window; together with it the 32 s of the default. */
const IDLE_SETTLE_MS = 2000

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
    return { scenarios, transports, rounds, ...(precision && { precision }) }
  },
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
