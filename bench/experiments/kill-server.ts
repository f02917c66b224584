// One of three servers is killed under load: who comes back, how fast, and with what?
import type { Cell } from '../../results/cell.ts'
import type { Scenario } from '../../results/scenario.ts'
import { inWords, overCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { accountOf, isWhole } from './judging/account.ts'

const ROUNDS = 3
/** The aim; our clients try again within 250 ms. */
const BACK_WITHIN_MS = 2000

const killed = (more: Partial<Scenario>): Scenario =>
  scenarioOf({
    clients: 30,
    ratePerSecond: 20,
    pollIntervalMs: 500,
    windowMs: 8000,
    servers: 3,
    balancer: 'haproxy',
    backplane: 'redis',
    publishingAlone: false,
    fault: { kind: 'kill-server', atMs: 2500, forMs: 0 },
    ...more,
  })

/** Nothing keeps a client with a server; Socket.IO's polls need that, so it has a cookie. */
export const free = killed({ transports: ['short-polling', 'long-polling', 'sse', 'websocket'] })
export const sticky = killed({ transports: ['socket-io'], sticky: 'cookie' })
const measured = [free, sticky].flatMap(scenario => scenario.transports!.map(transport => ({ scenario, transport })))

export const experiment: Experiment = {
  question: 'What do subscribers lose when one of three servers is killed, and how soon are they back?',
  group: 'fleet',
  needs: 'haproxy and redis-server',
  isSeparate: true,
  plan: options => planOf(options, { scenarios: [free, sticky], rounds: ROUNDS }),
  claims: [
    claimTest({
      id: 'kill-server',
      claim: 'WebSocket servers are kept stateless',
      source: 'the course notes behind this project',
      prediction:
        'a server that holds nothing of its own can be killed: subscribers resume on another one by their cursor; 0 lost, 0 doubled, in order, on every transport',
      tolerance: 'none',
      unit: 'notices lost, doubled or out of order',
      plainly: {
        reproduced: 'One of three servers was killed, and no notice was lost, repeated or out of order.',
        refuted: 'One of three servers was killed, and notices were lost, repeated or out of order.',
      },
      judge: judgeAccount,
    }),
    claimTest({
      id: 'kill-server-recovery',
      claim: `Subscribers of a killed server are back within ${BACK_WITHIN_MS / 1000} s`,
      source: "this lab's aim",
      prediction: 'p99 below: a cut is noticed at once, and the next attempt comes after U(0, 250) ms',
      tolerance: 'the interval of the p99 below the bound; without cut subscribers nothing is recovered from',
      unit: 'ms from the kill',
      plainly: {
        reproduced: points => {
          const slowest = Math.max(...points.map(({ measured }) => measured!.value))
          return `All but the slowest hundredth of those that were cut were back within ${Math.ceil(slowest / 100) / 10} s.`
        },
        refuted: 'Some of those that were cut took longer, or never came back.',
      },
      judge: judgeRecovery,
    }),
  ],
}

function judgeAccount(evidence: Evidence) {
  const accounts = measured.map(({ scenario, transport }) => accountOf(evidence, scenario, transport))
  const points = accounts.map(({ transport, wrong }) => ({
    label: transport,
    predicted: 0,
    claimed: 0,
    measured: wrong,
  }))
  const why = `${accounts.map(({ inWords }) => inWords).join('; ')}.`
  return { points, verdict: accounts.every(isWhole) ? ('reproduced' as const) : ('refuted' as const), why }
}

const p99 = (ms: readonly number[]): number => ms[Math.min(ms.length - 1, Math.floor(0.99 * ms.length))]!

function judgeRecovery(evidence: Evidence) {
  const found = measured.flatMap(({ scenario, transport }) => {
    const cells = usableCells(evidence, scenario, transport)
    const cut = cells.filter(({ recovery }) => (recovery?.affected ?? 0) > 0)
    return [{ transport, cells, cut }]
  })
  const lasting = found.flatMap(({ transport, cut }) =>
    cut.filter(isOpenEnded).map(({ round }) => `${transport} in round ${round + 1}`),
  )
  const points = found.flatMap(({ transport, cut }) =>
    cut.length === 0
      ? []
      : [
          {
            label: `${transport}, p99`,
            predicted: null,
            claimed: BACK_WITHIN_MS,
            measured: overCells(cut, ({ recovery }) => (recovery!.ms.length > 0 ? p99(recovery!.ms) : Number.NaN)),
          },
        ],
  )
  const untouched = found.filter(({ cut }) => cut.length === 0).map(({ transport }) => transport)
  const why = [
    ...points.map(({ label, measured }) => `${label} ${inWords(measured, 0)} ms`),
    ...(untouched.length > 0 ? [`nobody was cut off on ${untouched.join(', ')}`] : []),
    ...lasting.map(where => `some never came back on ${where}`),
  ].join('; ')
  const isWithin = points.every(({ measured: { high } }) => high !== null && high <= BACK_WITHIN_MS)
  const isBeyond = lasting.length > 0 || points.some(({ measured: { low } }) => low !== null && low > BACK_WITHIN_MS)
  const verdict = isBeyond ? 'refuted' : points.length > 0 && isWithin ? 'reproduced' : 'inconclusive'
  return { points, verdict, why: `${why}.` } as const
}

/** Whether some of those that were cut off never came back. Of more than 200 the quantiles are kept, so that only fewer can be counted. */
const isOpenEnded = ({ recovery }: Cell): boolean => recovery!.ms.length < Math.min(200, recovery!.affected)
