// The heap and its alarm: everything is woken in order, never early, once; nothing is left after a close.
import { expect, test } from 'vitest'
import { seededRandom } from '../../results/random.ts'
import { createDeadlines, type Sleeper } from './deadlines.ts'

const sleeper = (wake: (nowMs: number) => number | void): Sleeper => ({
  wakeMs: Number.POSITIVE_INFINITY,
  wake: nowMs => wake(nowMs) ?? Number.POSITIVE_INFINITY,
})

test('sleepers are woken in the order of their deadlines and never early', async () => {
  const deadlines = createDeadlines()
  const random = seededRandom(1)
  const fromMs = performance.now()
  const woken: number[] = []
  const early: number[] = []
  await new Promise<void>(resolve => {
    for (let index = 0; index < 500; index++) {
      const atMs = fromMs + 5 + random() * 60
      deadlines.set(
        sleeper(nowMs => {
          woken.push(atMs)
          if (nowMs < atMs || performance.now() < atMs) early.push(atMs - nowMs)
          if (woken.length === 500) resolve()
        }),
        atMs,
      )
    }
  })
  expect(woken).toEqual([...woken].sort((a, b) => a - b))
  expect(early).toEqual([])
  deadlines.close()
})

test('an earlier deadline replaces a later one, a later one does not, and each wakes once', async () => {
  const deadlines = createDeadlines()
  const fromMs = performance.now()
  const wakes: number[] = []
  const twice = sleeper(nowMs => void wakes.push(nowMs - fromMs))
  deadlines.set(twice, fromMs + 40)
  deadlines.set(twice, fromMs + 10)
  deadlines.set(twice, fromMs + 25)
  await new Promise<void>(resolve =>
    deadlines.set(
      sleeper(() => resolve()),
      fromMs + 60,
    ),
  )
  expect(wakes.length).toBe(1)
  expect(wakes[0]).toBeGreaterThanOrEqual(10)
  deadlines.close()
})

test('a sleeper is woken again at the deadline it gives, and may set others while it is awake', async () => {
  const deadlines = createDeadlines()
  const fromMs = performance.now()
  const order: string[] = []
  await new Promise<void>(resolve => {
    const other = sleeper(() => void order.push('other'))
    let turn = 0
    deadlines.set(
      sleeper(() => {
        order.push(`turn ${turn++}`)
        if (turn === 1) deadlines.set(other, fromMs + 12)
        if (turn === 3) return resolve()
        return fromMs + 8 * turn
      }),
      fromMs + 3,
    )
  })
  expect(order).toEqual(['turn 0', 'turn 1', 'other', 'turn 2'])
  deadlines.close()
})

test('poll wakes what is due without waiting for the alarm, and nothing else', () => {
  const deadlines = createDeadlines()
  const fromMs = performance.now()
  const woken: string[] = []
  deadlines.set(
    sleeper(() => void woken.push('due')),
    fromMs + 1000,
  )
  deadlines.set(
    sleeper(() => void woken.push('not due')),
    fromMs + 2000,
  )
  deadlines.poll(fromMs + 1500)
  expect(woken).toEqual(['due'])
  deadlines.close()
})

test('after a close nothing wakes and no timer keeps the process alive', async () => {
  const deadlines = createDeadlines()
  const before = process.getActiveResourcesInfo().filter(name => name === 'Timeout' || name === 'Immediate').length
  let woken = 0
  for (const inMs of [0, 1, 500])
    deadlines.set(
      sleeper(() => void woken++),
      performance.now() + inMs,
    )
  deadlines.close()
  expect(process.getActiveResourcesInfo().filter(name => name === 'Timeout' || name === 'Immediate').length).toBe(
    before,
  )
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(woken).toBe(0)
})
