import { describe, expect, it } from 'vitest'
import { type Mark, watchedPartOf } from './watch.ts'

const asked = (atMs: number, isHidden: boolean): Mark => ({ atMs, isHidden })
const came = (atMs: number, isHidden: boolean, delayMs: number): Mark => ({ atMs, isHidden, delayMs })

describe('a spell of a page that is seen or hidden', () => {
  const marks = [
    ...Array.from({ length: 20 }, (_, i) => asked(200 * i, false)),
    ...[5, 300, 7].map((delayMs, i) => came(1000 * i, false, delayMs)),
    ...Array.from({ length: 4 }, (_, i) => asked(4000 + 1000 * i, true)),
    ...[900, 100].map((delayMs, i) => came(4000 + 1000 * i, true, delayMs)),
  ]

  it('tells requests a second and the median delay of that time alone', () => {
    expect(watchedPartOf(marks, false, 4000)).toEqual({ forMs: 4000, requestsPerSecond: 5, delayMs: 7 })
    expect(watchedPartOf(marks, true, 4000)).toEqual({ forMs: 4000, requestsPerSecond: 1, delayMs: 900 })
  })

  it('has no delay where nothing came, and no requests where none was sent', () => {
    expect(watchedPartOf([asked(0, true), asked(9, true)], true, 2000)).toEqual({
      forMs: 2000,
      requestsPerSecond: 1,
      delayMs: null,
    })
    expect(watchedPartOf([], false, 2000)).toEqual({ forMs: 2000, requestsPerSecond: 0, delayMs: null })
    expect(watchedPartOf([came(0, false, 12)], false, 2000)).toMatchObject({ requestsPerSecond: 0, delayMs: 12 })
  })

  it('tells nothing of a time that was too short', () => {
    expect(watchedPartOf(marks, false, 1999)).toBeUndefined()
  })

  it('orders delays as numbers and leaves the marks as they were', () => {
    const delays = [100, 9, 20].map((delayMs, i) => came(i, false, delayMs))
    const before = structuredClone(delays)
    expect(watchedPartOf(delays, false, 3000)?.delayMs).toBe(20)
    expect(delays).toEqual(before)
  })
})
