// "Hide the tab": what a browser's rule for timers of hidden pages does to each transport.

import type { Cell } from '../../../results/cell.ts'
import type { Claim } from '../../../results/format.ts'
import type { Scenario } from '../../../results/scenario.ts'
import { bandOf, overCells, usableCells, verdictOfBands } from '../../evidence.ts'
import { scenarioOf } from '../../scenarios.ts'
import { type ClaimTest, claimTest, type Evidence } from '../experiment.ts'
import { figureOf, rounded } from '../judging/plainly.ts'
import { type BrowserRow, pointsOf, told } from './rows.ts'

const POLL_MS = 200
/** How often a hidden page's timers are looked at. */
const THROTTLED_MS = 1000
const INTERVAL_TOLERANCE_MS = 20
/** Of a delay's model: a window of eight seconds holds only so many polls of a hidden page. */
const DELAY_TOLERANCE = 0.2
const PUSH_TOLERANCE_MS = 5

export const hidden = scenarioOf({
  kind: 'hidden',
  clients: 1,
  ratePerSecond: 20,
  pollIntervalMs: POLL_MS,
  windowMs: 8000,
  publishingAlone: false,
  transports: ['short-polling', 'long-polling', 'sse', 'websocket'],
})

export const TIMERS_SOURCE =
  'Chrome for Developers, "Heavy throttling of chained JS timers beginning in Chrome 88", 2021, about hidden pages'

export const TIMERS_ADDRESS = 'https://developer.chrome.com/blog/timer-throttling-in-chrome-88'

export function polledInPlainWords(points: Claim['points']): string {
  return `In a hidden page short polling asked every ${rounded(figureOf(points, 'interval, hidden') / 1000)} s, in view ${1000 / POLL_MS} times a second.`
}
function laterInPlainWords(points: Claim['points']): string {
  return `In a hidden page typical notices came up to ${rounded(Math.max(...points.map(({ measured }) => measured!.value)))} ms later.`
}

export const hiddenClaims: readonly ClaimTest[] = [
  claimTest({
    id: 'hidden-timers',
    claim: 'The browser will check timers in this group once per second',
    source: TIMERS_SOURCE,
    address: TIMERS_ADDRESS,
    prediction: `behind another tab a poll each ${POLL_MS} ms becomes one each ${THROTTLED_MS} ms, and the mean delay of a notice half of that, ${THROTTLED_MS / 2} ms instead of ${POLL_MS / 2}`,
    tolerance: `${INTERVAL_TOLERANCE_MS} ms of the interval; ${100 * DELAY_TOLERANCE} % of the delay`,
    unit: 'ms',
    plainly: {
      reproduced: polledInPlainWords,
      refuted: polledInPlainWords,
    },
    judge: judgeTimers,
  }),
  claimTest({
    id: 'hidden-push',
    claim: 'What is not driven by timers goes on in a hidden page as before: streams instead of polling are the remedy',
    source: TIMERS_SOURCE,
    address: TIMERS_ADDRESS,
    prediction:
      'the median delay of a notice on long polling, SSE and WebSocket is the same before and behind another tab',
    tolerance: `${PUSH_TOLERANCE_MS} ms`,
    unit: 'ms more when hidden',
    plainly: {
      reproduced: 'In a hidden page long polling, SSE and WebSocket were as fast as in view.',
      refuted: laterInPlainWords,
    },
    judge: judgePush,
  }),
]

type Spells = NonNullable<Cell['hidden']>

/** A figure of a page's time in view, or out of it. Throws a sentence where there is none. */
export const ofSpells = (
  evidence: Evidence,
  scenario: Scenario,
  transport: string,
  figure: (spells: Spells) => number | undefined,
) => overCells(usableCells(evidence, scenario, transport), cell => (cell.hidden && figure(cell.hidden)) ?? Number.NaN)

/** How much longer the median notice took behind another tab, in ms. */
export const addedMs = ({ visible, hidden }: Spells): number | undefined =>
  visible.delay && hidden.delay ? hidden.delay.medianMs - visible.delay.medianMs : undefined

function judgeTimers(evidence: Evidence) {
  const at = (
    label: string,
    predicted: number,
    figure: Parameters<typeof ofSpells>[3],
    claimed?: number,
  ): BrowserRow => ({
    label,
    predicted,
    ...(claimed !== undefined && { claimed }),
    measured: ofSpells(evidence, hidden, 'short-polling', figure),
  })
  const interval = at('interval, hidden', THROTTLED_MS, ({ hidden }) => hidden.interval?.medianMs, THROTTLED_MS)
  const delay = at('mean delay, hidden', THROTTLED_MS / 2, ({ hidden }) => hidden.delay?.meanMs)
  const rows = [
    at('interval, in view', POLL_MS, ({ visible }) => visible.interval?.medianMs),
    interval,
    at('mean delay, in view', POLL_MS / 2, ({ visible }) => visible.delay?.meanMs),
    delay,
  ]
  const bands = [
    bandOf(interval.measured, THROTTLED_MS, INTERVAL_TOLERANCE_MS),
    bandOf(delay.measured, delay.predicted, DELAY_TOLERANCE * delay.predicted),
  ]
  return {
    points: pointsOf(rows),
    verdict: verdictOfBands(bands),
    why: `Short polling at ${POLL_MS} ms, ${told(rows, 0, ' ms')}.`,
  }
}

function judgePush(evidence: Evidence) {
  const rows = ['long-polling', 'sse', 'websocket'].map(transport => ({
    label: transport,
    predicted: 0,
    measured: ofSpells(evidence, hidden, transport, addedMs),
  }))
  const bands = rows.map(({ measured }) => bandOf(measured, 0, PUSH_TOLERANCE_MS))
  return {
    points: pointsOf(rows),
    verdict: verdictOfBands(bands),
    why: `Median delay when hidden less that in view, ${told(rows, 2, ' ms')}.`,
  }
}
