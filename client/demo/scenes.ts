// The six scenes: what each one asks, what then happens, and what the class may predict. Texts for stage and phones, steps for the engine.
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
  /** What happens, `atMs` after it began. */
  readonly steps: readonly {
    readonly atMs: number
    readonly act: Extract<Action, { action: 'publish' | 'cut' | 'knobs' }>
  }[]
  /** When the reveal comes by itself. */
  readonly lastsMs: number
  /** The figures that answer the question, best first: keys of what a lane's counters show. */
  readonly shows: readonly Shown[]
  /** Indices of the choices that turned out right; absent where the choices are transports and the right one has most of the first figure. */
  readonly right?: (outcome: Outcome) => readonly number[]
  /** What to see, in one or two sentences; said with the figures at the reveal. */
  readonly point: string
}

/** Figures of a lane over a scene. */
export type Shown = 'requests' | 'bytes' | 'open' | 'delay' | 'lost'

/** What a scene's predictions are compared with. */
export interface Outcome {
  /** In the order of the lanes. */
  readonly lanes: readonly { readonly delay: number | null; readonly lost: number }[]
  readonly knobs: Knobs
  /** Most answers with notices in them that one lane's client got. */
  readonly answers: number
}

/** Free play, before and after scenes. */
export const freeKnobs: Knobs = { ratePerSecond: 0.5, pollIntervalMs: 2000, rttMs: 200, clients: 1 }

const every = (fromMs: number, toMs: number, stepMs: number): Scene['steps'] =>
  Array.from({ length: Math.floor((toMs - fromMs) / stepMs) + 1 }, (_, i) => ({
    atMs: fromMs + i * stepMs,
    act: { action: 'publish', count: 1 },
  }))

export const scenes: readonly Scene[] = [
  {
    id: 'quiet-inbox',
    title: 'Quiet inbox',
    question: 'Nothing is published for 15 seconds. Who sends the most bytes?',
    choices: 'transports',
    knobs: { ratePerSecond: 0, pollIntervalMs: 1000, rttMs: 200, clients: 1 },
    steps: [],
    lastsMs: 15_000,
    shows: ['bytes', 'requests'],
    point:
      'Short polling asks again and again, and each time the answer is “nothing”. The others have asked once and wait.',
  },
  {
    id: 'one-notice',
    title: 'One notice',
    question: 'One notice, and then another. Who hears of them last?',
    choices: 'transports',
    knobs: { ratePerSecond: 0, pollIntervalMs: 4000, rttMs: 200, clients: 1 },
    steps: [
      { atMs: 2500, act: { action: 'publish', count: 1 } },
      { atMs: 7300, act: { action: 'publish', count: 1 } },
    ],
    lastsMs: 12_000,
    shows: ['delay'],
    point:
      'Who asks only now and then hears late: half the interval on average. Who has asked already, or is connected, needs one transit.',
  },
  {
    id: 'burst-of-20',
    title: 'Burst of 20',
    question: 'Twenty notices within two seconds, and a round trip of 600 ms. How many answers does long polling need?',
    choices: ['1', '2 to 9', '10 to 19', '20'],
    knobs: { ratePerSecond: 0, pollIntervalMs: 4000, rttMs: 600, clients: 1 },
    steps: every(2000, 3900, 100),
    // A poll that just missed the last ones comes four seconds later, and its answer 600 ms after that.
    lastsMs: 9000,
    shows: ['requests', 'delay'],
    // Only one transport answers several times within a second: streams do not answer, and the poll interval is longer.
    right: ({ answers }) => (answers === 0 ? [] : [[1, 9, 19].filter(most => answers > most).length]),
    point:
      'While a long poll’s answer travels and the next request comes back, notices wait and then travel together. A stream sends each at once.',
  },
  {
    id: 'far-away',
    title: 'Far away',
    question: 'A round trip takes 600 ms. Who pays for the distance more than once?',
    choices: 'transports',
    knobs: { ratePerSecond: 0, pollIntervalMs: 2000, rttMs: 600, clients: 1 },
    steps: every(3000, 9000, 250),
    lastsMs: 13_000,
    shows: ['delay', 'requests'],
    // Who is later than one transit and a half on average has paid a second one.
    right: ({ lanes, knobs }) =>
      lanes.flatMap(({ delay }, index) => ((delay ?? 0) > 0.75 * knobs.rttMs ? [index] : [])),
    point:
      'A stream pays one transit. A notice that just misses a long poll waits for the answer before it, the next request, and its own answer: three.',
  },
  {
    id: 'whole-class',
    title: 'The whole class',
    question: 'Twenty-five clients each instead of one, two notices. Who sends the most requests?',
    choices: 'transports',
    knobs: { ratePerSecond: 0, pollIntervalMs: 2000, rttMs: 50, clients: 25 },
    steps: [
      { atMs: 4000, act: { action: 'publish', count: 1 } },
      { atMs: 8000, act: { action: 'publish', count: 1 } },
    ],
    lastsMs: 12_000,
    shows: ['requests', 'bytes', 'open'],
    point:
      'Short polls multiply with clients whether there is news or not. Held polls and streams keep a connection each, too, but work only when there is news.',
  },
  {
    id: 'cut-the-network',
    title: 'Cut the network',
    question: 'The network is gone for six seconds while notices are published. Who loses some for good?',
    choices: ['Nobody', 'Only the streams', 'Only the polls', 'Everybody'],
    knobs: { ratePerSecond: 0, pollIntervalMs: 2000, rttMs: 50, clients: 1 },
    steps: [...every(1000, 13_000, 1000), { atMs: 4000, act: { action: 'cut', forMs: 6000 } }],
    lastsMs: 20_000,
    shows: ['lost', 'delay'],
    right: ({ lanes }) => {
      const losers = lanes.filter(({ lost }) => lost > 0).length
      return losers === 0 ? [0] : losers === lanes.length ? [3] : []
    },
    point:
      'Everybody says where they were, and gets what came after it. What is lost is time; how much is chance, as each comes back after a random wait.',
  },
]

export const sceneOf = (id: string): Scene | undefined => scenes.find(scene => scene.id === id)
