// Transports that a run cannot tell apart stand in one tier.
import { expect, test } from 'vitest'
import { distributionAround, sampleRun } from './sample-run.fixture.ts'
import { tierOf, tiersOf } from './tiers.ts'
import { verdictOf } from './verdict.ts'

/** A run whose transports have these medians, µs, round by round. */
function runOf(medians: Readonly<Record<string, readonly number[]>>) {
  const transports = Object.keys(medians)
  const rounds = Object.values(medians)[0]!.length
  return sampleRun({
    transports,
    rounds,
    change: cell =>
      cell.transport === null || cell.scenario === 'idle'
        ? cell
        : { ...cell, delivery: distributionAround(medians[cell.transport]![cell.round]!) },
  })
}

const steady = (us: number): number[] => [us, us * 1.01, us * 0.99, us]

test('apart where the interval of the ratio lies above 1, together where it does not', () => {
  const run = runOf({ c: steady(3000), a: steady(1000), b: [1010, 990, 1020, 1000] })
  const tiers = tiersOf(run, 'delivery', 'medianMs')
  expect(tiers).toEqual([['a', 'b'], ['c']])
  expect(['a', 'b', 'c', 'd'].map(name => tierOf(tiers, name))).toEqual([1, 1, 2, undefined])
  expect(verdictOf(run)).toContain('a and b tied fastest')
})

test('each is compared with the first of its tier, not with its neighbour', () => {
  // a and b cannot be told apart, nor b and c; a and c can.
  const run = runOf({ a: [1000, 1000, 1000, 1000], b: [980, 1100, 960, 1120], c: [1070, 1090, 1080, 1075] })
  expect(tiersOf(run, 'delivery', 'medianMs', ['b', 'c'])).toEqual([['b', 'c']])
  expect(tiersOf(run, 'delivery', 'medianMs')).toEqual([['a', 'b'], ['c']])
})

test('figures that are the same to the last digit are one tier', () => {
  const { summary, ...run } = runOf({ a: [1000, 1000], b: [1000, 1000] })
  expect(tiersOf({ summary, ...run }, 'delivery', 'medianMs')).toEqual([['a', 'b']])
})

test.each([
  ['one round knows no interval', runOf({ a: [1000], b: [2000] })],
  ['one transport is compared with none', runOf({ a: steady(1000) })],
])('%s, and so no tiers', (_, run) => expect(tiersOf(run, 'delivery', 'medianMs')).toEqual([]))

test('slower ones that cannot be told apart are told together', () => {
  const run = runOf({ a: steady(1000), b: steady(3000), c: [3030, 2990, 3040, 2980] })
  expect(verdictOf(run)).toContain('a was fastest (median 1.00 ms); b and c took 3.00× as long')
})
