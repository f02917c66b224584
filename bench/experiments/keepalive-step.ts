// Is polling on a fresh connection each time slower?
import type { Cell } from '../../results/cell.ts'
import { shortPollingLatency } from '../../results/model.ts'
import { connectsPerSecond } from '../../results/model-load.ts'
import type { Scenario } from '../../results/scenario.ts'
import { aboveFloor, bandOf, inWords, msOf, overCells, overPairs, quantileOverCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'

const RTT_MS = 100
/** Of the connects. */
const TOLERANCE = 0.02
/** Of the latency: a quarter of the round trip that a connect takes. */
const TOLERANCE_MS = RTT_MS / 4
/** How long the server keeps an idle connection, and says so. */
const SERVER_TIMEOUT_MS = 5000

/** One interval a window, so that every subscriber polls once. With 100 stratified phases the mean wait of a notice is off by T/(100·√12), 16 ms at
 * most, and a window has 50 notices and more: standard error 2 ms a round. */
const at = (pollIntervalMs: number, keepAliveThresholdMs: number, transports = ['short-polling']): Scenario =>
  scenarioOf({
    clients: 100,
    ratePerSecond: 20,
    pollIntervalMs,
    keepAliveThresholdMs,
    rttMs: RTT_MS,
    warmupMs: 1000,
    windowMs: pollIntervalMs,
    stratified: true,
    publishingAlone: false,
    transports,
    rounds: 3,
  })
/** On both sides of the client's rule (5 s less 2 s), and of the server's (the client taking it at its word). */
const kept = [at(2500, 2000, ['short-polling', 'websocket']), at(4500, 0)] as const
const fresh = [at(3500, 2000), at(5500, 0)] as const
const all: readonly Scenario[] = [kept[0], fresh[0], kept[1], fresh[1]]

export const experiment: Experiment = {
  question: 'Is polling on a fresh connection each time slower?',
  group: 'latency',
  plan: options => planOf(options, { scenarios: all, rounds: fresh[0].rounds! }),
  claims: [
    claimTest({
      id: 'keepalive-step',
      claim: 'Polling on a fresh connection each time is slower, by the round trip of its connect',
      source: 'folklore',
      prediction:
        'connects jump from 0 to N/T a second where T exceeds what either side keeps a connection for: at 3 s with a client that gives up 2 s early (as undici does), at 5 s with one that does not; latency stays T/2 + dd, since the connect only moves the reading instants',
      tolerance: '2 % of the connects; a quarter of the round trip in latency',
      unit: 'connects a second; ms beyond T/2 + dd',
      plainly: {
        reproduced: 'Where each poll had to connect anew, notices came a round trip later.',
        refuted: points => {
          const later = points.flatMap(({ claimed, measured }) => (claimed === RTT_MS ? [measured!.high!] : []))
          return `Though each connect took ${RTT_MS} ms, notices came at most ${Math.max(0, Math.ceil(Math.max(...later)))} ms later on average: connecting only shifts the polls.`
        },
      },
      judge,
    }),
  ],
}

function judge(evidence: Evidence) {
  const pushed = aboveFloor(usableCells(evidence, kept[0], 'websocket'), RTT_MS)
  const downMs = quantileOverCells(pushed, cell => msOf(cell, 'delivery', 'p50Us')).value
  const measured = all.map(scenario => {
    const { clients, pollIntervalMs: cycleMs, keepAliveThresholdMs = 0, rttMs } = scenario
    const cells = aboveFloor(usableCells(evidence, scenario, 'short-polling'), RTT_MS)
    const connects = connectsPerSecond({
      clients,
      cycleMs,
      rttMs,
      serverTimeoutMs: SERVER_TIMEOUT_MS,
      clientTimeoutMs: SERVER_TIMEOUT_MS - keepAliveThresholdMs,
    })
    const beyond = (cell: Cell, push: Cell) =>
      msOf(cell, 'delivery', 'meanUs') -
      shortPollingLatency({ cycleMs, downMs: msOf(push, 'delivery', 'p50Us') }).meanMs
    return {
      label: `T = ${cycleMs / 1000} s, given up ${keepAliveThresholdMs / 1000} s early`,
      isFresh: connects > 0,
      connects,
      measuredConnects: overCells(cells, cell => (cell.connectionsOpened * 1000) / cell.windowMs),
      beyondMs: overPairs(cells, pushed, beyond),
    }
  })
  const points = [
    ...measured.map(({ label, connects, measuredConnects }) => ({
      label: `connects a second, ${label}`,
      unit: 'connects a second',
      predicted: connects,
      claimed: null,
      measured: measuredConnects,
    })),
    ...measured.map(({ label, isFresh, beyondMs }) => ({
      label: `ms beyond T/2 + dd, ${label}`,
      unit: 'ms beyond T/2 + dd',
      predicted: 0,
      claimed: isFresh ? RTT_MS : 0,
      measured: beyondMs,
    })),
  ]
  const steps = measured.every(
    ({ connects, measuredConnects }) =>
      bandOf(measuredConnects, connects, TOLERANCE * Math.max(connects, 1)) === 'inside',
  )
  const later = measured.filter(({ isFresh }) => isFresh)
  const bands = later.map(({ beyondMs }) => bandOf(beyondMs, RTT_MS, TOLERANCE_MS))
  const why = `${later.map(({ label, measuredConnects, beyondMs }) => `${inWords(measuredConnects, 1)} connects a second and ${inWords(beyondMs, 0)} ms beyond T/2 + dd (${label})`).join(', ')}, dd being ${downMs.toFixed(0)} ms and a connect ${RTT_MS} ms; connects came ${steps ? 'exactly' : 'not'} where predicted.`
  const verdict = !steps
    ? ('inconclusive' as const)
    : bands.every(band => band === 'inside')
      ? ('reproduced' as const)
      : bands.every(band => band === 'apart')
        ? ('refuted' as const)
        : ('inconclusive' as const)
  return { points, verdict, why }
}
