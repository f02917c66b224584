// The options --precision, --rounds MIN-MAX and --budget: how long rounds go on.
import type { Run } from '../../results/format.ts'
import { LEAST_ROUNDS } from '../../results/precision.ts'
import { usageError } from './exit.ts'
import { durationMs, number } from './values.ts'

export interface Rounds {
  /** Rounds of a plan; with a precision the most. */
  readonly rounds: number
  readonly precision: Run['precision']
}

/** Where nothing else bounds them. */
const MOST_ROUNDS = 30
const ALL_ROUNDS = { min: 1, max: 1000, whole: true }

/** What was typed, or `fallback` rounds. Throws a usage error that names the option, the rule and the value. */
export function chooseRounds(
  typed: { readonly rounds?: string; readonly precision?: string; readonly budget?: string },
  fallback: number,
): Rounds {
  const { rounds, precision, budget } = typed
  const range = /^(\d+)-(\d+)$/.exec(rounds ?? '')
  if (precision === undefined) {
    if (range) throw usageError(`--rounds ${rounds} is a range, and goes with --precision`, '--precision 6%')
    if (budget !== undefined)
      throw usageError(`--budget goes with --precision, got "${budget}" alone`, '--precision 6%')
    return { rounds: number('rounds', rounds, ALL_ROUNDS, fallback), precision: undefined }
  }
  const percent = Number(/^(\d+(?:\.\d+)?)\s*%$/.exec(precision.trim())?.[1] ?? Number.NaN)
  if (!(percent >= 0.1 && percent <= 100))
    throw usageError(`--precision must be from 0.1% to 100%, such as 6%, got "${precision}"`)
  const budgetMs = budget === undefined ? null : durationMs('budget', budget, 1000, 86_400_000, 0)
  const most = budgetMs === null ? MOST_ROUNDS : ALL_ROUNDS.max
  const [least, mostRounds] = range
    ? [number('rounds', range[1], ALL_ROUNDS, 1), number('rounds', range[2], ALL_ROUNDS, 1)]
    : rounds === undefined
      ? [LEAST_ROUNDS, most]
      : [LEAST_ROUNDS, number('rounds', rounds, ALL_ROUNDS, 1)]
  if (least < LEAST_ROUNDS || mostRounds < least)
    throw usageError(
      `--rounds must be ${LEAST_ROUNDS} or more with --precision, the second number no smaller than the first, got "${rounds}"`,
      'fewer rounds do not know their own spread',
    )
  return { rounds: mostRounds, precision: { share: percent / 100, leastRounds: least, mostRounds, budgetMs } }
}
