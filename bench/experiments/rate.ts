// How do bytes per notice change with the rate?

import { shortPollingAnswers } from '../../results/model.ts'
import { pollingBytesPerSecond, pushBytesPerSecond } from '../../results/model-bytes.ts'
import type { Scenario } from '../../results/scenario.ts'
import { estimateOf } from '../../results/statistics.ts'
import { overCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { bytesOf, dense, middle, onWire, rates, SEGMENT_BYTES, sparse } from './judging/bytes.ts'
import { besideModel, judgedByModel } from './judging/own-model.ts'
import { figureOf, rounded } from './judging/plainly.ts'

/** Of payload bytes: heads and envelopes differ by a few digits between cells. */
const TOLERANCE = 0.03
/** Of segments: a packet at an end of the window belongs to a notice beyond it. */
const SEGMENT_TOLERANCE = 0.1
const SEGMENTS = { poll: 3, push: 2 } as const

export const experiment: Experiment = {
  question: 'How do bytes per notice change with the rate, as TCP payload and as IP packets?',
  group: 'bytes',
  plan: options => planOf(options, { scenarios: rates, rounds: sparse.rounds! }),
  claims: [
    claimTest({
      id: 'rate',
      claim: 'A pushed notice costs the same bytes at any rate; a polled one costs more the rarer notices are',
      source: "this lab's model (results/model-bytes.ts), TCP payload",
      prediction:
        'h + m bytes by push, H/(λT) + m by short polling, with H, h and m as measured at λT = 6, at λT = 1 and 12',
      tolerance: '3 %',
      unit: 'B per notice',
      plainly: {
        reproduced: points =>
          `By WebSocket a notice took ${rounded(figureOf(points, 'websocket'))} bytes at any rate; by short polling ${rounded(figureOf(points, 'short-polling'))} with one notice a poll, ${rounded(figureOf(points, 'short-polling, λT = 12'))} with twelve.`,
        refuted: 'The bytes of a notice did not change with the rate as this says.',
      },
      judge: judgePayload,
    }),
    claimTest({
      id: 'segments',
      claim: 'A short poll takes three packets on the network and a push two, each with 52 bytes of headers',
      source: "this lab's model (results/model-bytes.ts), IP level",
      prediction:
        '3 and 2 while messages of a connection are further apart than a delayed acknowledgement (40 ms on Linux); closer ones share it',
      tolerance: '10 %',
      unit: 'segments',
      plainly: {
        reproduced: 'A short poll took three packets on the network and a push two, at every rate.',
        refuted: points =>
          `At the highest rate a short poll took ${rounded(figureOf(points, 'segments of a short poll at λT = 12'))} packets on the network, a push ${rounded(figureOf(points, 'segments of a push at λT = 12'))}.`,
      },
      judge: judgeSegments,
    }),
  ],
}

function judgePayload(evidence: Evidence) {
  const known = (transport: string) => usableCells(evidence, middle, transport).map(bytesOf)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [polls, pushes] = [known('short-polling'), known('websocket')]
  const perPoll = mean(polls.map(bytes => bytes.perPoll))
  const noticeBytes = mean(polls.map(bytes => bytes.notice))
  const framingBytes = mean(pushes.map(bytes => bytes.framing))
  const points = [sparse, dense].flatMap(scenario => {
    const { clients, pollIntervalMs, ratePerSecond } = scenario
    const polled = usableCells(evidence, scenario, 'short-polling')
    const pushed = usableCells(evidence, scenario, 'websocket')
    return [
      {
        label: `short-polling, λT = ${atRate(scenario)}`,
        ...besideModel(
          polled,
          cell => bytesOf(cell).perNotice,
          cell => {
            const rate = (cell.noticesWritten / clients / cell.windowMs) * 1000
            const { requestsPerSecond, emptyShare } = shortPollingAnswers({
              ratePerSecond: rate,
              cycleMs: pollIntervalMs,
            })
            const bytes = pollingBytesPerSecond({
              ratePerSecond: rate,
              answersPerSecond: requestsPerSecond,
              emptyShare,
              requestBytes: 0,
              emptyAnswerBytes: perPoll,
              fullAnswerBytes: perPoll,
              noticeBytes,
            })
            return bytes / rate
          },
        ),
      },
      {
        label: `websocket, λT = ${atRate(scenario)}`,
        // Signs of life are a matter of time, not of notices.
        predicted: pushBytesPerSecond({ ratePerSecond, noticeBytes, framingBytes }) / ratePerSecond,
        measured: overCells(pushed, cell => bytesOf(cell).notice + bytesOf(cell).framing),
      },
    ]
  })
  return judgedByModel(points, TOLERANCE, 'B')
}

function judgeSegments(evidence: Evidence) {
  const points = rates.flatMap(scenario => {
    const at = `at λT = ${atRate(scenario)}`
    const polled = onWire(evidence, scenario, 'short-polling')
    const pushed = onWire(evidence, scenario, 'websocket')
    return [
      {
        label: `segments of a short poll ${at}`,
        predicted: SEGMENTS.poll,
        measured: estimateOf(polled.map(({ cell, segments }) => segments / cell.requests)),
      },
      {
        label: `segments of a push ${at}`,
        predicted: SEGMENTS.push,
        measured: estimateOf(pushed.map(({ cell, segments }) => segments / cell.writes)),
      },
      {
        label: `bytes of a segment besides its payload, in units of ${SEGMENT_BYTES} B, ${at}`,
        unit: `times ${SEGMENT_BYTES} B`,
        predicted: 1,
        measured: estimateOf(
          pushed.map(({ bytes, segments, payloadBytes }) => (bytes - payloadBytes) / segments / SEGMENT_BYTES),
        ),
      },
    ]
  })
  return judgedByModel(points, SEGMENT_TOLERANCE, '')
}

const atRate = ({ ratePerSecond, pollIntervalMs }: Scenario): number => (ratePerSecond * pollIntervalMs) / 1000
