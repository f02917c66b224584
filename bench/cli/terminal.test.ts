import { describe, expect, test } from 'vitest'
import { columnsOf, cut, displayWidth, inkOf, isColorAllowed, pad, wrap } from './terminal.ts'

describe('colour', () => {
  const wish = (isTTY: boolean, env: Record<string, string> = {}, color = true) => isColorAllowed({ color, isTTY, env })

  test('is for terminals', () => {
    expect(wish(true)).toBe(true)
    expect(wish(false)).toBe(false)
  })

  test('is off with --no-color, NO_COLOR and TERM=dumb', () => {
    expect(wish(true, { FORCE_COLOR: '1' }, false)).toBe(false)
    expect(wish(true, { NO_COLOR: '1' })).toBe(false)
    expect(wish(true, { NO_COLOR: '' })).toBe(true)
    expect(wish(true, { TERM: 'dumb' })).toBe(false)
  })

  test('is on with FORCE_COLOR also without a terminal, and off where that says 0', () => {
    expect(wish(false, { FORCE_COLOR: '1' })).toBe(true)
    expect(wish(false, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(true)
    expect(wish(true, { FORCE_COLOR: '0' })).toBe(false)
  })

  test('is the nearest of 256, greys keep the ink, and no ink writes nothing', () => {
    const ink = inkOf(true)
    expect(ink.hue('x', '#FF0000')).toBe('\x1b[38;5;196mx\x1b[39m')
    expect(ink.hue('x', '#0072B2')).toBe('\x1b[38;5;25mx\x1b[39m')
    expect(ink.hue('x', '#000000')).toBe('x')
    expect(ink.hue('x', '#F9FAFB')).toBe('x')
    expect(ink.bold('x') + ink.dim('y')).toBe('\x1b[1mx\x1b[22m\x1b[2my\x1b[22m')
    const none = inkOf(false)
    expect(none.bold('x') + none.dim('y') + none.hue('z', '#FF0000')).toBe('xyz')
  })
})

describe('width', () => {
  test.each([
    ['abc', 3],
    ['µs ≈ ▼ ● ◆ ✳ −', 14],
    ['e\u0301', 1],
    ['日本', 4],
    ['👩‍🏫', 2],
    ['\x1b[1mbold\x1b[22m', 4],
    ['', 0],
  ])('of %j is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })

  test('is what padding and cutting go by', () => {
    expect(pad('日本', 6, 'left')).toBe('日本  ')
    expect(pad('\x1b[1m5\x1b[22m', 3, 'right')).toBe('  \x1b[1m5\x1b[22m')
    expect(pad('too long', 3, 'left')).toBe('too long')
    expect(cut('abcdef', 4)).toBe('abc…')
    expect(cut('abcd', 4)).toBe('abcd')
    expect(cut('日本語', 4)).toBe('日…')
  })
})

describe('wrapping', () => {
  test('breaks between words and indents what follows', () => {
    expect(wrap('one two three four', 9, '  ')).toBe('one two\n  three\n  four')
  })

  test('leaves a word that is too long alone, and everything where there is no width', () => {
    expect(wrap('a verylongword b', 5)).toBe('a\nverylongword\nb')
    expect(wrap('one two three', Number.POSITIVE_INFINITY)).toBe('one two three')
  })
})

test('a terminal that does not know its width counts as 80 columns', () => {
  expect([{}, { columns: 0 }, { columns: 132 }].map(columnsOf)).toEqual([80, 80, 132])
})
