// Do readers that stop slow down the others, and what do they cost the server?
import type { Claim } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import { ratioOf } from '../../results/statistics.ts'
import { inWords, msOf, overPairs, quantileOverCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { twoDigits } from './judging/plainly.ts'

const ROUNDS = 5
/** A reader's p99 may grow by so much beside one that stopped. */
const MOST_TIMES = 1.1
const counts = [1, 10, 100] as const
/** A poll of them is answered in full or not at all; what is pushed is what can pile up. */
const transports = ['sse', 'websocket', 'socket-io']
/** 655 kB/s for each: the kernel's buffers are full after some seconds, and the server's own bound of 8 MiB well before the end. */
const load = {
  clients: 20,
  ratePerSecond: 20,
  schedule: 'periodic',
  bodyBytes: 32_768,
  warmupMs: 8000,
  windowMs: 12_000,
  publishingAlone: false,
  floor: false,
  transports,
  rounds: ROUNDS,
} as const
const alone = scenarioOf(load)
const beside = counts.map(stalledReaders => ({ stalledReaders, scenario: scenarioOf({ ...load, stalledReaders }) }))

export const experiment: Experiment = {
  question: 'Do readers that stop slow down the others, and what do they cost the server?',
  group: 'scale',
  isSeparate: true,
  plan: options => planOf(options, { scenarios: [alone, ...beside.map(({ scenario }) => scenario)], rounds: ROUNDS }),
  claims: [
    claimTest({
      id: 'slow-reader',
      claim: 'One slow reader slows everyone',
      source: 'folklore; "slow consumer" in the manuals of message brokers',
      prediction: `each subscriber has a queue of its own: with one reader that stops, the p99 of the others stays within ${MOST_TIMES} times its value without`,
      tolerance: `the interval of the ratio, paired by round, on one side of ${MOST_TIMES}`,
      unit: 'times, ms, and MB of resident memory',
      plainly: {
        reproduced: points => `Beside one that stopped reading, ${othersInPlainWords(points)}.`,
        refuted: 'Each has a queue of its own: beside one that stopped reading, the others were as fast as before.',
        inconclusive: points => `Not certain: beside one that stopped reading, ${othersInPlainWords(points)}.`,
      },
      judge,
    }),
  ],
}

/** Of all transports the one on which the others suffer most. */
function othersInPlainWords(points: Claim['points']): string {
  const times = points.flatMap(({ label, measured }) => (label.includes('beside 1,') ? [measured!.value] : []))
  return `the slowest notices of the others took ${twoDigits(Math.min(...times))} to ${twoDigits(Math.max(...times))} times as long`
}

const p99Ms = (cell: Parameters<typeof msOf>[0]): number => msOf(cell, 'delivery', 'p99Us')
const residentMb = ({ server }: Parameters<typeof msOf>[0]): number => server.rssBytes / 1e6

function judge(evidence: Evidence) {
  const figures = transports.map(transport => {
    const without = usableCells(evidence, alone, transport)
    const others = beside.map(({ stalledReaders, scenario }) => ({
      stalledReaders,
      ...pairedOf(evidence, scenario, transport, without),
    }))
    return { transport, p99: quantileOverCells(without, p99Ms), others }
  })
  const points = figures.flatMap(({ transport, p99, others }) => [
    { label: `${transport}, p99 without, ms`, unit: 'ms', predicted: null, claimed: null, measured: p99 },
    ...others.flatMap(({ stalledReaders, times, addedMb }) => [
      {
        label: `${transport}, p99 beside ${stalledReaders}, times`,
        unit: 'times',
        predicted: 1,
        claimed: null,
        measured: times,
      },
      {
        label: `${transport}, memory of ${stalledReaders}, MB`,
        unit: 'MB of resident memory',
        predicted: null,
        claimed: null,
        measured: addedMb,
      },
    ]),
  ])
  const one = figures.map(({ others }) => others[0]!.times)
  const verdict = one.some(({ low }) => low !== null && low > MOST_TIMES)
    ? ('reproduced' as const)
    : one.every(({ high }) => high !== null && high < MOST_TIMES)
      ? ('refuted' as const)
      : ('inconclusive' as const)
  const why = `${figures
    .map(
      ({ transport, p99, others }) =>
        `${transport}: p99 ${inWords(p99)} ms, ${others.map(({ stalledReaders, times, addedMb }) => `${inWords(times)} times beside ${stalledReaders} (${inWords(addedMb, 0)} MB)`).join(', ')}`,
    )
    .join('; ')}.`
  return { points, verdict, why }
}

/** The others' p99 for one without, and what the server's memory had grown by, paired by round. */
function pairedOf(evidence: Evidence, scenario: Scenario, transport: string, without: ReturnType<typeof usableCells>) {
  const cells = usableCells(evidence, scenario, transport)
  const paired = cells.flatMap(cell => {
    const other = without.find(({ round }) => round === cell.round)
    return other ? [[p99Ms(cell), p99Ms(other)] as const] : []
  })
  if (paired.length === 0) throw new Error(`no round in which ${transport} is usable with and without`)
  return {
    times: ratioOf(
      paired.map(([first]) => first),
      paired.map(([, second]) => second),
    ),
    addedMb: overPairs(cells, without, (cell, other) => residentMb(cell) - residentMb(other)),
  }
}
