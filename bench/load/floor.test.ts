// The null transport sees what its process makes messages wait for, also where it could not send them in time.
import { afterEach, expect, test } from 'vitest'
import { measureFloor } from './floor.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

test('a loop that is held up for 40 ms at a time reads late what was due meanwhile, and misses nothing of it', async () => {
  const abort = new AbortController()
  ends.push(() => abort.abort())
  const measuring = measureFloor(5, abort.signal)
  for (let turn = 0; turn < 8; turn++) {
    const untilMs = performance.now() + 40
    while (performance.now() < untilMs);
    // Some turns for the timer, the write and the read.
    for (let i = 0; i < 5; i++) await new Promise(resolve => setImmediate(resolve))
  }
  abort.abort()
  const floor = await measuring
  // Eight messages are due in each 40 ms, waiting from 40 ms down to none. One that a closed loop had sent would have been read at once.
  expect(floor.count).toBeGreaterThanOrEqual(50)
  expect(floor.p50Us!).toBeGreaterThan(10_000)
  expect(floor.maxUs!).toBeGreaterThan(30_000)
})

test('an abort that comes first leaves nothing measured and nothing open', async () => {
  const floor = await measureFloor(10, AbortSignal.abort())
  expect(floor).toMatchObject({ count: 0, infinite: 0 })
})
