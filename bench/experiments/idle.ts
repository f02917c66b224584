// What does a quiet subscriber cost?

import { clientTransports } from '../../client/transports/index.ts'
import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import { kind as idleKind, SIGN_OF_LIFE_MS } from '../../results/kinds/idle.ts'
import { pollingBytesPerSecond, pushBytesPerSecond } from '../../results/model-bytes.ts'
import { frameBytes } from '../../server/frames.ts'
import { encodePosition, formatCursor } from '../../server/protocol.ts'
import { overCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { judgedByModel } from './judging/own-model.ts'
import { figureOf, rounded } from './judging/plainly.ts'

const TOLERANCE = 0.1
const HEARTBEAT_MS = SIGN_OF_LIFE_MS
const SLOTS = 16
/** One and a half rounds of them: with one slot more or less the bytes are off by 4 %, a held poll by less; over three rounds ± 6 %. */
const WINDOW_MS = 1.5 * HEARTBEAT_MS

export const quiet = scenarioOf({ kind: 'idle', clients: 100, ratePerSecond: 0, windowMs: WINDOW_MS, rounds: 3 })

/** Of the position that a quiet WebSocket is sent with each ping: a name of an epoch has 10 characters. */
const POSITION_BYTES = frameBytes(encodePosition(formatCursor('e'.repeat(10), 0), 0).length)
/** Bytes of a sign of life, both ways: a comment; a ping, a masked pong and the position. */
const beats: Readonly<Record<string, number>> = { sse: 3, websocket: 2 + 6 + POSITION_BYTES }
/** Time from one poll to the next. */
const cycles: Readonly<Record<string, number>> = {
  'short-polling': quiet.pollIntervalMs,
  'long-polling': quiet.waitMs,
}

export const experiment: Experiment = {
  question: 'What does a subscriber cost while nothing happens?',
  group: 'start',
  plan: options =>
    planOf(options, { scenarios: [{ ...quiet, transports: Object.keys(clientTransports) }], rounds: quiet.rounds! }),
  claims: [
    claimTest({
      id: 'idle',
      claim: 'While nothing is published, a push costs a sign of life now and then, and polling whole empty requests',
      topic: 'bytes',
      source: "this lab's model (results/model-bytes.ts)",
      prediction: `every ${HEARTBEAT_MS / 1000} s 3 B on SSE and ${beats.websocket} B on WebSocket; an empty poll, as long as measured, every T on short polling and every τ on long polling`,
      tolerance: `10 % (a window ends within one of ${SLOTS} slots of signs of life)`,
      unit: 'B a minute and subscriber',
      plainly: {
        reproduced: inPlainWords,
        refuted: inPlainWords,
      },
      judge,
    }),
  ],
}

function inPlainWords(points: Claim['points']): string {
  const [sse, websocket, long, short] = ['sse', 'websocket', 'long-polling', 'short-polling'].map(transport =>
    rounded(figureOf(points, transport)),
  )
  return `A quiet minute cost ${sse} bytes by SSE, ${websocket} by WebSocket, ${long} by long polling, and ${short} by a poll a second.`
}

function judge(evidence: Evidence) {
  const perMinute = (cell: Cell) =>
    idleKind.metrics.idleBytesPerMinute(cell, { scenario: quiet, publishing: undefined }) as number
  const perPoll = ({ bytesIn, bytesOut, requests, transport, round }: Cell) => {
    if (requests === 0) throw new Error(`no poll of ${transport} in ${quiet.id}, round ${round + 1}`)
    return (bytesIn + bytesOut) / requests
  }
  const points = [...Object.keys(cycles), ...Object.keys(beats)].map(transport => {
    const cells = usableCells(evidence, quiet, transport)
    const predicted =
      60 *
      (transport in beats
        ? pushBytesPerSecond({
            ratePerSecond: 0,
            noticeBytes: 0,
            framingBytes: 0,
            heartbeatBytesPerSecond: (beats[transport]! * 1000) / HEARTBEAT_MS,
          })
        : pollingBytesPerSecond({
            ratePerSecond: 0,
            answersPerSecond: 1000 / cycles[transport]!,
            emptyShare: 1,
            requestBytes: 0,
            emptyAnswerBytes: overCells(cells, perPoll).value,
            fullAnswerBytes: 0,
            noticeBytes: 0,
          }))
    return { label: transport, predicted, measured: overCells(cells, perMinute) }
  })
  const { why, ...judged } = judgedByModel(points, TOLERANCE, 'B a minute')
  return {
    ...judged,
    why: `${points.map(({ label, measured }) => `${label} ${measured.value.toFixed(0)}`).join(', ')} B a minute. ${why}`,
  }
}
