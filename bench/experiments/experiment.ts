// The contract of an experiment: a question, and the scenarios that answer it.
import type { Scenario } from '../../results/format.ts'
import type { Options } from '../options.ts'

export interface Experiment {
  readonly question: string
  /** What is to be measured under `options`. */
  plan(options: Options): Plan
}

export interface Plan {
  /** In the order they are measured. `idle` ones are measured once, after the rounds. */
  readonly scenarios: readonly Scenario[]
  readonly transports: readonly string[]
  readonly rounds: number
}

/** About how long a plan takes, in ms: start-up, connecting and draining included. */
export function durationMs({ scenarios, transports, rounds }: Plan): number {
  const overheadMs = 1100
  let sum = 0
  for (const { kind, warmupMs, windowMs, pollIntervalMs } of scenarios) {
    const cellMs = warmupMs + windowMs + overheadMs
    if (kind === 'idle') sum += cellMs
    // One more for the publishing alone. Draining ends with the last notice: for pollers that takes up to an interval.
    else sum += rounds * ((transports.length + 1) * cellMs + pollIntervalMs)
  }
  return sum
}
