import { expect, it } from 'vitest'
import { createRate, isFull, newBucket } from './rate.ts'
import { until } from './servers.fixture.ts'

it('a full bucket gives its burst at once, and then one after the other as they come back', async () => {
  const rate = createRate(20, 5)
  const bucket = newBucket()
  expect(isFull(bucket)).toBe(true)
  const beganMs = performance.now()
  let taken = 0
  while (rate.take(bucket) === 0) taken++
  expect(taken).toBeGreaterThanOrEqual(5)
  expect(taken).toBeLessThanOrEqual(5 + (performance.now() - beganMs) / 50)
  expect(isFull(bucket)).toBe(false)
  await until(() => {
    const waitMs = rate.waitMs(bucket)
    expect(waitMs).toBeLessThanOrEqual(50)
    return waitMs === 0
  })
  expect(rate.take(bucket)).toBe(0)
  expect(taken + 1).toBeLessThanOrEqual(5 + (performance.now() - beganMs) / 50)
})

it('many are taken where there is one, and have to come back before there is another one', () => {
  const rate = createRate(10, 5)
  const bucket = newBucket()
  expect(rate.take(bucket, 1000)).toBe(0)
  const waitMs = rate.take(bucket)
  expect(waitMs).toBeGreaterThan(99_000)
  expect(waitMs).toBeLessThanOrEqual(99_600)
})
