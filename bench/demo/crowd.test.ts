import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type DemoEvent, LATE_MS } from '../../server/demo/wire.ts'
import { CROWD_MS, createCrowd, MAX_PASSES } from './crowd.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function crowdAt(t: number) {
  const told: DemoEvent[] = []
  return {
    told,
    crowd: createCrowd(
      'sse',
      () => t,
      event => told.push(event),
    ),
  }
}

test('what passes is told a few times a second, as one event, by its distance from it', () => {
  const { told, crowd } = crowdAt(1000)
  crowd.pass([3, 7, 'request', 880.25, 930.25, 512])
  crowd.pass([4, 9, 'message', 990, 1015, 60, 12])
  vi.advanceTimersByTime(CROWD_MS - 1)
  expect(told).toEqual([])
  vi.advanceTimersByTime(1)
  const passes = [
    [3, 7, 'request', -119.7, -69.7, 512],
    [4, 9, 'message', -10, 15, 60, 12],
  ]
  expect(told).toEqual([{ kind: 'crowd', t: 1000, lane: 'sse', passes }])
  vi.advanceTimersByTime(10 * CROWD_MS)
  expect(told).toHaveLength(1)
  crowd.close()
})

test('what is too much for one event is left out, and the next one begins anew', () => {
  const { told, crowd } = crowdAt(1000)
  for (let i = 0; i < 5 * MAX_PASSES; i++) crowd.pass([1, 0, 'message', 990, 1000, 60, i])
  vi.advanceTimersByTime(CROWD_MS)
  crowd.pass([1, 0, 'message', 990, 1000, 60, 7])
  vi.advanceTimersByTime(CROWD_MS)
  expect(told.map(event => event.kind === 'crowd' && event.passes.length)).toEqual([MAX_PASSES, 1])
  crowd.close()
})

test('it is told in time for pages to draw it, and not after it was closed', () => {
  expect(CROWD_MS).toBeLessThan(LATE_MS)
  const { told, crowd } = crowdAt(1000)
  crowd.pass([1, 0, 'gone', 990, 990, 0])
  crowd.close()
  vi.advanceTimersByTime(10 * CROWD_MS)
  expect(told).toEqual([])
})
