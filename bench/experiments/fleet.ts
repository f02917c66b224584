// What does a fleet add to a notice's way: the balancer, the backplane, more servers?

import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import type { BackplaneName } from '../../server/backplanes/index.ts'
import { inWords, msOf, overPairs, quantileOverCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { accountOf, isWhole } from './judging/account.ts'
import { figureOf, rounded } from './judging/plainly.ts'

const ROUNDS = 5
const TRANSPORT = 'websocket'
/** Few subscribers and few notices: every part of the fleet shares what cores there are. */
const load = {
  clients: 30,
  ratePerSecond: 20,
  windowMs: 4000,
  publishingAlone: false,
  transports: [TRANSPORT],
  rounds: ROUNDS,
}

const fleetOf = (servers: number, backplane: BackplaneName, balancer: 'haproxy' | 'none' = 'haproxy'): Scenario =>
  scenarioOf({
    ...load,
    servers,
    ...(balancer === 'haproxy' && { balancer }),
    ...(backplane !== 'memory' && { backplane }),
  })

const alone = fleetOf(1, 'memory', 'none')
const balanced = fleetOf(1, 'memory')
const shared = ['redis', 'redis-pubsub', 'rabbitmq'] as const
const counts = [1, 2, 3] as const
/** What a backplane may add to the median, ms. */
const mostMs: Readonly<Partial<Record<(typeof shared)[number], number>>> = { redis: 1.5, rabbitmq: 5 }

function addedInPlainWords(points: Claim['points']): string {
  return `It added ${rounded(figureOf(points, 'added by'))} ms to a typical notice.`
}

const hop = (backplane: (typeof shared)[number]) =>
  claimTest({
    id: `fleet-${backplane}-hop`,
    claim:
      mostMs[backplane] === undefined
        ? `A backplane of ${backplane} between the servers costs a notice little`
        : `A backplane of ${backplane} between the servers adds at most ${mostMs[backplane]} ms to a notice`,
    source: "this lab's aim",
    prediction:
      'two crossings of loopback and a wake-up: the median from intended to received of one server on it, less that of one server alone, both behind HAProxy',
    tolerance: mostMs[backplane] === undefined ? 'none: it is reported' : 'the interval below the bound',
    unit: 'ms',
    plainly: { reproduced: addedInPlainWords, refuted: addedInPlainWords, measured: addedInPlainWords },
    judge: (evidence: Evidence) => judgeHop(evidence, backplane),
  })

export const experiment: Experiment = {
  question: 'What do a balancer, a backplane and more servers add to the way of a notice?',
  group: 'fleet',
  needs: 'haproxy and redis-server',
  isSeparate: true,
  plan: options =>
    planOf(options, {
      scenarios: [alone, balanced, ...shared.flatMap(backplane => counts.map(servers => fleetOf(servers, backplane)))],
      rounds: ROUNDS,
    }),
  claims: [
    claimTest({
      id: 'fleet-one-stream',
      claim: 'This approach allows WebSocket servers to communicate with each other without direct connections',
      source: 'the course notes behind this project, about Pub/Sub systems like Redis or RabbitMQ',
      prediction:
        'what is published at one of three servers reaches the subscribers of all three, once and in order, on each backplane',
      tolerance: 'none',
      unit: 'notices lost, doubled or out of order',
      plainly: {
        reproduced: 'What one server published reached the clients of all three, once and in order.',
        refuted: 'Of what one server published, some was lost, repeated or out of order.',
      },
      judge: judgeOneStream,
    }),
    ...shared.map(hop),
    claimTest({
      id: 'fleet-balancer-hop',
      claim: 'A load balancer before the servers costs a notice little',
      source: 'the course notes behind this project, "Horizontal Scaling with Load Balancers"',
      prediction: 'one more process on the way: some tenths of a ms on loopback',
      tolerance: 'none: it is reported',
      unit: 'ms',
      plainly: {
        measured: addedInPlainWords,
      },
      judge: judgeBalancer,
    }),
  ],
}

const median = (cell: Cell): number => msOf(cell, 'latency', 'p50Us')

function judgeHop(evidence: Evidence, backplane: (typeof shared)[number]) {
  const bound = mostMs[backplane] ?? null
  const before = usableCells(evidence, balanced, TRANSPORT)
  const added = counts.map(servers => ({
    servers,
    measured: overPairs(
      usableCells(evidence, fleetOf(servers, backplane), TRANSPORT),
      before,
      (a, b) => median(a) - median(b),
    ),
  }))
  const points = added.map(({ servers, measured }) => ({
    label: `added by ${backplane}, ${servers === 1 ? 'one server' : `${servers} servers`}`,
    predicted: null,
    claimed: servers === 1 ? bound : null,
    measured,
  }))
  const [one] = added as [(typeof added)[number]]
  const why = `To a median of ${inWords(quantileOverCells(before, median))} ms ${backplane} adds ${added.map(({ servers, measured }) => `${inWords(measured)} ms with ${servers}`).join(', ')} servers.`
  if (bound === null) return { points, verdict: 'measured' as const, why }
  const { low, high } = one.measured
  const verdict =
    high !== null && high <= bound
      ? ('reproduced' as const)
      : low !== null && low > bound
        ? ('refuted' as const)
        : ('inconclusive' as const)
  return { points, verdict, why }
}

function judgeBalancer(evidence: Evidence) {
  const [without, behind] = [alone, balanced].map(scenario => usableCells(evidence, scenario, TRANSPORT))
  const measured = overPairs(behind!, without!, (a, b) => median(a) - median(b))
  const points = [{ label: 'added by HAProxy, one server', predicted: null, claimed: null, measured }]
  const why = `To a median of ${inWords(quantileOverCells(without!, median))} ms HAProxy adds ${inWords(measured)} ms.`
  return { points, verdict: 'measured' as const, why }
}

function judgeOneStream(evidence: Evidence) {
  const accounts = shared.map(backplane => ({
    backplane,
    account: accountOf(evidence, fleetOf(3, backplane), TRANSPORT),
  }))
  const points = accounts.map(({ backplane, account }) => ({
    label: `3 servers on ${backplane}`,
    predicted: 0,
    claimed: 0,
    measured: account.wrong,
  }))
  const why = `${accounts.map(({ backplane, account }) => `${backplane}, ${account.inWords}`).join('; ')}.`
  const isOne = accounts.every(({ account }) => isWhole(account))
  return { points, verdict: isOne ? ('reproduced' as const) : ('refuted' as const), why }
}
