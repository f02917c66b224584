import { afterEach, expect, it } from 'vitest'
import { createVisitors, type Visitors } from './visitors.ts'

let visitors: Visitors
afterEach(() => visitors.close())

it('as many are remembered as may be, however many come', () => {
  visitors = createVisitors(100)
  for (let n = 0; n < 100_000; n++) visitors.of(`${n}`)
  expect(visitors.size).toBeLessThanOrEqual(100)
  expect(visitors.of('99999')).toBe(visitors.of('99999'))
})

it('whoever is connected is not forgotten, and keeps nobody else from being', () => {
  visitors = createVisitors(100)
  const connected = Array.from({ length: 90 }, (_, n) => visitors.of(`connected ${n}`))
  for (const visitor of connected) visitor.open++
  for (let n = 0; n < 10_000; n++) visitors.of(`${n}`)
  expect(visitors.size).toBeLessThanOrEqual(100 + connected.length)
  for (const [n, visitor] of connected.entries()) expect(visitors.of(`connected ${n}`)).toBe(visitor)
})
