// Does the stage of the live demo move smoothly in front of a full class?

import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import { estimateOf } from '../../results/statistics.ts'
import { overCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { figureOf, rounded } from './judging/plainly.ts'

/** The one that carries the log to the stage. */
const TRANSPORT = 'websocket'
const AIM = 50

const full = scenarioOf({
  kind: 'stage',
  clients: 60,
  ratePerSecond: 5,
  pollIntervalMs: 500,
  rttMs: 600,
  warmupMs: 12_000,
  windowMs: 120_000,
  publishingAlone: false,
  transports: [TRANSPORT],
  rounds: 1,
})

export const experiment: Experiment = {
  question: 'Does the stage of the live demo move smoothly in front of a class of 60 phones?',
  group: 'browser',
  needs: 'Chromium',
  isSeparate: true,
  plan: options => planOf(options, { scenarios: [full], rounds: 1 }),
  claims: [
    claimTest({
      id: 'stage-frames',
      claim: `With 60 phones and full lanes the stage draws ${AIM} frames a second or more, at 1280 by 720`,
      source: 'this lab, what its demo aims at',
      prediction: `the median second has ${AIM} frames or more`,
      tolerance: 'none: fewer refute it',
      unit: 'frames a second',
      plainly: {
        reproduced: inPlainWords,
        refuted: inPlainWords,
      },
      judge,
    }),
  ],
}

const stageOf = ({ stage }: Cell): NonNullable<Cell['stage']> => {
  if (stage && stage.frames.length > 0) return stage
  throw new Error('no frames were counted')
}

/** Of a list's whole seconds. */
const quantile = (frames: readonly number[], share: number): number =>
  frames.toSorted((a, b) => a - b)[Math.min(frames.length - 1, Math.floor(share * frames.length))]!

function inPlainWords(points: Claim['points']): string {
  return `With 60 phones the stage drew ${rounded(figureOf(points, 'median second'))} frames in a typical second.`
}

function judge(evidence: Evidence) {
  const cells = usableCells(evidence, full, TRANSPORT)
  const point = (
    label: string,
    of: (stage: NonNullable<Cell['stage']>) => number,
    predicted: number | null = null,
  ) => ({
    label,
    predicted,
    claimed: predicted,
    measured: overCells(cells, cell => of(stageOf(cell))),
  })
  const median = point('median second', ({ frames }) => quantile(frames, 0.5), AIM)
  const low = point('of 20 seconds the slowest', ({ frames }) => quantile(frames, 0.05))
  const longest = estimateOf(cells.map(cell => stageOf(cell).longestMs))
  const phones = Math.min(...cells.map(cell => stageOf(cell).phones))
  return {
    points: [median, low],
    verdict: median.measured.value >= AIM ? ('reproduced' as const) : ('refuted' as const),
    why: `With ${phones} phones the median second had ${Math.round(median.measured.value)} frames, and of 20 seconds the slowest ${Math.round(low.measured.value)}; the longest time between two frames was ${Math.round(longest.value)} ms.`,
  }
}
