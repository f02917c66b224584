import { afterEach, expect, it } from 'vitest'
import { createVisitors, type Visitors } from './visitors.ts'

let visitors: Visitors
afterEach(() => visitors.close())

/** So many of them, each with a connection. */
const connect = (count: number) =>
  Array.from({ length: count }, (_, n) => {
    const visitor = visitors.of(`connected ${n}`)
    visitors.enter(visitor)
    return visitor
  })

it('as many are remembered as may be, however many come', () => {
  visitors = createVisitors(100)
  for (let n = 0; n < 100_000; n++) visitors.of(`${n}`)
  expect(visitors.size).toBeLessThanOrEqual(100)
  expect(visitors.of('99999')).toBe(visitors.of('99999'))
})

it('whoever is connected is not forgotten, and keeps nobody else from being', () => {
  visitors = createVisitors(100)
  const connected = connect(90)
  for (let n = 0; n < 10_000; n++) visitors.of(`${n}`)
  expect(visitors.size).toBeLessThanOrEqual(100 + connected.length)
  for (const [n, visitor] of connected.entries()) expect(visitors.of(`connected ${n}`)).toBe(visitor)
})

it('however many are connected, as many others are remembered as may be', () => {
  visitors = createVisitors(100)
  connect(1000)
  const others = Array.from({ length: 100 }, (_, n) => visitors.of(`${n}`))
  expect(visitors.size).toBe(1100)
  for (const [n, visitor] of others.entries()) expect(visitors.of(`${n}`)).toBe(visitor)
})

it('whoever has gone is remembered, until as many have gone later as may be', () => {
  visitors = createVisitors(100)
  const [first, second] = connect(1000)
  visitors.enter(first!)
  visitors.leave(first!)
  visitors.leave(second!)
  for (let n = 0; n < 90; n++) visitors.of(`${n}`)
  expect([visitors.of('connected 0'), visitors.of('connected 1')]).toEqual([first, second])
  expect([first!.open, second!.open]).toEqual([1, 0])
  for (let n = 90; n < 200; n++) visitors.of(`${n}`)
  expect(visitors.of('connected 0')).toBe(first)
  expect(visitors.of('connected 1')).not.toBe(second)
  for (let n = 2; n < 1000; n++) visitors.leave(visitors.of(`connected ${n}`))
  expect(visitors.size).toBeLessThanOrEqual(101)
})
