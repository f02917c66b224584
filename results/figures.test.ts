import { expect, test } from 'vitest'
import {
  exactMs,
  formatBytes,
  formatCount,
  formatMs,
  formatShare,
  intervalText,
  ratioText,
  threeDigits,
  valueText,
} from './figures.ts'

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
  expect([0, 98, 97.46, 999, 999.6, 1234, 1_500_000, 2e9, 3e12].map(formatBytes)).toEqual([
    '0 B',
    '98 B',
    '97.5 B',
    '999 B',
    '1.00 kB',
    '1.23 kB',
    '1.50 MB',
    '2.00 GB',
    '3.00 TB',
  ])
})

test('counts are exact and grouped from ten thousand on', () => {
  expect([0, 9999, 10_000, 1_234_567].map(formatCount)).toEqual(['0', '9999', '10,000', '1,234,567'])
})

test('shares are percent', () => {
  expect([0.6, 0.0821, 1].map(formatShare)).toEqual(['60.0 %', '8.21 %', '100 %'])
})

test('a ratio of times says how much, by glyph and word', () => {
  const ratio = (value: number, low: number | null, high: number | null) => ({
    value,
    low,
    high,
    n: low === null ? 1 : 5,
  })
  expect(ratioText(ratio(0.62, 0.6, 0.64))).toBe('38 % faster')
  expect(ratioText(ratio(1.24, 1.2, 1.3))).toBe('24 % slower')
  expect(ratioText(ratio(1.004, 1.001, 1.007))).toBe('0.4 % slower')
  expect(ratioText(ratio(12.34, 12, 13))).toBe('12.3× slower')
  expect(ratioText(ratio(0.1, 0.09, 0.11))).toBe('10.0× faster')
  expect(ratioText(ratio(1.1, 0.9, 1.3))).toBe('≈ no clear difference')
  expect(ratioText(ratio(0.5, 0.4, 1))).toBe('≈ no clear difference')
  expect(ratioText(ratio(1.24, null, null))).toBe('1.24× (one round)')
  expect(ratioText({ missing: 'no round' })).toBe('n/a (no round)')
  expect(ratioText(ratio(1.24, 1.2, 1.3), ['fewer', 'more'])).toBe('24 % more')
})

test('an estimate shows its interval where it has one, and its reason where it is missing', () => {
  expect(intervalText({ value: 12.34, low: 11.9, high: 12.78, n: 5 })).toBe('12.3 [11.9, 12.8]')
  expect(intervalText({ value: 12.34, low: null, high: null, n: 1 })).toBe('12.3')
  expect(intervalText({ value: 0.5, low: 0.4, high: 0.6, n: 3 }, 100)).toBe('50.0 [40.0, 60.0]')
  expect(intervalText({ missing: 'too little work' })).toBe('n/a (too little work)')
  expect(valueText(undefined)).toBe('n/a (not measured)')
  expect(valueText({ value: 0, low: null, high: null, n: 1 })).toBe('0')
})

test('a setting is shown exactly', () => {
  expect([0, 500, 1000, 1500, 25_000].map(exactMs)).toEqual(['0 ms', '500 ms', '1 s', '1.5 s', '25 s'])
})
