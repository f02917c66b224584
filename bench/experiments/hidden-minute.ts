// What is left of a stream in a tab that has been hidden for minutes: does a poller wake once a minute, and every poller?
import type { Claim } from '../../results/format.ts'
import { bandOf, verdictOfBands } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { addedMs, ofSpells, polledInPlainWords, TIMERS_ADDRESS, TIMERS_SOURCE } from './in-browser/hidden-tab.ts'
import { type BrowserRow, pointsOf, told } from './in-browser/rows.ts'
import { figureOf, rounded } from './judging/plainly.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60_000
const AFTER_TOLERANCE_S = 2
const INTERVAL_TOLERANCE = 0.02
/** Of a delay's model: a window of one minute holds a single poll, at any of its moments. */
const DELAY_TOLERANCE = 0.2
const PUSH_TOLERANCE_MS = 5

const minutes = scenarioOf({
  kind: 'hidden',
  clients: 1,
  // A poll a minute sees each moment of the minute once: with two notices a second, and independent pauses, the luck of the draw moved the mean by 15 %.
  ratePerSecond: 10,
  stratified: true,
  pollIntervalMs: 200,
  windowMs: MINUTE_MS,
  hiddenForMs: MINUTE_MS + 2 * SECOND_MS,
  publishingAlone: false,
  transports: ['short-polling', 'long-polling', 'sse'],
})
const answered = scenarioOf({ ...minutes, pollTimer: 'after-answer', transports: ['short-polling'] })

const tolerance = `${100 * INTERVAL_TOLERANCE} % of the interval, ${100 * DELAY_TOLERANCE} % of the mean delay`

export const experiment: Experiment = {
  question: 'What is left of a stream in a tab that has been hidden for minutes?',
  group: 'browser',
  needs: 'Chromium',
  isSeparate: true,
  plan: options => planOf(options, { scenarios: [minutes, answered], rounds: 3 }),
  claims: [
    claimTest({
      id: 'hidden-five-minutes',
      claim: 'Timers are checked once a minute only after “The page has been hidden for more than 5 minutes”',
      source: `${TIMERS_SOURCE}, the first condition for looking at timers once a minute`,
      address: TIMERS_ADDRESS,
      prediction:
        'one minute is enough for a page that had been loaded: Chromium has a shorter time of its own for those (blink, QuickIntensiveWakeUpThrottlingAfterLoading)',
      tolerance: `${AFTER_TOLERANCE_S} s`,
      unit: 's',
      plainly: {
        reproduced: 'Only after five minutes did the browser slow down the timers of a hidden page.',
        refuted: points =>
          `The browser slowed down the timers of a hidden page after ${rounded(figureOf(points, 'last poll'))} seconds.`,
      },
      judge: judgeAfter,
    }),
    claimTest({
      id: 'hidden-minute',
      claim: 'The browser will check timers in this group once per minute',
      source: `${TIMERS_SOURCE}, of timers that begin one another`,
      address: TIMERS_ADDRESS,
      prediction:
        'a poller on a schedule asks once a minute instead of five times a second, and its mean notice is 30 s old',
      tolerance,
      unit: 'ms',
      plainly: {
        reproduced: polledInPlainWords,
        refuted: polledInPlainWords,
      },
      judge: (evidence: Evidence) => judgePoller(evidence, minutes, MINUTE_MS),
    }),
    claimTest({
      id: 'hidden-chain',
      claim: 'A timer that does not begin in the task of another timer is not chained, and is checked once per second',
      source: TIMERS_SOURCE,
      address: TIMERS_ADDRESS,
      prediction:
        'a poller that begins its timer with the answer goes on asking once a second, and its mean notice is 0.5 s old',
      tolerance,
      unit: 'ms',
      plainly: {
        reproduced: polledInPlainWords,
        refuted: polledInPlainWords,
      },
      judge: (evidence: Evidence) => judgePoller(evidence, answered, SECOND_MS),
    }),
    claimTest({
      id: 'hidden-minute-push',
      claim: 'Streams instead of polling are the remedy, also after minutes',
      source: TIMERS_SOURCE,
      address: TIMERS_ADDRESS,
      prediction: 'the median delay of a notice by long polling and SSE is the same in view and hidden for minutes',
      tolerance: `${PUSH_TOLERANCE_MS} ms`,
      unit: 'ms more when hidden',
      plainly: {
        reproduced: 'Hidden for minutes, long polling and SSE were as fast as in view.',
        refuted: laterInPlainWords,
      },
      judge: judgePush,
    }),
  ],
}

function laterInPlainWords(points: Claim['points']): string {
  return `Hidden for minutes, a notice came ${rounded(figureOf(points, 'long-polling'))} ms later by long polling, ${rounded(figureOf(points, 'sse'))} ms by SSE.`
}

function judgeAfter(evidence: Evidence) {
  const after: BrowserRow = {
    label: 'last poll of one a second, after it was hidden',
    predicted: 60,
    claimed: 300,
    measured: ofSpells(evidence, minutes, 'short-polling', ({ slowedAfterMs }) =>
      typeof slowedAfterMs === 'number' ? slowedAfterMs / 1000 : undefined,
    ),
  }
  return {
    points: pointsOf([after]),
    verdict: verdictOfBands([bandOf(after.measured, after.claimed!, AFTER_TOLERANCE_S)]),
    why: `Short polling at ${minutes.pollIntervalMs} ms, ${told([after], 1, ' s')}.`,
  }
}

function judgePoller(evidence: Evidence, scenario: typeof minutes, everyMs: number) {
  const measured = (figure: Parameters<typeof ofSpells>[3]) => ofSpells(evidence, scenario, 'short-polling', figure)
  const rows: BrowserRow[] = [
    {
      label: 'interval, hidden',
      predicted: everyMs,
      claimed: everyMs,
      measured: measured(({ hidden }) => hidden.interval?.medianMs),
    },
    { label: 'mean delay, hidden', predicted: everyMs / 2, measured: measured(({ hidden }) => hidden.delay?.meanMs) },
  ]
  const [interval, delay] = rows
  const inView: BrowserRow = {
    label: 'interval, in view',
    predicted: scenario.pollIntervalMs,
    measured: measured(({ visible }) => visible.interval?.medianMs),
  }
  return {
    points: pointsOf([inView, ...rows]),
    verdict: verdictOfBands([
      bandOf(interval!.measured, everyMs, INTERVAL_TOLERANCE * everyMs),
      bandOf(delay!.measured, everyMs / 2, DELAY_TOLERANCE * (everyMs / 2)),
    ]),
    why: `Short polling at ${scenario.pollIntervalMs} ms, ${told([inView, ...rows], 0, ' ms')}.`,
  }
}

function judgePush(evidence: Evidence) {
  const rows = ['long-polling', 'sse'].map(transport => ({
    label: transport,
    predicted: 0,
    measured: ofSpells(evidence, minutes, transport, addedMs),
  }))
  return {
    points: pointsOf(rows),
    verdict: verdictOfBands(rows.map(({ measured }) => bandOf(measured, 0, PUSH_TOLERANCE_MS))),
    why: `Median delay when hidden for minutes less that in view, ${told(rows, 2, ' ms')}.`,
  }
}
