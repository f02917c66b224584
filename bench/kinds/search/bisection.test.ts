import { expect, test } from 'vitest'
import { largest, type Outcome } from './bisection.ts'

const upTo = (limit: number, beyond: Outcome = 'beyond') => {
  const asked: number[] = []
  const attempt = async (value: number): Promise<Outcome> => {
    asked.push(value)
    return value <= limit ? 'within' : beyond
  }
  return { asked, attempt }
}

test.each([1, 3, 249, 250, 251, 999, 1000, 7777])('%i is found to 6 %, from below', async limit => {
  const { attempt, asked } = upTo(limit)
  const { value, isLowerBound } = await largest(attempt, { first: 250, most: 20_000 })
  expect(value).toBeLessThanOrEqual(limit)
  expect(value).toBeGreaterThan(limit < 20 ? limit - 1 : limit / 1.07)
  expect(isLowerBound).toBe(false)
  // What is told has held three times.
  expect(asked.filter(asked => asked === value)).toHaveLength(3)
})

test('nothing holds for none', async () => {
  expect(await largest(upTo(0).attempt, { first: 250, most: 20_000 })).toEqual({ value: 0, isLowerBound: false })
})

test('where there is no room for more, it is at least so many', async () => {
  const { attempt, asked } = upTo(1e9)
  expect(await largest(attempt, { first: 250, most: 3000 })).toEqual({ value: 3000, isLowerBound: true })
  expect(Math.max(...asked)).toBe(3000)
})

test('where the other side gives in first, it is at least so many', async () => {
  expect(await largest(upTo(500, 'client-bound').attempt, { first: 250, most: 3000 })).toEqual({
    value: 500,
    isLowerBound: true,
  })
})

test('what held by luck is not told', async () => {
  let lucky = true
  const found = await largest(
    async value => {
      if (value <= 800) return 'within'
      if (value < 1100 && lucky) {
        lucky = false
        return 'within'
      }
      return 'beyond'
    },
    { first: 250, most: 20_000 },
  )
  expect(found.value).toBeLessThanOrEqual(800)
  expect(found.value).toBeGreaterThan(650)
})

test('what never holds twice is an error, not a number', async () => {
  let calls = 0
  const attempt = async () => (calls++ % 2 === 0 ? ('within' as const) : ('beyond' as const))
  await expect(largest(attempt, { first: 1000, most: 1e6 })).rejects.toThrow(/^no number was confirmed in 24 attempts/)
})
