// Scenarios for experiments: the everyday load with what differs, under an id that says it, so that equal scenarios share their cells.
import type { Scenario } from '../results/scenario.ts'
import { limits } from '../server/protocol.ts'

const everyday: Omit<Scenario, 'id'> = {
  kind: 'delivery',
  clients: 20,
  ratePerSecond: 10,
  schedule: 'poisson',
  bodyBytes: 100,
  pollIntervalMs: 1000,
  waitMs: limits.waitMs.default,
  warmupMs: 1000,
  windowMs: 10_000,
  rttMs: 0,
  coalesce: true,
  headerProfile: 'browser',
}

/** Short names of what makes scenarios differ, in the order they stand in an id. */
const letters: readonly (readonly [keyof Scenario, string])[] = [
  ['clients', 'n'],
  ['ratePerSecond', 'r'],
  ['schedule', ''],
  ['bodyBytes', 'b'],
  ['pollIntervalMs', 't'],
  ['waitMs', 'w'],
  ['rttMs', 'rtt'],
  ['jitterMs', 'jitter'],
  ['bandwidthKBps', 'kbps'],
  ['warmupMs', 'warm'],
  ['windowMs', 'win'],
  ['limit', 'limit'],
  ['pollTimer', ''],
  ['transportOptions', ''],
  ['keepAliveThresholdMs', 'threshold'],
  ['burnUs', 'burn'],
  ['stallMs', 'stall'],
  ['stalledReaders', 'stalled'],
  ['naiveEveryMs', 'naive'],
  ['headerProfile', ''],
  ['perPost', 'by'],
  ['express', 'express-'],
  ['writes', 'writes-'],
  ['clientLibrary', ''],
  ['contestant', ''],
  ['seeks', ''],
  ['sloMs', 'slo'],
  ['readEveryMs', 'read'],
  ['cutEveryMs', 'cut'],
  ['restartEveryMs', 'restart'],
  ['attackEveryMs', 'attack'],
  ['fetchCache', ''],
  ['hiddenForMs', 'hidden'],
  ['reconnectWindowMs', 'within'],
  ['backlog', 'backlog'],
  ['workers', 'k'],
  ['servers', 's'],
  ['balancer', ''],
  ['sticky', ''],
  ['backplane', ''],
  ['restart', ''],
]

/** A value, or those of options by transport: `frames`. */
const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null ? Object.values(value).map(shown).join('-') : String(value)

/** The everyday load with `changes`. Its id is made of what differs: `n20-r1-rtt100`, say. */
export function scenarioOf(changes: Partial<Omit<Scenario, 'id'>>): Scenario {
  // Polls of the window must not carry what came before the warm-up.
  const warmupMs = Math.max(everyday.warmupMs, changes.pollIntervalMs ?? 0)
  const scenario = { ...everyday, warmupMs, ...changes }
  const parts = letters
    .filter(
      ([key]) =>
        key === 'clients' ||
        key === 'ratePerSecond' ||
        scenario[key as keyof typeof everyday] !== everyday[key as keyof typeof everyday],
    )
    .map(([key, letter]) => `${letter}${shown(scenario[key as keyof typeof everyday]).replace('.', 'p')}`)
  if (!scenario.coalesce) parts.push('single')
  if (scenario.stratified) parts.push('strata')
  if (scenario.tls) parts.push('tls')
  if (scenario.fault) parts.push(`${scenario.fault.kind}-${scenario.fault.atMs}-${scenario.fault.forMs}`)
  if (scenario.floor === false) parts.push('nofloor')
  const kind = scenario.kind === 'delivery' ? [] : [scenario.kind]
  return { ...scenario, id: [...kind, ...parts].join('-').toLowerCase() }
}

/** Whether subscribers reach the server through the relay. */
export const isEmulated = ({ rttMs, jitterMs = 0, bandwidthKBps }: Scenario): boolean =>
  rttMs > 0 || jitterMs > 0 || bandwidthKBps !== undefined
