// The verdicts of claims about fleets, on evidence made for each of them.
import { expect, test } from 'vitest'
import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import { cellOf, distributionAround } from '../../results/sample-run.fixture.ts'
import type { Scenario } from '../../results/scenario.ts'
import { experiments } from './index.ts'
import { judgeClaim } from './made-up/plain.fixture.ts'
import { sampleOptions } from './made-up/verdict.fixture.ts'

type Change = (cell: Cell, scenario: Scenario) => Cell

/** µs from intended to received, as it would be: HAProxy adds 0.3 ms, Redis 0.8, RabbitMQ 3. */
const latencyUs = ({ balancer, backplane = 'memory' }: Scenario): number =>
  1000 + (balancer ? 300 : 0) + ({ redis: 800, 'redis-pubsub': 700, rabbitmq: 3000 }[backplane] ?? 0)

/** What holds on a machine on which everything is as foretold. */
function foretold(scenario: Scenario, transport: string, round: number): Cell {
  const { fault, servers = 1, sticky, kind } = scenario
  const wobble = 1 + ((round % 3) - 1) / 100
  const requests = 1000
  const lost = fault && scenario.backplane === 'redis-pubsub' ? 400 : 0
  return cellOf(transport, round, 0, {
    scenario: scenario.id,
    lost,
    delivered: 3000 - lost,
    latency: distributionAround(latencyUs(scenario) * wobble),
    ...(kind === 'sessions' && {
      sessions: { requests, refused: sticky ? 0 : Math.round(requests * (1 - 1 / servers) * wobble) },
    }),
    ...(fault?.kind === 'kill-server' && {
      recovery: { affected: 3, ms: [80, 150, 240 * wobble], to: {}, atMs: 2500, untilMs: 2520 },
    }),
  })
}

function judged(id: string, change: Change = cell => cell): Claim {
  for (const { claims = [], plan } of Object.values(experiments)) {
    const claim = claims.find(claim => claim.id === id)
    if (!claim) continue
    const { scenarios, transports, rounds } = plan(sampleOptions)
    const cells = scenarios.flatMap(scenario =>
      (scenario.transports ?? transports).flatMap(transport =>
        Array.from({ length: rounds }, (_, round) => change(foretold(scenario, transport, round), scenario)),
      ),
    )
    return judgeClaim(claim, { cells, scenarios: [...scenarios], transports: [...transports] })
  }
  throw new Error(`no experiment has the claim ${id}`)
}

const on =
  (transport: string, more: (cell: Cell) => Partial<Cell>): Change =>
  cell =>
    cell.transport === transport ? { ...cell, ...more(cell) } : cell

test.each([
  ['kill-server', 'reproduced'],
  ['kill-server-recovery', 'reproduced'],
  ['pause-streams', 'reproduced'],
  ['pause-pubsub', 'refuted'],
  ['sticky', 'qualified'],
  ['fleet-one-stream', 'reproduced'],
  ['fleet-redis-hop', 'reproduced'],
  ['fleet-redis-pubsub-hop', 'measured'],
  ['fleet-rabbitmq-hop', 'reproduced'],
  ['fleet-balancer-hop', 'measured'],
] as const)('%s is %s where everything is as foretold', (id, verdict) => {
  const claim = judged(id)
  expect(claim.why).not.toContain('could not be applied')
  expect(claim.verdict).toBe(verdict)
})

test.each([
  ['lost', 'kill-server', 'sse'],
  ['duplicated', 'kill-server', 'socket-io'],
  ['outOfOrder', 'pause-streams', 'long-polling'],
  ['lost', 'pause-streams', 'socket-io'],
  ['duplicated', 'fleet-one-stream', 'websocket'],
] as const)('one notice %s refutes %s', (what, id, transport) => {
  expect(
    judged(
      id,
      on(transport, () => ({ [what]: 1 })),
    ).verdict,
  ).toBe('refuted')
})

test('Pub/Sub that loses nothing is as claimed, and where only some transports lose nothing is said', () => {
  expect(judged('pause-pubsub', cell => ({ ...cell, lost: 0 })).verdict).toBe('reproduced')
  expect(
    judged(
      'pause-pubsub',
      on('sse', () => ({ lost: 0 })),
    ).verdict,
  ).toBe('inconclusive')
})

test('a slow recovery refutes, one that never ends too, and none at all says nothing', () => {
  const recovery = (more: Partial<NonNullable<Cell['recovery']>>) => (cell: Cell) => ({
    recovery: { ...cell.recovery!, ...more },
  })
  const slow = judged('kill-server-recovery', on('sse', recovery({ ms: [100, 200, 4000] })))
  expect(slow.verdict).toBe('refuted')
  const never = judged('kill-server-recovery', on('websocket', recovery({ ms: [100, 200] })))
  expect(never.verdict).toBe('refuted')
  expect(never.why).toContain('some never came back on websocket in round 1')
  const untouched = judged('kill-server-recovery', cell => ({ ...cell, ...recovery({ affected: 0, ms: [] })(cell) }))
  expect(untouched.verdict).toBe('inconclusive')
  const some = judged('kill-server-recovery', on('short-polling', recovery({ affected: 0, ms: [] })))
  expect(some.verdict).toBe('reproduced')
  expect(some.why).toContain('nobody was cut off on short-polling')
})

test('sessions that are lost by cookie, or kept without, refute what was foretold of them', () => {
  const refused =
    (count: number, which: (scenario: Scenario) => boolean): Change =>
    (cell, scenario) =>
      cell.sessions && which(scenario) ? { ...cell, sessions: { requests: 1000, refused: count } } : cell
  expect(
    judged(
      'sticky',
      refused(300, ({ sticky }) => sticky === 'cookie'),
    ).verdict,
  ).toBe('refuted')
  expect(
    judged(
      'sticky',
      refused(0, ({ sticky }) => sticky === undefined),
    ).verdict,
  ).toBe('refuted')
  const lossy = judged('sticky', cell => (cell.sessions ? cell : { ...cell, lost: 3 }))
  expect(lossy.verdict).toBe('reproduced')
})

test.each([
  ['fleet-redis-hop', 'redis', 2600],
  ['fleet-rabbitmq-hop', 'rabbitmq', 9000],
] as const)('a hop that takes longer refutes %s', (id, backplane, us) => {
  const slower: Change = (cell, scenario) =>
    scenario.backplane === backplane ? { ...cell, latency: distributionAround(1300 + us + cell.round * 10) } : cell
  expect(judged(id, slower).verdict).toBe('refuted')
})

test.each(['kill-server', 'pause-streams', 'sticky', 'fleet-one-stream'])(
  '%s has no verdict without a usable cell',
  id => {
    const claim = judged(id, cell => ({ ...cell, status: 'void', reasons: ['made void'] }))
    expect(claim).toMatchObject({ verdict: 'inconclusive', why: expect.stringContaining('made void') })
  },
)
