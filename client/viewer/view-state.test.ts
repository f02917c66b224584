import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnKeys } from './columns.ts'
import { defined, hashOf, roomNames, roomOf, stateOf, type ViewState } from './view-state.ts'

const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

describe('permalinks', () => {
  it('carry every choice there and back, whatever a run or a transport is called', () => {
    const state: fc.Arbitrary<ViewState> = fc.record({
      room: optional(fc.constantFrom(...roomNames)),
      run: optional(text),
      compare: optional(text),
      scenario: optional(text),
      show: optional(fc.array(text, { minLength: 1, maxLength: 5 })),
      baseline: optional(text),
      sort: optional(fc.constantFrom(...columnKeys)),
      order: optional(fc.constant('descending' as const)),
      claim: optional(text),
      of: optional(fc.constantFrom('run' as const, 'all' as const)),
      verdict: optional(text),
      topic: optional(text),
      statistic: optional(text),
      theme: optional(fc.constantFrom('light' as const, 'dark' as const)),
    })
    fc.assert(
      fc.property(state, given => {
        const read = stateOf(hashOf(given))
        // The room is only said where the rest leads elsewhere.
        expect({ ...read, room: roomOf(read) }).toEqual(defined({ ...given, room: roomOf(given) }))
      }),
    )
  })

  it('read well', () => {
    expect(hashOf({ run: '2026-11-20-a', show: ['x', 'y'], sort: 'p99Ms', order: 'descending' })).toBe(
      '#run=2026-11-20-a&sort=p99Ms&order=descending&show=x,y',
    )
    expect(hashOf({})).toBe('')
  })

  it('begin with the room, unless what was chosen is of use in one alone', () => {
    expect(hashOf({ room: 'charts', run: 'a' })).toBe('#charts&run=a')
    expect(hashOf({ room: 'overview', run: 'a' })).toBe('#run=a')
    expect(hashOf({ room: 'overview', compare: 'b' })).toBe('#overview&compare=b')
    expect(hashOf({ room: 'compare', compare: 'b' })).toBe('#compare=b')
    expect(roomOf(stateOf('#compare=b'))).toBe('compare')
    expect(roomOf(stateOf('#claims&claim=x'))).toBe('claims')
    expect(stateOf('#method')).toEqual({ room: 'method' })
    expect(roomOf(stateOf('#cellar'))).toBe('overview')
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
