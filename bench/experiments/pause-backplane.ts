// Redis stands still for five seconds: what do Streams keep that Pub/Sub loses?
import type { Scenario } from '../../results/scenario.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { accountOf, isWhole } from './judging/account.ts'

const ROUNDS = 2
const transports = ['short-polling', 'long-polling', 'sse', 'websocket'] as const

const paused = (more: Partial<Scenario>): Scenario =>
  scenarioOf({
    clients: 20,
    ratePerSecond: 10,
    pollIntervalMs: 500,
    windowMs: 13_000,
    servers: 3,
    balancer: 'haproxy',
    publishingAlone: false,
    fault: { kind: 'pause-backplane', atMs: 3000, forMs: 5000 },
    transports: [...transports],
    ...more,
  })
export const streams = paused({ backplane: 'redis' })
export const streamsSticky = paused({ backplane: 'redis', sticky: 'cookie', transports: ['socket-io'] })
export const pubsub = paused({ backplane: 'redis-pubsub' })

export const experiment: Experiment = {
  question: 'What do subscribers lose while Redis stands still for five seconds, on Streams and on Pub/Sub?',
  group: 'fleet',
  needs: 'haproxy and redis-server',
  isSeparate: true,
  plan: options => planOf(options, { scenarios: [streams, streamsSticky, pubsub], rounds: ROUNDS }),
  claims: [
    claimTest({
      id: 'pause-streams',
      claim: 'A backplane of Redis Streams loses nothing while Redis stands still',
      source: "this lab's aim",
      prediction:
        'each server tails on from where it was, and publishers try again with ids: 0 lost, 0 doubled, in order, on every transport',
      tolerance: 'none',
      unit: 'notices lost, doubled or out of order',
      plainly: {
        reproduced: 'Redis stood still for five seconds, and no notice was lost, repeated or out of order.',
        refuted: 'Redis stood still for five seconds, and notices were lost, repeated or out of order.',
      },
      judge: judgeStreams,
    }),
    claimTest({
      id: 'pause-pubsub',
      claim: 'Other WebSocket servers subscribe to this channel and receive the message',
      source: 'the course notes behind this project, about Pub/Sub systems like Redis or RabbitMQ',
      prediction:
        'only those that are connected when it is published: what Redis hands out in the moment when it comes back, and the servers are not back yet, is gone; over 5 s at 10 notices/s, some of them on every transport',
      tolerance: 'none lost would be as claimed',
      unit: 'notices lost',
      plainly: {
        reproduced: 'Redis stood still for five seconds, and nothing was lost.',
        refuted: 'Not while Redis stands still: after five seconds notices were missing on every transport.',
      },
      judge: judgePubsub,
    }),
  ],
}

function judgeStreams(evidence: Evidence) {
  const accounts = [
    ...transports.map(transport => accountOf(evidence, streams, transport)),
    accountOf(evidence, streamsSticky, 'socket-io'),
  ]
  const points = accounts.map(({ transport, wrong }) => ({
    label: transport,
    predicted: 0,
    claimed: 0,
    measured: wrong,
  }))
  const why = `${accounts.map(({ inWords }) => inWords).join('; ')}.`
  return { points, verdict: accounts.every(isWhole) ? ('reproduced' as const) : ('refuted' as const), why }
}

function judgePubsub(evidence: Evidence) {
  const accounts = transports.map(transport => accountOf(evidence, pubsub, transport))
  const points = accounts.map(({ transport, wrong }) => ({
    label: `${transport}, lost in a round`,
    predicted: null,
    claimed: 0,
    measured: wrong,
  }))
  const why = `${accounts.map(({ inWords }) => inWords).join('; ')}.`
  const verdict = accounts.every(isWhole)
    ? ('reproduced' as const)
    : accounts.every(({ lost }) => lost > 0)
      ? ('refuted' as const)
      : ('inconclusive' as const)
  return { points, verdict, why }
}
