import { afterEach, expect, it } from 'vitest'
import type { Playhead } from './playhead.ts'
import { shareWith, type Told } from './sharing.ts'

const patience = { timeout: 10_000, interval: 5 }

let pages = new AbortController()
afterEach(() => {
  pages.abort()
  pages = new AbortController()
})

const standing = (atMs: number): Told => ({
  startedAtMs: 1,
  head: { mode: 'paused', atMs, speed: 1 } satisfies Playhead,
  resetMs: undefined,
  theme: 'auto',
  token: undefined,
})

/** A teacher's page whose playhead stands at `atMs`. */
const teacher = (atMs: number) =>
  shareWith('teach', pages.signal, { onHello: () => standing(atMs), onTold: () => expect.unreachable() })

function stage() {
  const told: number[] = []
  const share = shareWith('stage', pages.signal, {
    onHello: () => expect.unreachable(),
    onTold: ({ head }) => void told.push(head.atMs),
  })
  return { told, ...share }
}

it('leads a stage that has just opened to where the teacher’s page stands', async () => {
  teacher(7).tell(standing(7))
  const { told, greet } = stage()
  greet()
  await expect.poll(() => told, patience).toEqual([7])
})

it('leads it nowhere where no page has done anything', async () => {
  const { told, greet } = stage()
  const [idle, busy] = [teacher(3), teacher(5)]
  expect(idle).toBeDefined()
  greet()
  busy.tell(standing(5))
  await expect.poll(() => told.at(-1), patience).toBe(5)
  expect(told).not.toContain(3)
})

it('follows the one of two pages that did something last, whichever answers last', async () => {
  const [first, second] = [teacher(1), teacher(2)]
  const early = stage()
  second.tell(standing(2))
  await expect.poll(() => early.told, patience).toEqual([2])
  // Deeds are told apart by the clock.
  const sinceMs = Date.now()
  await expect.poll(() => Date.now(), patience).toBeGreaterThan(sinceMs)
  first.tell(standing(1))
  await expect.poll(() => early.told, patience).toEqual([2, 1])
  const late = stage()
  late.greet()
  await expect.poll(() => late.told.at(-1), patience).toBe(1)
  // Both have answered when a third page’s deed has come.
  await expect.poll(() => Date.now(), patience).toBeGreaterThan(Date.now())
  teacher(3).tell(standing(3))
  await expect.poll(() => late.told.at(-1), patience).toBe(3)
  expect(late.told.at(-2)).toBe(1)
})

it('leads the teacher’s page to where a key on the stage took it, and no other stage that has just opened', async () => {
  const led: number[] = []
  const teacher = shareWith('teach', pages.signal, {
    onHello: () => standing(led.at(-1) ?? 4),
    onTold: ({ head }) => void led.push(head.atMs),
  })
  teacher.tell(standing(4))
  const first = stage()
  first.greet()
  await expect.poll(() => first.told, patience).toEqual([4])
  first.tell(standing(9))
  await expect.poll(() => led, patience).toEqual([9])
  const second = stage()
  second.greet()
  await expect.poll(() => second.told, patience).toEqual([9])
})
