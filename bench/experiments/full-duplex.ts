// What does a message from client to server cost: a frame, or a POST?

import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import { MIN_CPU_US } from '../../results/kinds/kind.ts'
import { websocketHeaderBytes } from '../../results/model-bytes.ts'
import { ratioOf } from '../../results/statistics.ts'
import { inWords, overCells, usableCells } from '../evidence.ts'
import { FIRST_REF, frameText } from '../load/message.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { figureOf, percent } from './judging/plainly.ts'

/** One subscriber each, which gets what it sends as a notice: that is part of both. Whoever has no upstream of its own posts on a second connection.
 * One message at a time, so that none shares a read or a write with another; some thousand a second, 0.5 s of CPU and more. */
const upstream = scenarioOf({
  kind: 'upstream',
  clients: 1,
  ratePerSecond: 0,
  bodyBytes: 64,
  windowMs: 4000,
  transports: ['sse', 'websocket'],
  rounds: 3,
})

export const experiment: Experiment = {
  question: 'What does a message from client to server cost, as a WebSocket frame and as a POST?',
  group: 'cost',
  plan: options => planOf(options, { scenarios: [upstream], rounds: upstream.rounds! }),
  claims: [
    claimTest({
      id: 'full-duplex',
      claim: 'WebSocket is more efficient from client to server too',
      source: 'the course notes behind this project',
      prediction:
        'a masked frame: 6 B and the message; a POST: its head, the message, and an answer with a head of its own; to the byte for the frame, the rest is reported',
      tolerance: '0 for the bytes of a frame; both ratios below 1',
      unit: 'B, and µs of server CPU, per message',
      plainly: {
        reproduced: inPlainWords,
        refuted: inPlainWords,
      },
      judge,
    }),
  ],
}

function inPlainWords(points: Claim['points']): string {
  return `From client to server a message by WebSocket took ${percent(figureOf(points, 'bytes of a frame'))} of a request's bytes and ${percent(figureOf(points, 'CPU of a frame'))} of its CPU time.`
}

function judge(evidence: Evidence) {
  const frames = usableCells(evidence, upstream, 'websocket')
  const posts = usableCells(evidence, upstream, 'sse')
  const payloadBytes = Buffer.byteLength(frameText(FIRST_REF, upstream.bodyBytes))
  const predicted = websocketHeaderBytes({ payloadBytes, masked: true }) + payloadBytes
  const ratio = (figure: (cell: Cell) => number) => {
    const pairs = frames.flatMap(frame => posts.filter(({ round }) => round === frame.round).map(post => [frame, post]))
    if (pairs.length === 0) throw new Error('no round in which both a frame and a POST are usable')
    return ratioOf(
      pairs.map(([frame]) => figure(frame!)),
      pairs.map(([, post]) => figure(post!)),
    )
  }
  const bytesRatio = ratio(cell => up(cell) + answer(cell))
  const cpuRatio = ratio(cpuUs)
  const point = (
    label: string,
    unit: string,
    cells: readonly Cell[],
    figure: (cell: Cell) => number,
    predicted: number | null = null,
  ) => ({
    label,
    unit,
    predicted,
    claimed: null,
    measured: overCells(cells, figure),
  })
  const points = [
    point('frame, bytes', 'B', frames, up, predicted),
    point('answer to a frame, bytes', 'B', frames, answer),
    point('POST, bytes', 'B', posts, up),
    point('answer to a POST, bytes', 'B', posts, answer),
    point('frame, µs of server CPU', 'µs of server CPU', frames, cpuUs),
    point('POST, µs of server CPU', 'µs of server CPU', posts, cpuUs),
    {
      label: 'bytes of a frame and its answer for one of a POST',
      unit: 'times',
      predicted: null,
      claimed: 1,
      measured: bytesRatio,
    },
    { label: 'CPU of a frame for one of a POST', unit: 'times', predicted: null, claimed: 1, measured: cpuRatio },
  ]
  const both = [bytesRatio, cpuRatio]
  const isExact = Math.abs(points[0]!.measured.value - predicted) < 0.01
  const verdict = both.some(({ low }) => low !== null && low > 1)
    ? ('refuted' as const)
    : isExact && both.every(({ high }) => high !== null && high < 1)
      ? ('reproduced' as const)
      : ('inconclusive' as const)
  const why = `A frame took ${inWords(bytesRatio, 3)} of the bytes and ${inWords(cpuRatio)} of the server's CPU of a POST; the frame was ${points[0]!.measured.value.toFixed(1)} B for a message of ${payloadBytes} B, the POST ${points[2]!.measured.value.toFixed(0)} B.`
  return { points, verdict, why }
}

const sent = ({ upstream, scenario, transport, round }: Cell) => {
  if (upstream && upstream.messages > 0) return upstream
  throw new Error(`no message was sent by ${transport} in ${scenario}, round ${round + 1}`)
}
const up = (cell: Cell): number => sent(cell).bytesIn / sent(cell).messages
const answer = (cell: Cell): number => sent(cell).bytesOut / sent(cell).messages
const cpuUs = (cell: Cell): number => {
  if (cell.server.cpuUs < MIN_CPU_US)
    throw new Error(
      `the window of ${cell.transport}, round ${cell.round + 1}, held ${(cell.server.cpuUs / 1e6).toFixed(2)} s of CPU, ${MIN_CPU_US / 1e6} s are needed`,
    )
  return cell.server.cpuUs / sent(cell).messages
}
