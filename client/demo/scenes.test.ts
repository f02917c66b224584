import { describe, expect, it } from 'vitest'
import { actionLimits, demoLimits, type Knobs } from '../../server/demo/wire.ts'
import { freeKnobs, type Outcome, sceneOf, scenes } from './scenes.ts'

const knobLimits = (['ratePerSecond', 'pollIntervalMs', 'rttMs', 'clients'] as const).map(
  name => [name, actionLimits[name]] as const,
)
function expectAllowed(knobs: Partial<Knobs>): void {
  for (const [name, { min, max }] of knobLimits) {
    if (knobs[name] === undefined) continue
    expect(knobs[name], name).toBeGreaterThanOrEqual(min)
    expect(knobs[name], name).toBeLessThanOrEqual(max)
  }
}

describe('the scenes', () => {
  it('are seven, found by their ids, each its own', () => {
    expect(scenes).toHaveLength(7)
    expect(new Set(scenes.map(({ id }) => id)).size).toBe(7)
    expect(new Set(scenes.map(({ title }) => title)).size).toBe(7)
    for (const scene of scenes) {
      expect(scene.id).toMatch(/^[a-z0-9-]+$/)
      expect(sceneOf(scene.id)).toBe(scene)
    }
    expect(sceneOf('')).toBeUndefined()
  })

  it('leave room for free play within what a teacher may set', () => expectAllowed(freeKnobs))

  it.each(scenes)('$title: asks one question and has a point', ({ question, point }) => {
    expect(question.trim()).toMatch(/[^?]\?$/)
    expect(point.trim()).toMatch(/\.$/)
  })

  it.each(scenes)('$title: does what a teacher may do, in time, while it lasts', ({ knobs, steps, lastsMs }) => {
    expectAllowed(knobs)
    expect(Object.keys(knobs).sort()).toEqual(Object.keys(freeKnobs).sort())
    for (const { atMs, act } of steps) {
      expect(atMs).toBeGreaterThanOrEqual(0)
      expect(atMs).toBeLessThan(lastsMs)
      if (act.action === 'knobs') expectAllowed(act)
      if (act.action === 'publish') {
        expect(act.count).toBeGreaterThanOrEqual(actionLimits.publish.min)
        expect(act.count).toBeLessThanOrEqual(actionLimits.publish.max)
      }
      if (act.action === 'cut') {
        expect(act.forMs).toBeGreaterThanOrEqual(actionLimits.cutMs.min)
        expect(act.forMs).toBeLessThanOrEqual(actionLimits.cutMs.max)
        // The network is back, and everybody has caught up, before it is told what came of it.
        expect(atMs + act.forMs + 2 * (knobs.pollIntervalMs + knobs.rttMs)).toBeLessThan(lastsMs)
      }
    }
  })

  it.each(scenes)('$title: the last notice is everywhere before the reveal', ({ knobs, steps, lastsMs }) => {
    const last = Math.max(0, ...steps.flatMap(({ atMs, act }) => (act.action === 'publish' ? [atMs] : [])))
    if (last > 0) expect(last + Math.min(knobs.pollIntervalMs, 3000) + 1.5 * knobs.rttMs).toBeLessThanOrEqual(lastsMs)
  })

  it.each(scenes)('$title: holds within the minute that a page keeps', ({ lastsMs }) => {
    expect(lastsMs).toBeLessThan(demoLimits.keptMs)
  })

  it.each(scenes)('$title: has choices that a phone can show, each its own', ({ choices, shows }) => {
    expect(shows.length).toBeGreaterThan(0)
    expect(new Set(shows).size).toBe(shows.length)
    if (choices === 'transports') return
    expect(choices.length).toBeGreaterThan(1)
    expect(choices.length).toBeLessThanOrEqual(demoLimits.choices)
    expect(new Set(choices).size).toBe(choices.length)
  })

  it('can each be predicted right, and only by a choice that there is', () => {
    const outcomes: Outcome[] = [null, 0.9, 1.1, 1.9, 3].flatMap(transits =>
      [0, 3].flatMap(lost =>
        [0, 1, 2, 9, 10, 19, 20, 40].map(answers => ({
          lanes: [
            { transits, lost, bytesEach: 55.5 },
            { transits: 1, lost, bytesEach: null },
            { transits, lost: 0, bytesEach: 813 },
          ],
          answers,
        })),
      ),
    )
    for (const { id, choices, right, tells } of scenes) {
      const count = choices === 'transports' ? 3 : choices.length
      for (const outcome of tells ? outcomes : []) expect(tells!.texts(outcome), id).toHaveLength(count)
      if (!right) {
        expect(choices, id).toBe('transports')
        continue
      }
      const found = outcomes.map(right)
      expect(
        found.some(indices => indices.length > 0),
        id,
      ).toBe(true)
      for (const indices of found) for (const index of indices) expect(index).toBeLessThan(count)
    }
  })

  it('say what a reveal waits for, as the end of a sentence', () => {
    for (const { id, until } of scenes) expect(until, id).toMatch(/^[^A-Z].*[^.]$/)
  })

  it('judge a distance by whether it was paid for more than once', () => {
    const { right } = sceneOf('far-away')!
    const lane = (transits: number | null) => ({ transits, lost: 0, bytesEach: null })
    const lanes = [null, -1, 0.7, 1, 1.4, 1.6, 2, 3].map(lane)
    expect(right!({ lanes, answers: 0 })).toEqual([5, 6, 7])
  })

  it('speak of notices as large as the demo publishes', () => {
    const said = Number(/about (\d+) bytes/.exec(sceneOf('on-the-wire')!.question)![1])
    for (const [seq, sentMs] of [
      [1, 1000.5],
      [250, 600_000.5],
    ]) {
      const bytes = JSON.stringify({ seq, at: 1_763_830_000_123, body: { sentMs } }).length
      expect(Math.abs(bytes - said)).toBeLessThanOrEqual(3)
    }
  })

  it('judge a burst by how many answers there were, at the edges of each choice too', () => {
    const { right, choices } = sceneOf('burst-of-20')!
    const chosen = (answers: number) => right!({ lanes: [], answers }).map(index => choices[index])
    expect([0, 1, 2, 9, 10, 19, 20].map(chosen)).toEqual([
      [],
      ['1'],
      ['2 to 9'],
      ['2 to 9'],
      ['10 to 19'],
      ['10 to 19'],
      ['20'],
    ])
  })
})
