// Three servers behind HAProxy are restarted one after the other: what do subscribers notice, with draining and without?
import { retryRule } from '../../client/session.ts'
import type { Cell } from '../../results/cell.ts'
import { cutsEach } from '../../results/kinds/deploy.ts'
import { rollingRestart } from '../../results/model-load.ts'
import type { Scenario } from '../../results/scenario.ts'
import { sum } from '../../results/sums.ts'
import { bandOf, inWords, overCells, quantileOverCells, usableCells, verdictOfBands } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { accountOf, isWhole } from './judging/account.ts'
import { figureOf, percent, rounded, timesOf } from './judging/plainly.ts'

const SERVERS = 3
/** Whole thirds, halves of them and halves of those: a balancer's turns then come out even at every restart. */
const CLIENTS = 36
const polls = ['short-polling', 'long-polling'] as const
const streams = ['sse', 'websocket', 'socket-io'] as const
/** Of these, those that are open with one request: Socket.IO's way back takes four, and its library. */
const swift: readonly string[] = ['sse', 'websocket']
/** Socket.IO's polls need a balancer that keeps a client with its server; the others do without. */
const STICKY = 'socket-io'
const transports = [...polls, ...streams]

const deployOf = (restart: 'drain' | 'kill', rounds: number, more: Partial<Scenario>): Scenario =>
  scenarioOf({
    kind: 'deploy',
    clients: CLIENTS,
    ratePerSecond: 20,
    pollIntervalMs: 500,
    windowMs: 1500,
    servers: SERVERS,
    balancer: 'haproxy',
    backplane: 'redis',
    restart,
    publishingAlone: false,
    rounds,
    ...more,
  })

const free = { transports: transports.filter(transport => transport !== STICKY) }
const sticky = { transports: [STICKY], sticky: 'cookie' as const }
const ROUNDS = 3
/** What it is compared with: how long a round takes lets it have one less. */
const ROUNDS_KILLED = 2
const ways = {
  drain: [deployOf('drain', ROUNDS, free), deployOf('drain', ROUNDS, sticky)],
  kill: [deployOf('kill', ROUNDS_KILLED, free), deployOf('kill', ROUNDS_KILLED, sticky)],
} as const
const scenarioFor = (restart: 'drain' | 'kill', transport: string): Scenario =>
  ways[restart].find(({ transports }) => transports!.includes(transport))!

const model = rollingRestart({ servers: SERVERS })
const CUTS_TOLERANCE = 0.1
/** Full jitter before the first attempt. */
const AWAY_MS = retryRule.baseMs / 2
const AWAY_TOLERANCE_MS = 50

const CUTS = 'cuts a subscriber'

export const experiment: Experiment = {
  question: 'Three servers are restarted one after the other: what do subscribers notice, drained before and not?',
  group: 'fleet',
  needs: 'haproxy and redis-server',
  isSeparate: true,
  plan: options => planOf(options, { scenarios: [...ways.drain, ...ways.kill], rounds: ROUNDS }),
  claims: [
    claimTest({
      id: 'deploy-nothing-lost',
      claim: 'A rolling restart with resumable cursors loses nothing on any transport',
      source: "this lab's aim",
      prediction:
        'any server answers any cursor, also one that has just started, from the backplane: 0 lost, 0 doubled, in order, whether its servers were drained or killed',
      tolerance: 'none',
      unit: 'notices lost, doubled or out of order',
      plainly: {
        reproduced:
          'While three servers were restarted in turn no notice was lost, repeated or out of order, on any transport.',
        refuted: 'While three servers were restarted in turn notices were lost, repeated or out of order.',
      },
      judge: judgeAccount,
    }),
    claimTest({
      id: 'deploy-cuts',
      claim: 'A rolling restart cuts clients again and again: they go to servers that are restarted next',
      source: 'folklore of deploys behind a balancer: up to n − 1 times of n servers',
      prediction: `(1 − 1/n)((1 − 1/n)^(−n) − 1) cuts a client: ${model.cutsEach.toFixed(2)} for n = ${SERVERS}, never more than e − 1 = 1.72 on average; at worst n, for ${(100 * model.worstShare).toFixed(1)} % of them. The server that was restarted last is left without a client, the first has ${(100 * model.sharesAfter[0]!).toFixed(1)} %`,
      tolerance: `${100 * CUTS_TOLERANCE} % of the mean, on each transport that keeps a connection, drained`,
      unit: 'cuts a subscriber, and % of subscribers',
      plainly: {
        reproduced: points =>
          `While three servers were restarted in turn, an SSE client was cut ${timesOf(points, 'sse, cuts')} on average, ${percent(figureOf(points, 'sse, cut 3') / 100)} of them three times.`,
        refuted: points =>
          `While three servers were restarted in turn, an SSE client was cut ${timesOf(points, 'sse, cuts')} on average.`,
      },
      judge: judgeCuts,
    }),
    claimTest({
      id: 'deploy-drain',
      claim: "Rolling updates allow Deployments' update to take place with zero downtime",
      source: 'Kubernetes documentation, "Performing a Rolling Update"; the same is said of connection draining',
      address: 'https://kubernetes.io/docs/tutorials/kubernetes-basics/update/update-intro/',
      prediction: `true of polls: the balancer sends them elsewhere and the server answers those it holds, so none fails; killed, each restart costs one held poll in ${SERVERS}, and those that are sent to the server while it dies. A stream is cut however its server ends, drained or killed, and away for its client's first delay, U(0, ${retryRule.baseMs}) ms, ${AWAY_MS} ms on average; Socket.IO's four requests come on top`,
      tolerance: `0 polls failed; the mean time away on ${swift.join(' and ')} within ${AWAY_TOLERANCE_MS} ms`,
      unit: 'cuts a subscriber, and ms',
      plainly: {
        reproduced: 'No poll failed, and no open connection was cut.',
        qualified: points =>
          `True of polls, of which none failed; a WebSocket was cut, and back after ${rounded(figureOf(points, 'websocket, drained, away'))} ms on average.`,
        refuted: points =>
          polls.some(transport => figureOf(points, `${transport}, drained, cuts`) > 0)
            ? 'Some polls failed while the servers were restarted.'
            : `A WebSocket was cut, and back after ${rounded(figureOf(points, 'websocket, drained, away'))} ms on average.`,
      },
      judge: judgeDrain,
    }),
  ],
}

function judgeAccount(evidence: Evidence) {
  const accounts = (['drain', 'kill'] as const).flatMap(restart =>
    transports.map(transport => ({ restart, ...accountOf(evidence, scenarioFor(restart, transport), transport) })),
  )
  return {
    points: accounts.map(({ transport, restart, wrong }) => ({
      label: `${transport}, ${inPast[restart]}`,
      predicted: 0,
      claimed: 0,
      measured: wrong,
    })),
    verdict: accounts.every(isWhole) ? ('reproduced' as const) : ('refuted' as const),
    why: `${accounts.map(({ restart, inWords }) => `${inPast[restart]}, ${inWords}`).join('; ')}.`,
  }
}

const inPast = { drain: 'drained', kill: 'killed' } as const

/** Throws where not everybody came back. */
function found(cell: Cell): NonNullable<Cell['deploy']> {
  const { deploy, scenario, transport, round } = cell
  if (!deploy) throw new Error(`no deploy was measured in ${scenario}`)
  if (deploy.away > 0)
    throw new Error(`${deploy.away} of ${transport} never came back in ${scenario}, round ${round + 1}`)
  return deploy
}

const cellsOf = (evidence: Evidence, restart: 'drain' | 'kill', transport: string): Cell[] =>
  usableCells(evidence, scenarioFor(restart, transport), transport)

function judgeCuts(evidence: Evidence) {
  const figures = streams.map(transport => {
    const cells = cellsOf(evidence, 'drain', transport)
    const percent = (
      cell: Cell,
      part: (deploy: NonNullable<Cell['deploy']>) => number,
      of: readonly number[],
    ): number => (100 * part(found(cell))) / sum(of, each => each)
    return {
      transport,
      each: overCells(cells, cell => cutsEach(found(cell))),
      worst: overCells(cells, cell => percent(cell, ({ cuts }) => cuts[SERVERS] ?? 0, found(cell).cuts)),
      first: overCells(cells, cell => percent(cell, ({ open }) => open[0]!, found(cell).open)),
      last: overCells(cells, cell => percent(cell, ({ open }) => open.at(-1)!, found(cell).open)),
      most: Math.max(...cells.map(cell => found(cell).cuts.length - 1)),
    }
  })
  const bands = figures.map(({ each }) => bandOf(each, model.cutsEach, CUTS_TOLERANCE * model.cutsEach))
  return {
    points: figures.flatMap(({ transport, each, worst, first, last }) => [
      { label: `${transport}, cuts`, unit: CUTS, predicted: model.cutsEach, claimed: null, measured: each },
      {
        label: `${transport}, cut ${SERVERS} times, %`,
        unit: '% of subscribers',
        predicted: 100 * model.worstShare,
        claimed: null,
        measured: worst,
      },
      {
        label: `${transport}, then at the first server, %`,
        unit: '% of subscribers',
        predicted: 100 * model.sharesAfter[0]!,
        claimed: null,
        measured: first,
      },
      {
        label: `${transport}, then at the last, %`,
        unit: '% of subscribers',
        predicted: 0,
        claimed: null,
        measured: last,
      },
    ]),
    verdict: verdictOfBands(bands),
    why: `${figures.map(({ transport, each, most, first, last }) => `${transport}: ${inWords(each)} cuts, ${most} at most, and then ${inWords(first, 1)} % at the server that was restarted first, ${inWords(last, 1)} % at the last`).join('; ')}; ${model.cutsEach.toFixed(2)} cuts were predicted.`,
  }
}

function judgeDrain(evidence: Evidence) {
  const polled = polls.map(transport => ({
    transport,
    drained: overCells(cellsOf(evidence, 'drain', transport), cell => cutsEach(found(cell))),
    killed: overCells(cellsOf(evidence, 'kill', transport), cell => cutsEach(found(cell))),
  }))
  const away = (cell: Cell): number => found(cell).awayMeanMs ?? 0
  const areCut = streams.some(transport =>
    cellsOf(evidence, 'drain', transport).some(cell => cutsEach(found(cell)) > 0),
  )
  const streamed = streams.map(transport => ({
    transport,
    drained: overCells(cellsOf(evidence, 'drain', transport), away),
    killed: overCells(cellsOf(evidence, 'kill', transport), away),
  }))
  const stood = transports.map(transport => ({
    transport,
    drained: quantileOverCells(cellsOf(evidence, 'drain', transport), cell => found(cell).standstillMaxMs),
    killed: quantileOverCells(cellsOf(evidence, 'kill', transport), cell => found(cell).standstillMaxMs),
  }))
  const took = (restart: 'drain' | 'kill') =>
    overCells(
      transports.flatMap(transport => cellsOf(evidence, restart, transport)),
      cell => found(cell).tookMs,
    )
  const [drainTook, killTook] = [took('drain'), took('kill')]
  const awayOf = (transport: string): number | null => (swift.includes(transport) ? AWAY_MS : null)
  const areUnnoticed = polled.every(({ drained }) => drained.value === 0)
  const asPredicted = verdictOfBands(
    streamed
      .filter(({ transport }) => swift.includes(transport))
      .map(({ drained }) => bandOf(drained, AWAY_MS, AWAY_TOLERANCE_MS)),
  )
  // True of polls, and not of streams: both were measured.
  const ofPollsOnly = asPredicted === 'reproduced' ? ('qualified' as const) : asPredicted
  const verdict = !areUnnoticed ? ('refuted' as const) : areCut ? ofPollsOnly : ('reproduced' as const)
  return {
    points: [
      ...polled.flatMap(({ transport, drained, killed }) => [
        { label: `${transport}, drained, cuts`, unit: CUTS, predicted: 0, claimed: 0, measured: drained },
        { label: `${transport}, killed, cuts`, unit: CUTS, predicted: null, claimed: null, measured: killed },
      ]),
      ...streamed.flatMap(({ transport, drained, killed }) => [
        {
          label: `${transport}, drained, away, ms`,
          unit: 'ms',
          predicted: awayOf(transport),
          claimed: 0,
          measured: drained,
        },
        {
          label: `${transport}, killed, away, ms`,
          unit: 'ms',
          predicted: awayOf(transport),
          claimed: null,
          measured: killed,
        },
      ]),
      ...stood.flatMap(({ transport, drained, killed }) => [
        {
          label: `${transport}, drained, longest standstill, ms`,
          unit: 'ms',
          predicted: null,
          claimed: null,
          measured: drained,
        },
        {
          label: `${transport}, killed, longest standstill, ms`,
          unit: 'ms',
          predicted: null,
          claimed: null,
          measured: killed,
        },
      ]),
      { label: 'all three restarts, drained, ms', unit: 'ms', predicted: null, claimed: null, measured: drainTook },
      { label: 'all three restarts, killed, ms', unit: 'ms', predicted: null, claimed: null, measured: killTook },
    ],
    verdict,
    why: `Failed polls a subscriber: ${polled.map(({ transport, drained, killed }) => `${transport} ${inWords(drained)} drained, ${inWords(killed)} killed`).join(', ')}. Streams were away for ${streamed.map(({ transport, drained, killed }) => `${inWords(drained, 0)} ms on ${transport}, ${inWords(killed, 0)} killed`).join('; ')}. They stood still for at most ${stood.map(({ transport, drained, killed }) => `${inWords(drained, 0)} and ${inWords(killed, 0)} ms on ${transport}`).join(', ')}. Three restarts took ${inWords(drainTook, 0)} ms drained, ${inWords(killTook, 0)} killed.`,
  }
}
