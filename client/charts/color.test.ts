import { expect, test } from 'vitest'
import { Color } from './parts/color.ts'

test('a colour under the pointer is darker, opaque or not', () => {
  expect(new Color('#D55E00').saturate().darken(0.1).hexString()).toBe('#c05500')
  expect(new Color('rgba(0, 114, 178, 0.5)').darken(0.5).hexString()).toBe('#00395980')
  expect(new Color('rgb(255,255,255)').hexString()).toBe('#ffffff')
})

test('what is no colour stays none', () => {
  for (const value of ['red', undefined, '#fff', 'rgb(a, b)', {}]) {
    const color = new Color(value)
    expect([color.valid, color.darken(0.1).hexString()]).toEqual([false, undefined])
  }
})
