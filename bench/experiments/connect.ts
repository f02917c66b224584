// How long, and how many bytes, until the first notice?

import { clientTransports } from '../../client/transports/index.ts'
import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import { ratioOf } from '../../results/statistics.ts'
import { bandOf, inWords, overCells, overPairs, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { roundTripsToFirst } from './judging/first-notice.ts'
import { figureOf, rounded } from './judging/plainly.ts'

const RTT_MS = 100
/** In round trips. */
const TOLERANCE = 0.1
/** Nothing here is random but the machine: a few ms of 200. A poller that was cut comes back with its next poll. */
const arrival = scenarioOf({
  kind: 'connect',
  clients: 10,
  ratePerSecond: 0,
  bodyBytes: 64,
  pollIntervalMs: 2000,
  rttMs: RTT_MS,
  warmupMs: 0,
  windowMs: 1500,
  rounds: 3,
})
const transports = Object.keys(clientTransports)

export const experiment: Experiment = {
  question: 'How long, and how many bytes, does a subscriber need to its first notice, anew and after a cut?',
  group: 'latency',
  plan: options => planOf(options, { scenarios: [{ ...arrival, transports }], rounds: arrival.rounds! }),
  claims: [
    claimTest({
      id: 'connect',
      claim: 'A WebSocket needs a round trip more than a poll to its first notice, for its handshake',
      source: 'folklore',
      prediction:
        '2 round trips on every transport but Socket.IO (4), with a cursor and without: TCP and one request; a WebSocket server need not wait with its first frame for anything after its 101',
      tolerance: '0.1 round trips',
      unit: 'round trips',
      plainly: {
        reproduced: firstInPlainWords,
        refuted: firstInPlainWords,
      },
      judge: judgeTime,
    }),
    claimTest({
      id: 'connect-bytes',
      claim: "A WebSocket's handshake makes its first notice cost more bytes than a poll's",
      source: 'folklore',
      prediction:
        'about the same: its handshake has a key, a version and the upgrade besides, a poll of a browser the headers of fetch; a notice comes on top of each',
      tolerance: 'interval of the ratio above 1, or below',
      unit: 'B to the first notice, and times',
      plainly: {
        reproduced: bytesInPlainWords,
        refuted: bytesInPlainWords,
      },
      judge: judgeBytes,
    }),
  ],
}

function firstInPlainWords(points: Claim['points']): string {
  return `From connecting to its first notice a WebSocket took ${figureOf(points, 'websocket, cold').toFixed(2)} round trips, a short poll ${figureOf(points, 'short-polling, cold').toFixed(2)}.`
}
function bytesInPlainWords(points: Claim['points']): string {
  return `Until it had its first notice a WebSocket took ${rounded(figureOf(points, 'websocket, cold'))} bytes, handshake included, a short poll ${rounded(figureOf(points, 'short-polling, cold'))}.`
}

const ways = ['cold', 'resumed'] as const

const firstOf = ({ first, transport, scenario, round }: Cell) => {
  if (first) return first
  throw new Error(`no first notice of ${transport} in ${scenario}, round ${round + 1}`)
}
const trips = (way: (typeof ways)[number]) => (cell: Cell) => firstOf(cell)[way].meanMs / RTT_MS

function judgeTime(evidence: Evidence) {
  const own = ways.flatMap(way =>
    transports.map(transport => ({
      label: `${transport}, ${way}`,
      predicted: roundTripsToFirst(transport, arrival),
      claimed: roundTripsToFirst(transport, arrival) + (transport === 'websocket' ? 1 : 0),
      measured: overCells(usableCells(evidence, arrival, transport), trips(way)),
    })),
  )
  const more = ways.map(way => ({
    label: `websocket more than short-polling, ${way}`,
    predicted: 0,
    claimed: 1,
    measured: overPairs(
      usableCells(evidence, arrival, 'websocket'),
      usableCells(evidence, arrival, 'short-polling'),
      (push, poll) => trips(way)(push) - trips(way)(poll),
    ),
  }))
  const bands = more.map(({ measured, claimed }) => bandOf(measured, claimed, TOLERANCE))
  const verdict = bands.every(band => band === 'inside')
    ? ('reproduced' as const)
    : bands.every(band => band === 'apart')
      ? ('refuted' as const)
      : ('inconclusive' as const)
  const why = `To its first notice WebSocket took ${more.map(({ measured, label }) => `${inWords(measured)} round trips more than short polling (${label.split(', ')[1]})`).join(' and ')}; ${own.map(({ label, measured }) => `${label} ${measured.value.toFixed(2)}`).join(', ')}.`
  return { points: [...own, ...more], verdict, why }
}

function judgeBytes(evidence: Evidence) {
  const points = ways.flatMap(way =>
    transports.map(transport => ({
      label: `${transport}, ${way}`,
      unit: 'B to the first notice',
      predicted: null,
      claimed: null,
      measured: overCells(usableCells(evidence, arrival, transport), cell => firstOf(cell)[way].bytes),
    })),
  )
  const polls = usableCells(evidence, arrival, 'short-polling')
  const pairs = usableCells(evidence, arrival, 'websocket').flatMap(push =>
    polls.filter(({ round }) => round === push.round).map(poll => [push, poll] as const),
  )
  if (pairs.length === 0) throw new Error('no round in which both transports are usable')
  const ratios = ways.map(way =>
    ratioOf(
      pairs.map(([push]) => firstOf(push)[way].bytes),
      pairs.map(([, poll]) => firstOf(poll)[way].bytes),
    ),
  )
  const compared = ratios.map((measured, i) => ({
    label: `websocket for one of short-polling, ${ways[i]}`,
    unit: 'times',
    predicted: 1,
    claimed: null,
    measured,
  }))
  const verdict = ratios.every(({ low }) => low !== null && low > 1)
    ? ('reproduced' as const)
    : ratios.every(({ high }) => high !== null && high < 1)
      ? ('refuted' as const)
      : ('inconclusive' as const)
  const why = `WebSocket needed ${ratios.map((ratio, i) => `${inWords(ratio)} (${ways[i]})`).join(' and ')} times the bytes of short polling; ${points.map(({ label, measured }) => `${label} ${measured.value.toFixed(0)} B`).join(', ')}.`
  return { points: [...points, ...compared], verdict, why }
}
