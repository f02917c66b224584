// The options --precision, --rounds MIN-MAX and --budget: how long rounds go on, until figures are precise or an experiment's claims decided.
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

/** What was typed, or `fallback` rounds; with a budget alone, and `hasClaims`, until they are decided. Throws a usage error that names the option, the rule and the value. */
export function chooseRounds(
  typed: { readonly rounds?: string; readonly precision?: string; readonly budget?: string },
  fallback: number,
  hasClaims = false,
): Rounds {
  const { rounds, precision, budget } = typed
  const range = /^(\d+)-(\d+)$/.exec(rounds ?? '')
  if (precision === undefined && budget !== undefined && hasClaims) return untilDecided(budget, rounds, range, fallback)
  if (precision === undefined) {
    if (range)
      throw usageError(
        `--rounds ${rounds} is a range, and goes with --precision, or with --budget and an experiment`,
        '--precision 6%',
      )
    if (budget !== undefined)
      throw usageError(
        `--budget goes with --precision, or with an experiment that has claims, got "${budget}" alone`,
        '--precision 6%, or --experiment rtt --budget 10m',
      )
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

/** The first rounds are those of the plan, or the range's first number. */
function untilDecided(
  budget: string,
  rounds: string | undefined,
  range: RegExpExecArray | null,
  fallback: number,
): Rounds {
  const budgetMs = durationMs('budget', budget, 1000, 86_400_000, 0)
  if (rounds !== undefined && !range)
    throw usageError(
      `--rounds takes a range where --budget is about claims, got "${rounds}"`,
      `--rounds ${rounds}-20: so many at least, and at most`,
    )
  const [least, mostRounds] = [range?.[1], range?.[2]].map(text => number('rounds', text, ALL_ROUNDS, ALL_ROUNDS.max))
  if (range && mostRounds! < least!)
    throw usageError(`--rounds must have a second number no smaller than the first, got "${rounds}"`)
  const leastRounds = range ? least! : 1
  return { rounds: range ? leastRounds : fallback, precision: { leastRounds, mostRounds: mostRounds!, budgetMs } }
}
