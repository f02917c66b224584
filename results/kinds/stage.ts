// The demo's stage in front of a class of phones.
import * as z from 'zod/mini'
import { amount, count } from '../estimate.ts'
import { type CellOf, type ResultKind, unmeasured } from './kind.ts'

const findings = {
  /** `stage`: phones of the class, events of its log, frames drawn in each whole second, and the longest time between two frames. */
  stage: z.optional(z.object({ phones: count, events: count, frames: z.array(count), longestMs: amount })),
}

type Own = CellOf<typeof findings>

const medianOf = (frames: readonly number[]): number | undefined =>
  frames.toSorted((a, b) => a - b)[Math.floor(frames.length / 2)]

export const kind = {
  parameters: {},
  findings,
  metrics: { stageFrames: ({ stage }: Own) => (stage && medianOf(stage.frames)) ?? unmeasured },
  outcome: ({ stage }: Own) =>
    stage && `${medianOf(stage.frames) ?? 0} frames a second in front of ${stage.phones} phones`,
} satisfies ResultKind
