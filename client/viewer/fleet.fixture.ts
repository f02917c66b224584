// For tests: made-up cells of fleets and of faults, by closed forms and a seed; the loads of `fleetRun` are also part of the run of experiments.
import type { Cell } from '../../results/cell.ts'
import type { Run } from '../../results/format.ts'
import { derivedSeed, seededRandom } from '../../results/random.ts'
import type { Scenario } from '../../results/scenario.ts'
import { summarise } from '../../results/summary.ts'
import { verdictOf } from '../../results/verdict.ts'
import { distributionOf, pointsOf } from './distribution.fixture.ts'
import { fixtureRun } from './run.fixture.ts'

const fleet = (servers: number, backplane: string): Partial<Scenario> => ({ servers, backplane, balancer: 'haproxy' })
const kill = { kind: 'kill-server', atMs: 5000, forMs: 0 } as const
const pause = { kind: 'pause-backplane', atMs: 4000, forMs: 2000 } as const

/** Fleets of every backplane, and a fault of each kind. */
export const fleetLoads: readonly (readonly [id: string, changes: Partial<Scenario>])[] = [
  ['fault-kill', { ...fleet(3, 'redis'), fault: kill, windowMs: 12_000 }],
  ['fault-pause', { ...fleet(2, 'redis'), fault: pause, windowMs: 12_000 }],
  ['fleet-memory-1', {}],
  ...[1, 2, 3].map(servers => [`fleet-redis-${servers}`, fleet(servers, 'redis')] as const),
  ...[1, 2, 3].map(servers => [`fleet-rabbitmq-${servers}`, fleet(servers, 'rabbitmq')] as const),
  ['fleet-pubsub-3', fleet(3, 'redis-pubsub')],
  ['fleet-tls', { ...fleet(2, 'redis'), tls: true, workers: 2, sticky: 'cookie' }],
]

/** So that the pushes do not lie on each other. */
const extraMs: Readonly<Record<string, number>> = { 'long-polling': 0.5, sse: 0.12 }
const hopMs: Readonly<Record<string, number>> = { memory: 0.4, redis: 1.1, rabbitmq: 3.4, 'redis-pubsub': 0.9 }
/** How long a subscriber takes to find another server. */
const backMs: Readonly<Record<string, number>> = {
  'short-polling': 700,
  'long-polling': 260,
  sse: 340,
  websocket: 420,
}

const ARRIVALS_MS = 100

/** A cell as it would have been under a load of a fleet. */
export function underFleet(scenario: Scenario, cell: Cell): Cell {
  const { servers = 1, backplane = 'memory', clients, windowMs, ratePerSecond, fault } = scenario
  const random = seededRandom(derivedSeed(7, scenario.id, cell.transport ?? '', cell.round))
  const published = Math.round((ratePerSecond * windowMs) / 1000)
  const shared = { ...cell, scenario: scenario.id, windowMs, published }
  const { transport } = cell
  if (transport === null) return shared
  const expected = published * clients
  const isPolled = transport === 'short-polling'
  const ms = (q: number) =>
    isPolled ? 1 + 1000 * q : (0.8 + (extraMs[transport] ?? 0) + 0.15 * servers + q) * (0.98 + 0.04 * random())
  const found: Cell = {
    ...shared,
    expected,
    delivered: expected,
    noticesWritten: expected,
    delivery: distributionOf(ms, expected, 0),
    latency: distributionOf(q => ms(q) + (hopMs[backplane] ?? 1) * (1 + servers / 20), expected, 0),
    ...(servers > 1 && { fleet: serversOf(scenario, expected, random) }),
  }
  return fault ? { ...found, ...faultOf(scenario, transport, published, random) } : found
}

function serversOf({ servers = 1, clients, fault }: Scenario, expected: number, random: () => number) {
  const isKilled = (server: number) => fault?.kind === 'kill-server' && server === 0
  return Array.from({ length: servers }, (_, server) => {
    const share = (isKilled(server) ? 0.4 : 1) * (0.95 + 0.1 * random())
    return {
      name: `server-${server + 1}`,
      cpuUs: Math.round((600_000 * share) / servers),
      rssBytes: Math.round(88e6 + 4e6 * random()),
      open: isKilled(server) ? 0 : Math.round(clients / servers),
      opened: Math.round((clients * share) / servers),
      noticesWritten: Math.round((expected * share) / servers),
    }
  })
}

/** Notices every tenth of a second; those of whom the fault hits come late, together, when it is over. */
function faultOf(scenario: Scenario, transport: string, published: number, random: () => number): Partial<Cell> {
  const { servers = 1, clients, windowMs, fault } = scenario
  const { kind, atMs, forMs } = fault!
  const isKill = kind === 'kill-server'
  const affected = isKill ? Math.round(clients / servers) : 0
  const ms = Array.from({ length: affected }, () =>
    Math.round((backMs[transport] ?? 300) * (0.3 + 1.2 * random())),
  ).sort((a, b) => a - b)
  const outageMs = isKill ? (ms.at(-1) ?? 0) : forMs
  const usualMs = transport === 'short-polling' ? 980 : 2.2
  const perStep = (published * clients * ARRIVALS_MS) / windowMs
  const held = isKill ? 1 / servers : 1
  const arrivals = Array.from({ length: windowMs / ARRIVALS_MS }, (_, at): [number, number, number | null] => {
    const fromMs = at * ARRIVALS_MS
    const isDuring = fromMs >= atMs && fromMs < atMs + outageMs
    const isAfter = !isDuring && fromMs >= atMs && fromMs < atMs + outageMs + ARRIVALS_MS
    const usual = perStep * (0.7 + 0.6 * random())
    const count = isDuring ? usual * (1 - held) : isAfter ? usual + (perStep * held * outageMs) / ARRIVALS_MS : usual
    const lateMs = isAfter ? outageMs + usualMs : usualMs * (0.8 + 0.4 * random())
    return [fromMs, Math.round(count), count < 1 ? null : lateMs]
  })
  return {
    arrivals,
    recovery: {
      affected,
      ms,
      to: isKill ? { 'server-2': Math.ceil(affected / 2), 'server-3': Math.floor(affected / 2) } : {},
      atMs,
      untilMs: isKill ? windowMs : atMs + forMs,
    },
    ...(transport === 'long-polling' && isKill && { duplicated: 3 }),
  }
}

/** A run of fleets and faults; the same each time. */
export function fleetRun(id = 'fleets', startedAt = '2026-11-15T10:00:00.000Z'): Run {
  const base = fixtureRun({ id, rounds: 3, startedAt })
  const template = base.scenarios[0]!
  const scenarios = fleetLoads.map(([name, changes]): Scenario => ({ ...template, ...changes, id: name }))
  const cells = scenarios.flatMap(scenario =>
    base.cells.filter(cell => cell.scenario === template.id).map(cell => underFleet(scenario, cell)),
  )
  const measured = { cells, scenarios, transports: base.transports }
  const run: Run = { ...base, ...measured, experiment: 'fleet', summary: summarise(measured, pointsOf) }
  return { ...run, verdict: verdictOf(run) }
}
