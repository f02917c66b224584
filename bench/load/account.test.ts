// What the account of a cell's notices says of each subscriber.
import { expect, test } from 'vitest'
import { newAccount } from './account.ts'

test('a stream stands still for what its lateness grows by, from one notice that came to the next', () => {
  const appendedMs = Float64Array.from([0, 50, 100, 150, 200])
  const account = newAccount(4, 5)
  const came = (who: number, ...atMs: (number | undefined)[]) =>
    atMs.forEach((ms, index) => {
      if (ms !== undefined) account.arrived(who, index, index + 1, ms)
    })
  // As it was sent; cut for 130 ms and given all at once; without the third; nothing but one.
  came(0, 2, 52, 102, 152, 202)
  came(1, 2, 180, 180, 180, 202)
  came(2, 1, 51, undefined, 231, 251)
  came(3, undefined, 900)
  const window = { from: 0, to: 5, intendedMs: appendedMs, appendedMs }
  expect([...account.standstills(window)]).toEqual([0, 128, 80, 0])
  expect([...account.standstills({ ...window, from: 2 })]).toEqual([0, 0, 0, 0])
  expect([...account.standstills({ ...window, to: 1 })]).toEqual([0, 0, 0, 0])
})
