import { expect, test } from 'vitest'
import { formatBytes, formatCount, formatMs, formatShare, threeDigits } from './figures.ts'

test('a figure has three significant digits and no exponent', () => {
  const shown = [0, 0.00123456, 0.0999, 1, 1.239, 9.996, 12.34, 99.96, 123.4, 999.6, 1234.4, 123456, -1.5]
  expect(shown.map(threeDigits)).toEqual([
    '0',
    '0.00123',
    '0.0999',
    '1.00',
    '1.24',
    '10.0',
    '12.3',
    '100',
    '123',
    '1000',
    '1230',
    '123000',
    '−1.50',
  ])
  expect(threeDigits(Number.POSITIVE_INFINITY)).toBe('∞')
  expect(threeDigits(Number.NaN)).toBe('n/a')
})

test('a time takes the unit that suits it, also at the edges', () => {
  const shown = [0, 0.0005, 0.85, 0.9994, 0.9996, 1, 12.34, 999.4, 999.6, 1500, 65_000]
  expect(shown.map(formatMs)).toEqual([
    '0 ms',
    '0.500 µs',
    '850 µs',
    '999 µs',
    '1.00 ms',
    '1.00 ms',
    '12.3 ms',
    '999 ms',
    '1.00 s',
    '1.50 s',
    '65.0 s',
  ])
})

test('bytes are SI', () => {
  expect([0, 98, 999, 999.6, 1234, 1_500_000, 2e9, 3e12].map(formatBytes)).toEqual([
    '0 B',
    '98.0 B',
    '999 B',
    '1.00 kB',
    '1.23 kB',
    '1.50 MB',
    '2.00 GB',
    '3.00 TB',
  ])
})

test('counts are exact and grouped from ten thousand on', () => {
  expect([0, 9999, 10_000, 1_234_567].map(formatCount)).toEqual(['0', '9999', '10\u202f000', '1\u202f234\u202f567'])
})

test('shares are percent', () => {
  expect([0.6, 0.0821, 1].map(formatShare)).toEqual(['60.0 %', '8.21 %', '100 %'])
})
