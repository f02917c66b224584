import { describe, expect, it } from 'vitest'
import { type Exchange, SLOTS, slotsOf } from './slots.ts'

const asked = (askedMs: number, more: Partial<Exchange> = {}): Exchange => ({
  askedMs,
  path: `/${askedMs}`,
  isAnswered: false,
  passesCache: false,
  ...more,
})
const nobody = Array<undefined>(SLOTS).fill(undefined)
const places = (exchanges: Record<string, Exchange>, before: readonly (string | undefined)[] = nobody, nowMs = 1000) =>
  slotsOf(new Map(Object.entries(exchanges)), before, nowMs)

describe('six connections', () => {
  it('go to those who asked first, and to whoever has an answer already', () => {
    const eight = Object.fromEntries([...'abcdefgh'].map((key, at) => [key, asked(at)]))
    expect(places(eight)).toEqual({ held: [...'abcdef'], queued: ['g', 'h'], cached: [] })
    const { held, queued } = places({ ...eight, h: asked(7, { isAnswered: true }) })
    expect(new Set(held)).toEqual(new Set('habcde'))
    expect(queued).toEqual(['f', 'g'])
  })

  it('are drawn where they were, and one that came free goes to the first in the queue', () => {
    const seven = Object.fromEntries([...'abcdefg'].map((key, at) => [key, asked(at)]))
    const { held } = places(seven)
    const { c: _, ...rest } = seven
    expect(places(rest, held)).toEqual({ held: ['a', 'b', 'g', 'd', 'e', 'f'], queued: [], cached: [] })
  })

  it('are taken by one at a time of those who ask for the same address, for as long as the cache lets them wait', () => {
    const same = { path: '/same' }
    expect(places({ a: asked(0, same), b: asked(1, same), c: asked(2, { ...same, passesCache: true }) })).toMatchObject(
      {
        held: ['a', 'c', undefined, undefined, undefined, undefined],
        cached: ['b'],
      },
    )
    expect(places({ a: asked(0, { ...same, isAnswered: true }), b: asked(1, same) }).cached).toEqual([])
    expect(places({ a: asked(0, same), b: asked(1, same) }, nobody, 30_000).cached).toEqual([])
  })
})
