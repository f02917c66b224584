// Thousands are cut at once: how soon are all back, and what does a delay drawn at random do for it?

import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import { bandOf, inWords, overCells, overPairs, usableCells, verdictOfBands } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { figureOf, rounded } from './judging/plainly.ts'

const TRANSPORT = 'websocket'
const ROUNDS = 3
const CLIENTS = 5000
/** Node's own, and this server's. */
const SHORT_QUEUE = 511
const LONG_QUEUE = 4096
/** From none to the cap of this lab's clients. */
const windowsMs = [0, 250, 500, 1000, 2500, 5000, 10_000] as const
/** A second ± 25 %, as libraries have it that spread a fixed delay a little. */
const LITTLE_MS = 500
const TOLERANCE = 0.25

const stormOf = (reconnectWindowMs: number, backlog: number): Scenario =>
  scenarioOf({
    kind: 'storm',
    clients: CLIENTS,
    ratePerSecond: 0,
    warmupMs: 1000,
    windowMs: 40_000,
    headerProfile: 'bare',
    reconnectWindowMs,
    backlog,
    publishingAlone: false,
    transports: [TRANSPORT],
    rounds: ROUNDS,
  })

const spread = windowsMs.map(windowMs => stormOf(windowMs, LONG_QUEUE))
const short = [0, LITTLE_MS, 5000].map(windowMs => stormOf(windowMs, SHORT_QUEUE))

export const experiment: Experiment = {
  question: 'Thousands of subscribers are cut at once: how soon are all back, and does jitter help?',
  group: 'scale',
  isSeparate: true,
  plan: options => planOf(options, { scenarios: [...spread, ...short], rounds: ROUNDS }),
  claims: [
    claimTest({
      id: 'storm-jitter',
      claim: 'Clients must spread out their reconnects at random (jitter), or the server is overrun',
      source: 'Brooker, "Exponential Backoff And Jitter" (2015)',
      address: 'https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/',
      prediction:
        'a server that accepts c connections a second has N back after N/c however they come; a delay from [0, W) makes it max(W, N/c), so that up to W = N/c it costs nothing and beyond it is all waiting',
      tolerance: `${100 * TOLERANCE} % of max(W, the time without any delay), with a queue of ${LONG_QUEUE.toLocaleString('en')}`,
      unit: 'ms until all are back',
      plainly: {
        reproduced: 'Where 5,000 clients came back at once, some attempts to connect failed.',
        qualified: points =>
          `Without jitter 5,000 clients were back in ${secondsOf(points, 0)} s, and none failed; spreading them out longer only adds waiting.`,
        refuted: backInPlainWords,
        inconclusive: points => `Not certain. ${backInPlainWords(points)}`,
      },
      judge: judgeJitter,
    }),
    claimTest({
      id: 'storm-little-jitter',
      claim: 'A jitter of ± 20 to 30 % is enough',
      source: 'defaults of reconnecting clients: Socket.IO ± 50 %, others ± 20 to 30 %',
      prediction: `a second ± 25 % is a window of ${LITTLE_MS} ms, less than N/c: ${CLIENTS.toLocaleString('en')} overflow a queue of ${SHORT_QUEUE} with it as without any; a window above N/c overflows nothing`,
      tolerance: 'connections that the kernel had no room for: some, or none',
      unit: 'connections refused a place in the queue, and ms until all are back',
      plainly: {
        reproduced: "Spread over half a second, all 5,000 clients had room in the server's queue.",
        refuted:
          "Spread over half a second, 5,000 clients overflowed the server's queue of connections; over five seconds none did.",
      },
      judge: judgeLittle,
    }),
  ],
}

const secondsOf = (points: Claim['points'], windowMs: number): string =>
  rounded(figureOf(points, `W = ${windowMs} ms`) / 1000)
function backInPlainWords(points: Claim['points']): string {
  return `Coming at once, all 5,000 clients were back after ${secondsOf(points, 0)} s; spread over five seconds, after ${secondsOf(points, 5000)} s.`
}

const found = (cell: Cell): NonNullable<Cell['storm']> => {
  if (!cell.storm) throw new Error(`no storm was measured in ${cell.scenario}`)
  return cell.storm
}
const allBackMs = (cell: Cell): number => {
  const { backAllMs, back, clients } = found(cell)
  if (backAllMs === null) throw new Error(`${clients - back} of ${clients} were not back in ${cell.scenario}`)
  return backAllMs
}
const overflowsOf = (cell: Cell): number => {
  const { overflows } = found(cell)
  if (overflows === null) throw new Error('this system does not count what its queues have no room for')
  return overflows
}
const windowOf = ({ reconnectWindowMs = 0 }: Scenario): number => reconnectWindowMs

function judgeJitter(evidence: Evidence) {
  const atOnce = usableCells(evidence, spread[0]!, TRANSPORT)
  const figures = spread.map(scenario => {
    const cells = usableCells(evidence, scenario, TRANSPORT)
    const predictedMs = overPairs(cells, atOnce, (_, without) => Math.max(windowOf(scenario), allBackMs(without))).value
    return { windowMs: windowOf(scenario), predictedMs, all: overCells(cells, allBackMs) }
  })
  const points = figures.map(({ windowMs, predictedMs, all }) => ({
    label: `W = ${windowMs} ms`,
    predicted: predictedMs,
    claimed: null,
    measured: all,
  }))
  const delayed = figures.filter(({ windowMs }) => windowMs > 0)
  const bands = delayed.map(({ all, predictedMs }) => bandOf(all, predictedMs, TOLERANCE * predictedMs))
  const isOverrun = atOnce.some(cell => found(cell).failures > 0)
  const asPredicted = verdictOfBands(bands)
  // The model may hold while the claim does not: with a long queue nothing is overrun.
  const verdict = asPredicted === 'reproduced' && !isOverrun ? ('qualified' as const) : asPredicted
  const why = `Without any delay all ${CLIENTS} were back after ${inWords(figures[0]!.all, 0)} ms with ${Math.max(...atOnce.map(cell => found(cell).failures))} failed attempts; ${delayed.map(({ windowMs, all, predictedMs }) => `W = ${windowMs}: ${inWords(all, 0)} (${predictedMs.toFixed(0)} predicted)`).join(', ')}.`
  return { points, verdict, why }
}

function judgeLittle(evidence: Evidence) {
  const figures = short.map(scenario => {
    const cells = usableCells(evidence, scenario, TRANSPORT)
    return {
      windowMs: windowOf(scenario),
      overflows: overCells(cells, overflowsOf),
      all: overCells(cells, allBackMs),
      isFull: cells.map(cell => overflowsOf(cell) > 0),
    }
  })
  const points = figures.flatMap(({ windowMs, overflows, all }) => [
    {
      label: `W = ${windowMs} ms, overflows`,
      unit: 'connections refused a place in the queue',
      predicted: null,
      claimed: null,
      measured: overflows,
    },
    {
      label: `W = ${windowMs} ms, all back, ms`,
      unit: 'ms until all are back',
      predicted: null,
      claimed: null,
      measured: all,
    },
  ])
  const [, little, wide] = figures
  const verdict =
    little!.isFull.every(Boolean) && !wide!.isFull.some(Boolean)
      ? ('refuted' as const)
      : little!.isFull.some(Boolean)
        ? ('inconclusive' as const)
        : ('reproduced' as const)
  const why = `With a queue of ${SHORT_QUEUE}: ${figures.map(({ windowMs, overflows, all }) => `W = ${windowMs} ms, ${inWords(overflows, 0)} overflows, all back after ${inWords(all, 0)} ms`).join('; ')}.`
  return { points, verdict, why }
}
