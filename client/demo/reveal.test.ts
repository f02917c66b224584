import { describe, expect, it } from 'vitest'
import type { DemoEvent } from '../../server/demo/wire.ts'
import { type FixtureWish, fixtureLog, lanes } from './log.fixture.ts'
import { createLog, type Log } from './log.ts'
import { createPresent } from './present.ts'
import { rightChoices } from './reveal.ts'
import { type Scene, sceneOf } from './scenes.ts'

const RUN_MS = 4000

/** The scene as the engine would play it, on the fixture's three ways to deliver. */
function played(scene: Scene, more: FixtureWish = {}): DemoEvent[] {
  const cut = scene.steps.find(({ act }) => act.action === 'cut')
  return fixtureLog({
    lastsMs: RUN_MS + scene.lastsMs + 3000,
    knobs: scene.knobs,
    publishes: scene.steps.flatMap(({ atMs, act }) =>
      act.action === 'publish' ? [{ atMs: RUN_MS + atMs, count: act.count }] : [],
    ),
    ...(cut?.act.action === 'cut' && {
      cut: { fromMs: RUN_MS + cut.atMs, toMs: RUN_MS + cut.atMs + cut.act.forMs },
    }),
    scene: { id: scene.id, phases: { ask: 1000, run: RUN_MS, reveal: RUN_MS + scene.lastsMs } },
    ...more,
  })
}

function logOf(events: readonly DemoEvent[]): Log {
  const log = createLog()
  log.add(events)
  return log
}

const rightAt = (scene: Scene, log: Log, atMs: number): readonly number[] =>
  rightChoices(scene, createPresent(log)(atMs), log)
const revealed = (id: string, change = (events: DemoEvent[]): readonly DemoEvent[] => events) => {
  const scene = sceneOf(id)!
  return rightAt(scene, logOf(change(played(scene))), RUN_MS + scene.lastsMs + 100)
}
const indexOf = (lane: string): number => lanes.indexOf(lane)

/** The same log with other figures in its counts. */
const counting = (lane: string, from: number, figures: object) => (events: DemoEvent[]) =>
  events.map(event =>
    event.kind === 'counts' && event.t >= from
      ? { ...event, lanes: { ...event.lanes, [lane]: { ...event.lanes[lane]!, ...figures } } }
      : event,
  )

describe('what turned out right', () => {
  it('in a quiet inbox: who asks again and again sends the most bytes', () => {
    expect(revealed('quiet-inbox')).toEqual([indexOf('short-polling')])
  })

  it('for one notice: who asks only now and then hears last', () => {
    expect(revealed('one-notice')).toEqual([indexOf('short-polling')])
  })

  it('for a burst: as many answers as long polling really needed', () => {
    const scene = sceneOf('burst-of-20')!
    const answers = played(scene).filter(
      event => event.kind === 'transit' && event.lane === 'long-polling' && event.what === 'answer' && event.seqs,
    )
    expect(answers.length).toBeGreaterThan(1)
    expect(answers.length).toBeLessThan(10)
    expect(revealed('burst-of-20')).toEqual([1])
  })

  it('for a burst whose beginning is not known any more: nothing', () => {
    const scene = sceneOf('burst-of-20')!
    const events = played(scene)
    for (const fromMs of [RUN_MS + 100, RUN_MS + 3000, RUN_MS + 6000]) {
      const log = logOf(events)
      log.trim(Number.POSITIVE_INFINITY, fromMs, 0)
      expect(rightAt(scene, log, RUN_MS + scene.lastsMs + 100), `from ${fromMs} on`).toEqual([])
    }
  })

  it('far away: who is late by more than one transit and a half', () => {
    expect(revealed('far-away')).toEqual([indexOf('short-polling'), indexOf('long-polling')])
  })

  it('in the whole class: whose requests are most, over all clients', () => {
    expect(revealed('whole-class')).toEqual([indexOf('short-polling')])
  })

  it('after a cut: nobody loses anything, unless the counts say otherwise', () => {
    expect(revealed('cut-the-network')).toEqual([0])
    // No choice says “one of them”, so none is right.
    expect(revealed('cut-the-network', counting('sse', 9000, { missed: 2 }))).toEqual([])
    const all = lanes.map(lane => counting(lane, 9000, { missed: 2 }))
    expect(revealed('cut-the-network', events => all.reduce((now, count) => count(now), events))).toEqual([3])
  })

  it('is several where several were alike', () => {
    const most = { bytesUp: 1e6, bytesDown: 0 }
    const within = (events: DemoEvent[]) =>
      counting('sse', RUN_MS + 1, most)(counting('websocket', RUN_MS + 1, { ...most, bytesUp: 0.985e6 })(events))
    expect(revealed('quiet-inbox', within)).toEqual([indexOf('sse'), indexOf('websocket')])
    const apart = (events: DemoEvent[]) =>
      counting('sse', RUN_MS + 1, most)(counting('websocket', RUN_MS + 1, { ...most, bytesUp: 0.97e6 })(events))
    expect(revealed('quiet-inbox', apart)).toEqual([indexOf('sse')])
  })

  it('is nothing where nothing happened', () => {
    const none = (events: DemoEvent[]) => events.filter(({ kind }) => kind !== 'counts' && kind !== 'transit')
    for (const id of ['quiet-inbox', 'one-notice', 'burst-of-20', 'far-away', 'whole-class'])
      expect(revealed(id, none), id).toEqual([])
  })

  it('is judged by what came before the reveal, though a recording holds more', () => {
    const scene = sceneOf('burst-of-20')!
    const again: DemoEvent[] = played(scene).map(event => ({ ...event, t: event.t + 20_000 }))
    const more = Array.from(
      { length: 30 },
      (_, i): DemoEvent => ({
        ...{
          t: 45_000 + 100 * i,
          to: 45_050 + 100 * i,
          kind: 'transit',
          lane: 'long-polling',
          client: 0,
          connection: 0,
        },
        ...{ direction: 'down', what: 'answer', bytes: 99, seqs: [1, 1] },
      }),
    )
    const log = logOf([...played(scene), ...again, ...more])
    expect(rightAt(scene, log, RUN_MS + scene.lastsMs + 100)).toEqual([1])
    expect(rightAt(scene, log, 20_000 + RUN_MS + scene.lastsMs + 100)).toEqual([1])
  })

  it('is each time’s own where a scene was played twice', () => {
    const scene = sceneOf('quiet-inbox')!
    const lastMs = RUN_MS + scene.lastsMs + 3000
    const second = counting('sse', RUN_MS + 1, { bytesUp: 1e7 })(played(scene))
    const log = logOf([...played(scene), ...second.map(event => ({ ...event, t: event.t + lastMs + 1 }))])
    expect(rightAt(scene, log, RUN_MS + scene.lastsMs + 100)).toEqual([indexOf('short-polling')])
    expect(rightAt(scene, log, lastMs + 1 + RUN_MS + scene.lastsMs + 100)).toEqual([indexOf('sse')])
  })

  it('stays what it was while the reveal stands, though the log forgets', () => {
    const scene = sceneOf('burst-of-20')!
    const log = logOf(played(scene))
    const atMs = RUN_MS + scene.lastsMs + 100
    expect(rightAt(scene, log, atMs)).toEqual([1])
    const beats = Array.from(
      { length: 900 },
      (_, i): DemoEvent => ({ t: atMs + 100 * i, kind: 'publish', seq: i, count: 1 }),
    )
    log.add(beats)
    log.trim(log.lastMs, log.lastMs)
    expect(log.firstMs).toBeGreaterThan(atMs)
    expect(rightAt(scene, log, log.lastMs)).toEqual([1])
  })
})
