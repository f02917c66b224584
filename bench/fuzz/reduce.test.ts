import { expect, it } from 'vitest'
import { reduced } from './reduce.ts'

const numbers = Array.from({ length: 100 }, (_, i) => i)

it('leaves what fails together, in its order', async () => {
  const needed = [3, 50, 97]
  let tries = 0
  const fails = async (items: readonly number[]) => {
    tries++
    return needed.every(each => items.includes(each))
  }
  expect(await reduced(numbers, fails, Number.POSITIVE_INFINITY)).toEqual(needed)
  expect(tries).toBeLessThan(200)
})

it('leaves all where it is late, or everything is needed', async () => {
  expect(await reduced(numbers, async () => true, 0)).toEqual(numbers)
  expect(await reduced([1, 2], async items => items.length === 2, Number.POSITIVE_INFINITY)).toEqual([1, 2])
})
