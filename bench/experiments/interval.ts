// What does a shorter poll interval buy, and what does it cost?

import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import { shortPollingAnswers, shortPollingLatency } from '../../results/model.ts'
import { pollingBytesPerSecond } from '../../results/model-bytes.ts'
import type { Scenario } from '../../results/scenario.ts'
import { aboveFloor, inWords, msOf, overCells, overPairs, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { besideModel, judgedByModel, type ModelPoint } from './judging/own-model.ts'
import { figureOf, rounded } from './judging/plainly.ts'

const TOLERANCE = 0.03
const RTT_MS = 100
/** Phases of polls come one from each of as many strata as there are subscribers: with many of them a notice waits T/2 in the mean over them, whenever it
 * comes. What is left to the luck of a round is half a percent of that; with 20 subscribers it was 1.2 % (interval.test.ts). */
const at = (pollIntervalMs: number): Scenario =>
  scenarioOf({
    clients: 50,
    ratePerSecond: 2,
    pollIntervalMs,
    rttMs: RTT_MS,
    windowMs: 6000,
    stratified: true,
    publishingAlone: false,
    transports: ['short-polling'],
    rounds: 3,
  })

/** Every transport is measured at T = 1 s, where its bytes per poll are read from; the others have no interval. At 2 notices a second the
 * intervals lie on both sides of λT = 1. */
export const base = at(1000)
export const shortest = at(200)
export const others: readonly Scenario[] = [shortest, at(500), at(2000)]

export const experiment: Experiment = {
  question: 'What does a shorter poll interval buy in latency, and what does it cost in bytes?',
  group: 'start',
  plan: options =>
    planOf(options, {
      scenarios: [{ ...base, transports: [...options.transports] }, ...others],
      transports: options.transports,
      rounds: base.rounds!,
    }),
  claims: [
    claimTest({
      id: 'interval-latency',
      claim: 'Half the poll interval halves the wait for a notice',
      topic: 'latency',
      source: "this lab's model (results/model.ts)",
      prediction: 'T/2 + dd in the mean, with dd as WebSocket had it at the same RTT',
      tolerance: '3 %',
      unit: 'ms',
      plainly: {
        reproduced: points => `Half the interval, and the way of a push: ${latencyInPlainWords(points)}.`,
        refuted: points => `Not as this says: ${latencyInPlainWords(points)}.`,
        inconclusive: points => `Not certain: ${latencyInPlainWords(points)}.`,
      },
      judge: judgeLatency,
    }),
    claimTest({
      id: 'interval-bytes',
      claim: 'Half the poll interval doubles the headers',
      topic: 'bytes',
      source: "this lab's model (results/model-bytes.ts)",
      prediction:
        '(H_empty · e^(−λT) + H_full · (1 − e^(−λT)))/T + λm bytes a second, with the bytes of an empty and a full poll and of a notice as measured at T = 1 s',
      tolerance: '3 %',
      unit: 'B/s per subscriber',
      plainly: {
        reproduced: bytesInPlainWords,
        refuted: bytesInPlainWords,
      },
      judge: judgeBytes,
    }),
  ],
}

function latencyInPlainWords(points: Claim['points']): string {
  return `polled every second a notice took ${rounded(figureOf(points, 'T = 1000'))} ms on average, polled five times a second ${rounded(figureOf(points, 'T = 200 '))} ms`
}
function bytesInPlainWords(points: Claim['points']): string {
  return `A client that polled five times a second took ${rounded(figureOf(points, 'T = 200 '))} bytes a second, one that polled every two seconds ${rounded(figureOf(points, 'T = 2000'))}.`
}

function judgeLatency(evidence: Evidence) {
  const pushed = usableCells(evidence, base, 'websocket')
  const points = [base, ...others].map(scenario => {
    const { pollIntervalMs: cycleMs } = scenario
    const cells = aboveFloor(usableCells(evidence, scenario, 'short-polling'), cycleMs / 2)
    const law = (push: Cell) => shortPollingLatency({ cycleMs, downMs: msOf(push, 'delivery', 'p50Us') })
    return {
      label: `T = ${cycleMs} ms`,
      predicted: overPairs(cells, pushed, (_, push) => law(push).meanMs).value,
      measured: overCells(cells, cell => msOf(cell, 'delivery', 'meanUs')),
    }
  })
  return judged(points, 'ms')
}

function judgeBytes(evidence: Evidence) {
  const known = usableCells(evidence, base, 'short-polling').map(bytesOf)
  const mean = (of: (bytes: Bytes) => number) => known.reduce((sum, bytes) => sum + of(bytes), 0) / known.length
  const points = others.map(scenario => {
    // The rate as it was carried: polls of the window bring what was published up to T before it.
    const law = (cell: Cell) => {
      const ratePerSecond = (cell.noticesWritten * 1000) / (cell.windowMs * scenario.clients)
      const answers = shortPollingAnswers({ ratePerSecond, cycleMs: scenario.pollIntervalMs })
      return pollingBytesPerSecond({
        ratePerSecond,
        answersPerSecond: answers.requestsPerSecond,
        emptyShare: answers.emptyShare,
        // Request and answer were not told apart; both come with every poll.
        requestBytes: 0,
        emptyAnswerBytes: mean(({ perEmpty }) => perEmpty),
        fullAnswerBytes: mean(({ perFull }) => perFull),
        noticeBytes: mean(({ notice }) => notice),
      })
    }
    const figure = (cell: Cell) => ((cell.bytesIn + cell.bytesOut) * 1000) / (cell.windowMs * scenario.clients)
    const cells = usableCells(evidence, scenario, 'short-polling')
    return { label: `T = ${scenario.pollIntervalMs} ms`, ...besideModel(cells, figure, law) }
  })
  return judged(points, 'B/s')
}

type Bytes = ReturnType<typeof bytesOf>

/** Bytes of a poll without notices, of one with them but for these and their commas, and of a notice. */
function bytesOf({ parts, requests, emptyAnswers, noticesWritten, scenario }: Cell) {
  const full = requests - emptyAnswers
  if (!parts || emptyAnswers === 0 || full === 0)
    throw new Error(`no bytes by part of empty and full polls in ${scenario}`)
  const { body = 0, framing = 0, headers = 0, emptyPolls = 0 } = parts
  return {
    perEmpty: emptyPolls / emptyAnswers,
    perFull: (headers + framing - (noticesWritten - full)) / full,
    notice: body / noticesWritten,
  }
}

/** The claim is the model's own: its figures are what is claimed. */
function judged(points: readonly ModelPoint[], unit: string) {
  return {
    ...judgedByModel(points, TOLERANCE, unit),
    why: `${points.map(({ label, measured, predicted }) => `${inWords(measured, 0)} ${unit} at ${label}, the model says ${predicted.toFixed(0)}`).join('; ')}.`,
  }
}
