// The seven scenes: what each one asks, what then happens, and what the class may predict. Texts for stage and phones, steps for the engine.
import type { Action, Knobs } from '../../server/demo/wire.ts'

export interface Scene {
  readonly id: string
  readonly title: string
  /** One sentence that ends in a question. */
  readonly question: string
  /** Predictions to choose from: transports, or sentences. */
  readonly choices: 'transports' | readonly string[]
  /** Set when the question is put. */
  readonly knobs: Knobs
  /** What happens, `atMs` after it began. Where knobs are turned, a new part of the run begins: figures count from there. */
  readonly steps: readonly {
    readonly atMs: number
    readonly act: Extract<Action, { action: 'publish' | 'cut' | 'knobs' }>
  }[]
  /** When the reveal comes by itself, at the earliest. */
  readonly lastsMs: number
  /** What is asked for adds up over the whole time: there is nothing to reveal before its end, nor anything to wait for behind it. */
  readonly isOverTime?: true
  /** What a reveal waits for, behind "waits until". */
  readonly until: string
  /** The figures that answer the question, best first: keys of what a lane's counters show. */
  readonly shows: readonly Shown[]
  /** Indices of the choices that turned out right; absent where the choices are transports and the right one has most of the first figure. */
  readonly right?: (outcome: Outcome) => readonly number[]
  /** What the reveal shows beside each choice; absent where the choices are transports and that is the first figure as it is. */
  readonly tells?: { readonly header: string; readonly texts: (outcome: Outcome) => readonly string[] }
  /** What to see, in one or two sentences; said with the figures at the reveal. */
  readonly point: string
}

/** Figures of a lane over a scene. */
export type Shown = 'requests' | 'bytes' | 'open' | 'delay' | 'lost'

/** What a scene's predictions are compared with. */
export interface Outcome {
  /** In the order of the lanes. */
  readonly lanes: readonly {
    readonly lost: number
    /** By how much the mean delay grew from a near part to a far one, for half of what the round trip grew: how often the distance was paid
     * for. null where there are no such parts, or where they do not tell. */
    readonly transits: number | null
    /** Bytes both ways for each notice that was delivered; null where none was. */
    readonly bytesEach: number | null
  }[]
  /** Most answers with notices in them that the drawn client of a lane got, of those that do not ask on a timer. */
  readonly answers: number
}

/** Free play, before and after scenes. */
export const freeKnobs: Knobs = { ratePerSecond: 0.5, pollIntervalMs: 2000, rttMs: 200, clients: 1 }

const every = (fromMs: number, toMs: number, stepMs: number): Scene['steps'] =>
  Array.from({ length: Math.floor((toMs - fromMs) / stepMs) + 1 }, (_, i) => ({
    atMs: fromMs + i * stepMs,
    act: { action: 'publish', count: 1 },
  }))

/** Between one transit and two. */
const MORE_THAN_ONCE = 1.5

export const scenes: readonly Scene[] = [
  {
    id: 'quiet-inbox',
    title: 'Quiet inbox',
    question: 'Nothing is published for 15 seconds. Who sends the most bytes?',
    choices: 'transports',
    knobs: { ratePerSecond: 0, pollIntervalMs: 1000, rttMs: 200, clients: 1 },
    steps: [],
    lastsMs: 15_000,
    isOverTime: true,
    until: 'the 15 seconds are over',
    shows: ['bytes', 'requests'],
    point:
      'Short polling asks again and again, and each answer is “nothing”. The others have asked before and wait: a sign of life, or a new long poll, is rare.',
  },
  {
    id: 'one-notice',
    title: 'One notice',
    question: 'One notice, and then another. Who hears of them last, on average?',
    choices: 'transports',
    knobs: { ratePerSecond: 0, pollIntervalMs: 4000, rttMs: 200, clients: 1 },
    steps: [
      { atMs: 2500, act: { action: 'publish', count: 1 } },
      { atMs: 7300, act: { action: 'publish', count: 1 } },
    ],
    lastsMs: 12_000,
    until: 'everybody has both notices',
    shows: ['delay'],
    point:
      'Short polling takes half the interval on average, and one transit. Whoever has asked already, or is connected, takes the transit alone.',
  },
  {
    id: 'burst-of-20',
    title: 'Burst of 20',
    question: 'Twenty notices within two seconds, and a round trip of 600 ms. How many answers does long polling need?',
    choices: ['1', '2 to 9', '10 to 19', '20'],
    knobs: { ratePerSecond: 0, pollIntervalMs: 4000, rttMs: 600, clients: 1 },
    steps: every(2000, 3900, 100),
    // A poll that just missed the last ones comes four seconds later, and its answer 600 ms after that.
    lastsMs: 9500,
    until: 'everybody has all twenty',
    shows: ['requests', 'delay'],
    // Streams do not answer, and who asks on a timer is not asked about: what is left is long polling.
    right: ({ answers }) => (answers === 0 ? [] : [burstChoice(answers)]),
    tells: {
      header: 'answers',
      texts: ({ answers }) => Array.from({ length: 4 }, (_, i) => (i === burstChoice(answers) ? String(answers) : '')),
    },
    point:
      'While a long poll’s answer travels and the next request comes back, notices wait and then travel together. A stream sends each at once.',
  },
  {
    id: 'far-away',
    title: 'Far away',
    question:
      'Twenty notices next door, then twenty over a round trip of 600 ms. Who pays for the distance more than once?',
    choices: 'transports',
    knobs: { ratePerSecond: 0, pollIntervalMs: 2000, rttMs: 0, clients: 1 },
    // Both times over one poll interval, and six seconds apart: what short polling waits for its timer is the same, so that what grows is the way.
    steps: [...every(2000, 3900, 100), { atMs: 6500, act: { action: 'knobs', rttMs: 600 } }, ...every(8000, 9900, 100)],
    lastsMs: 13_000,
    until: 'everybody has the twenty from afar',
    shows: ['delay', 'requests'],
    right: ({ lanes }) => lanes.flatMap(({ transits }, index) => ((transits ?? 0) > MORE_THAN_ONCE ? [index] : [])),
    tells: {
      header: 'transits',
      texts: ({ lanes }) => lanes.map(({ transits }) => (transits === null ? '–' : transits.toFixed(1))),
    },
    point:
      'A stream pays one transit, 300 ms, and so does a short poll, whose wait does not grow. A long poll pays about two in the mean, and three at worst.',
  },
  {
    id: 'whole-class',
    title: 'The whole class',
    question: 'Twenty-five clients each instead of one, and two notices in 12 seconds. Who sends the most requests?',
    choices: 'transports',
    knobs: { ratePerSecond: 0, pollIntervalMs: 2000, rttMs: 50, clients: 25 },
    steps: [
      { atMs: 4000, act: { action: 'publish', count: 1 } },
      { atMs: 8000, act: { action: 'publish', count: 1 } },
    ],
    lastsMs: 12_000,
    isOverTime: true,
    until: 'the 12 seconds are over',
    shows: ['requests', 'bytes', 'open'],
    point:
      'Short polls multiply with clients, news or not. A long poll is sent once for each notice: fewer, as long as notices are rarer than polls. A stream sends no further request.',
  },
  {
    id: 'cut-the-network',
    title: 'Cut the network',
    question: 'The network is gone for six seconds while notices are published. Who loses some for good?',
    choices: ['Nobody', 'Only the streams', 'Only the polls', 'Everybody'],
    knobs: { ratePerSecond: 0, pollIntervalMs: 2000, rttMs: 50, clients: 1 },
    steps: [...every(1000, 13_000, 1000), { atMs: 4000, act: { action: 'cut', forMs: 6000 } }],
    lastsMs: 20_000,
    until: 'everybody is back and has everything',
    shows: ['lost', 'delay'],
    right: ({ lanes }) => {
      const losers = lanes.filter(({ lost }) => lost > 0).length
      return losers === 0 ? [0] : losers === lanes.length ? [3] : []
    },
    point:
      'Everybody says where they were, and gets what came after it. What is lost is time: the wait before one tries again. It is random; here all drew the same, so that luck decides nothing.',
  },
  {
    id: 'on-the-wire',
    title: 'On the wire',
    question:
      'Eight notices of about 55 bytes, one a second, and a short poll every four. Who sends the most bytes for each?',
    choices: 'transports',
    knobs: { ratePerSecond: 0, pollIntervalMs: 4000, rttMs: 200, clients: 1 },
    steps: every(1000, 8000, 1000),
    lastsMs: 12_000,
    until: 'everybody has all eight',
    shows: ['bytes', 'requests'],
    tells: {
      header: 'a notice',
      texts: ({ lanes }) => lanes.map(({ bytesEach }) => (bytesEach === null ? '–' : `${bytesEach.toFixed(0)} B`)),
    },
    point:
      'A stream adds a few bytes to a notice. A long poll pays for the headers of a request and an answer each time. So does a short poll, but it brings all that came meanwhile.',
  },
]

/** Which choice so many answers are. */
function burstChoice(answers: number): number {
  return [1, 9, 19].filter(most => answers > most).length
}

export const sceneOf = (id: string): Scene | undefined => scenes.find(scene => scene.id === id)
