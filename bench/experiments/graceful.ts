// Does long polling degrade more gracefully than WebSocket under overload?
import { linearRegression } from 'simple-statistics'
import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import { crossoverUtilisation } from '../../results/model-load.ts'
import type { Scenario } from '../../results/scenario.ts'
import { estimateOf, ratioOf } from '../../results/statistics.ts'
import { bandOf, inWords, msOf, overCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { figureOf, percent } from './judging/plainly.ts'

const TOLERANCE = 0.1
/** Beyond it a window is too short for its queue to settle. */
const MOST_LOADED = 0.97
/** A declared busy wait: else the load process is the slower one of the two. */
const BURN_US = 60

/** With s_ws about 85 µs and s_lp about 160 µs: ρ about 0.5, 0.66 and 0.82. A broadcast to 150 takes 11 ms, so a window holds a dozen busy periods
 * at 0.85: the mean varies by a fifth a round, the crossing ρ, where 1 − ρ stands below it, by some percent. */
const at = (ratePerSecond: number, coalesce: boolean, transports: string[]): Scenario =>
  scenarioOf({
    clients: 150,
    ratePerSecond,
    burnUs: BURN_US,
    windowMs: 6000,
    coalesce,
    publishingAlone: false,
    transports,
    rounds: 4,
  })
const single = [at(38, false, ['websocket']), at(52, false, ['websocket']), at(64, false, ['websocket'])] as const
const [, , loaded] = single
const coalesced = at(64, true, ['websocket', 'long-polling'])

export const experiment: Experiment = {
  question: 'Does long polling degrade more gracefully than WebSocket under overload?',
  group: 'scale',
  plan: options => planOf(options, { scenarios: [...single, coalesced], rounds: loaded.rounds! }),
  claims: [
    claimTest({
      id: 'graceful',
      claim:
        'A long polling client or server that is under load has a natural tendency to gracefully degrade in performance at a cost of message latency',
      source:
        'RFC 6202, section 2.2 (2011), taken for more gracefully than WebSocket: SignalR issue 2293 has 2.4 M messages a second by long polling against 1 M by WebSocket',
      address: 'https://www.rfc-editor.org/rfc/rfc6202#section-2.2',
      prediction:
        'mean latencies cross at ρ* = 1 − s_ws/(3·s_lp), ρ being the share of the thread that WebSocket takes (publisher outside the server) and s the CPU for each notice and each poll, publishing included; with all that is due in one write, WebSocket is not overtaken',
      tolerance: '10 %',
      unit: 'utilisation ρ of WebSocket, and times',
      plainly: {
        reproduced: 'Under heavy load long polling was faster, even than a WebSocket that sends batches.',
        qualified: 'Only beside a WebSocket that sends each notice alone: one that sends batches stays ahead.',
        inconclusive: points =>
          `Not certain beside a WebSocket that sends each notice alone; ${batchesInPlainWords(points)}.`,
      },
      judge,
    }),
  ],
}

function batchesInPlainWords(points: Claim['points']): string {
  return `one that sends batches took ${percent(figureOf(points, 'WebSocket for one of'))} of long polling's time under load`
}

/** WebSocket's mean is a straight line in ρ/(1 − ρ) (`fanOutMeanMs`), and long polling's a plateau: a round's crossing is where they meet. */
function judge(evidence: Evidence) {
  const polls = usableCells(evidence, coalesced, 'long-polling')
  const push = overCells(usableCells(evidence, loaded, 'websocket'), cell => cell.server.cpuUs / cell.noticesWritten)
  const poll = overCells(polls, cell => cell.server.cpuUs / cell.requests)
  const crossings = polls.flatMap(plateau => {
    const points = single.flatMap(scenario =>
      usableCells(evidence, scenario, 'websocket')
        .filter(cell => cell.round === plateau.round && utilisation(cell) < MOST_LOADED)
        .map((cell): [number, number] => [utilisation(cell) / (1 - utilisation(cell)), meanMs(cell)]),
    )
    if (points.length < 2) return []
    const { m, b } = linearRegression(points)
    const load = (meanMs(plateau) - b) / m
    return m > 0 && load > 0 ? [load / (1 + load)] : []
  })
  const pairs = usableCells(evidence, coalesced, 'websocket').flatMap(cell =>
    polls.filter(({ round }) => round === cell.round).map(other => [cell, other] as const),
  )
  if (pairs.length === 0) throw new Error('no round in which both transports are usable with coalescing')
  const together = ratioOf(
    pairs.map(([cell]) => meanMs(cell)),
    pairs.map(([, other]) => meanMs(other)),
  )
  const predicted = crossoverUtilisation({
    pushServiceUs: push.value,
    pollServiceUs: poll.value,
    publisher: 'outside',
  })
  const means = single.map(scenario => {
    const cells = usableCells(evidence, scenario, 'websocket')
    return {
      label: `WebSocket, mean ms at ρ = ${overCells(cells, utilisation).value.toFixed(2)}, one write a notice`,
      unit: 'ms in the mean',
      predicted: null,
      claimed: null,
      measured: overCells(cells, meanMs),
    }
  })
  const plateau = {
    label: `long polling, mean ms at the highest rate`,
    unit: 'ms in the mean',
    predicted: null,
    claimed: null,
    measured: overCells(polls, meanMs),
  }
  const control = {
    label: 'WebSocket for one of long polling, all that is due in one write',
    unit: 'times',
    predicted: null,
    claimed: 1,
    measured: together,
  }
  const costs = `s is ${inWords(push, 1)} µs for a push and ${inWords(poll, 1)} µs for a poll`
  if (crossings.length < 2) {
    const why = `The means did not cross (${costs}); with all that is due in one write WebSocket took ${inWords(together)} of long polling's.`
    return { points: [...means, plateau, control], verdict: 'inconclusive' as const, why }
  }
  const crossing = estimateOf(crossings)
  const points = [
    { label: 'crossing ρ*', unit: 'utilisation ρ of WebSocket', predicted, claimed: null, measured: crossing },
    ...means,
    plateau,
    control,
  ]
  const isFound = bandOf(crossing, predicted, TOLERANCE * predicted) === 'inside'
  const isRemoved = together.high !== null && together.high < 1
  const stays = together.low !== null && together.low > 1
  const why = `With one write a notice the means cross at ρ = ${inWords(crossing)}, the model says ${predicted.toFixed(2)} (${costs}); with all that is due in one write WebSocket took ${inWords(together)} of long polling's mean at the highest rate.`
  const verdict =
    isFound && isRemoved
      ? ('qualified' as const)
      : isFound && stays
        ? ('reproduced' as const)
        : ('inconclusive' as const)
  return { points, verdict, why }
}

const meanMs = (cell: Cell): number => msOf(cell, 'latency', 'meanUs')
const utilisation = ({ server, windowMs }: Cell): number => server.cpuUs / (windowMs * 1000)
