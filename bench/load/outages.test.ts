// When subscribers were without their stream, and what arrived meanwhile.
import { describe, expect, test } from 'vitest'
import { recoveryOf } from '../fleet/fault.ts'
import { watchOutages } from './outages.ts'
import { mergeSlices, slicesOf } from './slices.ts'

describe('outages', () => {
  test('begin when an open subscriber connects again, and end when it is open', () => {
    let now = 0
    const watch = watchOutages(3, () => now)
    const at = (ms: number, who: number, state: 'connecting' | 'open' | 'closed') => {
      now = ms
      watch.changed(who, state)
    }
    at(0, 0, 'connecting')
    at(1, 0, 'open')
    at(1, 1, 'open')
    at(50, 0, 'connecting')
    at(60, 0, 'connecting')
    at(90, 0, 'open')
    at(120, 0, 'connecting')
    at(130, 0, 'open')
    at(140, 1, 'closed')
    expect(watch.since(0)).toEqual([
      { fromMs: 50, toMs: 90 },
      { fromMs: 140, toMs: null },
    ])
    expect(watch.since(100)).toEqual([
      { fromMs: 120, toMs: 130 },
      { fromMs: 140, toMs: null },
    ])
    expect(watch.ofEach(60)).toEqual([[{ fromMs: 120, toMs: 130 }], [{ fromMs: 140, toMs: null }], []])
    expect(watch.ofEach(0)[0]).toEqual([
      { fromMs: 50, toMs: 90 },
      { fromMs: 120, toMs: 130 },
    ])
  })
})

describe('the recovery from a fault', () => {
  const fleet = (...opened: number[]) =>
    opened.map((count, i) => ({ name: `s${i}`, cpuUs: 0, rssBytes: 0, open: 0, opened: count, noticesWritten: 0 }))
  const happened = { atMs: 1000, untilMs: 1000 }

  test('counts from the fault, those that it struck, ascending', () => {
    const outages = [
      { fromMs: 2101, toMs: 2400 },
      { fromMs: 2100, toMs: 2200 },
      { fromMs: 1500, toMs: 1600 },
      { fromMs: 2150, toMs: null },
    ]
    expect(recoveryOf(happened, outages, 1100, fleet(1, 2, 0))).toEqual({
      affected: 3,
      ms: [100, 300],
      to: { s0: 1, s1: 2 },
      ...happened,
    })
  })

  test('does not guess where those came back to that bring no connection of their own', () => {
    expect(recoveryOf(happened, [{ fromMs: 2100, toMs: 2200 }], 1100, fleet(3, 2, 0)).to).toEqual({})
  })

  test('keeps 200 quantiles of more', () => {
    const outages = Array.from({ length: 1000 }, (_, i) => ({ fromMs: 2100, toMs: 2100 + i }))
    const { affected, ms } = recoveryOf(happened, outages, 1100, fleet(0))
    expect([affected, ms.length, ms[0], ms.at(-1)]).toEqual([1000, 200, 0, 999])
  })
})

describe('slices of a window', () => {
  const received = Float64Array.from([10, 25, Number.NaN, 12, 99, 31])
  const appended = Float64Array.from([5, 24, 30])

  test('hold what arrived in them, and how late the latest was', () => {
    expect(slicesOf(received, appended, 3, { fromMs: 10, toMs: 40, everyMs: 10 })).toEqual([
      [0, 2, 7],
      [10, 1, 1],
      [20, 1, 1],
    ])
  })

  test('of several processes are one', () => {
    expect(
      mergeSlices([
        [
          [0, 2, 7],
          [10, 0, null],
        ],
        [
          [0, 1, 9],
          [10, 0, null],
        ],
      ]),
    ).toEqual([
      [0, 3, 9],
      [10, 0, null],
    ])
  })
})
