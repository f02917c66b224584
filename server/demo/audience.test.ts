// What the audience keeps for pages that come late.
import { expect, test } from 'vitest'
import { createAudience, type Page } from './audience.ts'
import type { DemoEvent, LaneCount, Telemetry } from './wire.ts'

const counts = (t: number, requests: number): DemoEvent => ({
  t,
  kind: 'counts',
  lanes: { a: { requests } as LaneCount },
})

/** What a page that comes now is given first. */
function firstOf(audience: ReturnType<typeof createAudience>): readonly DemoEvent[] {
  let told: Telemetry | undefined
  const page: Page = {
    bufferedAmount: 0,
    send: text => {
      told = JSON.parse(text) as Telemetry
    },
    close() {},
    terminate() {},
  }
  audience.add(page)
  audience.remove(page)
  expect(told).toMatchObject({ isFirst: true })
  return told!.events
}

const begun = (agoMs: number) => {
  const audience = createAudience()
  audience.begin(performance.timeOrigin + performance.now() - agoMs)
  return audience
}

test('a page that comes while a reveal has stood for minutes is given the scene’s beginning, with the figures it began with', () => {
  const audience = begun(400_000)
  audience.take([counts(900, 5), { t: 1000, kind: 'scene', scene: 'x', phase: 'run' }, counts(1200, 6)])
  audience.take([counts(9000, 20), { t: 9100, kind: 'scene', scene: 'x', phase: 'reveal' }, counts(9500, 21)])
  audience.take([{ t: 399_000, kind: 'publish', seq: 1, count: 1 }])
  expect(firstOf(audience)).toEqual([
    counts(900, 5),
    { t: 1000, kind: 'scene', scene: 'x', phase: 'run' },
    { t: 9100, kind: 'scene', scene: 'x', phase: 'reveal' },
    counts(9500, 21),
    { t: 399_000, kind: 'publish', seq: 1, count: 1 },
  ])
})

test('what is kept anyway is given once, and a new log forgets the scene of the one before', () => {
  const audience = begun(5000)
  const events: DemoEvent[] = [counts(900, 5), { t: 1000, kind: 'scene', scene: 'x', phase: 'run' }]
  audience.take(events)
  expect(firstOf(audience)).toEqual(events)
  audience.begin(performance.timeOrigin + performance.now() - 100)
  expect(firstOf(audience)).toEqual([])
})
