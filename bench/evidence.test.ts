// Reading cells for a claim: which may be used, what a band says, and the floor below which nothing is said.
import { describe, expect, test } from 'vitest'
import type { Cell } from '../results/cell.ts'
import { cellOf, distributionAround } from '../results/sample-run.fixture.ts'
import {
  aboveFloor,
  bandOf,
  floorVoids,
  gapMsOf,
  inWords,
  msOf,
  overCells,
  overPairs,
  rateOf,
  usableCells,
  verdictOfBands,
} from './evidence.ts'

const cells = [1, 0, 2].map(round => cellOf('sse', round, 400 + round))
const evidence = { cells, scenarios: [], transports: ['sse'] }
const delivery = { id: 'delivery' }

describe('usable cells', () => {
  test('come in order of rounds, without void ones', () => {
    const mixed = { ...evidence, cells: [...cells, cellOf('sse', 3, 400, { status: 'void', reasons: ['late'] })] }
    expect(usableCells(mixed, delivery, 'sse').map(({ round }) => round)).toEqual([0, 1, 2])
  })

  test('that do not exist are named, with the first reason', () => {
    expect(() => usableCells(evidence, delivery, null)).toThrow('no usable cell of publishing alone in delivery')
    const spoiled = { ...evidence, cells: cells.map(cell => ({ ...cell, status: 'void' as const, reasons: ['late'] })) }
    expect(() => usableCells(spoiled, delivery, 'sse')).toThrow('no usable cell of sse in delivery (late)')
  })

  test('are paired by round', () => {
    const others = [cellOf('websocket', 2, 200), cellOf('websocket', 7, 100)]
    const ratio = (a: Cell, b: Cell) => msOf(a, 'delivery', 'p50Us') / msOf(b, 'delivery', 'p50Us')
    expect(overPairs(cells, others, ratio)).toMatchObject({ value: 402 / 200, n: 1 })
    expect(() => overPairs(cells, [others[1]!], ratio)).toThrow('no round in which both transports are usable')
    expect(overCells(cells, ({ round }) => round)).toMatchObject({ value: 1, n: 3 })
  })
})

test('a band holds an interval, lies apart from it, or cannot tell', () => {
  const measured = (low: number | null, high: number | null) => ({ value: 1, low, high, n: 3 })
  expect(bandOf(measured(0.96, 1.04), 1, 0.05)).toBe('inside')
  expect(bandOf(measured(0.94, 1.04), 1, 0.05)).toBe('neither')
  expect(bandOf(measured(1.06, 1.2), 1, 0.05)).toBe('apart')
  expect(bandOf(measured(0.5, 0.94), 1, 0.05)).toBe('apart')
  expect(bandOf(measured(null, null), 1, 0.05)).toBe('neither')
  expect(verdictOfBands(['inside', 'inside'])).toBe('reproduced')
  expect(verdictOfBands(['inside', 'neither'])).toBe('inconclusive')
  expect(verdictOfBands(['neither', 'apart'])).toBe('refuted')
  expect(verdictOfBands([])).toBe('inconclusive')
})

describe('the floor', () => {
  // p99 1 ms, p90 0.75 ms.
  const withFloor = (count: number) => cellOf('sse', 1, 400, { floor: distributionAround(500, count) })

  test('voids a difference of less than five times its p99', () => {
    expect(floorVoids(withFloor(500), 5)).toBeUndefined()
    expect(floorVoids(withFloor(500), -5)).toBeUndefined()
    expect(floorVoids(withFloor(500), 4.9)).toBe(
      'the null transport beside sse in round 2 had a p99 of 1.00 ms, the bound for a difference of 4.9 ms is 0.98 ms',
    )
  })

  test('of few probes has no p99: its p90 is taken', () => {
    expect(floorVoids(withFloor(99), 4)).toBeUndefined()
    expect(floorVoids(withFloor(99), 3.7)).toContain('p90 of 0.75 ms')
  })

  test('voids everything where its messages were lost, and nothing where it was not measured', () => {
    const lost = { ...distributionAround(500, 100), infinite: 5, p99Us: null }
    expect(floorVoids(cellOf('sse', 0, 400, { floor: lost }), 1000)).toContain('p99 of infinite')
    expect(floorVoids(cellOf('sse', 0, 400), 0.001)).toBeUndefined()
  })

  test('leaves the cells above it, or says why there is none', () => {
    expect(aboveFloor([withFloor(500), ...cells], 1)).toEqual(cells)
    expect(() => aboveFloor([withFloor(500)], 1)).toThrow('the null transport beside sse in round 2')
  })
})

test('what a cell lacks is named', () => {
  expect(() => overCells(cells, ({ requests }) => 100 / requests)).toThrow(
    'too little was counted for a figure of sse in delivery, round 2',
  )
  expect(() =>
    overPairs([cellOf(null, 0, 0)], [cellOf('sse', 0, 400)], (quiet, cell) => quiet.requests / cell.requests),
  ).toThrow('too little was counted for a figure of publishing alone in delivery, round 1')
  expect(rateOf(cellOf('sse', 0, 400))).toBeCloseTo(10, 9)
  expect(() => rateOf(cellOf('sse', 0, 400, { published: 0 }))).toThrow(
    'nothing was published in the window of delivery',
  )
  expect(() => gapMsOf(cells[0]!)).toThrow('no re-arm gap of sse in delivery, round 2')
  const lost = cellOf('sse', 0, 400, { delivery: { ...distributionAround(400), p99Us: null } })
  expect(() => msOf(lost, 'delivery', 'p99Us')).toThrow('p99Us of sse in delivery, round 1, is not finite')
})

test('an estimate in words has its interval where there is one', () => {
  expect(inWords({ value: 1.734, low: 1.7, high: 1.768, n: 4 })).toBe('1.73 (1.70 to 1.77)')
  expect(inWords({ value: 550.4, low: null, high: null, n: 1 }, 0)).toBe('550')
})
