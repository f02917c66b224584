import { describe, expect, it } from 'vitest'
import { isExitError } from './exit.ts'
import { chooseRounds } from './precision.ts'

const refusalOf = (typed: Parameters<typeof chooseRounds>[0]): string => {
  try {
    return JSON.stringify(chooseRounds(typed, 5))
  } catch (error) {
    return isExitError(error) ? error.message : String(error)
  }
}

describe('how long rounds go on', () => {
  it('is a fixed number unless a precision is asked for', () => {
    expect(chooseRounds({}, 5)).toEqual({ rounds: 5, precision: undefined })
    expect(chooseRounds({ rounds: '12' }, 5)).toEqual({ rounds: 12, precision: undefined })
  })

  it('is until a precision, between bounds, and within a budget', () => {
    const precision = { share: 0.06, leastRounds: 4, mostRounds: 30, budgetMs: null }
    expect(chooseRounds({ precision: '6%' }, 5)).toEqual({ rounds: 30, precision })
    expect(chooseRounds({ precision: '6 %', rounds: '6-9' }, 5)).toEqual({
      rounds: 9,
      precision: { ...precision, leastRounds: 6, mostRounds: 9 },
    })
    expect(chooseRounds({ precision: '6%', rounds: '8' }, 5).precision).toMatchObject({ leastRounds: 4, mostRounds: 8 })
    expect(chooseRounds({ precision: '6%', budget: '3m' }, 5)).toEqual({
      rounds: 1000,
      precision: { ...precision, mostRounds: 1000, budgetMs: 180_000 },
    })
  })

  it('is until the claims of an experiment are decided, each within the budget', () => {
    const deciding = (rounds?: string) => chooseRounds({ budget: '10m', rounds }, 5, true)
    expect(deciding()).toEqual({ rounds: 5, precision: { leastRounds: 1, mostRounds: 1000, budgetMs: 600_000 } })
    expect(deciding('4-20')).toEqual({ rounds: 4, precision: { leastRounds: 4, mostRounds: 20, budgetMs: 600_000 } })
    expect(() => deciding('6')).toThrow('--rounds takes a range where --budget is about claims, got "6"')
    expect(() => deciding('6-4')).toThrow('a second number no smaller than the first, got "6-4"')
  })

  it.each([
    [{ precision: '6' }, '--precision must be'],
    [{ precision: '0%' }, '--precision must be'],
    [{ precision: '6%', rounds: '3' }, '--rounds must be 4 or more with --precision'],
    [{ precision: '6%', rounds: '3-9' }, '--rounds must be 4 or more with --precision'],
    [{ precision: '6%', rounds: '9-5' }, 'the second number no smaller than the first, got "9-5"'],
    [{ precision: '6%', budget: 'soon' }, '--budget must be'],
    [{ rounds: '4-9' }, '--rounds 4-9 is a range, and goes with --precision'],
    [{ budget: '3m' }, '--budget goes with --precision, or with an experiment that has claims, got "3m" alone'],
  ])('is refused where it makes no sense: %o', (typed, words) => {
    expect(refusalOf(typed)).toContain(words)
  })
})
