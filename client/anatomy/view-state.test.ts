// What a link carries, and what is made of one that is mangled.
import { describe, expect, it } from 'vitest'
import { hashOf, stateOf, type ViewState } from './view-state.ts'

const rooms = ['sse', 'side-by-side']

describe('a link', () => {
  it.each<[string, ViewState]>([
    ['', {}],
    ['#sse', { room: 'sse' }],
    ['#sse&live&message=3&part=0.12', { room: 'sse', live: true, message: 3, part: '0.12' }],
    ['#side-by-side&notices=0.25&theme=dark', { room: 'side-by-side', notices: 0.25, theme: 'dark' }],
    ['#key=a%2Bb%2F%26c%3D%3D', { key: 'a+b/&c==' }],
  ])('%j says what was chosen, and is read as that', (hash, state) => {
    expect(hashOf(state)).toBe(hash)
    expect(stateOf(hash, rooms)).toEqual(state)
  })

  it.each(['#nowhere', '#message=0&part=x&notices=-1', '#message=1.5&theme=pink', '#key=%E0%A4', '#&&==&message'])(
    'that is mangled, %s, is read as far as it goes',
    hash => {
      expect(stateOf(hash, rooms)).toEqual({})
    },
  )
})
