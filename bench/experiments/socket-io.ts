// What does Socket.IO add to a plain WebSocket?

import type { SocketIoOptions } from '../../client/transports/socket-io.ts'
import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import { socketIoFramingBytes, websocketHeaderBytes } from '../../results/model-bytes.ts'
import type { Scenario } from '../../results/scenario.ts'
import { bandOf, inWords, msOf, overCells, overPairs, usableCells, verdictOfBands } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { bytesOf, dense } from './judging/bytes.ts'
import { roundTripsToFirst } from './judging/first-notice.ts'
import { figureOf, rounded } from './judging/plainly.ts'

/** Bytes are whole: what is left is the rounding of a quotient. */
const BYTES_TOLERANCE = 1e-6
const TRIPS_TOLERANCE = 0.1
const LATENCY_TOLERANCE_MS = 0.2
const RTT_MS = 100
const both = ['websocket', 'socket-io']
/** Notices of 102 B, where 13 more leave the frame's header as it is, and of 122 B or so, where they lengthen it by two. */
const sizes: readonly Scenario[] = [
  dense,
  scenarioOf({
    bodyBytes: 84,
    ratePerSecond: 20,
    pollIntervalMs: 300,
    warmupMs: 1000,
    windowMs: 2000,
    publishingAlone: false,
    transports: both,
    rounds: 3,
  }),
]
/** As for the experiment `connect`: nothing here is random but the machine. */
const arrival = {
  kind: 'connect',
  clients: 10,
  ratePerSecond: 0,
  bodyBytes: 64,
  pollIntervalMs: 2000,
  rttMs: RTT_MS,
} as const
const come = { ...arrival, warmupMs: 0, windowMs: 1500, rounds: 3 } as const
const upgraded = scenarioOf({ ...come, transports: both })
const direct = scenarioOf({
  ...come,
  transportOptions: { 'socket-io': { over: 'frames' } satisfies SocketIoOptions },
  transports: ['socket-io'],
})

const ways = [
  { label: 'a plain WebSocket', transport: 'websocket', scenario: upgraded },
  { label: 'Socket.IO by WebSocket only', transport: 'socket-io', scenario: direct },
  { label: 'Socket.IO as it comes', transport: 'socket-io', scenario: upgraded },
] as const

export const experiment: Experiment = {
  question: 'What does Socket.IO add to a plain WebSocket, in bytes, in connecting and in latency?',
  group: 'bytes',
  plan: options => planOf(options, { scenarios: [...sizes, upgraded, direct], rounds: upgraded.rounds! }),
  claims: [
    claimTest({
      id: 'socket-io-framing',
      claim: 'Socket.IO adds 13 bytes to each notice of a plain WebSocket',
      source: 'counted: Engine.IO protocol 4 and Socket.IO protocol 5, `42["notice",` and `]`; RFC 6455, section 5.2',
      address: 'https://github.com/socketio/socket.io-protocol',
      prediction: 'to the byte: 13, and 2 more where they take the frame past 125 B',
      tolerance: '0',
      unit: 'B per notice',
      plainly: {
        reproduced: 'Socket.IO added 13 bytes to every notice, short or long.',
        qualified: 'Socket.IO added 13 bytes, and two more where they make the message longer than 125 bytes.',
        refuted: points => {
          const [short, long] = [0, 2].map(i => points[i + 1]!.measured!.value - points[i]!.measured!.value)
          return `Socket.IO added ${rounded(short!)} bytes to a short notice and ${rounded(long!)} to a longer one.`
        },
      },
      judge: judgeBytes,
    }),
    claimTest({
      id: 'socket-io-connect',
      claim: 'The first notice by Socket.IO takes twice the round trips of a plain WebSocket',
      source:
        'the protocols: GET and POST and GET before anything arrives, the upgrade beside them; "How it works" of Socket.IO 4',
      address: 'https://socket.io/docs/v4/how-it-works/',
      prediction: '4 round trips against 2: TCP, handshake, TCP of the second connection, poll; 3 with WebSocket only',
      tolerance: '0.1 round trips',
      unit: 'round trips, and B to the first notice',
      plainly: {
        reproduced: firstInPlainWords,
        refuted: firstInPlainWords,
      },
      judge: judgeConnect,
    }),
    claimTest({
      id: 'socket-io-latency',
      claim: 'Once connected, a notice by Socket.IO is as fast as by a plain WebSocket',
      topic: 'latency',
      source: 'the upgrade leaves a WebSocket; 13 B more a notice are nothing to a loopback',
      prediction: 'no difference between the means at 20 subscribers and 12 notices a second',
      tolerance: `${LATENCY_TOLERANCE_MS} ms`,
      unit: 'ms',
      plainly: {
        reproduced: 'Once connected, Socket.IO and a plain WebSocket differ by less than a fifth of a millisecond.',
        refuted: points =>
          `On average a notice took ${rounded(figureOf(points, 'socket-io, mean'))} ms by Socket.IO, ${rounded(figureOf(points, 'websocket'))} ms by a plain WebSocket.`,
      },
      judge: judgeLatency,
    }),
  ],
}

function firstInPlainWords(points: Claim['points']): string {
  return `To its first notice Socket.IO took ${rounded(figureOf(points, 'Socket.IO as it comes, round'))} round trips, a plain WebSocket ${rounded(figureOf(points, 'a plain WebSocket, round'))}.`
}

function judgeBytes(evidence: Evidence) {
  const points = sizes.flatMap(scenario => {
    const [plain, library] = both.map(transport => usableCells(evidence, scenario, transport)) as [Cell[], Cell[]]
    const m = Math.round(bytesOf(plain[0]!).notice)
    const header = websocketHeaderBytes({ payloadBytes: m })
    const whole = socketIoFramingBytes({ noticeBytes: m })
    const framing = (cells: readonly Cell[]) => overCells(cells, cell => bytesOf(cell).framing)
    return [
      { label: `websocket, notices of ${m} B`, predicted: header, claimed: null, measured: framing(plain) },
      { label: `socket-io, notices of ${m} B`, predicted: whole, claimed: header + 13, measured: framing(library) },
    ]
  })
  const bands = points.map(({ measured, predicted }) => bandOf(measured, predicted, BYTES_TOLERANCE))
  const isAlways13 = points.every(({ claimed, predicted }) => claimed === null || claimed === predicted)
  const said = points.map(({ label, measured }) => `${label}: ${Number(measured.value.toFixed(3))} B`)
  const verdict = verdictOfBands(bands)
  return {
    points,
    verdict: verdict === 'reproduced' && !isAlways13 ? ('qualified' as const) : verdict,
    why: `${said.join(', ')}; 13 as long as the frame's header stays as it is.`,
  }
}

const trips = (cell: Cell): number => firstOf(cell).meanMs / RTT_MS

function firstOf({ first, transport, scenario, round }: Cell) {
  if (first) return first.cold
  throw new Error(`no first notice of ${transport} in ${scenario}, round ${round + 1}`)
}

function judgeConnect(evidence: Evidence) {
  const cellsOf = ways.map(({ scenario, transport }) => usableCells(evidence, scenario, transport))
  const own = ways.map(({ label, transport, scenario }, i) => ({
    label: `${label}, round trips`,
    unit: 'round trips',
    predicted: roundTripsToFirst(transport, scenario),
    claimed: i === 2 ? 2 * roundTripsToFirst('websocket', scenario) : null,
    measured: overCells(cellsOf[i]!, trips),
  }))
  const bytes = ways.map(({ label }, i) => ({
    label: `${label}, B`,
    unit: 'B to the first notice',
    predicted: null,
    claimed: null,
    measured: overCells(cellsOf[i]!, cell => firstOf(cell).bytes),
  }))
  // Judged as a difference in the same round, so that what the machine adds to each is not counted.
  const plain = cellsOf[0]!
  const more = overPairs(cellsOf[2]!, plain, (library, socket) => trips(library) - trips(socket))
  const difference = {
    label: 'more than a plain WebSocket',
    unit: 'round trips',
    predicted: 2,
    claimed: 2,
    measured: more,
  }
  return {
    points: [...own, difference, ...bytes],
    verdict: verdictOfBands([bandOf(more, 2, TRIPS_TOLERANCE)]),
    why: `To its first notice Socket.IO took ${inWords(more)} round trips more; ${own.map(({ label, measured }, i) => `${label} ${measured.value.toFixed(2)} and ${bytes[i]!.measured.value.toFixed(0)} B`).join(', ')}.`,
  }
}

function judgeLatency(evidence: Evidence) {
  const [plain, library] = both.map(transport => usableCells(evidence, dense, transport)) as [Cell[], Cell[]]
  const mean = (cell: Cell): number => msOf(cell, 'delivery', 'meanUs')
  const more = overPairs(library, plain, (slow, fast) => mean(slow) - mean(fast))
  const points = [
    { label: 'websocket, mean', predicted: null, claimed: null, measured: overCells(plain, mean) },
    { label: 'socket-io, mean', predicted: null, claimed: null, measured: overCells(library, mean) },
    { label: 'socket-io more than websocket', predicted: 0, claimed: 0, measured: more },
  ]
  return {
    points,
    verdict: verdictOfBands([bandOf(more, 0, LATENCY_TOLERANCE_MS)]),
    why: `On Socket.IO the mean notice took ${inWords(more, 3)} ms more than on a plain WebSocket, of ${points[0]!.measured.value.toFixed(2)} ms.`,
  }
}
