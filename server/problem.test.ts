import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quote } from './problem.ts'

describe('a value in an error message', () => {
  it('is its JSON, or the beginning of that', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const json = JSON.stringify(value)
        expect(quote(value)).toBe(json.length > 80 ? `${json.slice(0, 77)}…` : json)
      }),
    )
  })

  it('may be as deep and as wide as a request', () => {
    expect(quote(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)))).toBe(`${'['.repeat(77)}…`)
    expect(quote(JSON.parse(`{"a":${'[{"b":'.repeat(50_000)}1${'}]'.repeat(50_000)}}`))).toMatch(
      /^\{"a":\[\{"b":\[.*…$/,
    )
    expect(quote(Array(300_000).fill(1))).toBe(`[${'1,'.repeat(38)}…`)
    expect(quote('x'.repeat(1_000_000))).toBe(`"${'x'.repeat(76)}…`)
    // All of what stands behind the long name would be longer than a string may be: six characters for each.
    const behind = '\0'.repeat(100_000_000)
    expect(quote({ ['k'.repeat(100)]: behind })).toBe(`{"${'k'.repeat(75)}…`)
    expect(quote({ ['k'.repeat(78)]: [behind, { a: behind }] })).toBe(`{"${'k'.repeat(75)}…`)
  })

  it('is named where it has no JSON', () => expect(quote(undefined)).toBe('undefined'))
})
