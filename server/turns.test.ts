// What is made for those who are behind is spread over turns of the loop, in order, and nothing of it is left undone.
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createTurns } from './turns.ts'

const MIB = 1024 * 1024

test('is full after a few large pieces, and has room in the next turn', async () => {
  const turns = createTurns()
  for (let made = 0; made < 4; made++) {
    expect(turns.isFull).toBe(false)
    turns.spend(MIB)
  }
  expect(turns.isFull).toBe(true)
  await setImmediate()
  expect(turns.isFull).toBe(false)
})

test('does not count what is small', () => {
  const turns = createTurns()
  for (let made = 0; made < 10_000; made++) turns.spend(1000)
  expect(turns.isFull).toBe(false)
})

test('does in later turns, in the order of the calls and so much in each, what was put off', async () => {
  const turns = createTurns()
  const done: number[] = []
  const all = Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      turns.later(() => {
        turns.spend(MIB)
        done.push(i)
        return i
      }),
    ),
  )
  expect(done).toEqual([])
  const perTurn: number[] = []
  for (let before = 0; done.length < 20; before = done.length) {
    await setImmediate()
    perTurn.push(done.length - before)
  }
  expect(perTurn).toEqual([4, 4, 4, 4, 4])
  expect(await all).toEqual(done)
  expect(done).toEqual(done.toSorted((a, b) => a - b))
})

test('hands on what the work throws, and goes on', async () => {
  const turns = createTurns()
  const failed = turns.later(() => {
    throw new Error('gone')
  })
  const second = turns.later(() => 2)
  await expect(failed).rejects.toThrow('gone')
  expect(await second).toBe(2)
})

test('work that puts itself off again comes after those who wait', async () => {
  const turns = createTurns()
  const done: string[] = []
  const again = turns.later(async () => {
    turns.spend(4 * MIB)
    await turns.later(() => void done.push('again'))
  })
  await Promise.all([again, turns.later(() => void done.push('waiting'))])
  expect(done).toEqual(['waiting', 'again'])
})
