// Do servers behind a balancer need sticky sessions?
import type { Cell } from '../../results/cell.ts'
import type { Scenario } from '../../results/scenario.ts'
import { bandOf, inWords, overCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { accountOf, isWhole } from './judging/account.ts'
import { figureOf, percent } from './judging/plainly.ts'

/** A balancer's turns and forty sessions that ask at once fall into step, each round in another: it takes some of them to see the mean. */
const ROUNDS = 6
/** Percentage points. */
const TOLERANCE = 5
const counts = [2, 3, 4] as const
/** Those that carry a cursor instead of a session, or hold one connection. */
const free = ['short-polling', 'long-polling', 'sse', 'websocket'] as const

const sessions = (servers: number, more: Partial<Scenario> = {}): Scenario =>
  scenarioOf({
    kind: 'sessions',
    clients: 40,
    ratePerSecond: 0,
    servers,
    balancer: 'haproxy',
    backplane: 'redis',
    publishingAlone: false,
    transports: ['socket-io'],
    ...more,
  })
const withCookie = sessions(3, { sticky: 'cookie' })
const roundRobin = scenarioOf({
  clients: 20,
  ratePerSecond: 20,
  pollIntervalMs: 200,
  windowMs: 3000,
  servers: 3,
  balancer: 'haproxy',
  backplane: 'redis',
  publishingAlone: false,
  transports: [...free],
  rounds: 3,
})

export const experiment: Experiment = {
  question: 'Which transports need a balancer that keeps a client with its server?',
  group: 'fleet',
  needs: 'haproxy and redis-server',
  isSeparate: true,
  plan: options =>
    planOf(options, {
      scenarios: [...counts.map(servers => sessions(servers)), withCookie, roundRobin],
      rounds: ROUNDS,
    }),
  claims: [
    claimTest({
      id: 'sticky',
      claim: 'Load balancer must maintain "sticky sessions"',
      source: 'the course notes behind this project, about WebSocket servers',
      prediction:
        "round-robin over k servers: a session's request meets its server once in k times, so Socket.IO's polling fails with 1 − 1/k of them (50, 67, 75 %), and with none by a cookie; cursor polling, SSE and WebSocket lose nothing without",
      tolerance: `${TOLERANCE} points; 0 lost`,
      unit: '% of requests refused',
      plainly: {
        reproduced: 'Without sticky sessions every transport lost notices.',
        qualified:
          "Only for Socket.IO's polling: WebSocket, SSE and plain polling lose nothing without sticky sessions.",
        refuted: points =>
          `Without sticky sessions ${percent(figureOf(points, 'Socket.IO polls, 3 servers in turn') / 100)} of Socket.IO's polls failed on three servers.`,
      },
      judge,
    }),
  ],
}

const refusedShare = ({ sessions }: Cell): number => (100 * (sessions?.refused ?? 0)) / (sessions?.requests ?? 0)

/** `qualified` where it holds for Socket.IO's polling only: both sides were measured. */
function judge(evidence: Evidence) {
  const rows = [
    ...counts.map(servers => ({
      scenario: sessions(servers),
      label: `${servers} servers in turn`,
      predicted: 100 * (1 - 1 / servers),
    })),
    { scenario: withCookie, label: '3 servers, cookie', predicted: 0 },
  ].map(row => ({ ...row, measured: overCells(usableCells(evidence, row.scenario, 'socket-io'), refusedShare) }))
  const accounts = free.map(transport => accountOf(evidence, roundRobin, transport))
  const points = [
    ...rows.map(({ label, predicted, measured }) => ({
      label: `Socket.IO polls, ${label}`,
      predicted,
      claimed: null,
      measured,
    })),
    ...accounts.map(({ transport, wrong }) => ({
      label: `${transport}, lost or doubled`,
      predicted: 0,
      claimed: null,
      measured: wrong,
    })),
  ]
  const why = `Refused: ${rows.map(({ label, measured }) => `${label} ${inWords(measured, 1)} %`).join(', ')}. Without stickiness ${accounts.map(({ inWords }) => inWords).join('; ')}.`
  const bands = rows.map(({ measured, predicted }) => bandOf(measured, predicted, TOLERANCE))
  const verdict =
    bands.every(band => band === 'inside') && accounts.every(isWhole)
      ? ('qualified' as const)
      : accounts.every(({ lost, expected }) => lost > 0 || expected === 0)
        ? ('reproduced' as const)
        : bands.some(band => band === 'apart')
          ? ('refuted' as const)
          : ('inconclusive' as const)
  return { points, verdict, why }
}
