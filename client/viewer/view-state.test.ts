import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnKeys } from './columns.ts'
import { defined, hashOf, stateOf, type ViewState } from './view-state.ts'

const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

describe('permalinks', () => {
  it('carry every choice there and back, whatever a run or a transport is called', () => {
    const state: fc.Arbitrary<ViewState> = fc.record({
      run: optional(text),
      compare: optional(text),
      scenario: optional(text),
      show: optional(fc.array(text, { minLength: 1, maxLength: 5 })),
      baseline: optional(text),
      sort: optional(fc.constantFrom(...columnKeys)),
      order: optional(fc.constant('descending' as const)),
      claim: optional(text),
      theme: optional(fc.constantFrom('light' as const, 'dark' as const)),
    })
    fc.assert(
      fc.property(state, given => {
        expect(stateOf(hashOf(given))).toEqual(defined(given))
      }),
    )
  })

  it('read well', () => {
    expect(hashOf({ run: '2026-11-20-a', show: ['x', 'y'], sort: 'p99Ms', order: 'descending' })).toBe(
      '#run=2026-11-20-a&sort=p99Ms&order=descending&show=x,y',
    )
    expect(hashOf({})).toBe('')
  })

  it('open a claim by its bare anchor too', () => {
    expect(stateOf('#claim-one-transit')).toEqual({ claim: 'one-transit' })
    expect(hashOf({ run: 'a', claim: 'one-transit' })).toBe('#run=a&claim=one-transit')
  })

  it('open the page even where they are mangled', () => {
    expect(stateOf('#run=%E0%A4%A&sort=nothing&theme=pink&order=up&&=&x')).toEqual({})
    expect(stateOf('#show=a,%,b')).toEqual({ show: ['a', 'b'] })
    expect(stateOf('')).toEqual({})
  })
})
