import { describe, expect, it } from 'vitest'
import {
  longPolling,
  periodicLongPollingLatency,
  pushLatency,
  shortPollingAnswers,
  shortPollingCycleMs,
  shortPollingLatency,
} from '../../results/model.ts'
import { pollingBytesPerSecond, pushBytesPerSecond } from '../../results/model-bytes.ts'
import type { DemoEvent, Knobs } from '../../server/demo/wire.ts'
import { type FixtureWish, fixtureLog, lanes, sizes } from './log.fixture.ts'
import { createLog, type Log } from './log.ts'
import { isEvident, revealed } from './reveal.ts'
import { type Scene, sceneOf, scenes } from './scenes.ts'

const RUN_MS = 4000

/** The scene as the engine would play it, on the fixture's three ways to deliver, begun at a moment. */
function played(scene: Scene, more: FixtureWish = {}, runMs = RUN_MS): DemoEvent[] {
  const cut = scene.steps.find(({ act }) => act.action === 'cut')
  const turn = scene.steps.find(({ act }) => act.action === 'knobs')
  return fixtureLog({
    lastsMs: runMs + scene.lastsMs + 3000,
    knobs: scene.knobs,
    publishes: scene.steps.flatMap(({ atMs, act }) =>
      act.action === 'publish' ? [{ atMs: runMs + atMs, count: act.count }] : [],
    ),
    ...(cut?.act.action === 'cut' && {
      cut: { fromMs: runMs + cut.atMs, toMs: runMs + cut.atMs + cut.act.forMs },
    }),
    ...(turn?.act.action === 'knobs' && { turn: { atMs: runMs + turn.atMs, rttMs: turn.act.rttMs! } }),
    scene: { id: scene.id, phases: { ask: 1000, run: runMs, reveal: runMs + scene.lastsMs } },
    ...more,
  })
}

function logOf(events: readonly DemoEvent[]): Log {
  const log = createLog()
  log.add(events)
  return log
}

const rightAt = (scene: Scene, log: Log, atMs: number): readonly number[] => revealed(scene, log, atMs).right
const right = (id: string, change = (events: DemoEvent[]): readonly DemoEvent[] => events) => {
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
    expect(right('quiet-inbox')).toEqual([indexOf('short-polling')])
  })

  it('for one notice: who asks only now and then hears last', () => {
    expect(right('one-notice')).toEqual([indexOf('short-polling')])
  })

  it('for a burst: as many answers as long polling really needed', () => {
    const scene = sceneOf('burst-of-20')!
    const answers = played(scene).filter(
      event => event.kind === 'transit' && event.lane === 'long-polling' && event.what === 'answer' && event.seqs,
    )
    expect(answers.length).toBeGreaterThan(1)
    expect(answers.length).toBeLessThan(10)
    expect(right('burst-of-20')).toEqual([1])
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

  it('far away: whose delay grew by more than one transit, however late it was near', () => {
    expect(right('far-away')).toEqual([indexOf('long-polling')])
  })

  it('in the whole class: whose requests are most, over all clients', () => {
    expect(right('whole-class')).toEqual([indexOf('short-polling')])
  })

  it('after a cut: nobody loses anything, unless the counts say otherwise', () => {
    expect(right('cut-the-network')).toEqual([0])
    // No choice says “one of them”, so none is right.
    expect(right('cut-the-network', counting('sse', 9000, { missed: 2 }))).toEqual([])
    const all = lanes.map(lane => counting(lane, 9000, { missed: 2 }))
    expect(right('cut-the-network', events => all.reduce((now, count) => count(now), events))).toEqual([3])
  })

  it('on the wire: who pays for a request and an answer with each notice', () => {
    expect(right('on-the-wire')).toEqual([indexOf('long-polling')])
    const texts = textsOf('on-the-wire')
    const bytesOf = (lane: string) => Number(/^(\d+) B$/.exec(texts[indexOf(lane)]!)![1])
    const { request, answer, notice, message } = sizes
    expect(bytesOf('long-polling')).toBe(request + answer + notice)
    // A sign of life or two besides.
    expect(bytesOf('websocket') - message).toBeLessThanOrEqual(1)
    expect(bytesOf('short-polling') - notice).toBeLessThan((request + answer) / 2)
  })

  it('is several where several were alike', () => {
    const most = { bytesUp: 1e6, bytesDown: 0 }
    const within = (events: DemoEvent[]) =>
      counting('sse', RUN_MS + 1, most)(counting('websocket', RUN_MS + 1, { ...most, bytesUp: 0.985e6 })(events))
    expect(right('quiet-inbox', within)).toEqual([indexOf('sse'), indexOf('websocket')])
    const apart = (events: DemoEvent[]) =>
      counting('sse', RUN_MS + 1, most)(counting('websocket', RUN_MS + 1, { ...most, bytesUp: 0.97e6 })(events))
    expect(right('quiet-inbox', apart)).toEqual([indexOf('sse')])
  })

  it('is nothing where nothing happened', () => {
    const none = (events: DemoEvent[]) => events.filter(({ kind }) => kind !== 'counts' && kind !== 'transit')
    for (const id of ['quiet-inbox', 'one-notice', 'burst-of-20', 'far-away', 'whole-class', 'on-the-wire'])
      expect(right(id, none), id).toEqual([])
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

/** What stands beside each choice. */
const textsOf = (id: string): readonly string[] => {
  const scene = sceneOf(id)!
  return revealed(scene, logOf(played(scene)), RUN_MS + scene.lastsMs + 100).texts ?? []
}

describe('beside the choices', () => {
  it('stands how many answers a burst took, at the choice that holds them', () => {
    expect(textsOf('burst-of-20')).toEqual(['', '5', '', ''])
  })

  it('stands what each lane paid for the distance, in transits', () => {
    const paid = textsOf('far-away').map(Number)
    expect(paid).toHaveLength(lanes.length)
    for (const [index, transits] of paid.entries())
      expect(transits, lanes[index]).toBeCloseTo(lanes[index] === 'long-polling' ? 1.9 : 1, 0)
  })
})

describe('what turned out right, held against the models', () => {
  interface Setting {
    readonly knobs?: Partial<Knobs>
    /** Of the far part. */
    readonly farMs?: number
  }
  type Expected = (knobs: Knobs, setting: Setting) => readonly string[]

  /** The lanes with most of an amount, by how each delivers. */
  const mostOf = (amounts: { asks: number; waits: number; streams: number }): readonly string[] => {
    const most = Math.max(...Object.values(amounts))
    return lanes.filter(lane => amounts[wayOf(lane)] === most)
  }
  const wayOf = (lane: string) =>
    lane === 'short-polling' ? ('asks' as const) : lane === 'long-polling' ? ('waits' as const) : ('streams' as const)
  const cycleMsOf = ({ pollIntervalMs: intervalMs, rttMs }: Knobs): number =>
    shortPollingCycleMs({ intervalMs, rttMs, pollTimer: 'fixed-rate' })
  /** Of notices that come every `periodMs`. */
  const meansMs = (knobs: Knobs, periodMs: number) => {
    const downMs = knobs.rttMs / 2
    return {
      asks: shortPollingLatency({ cycleMs: cycleMsOf(knobs), downMs }).meanMs,
      waits: periodicLongPollingLatency({ periodMs, gapMs: knobs.rttMs, downMs }).meanMs,
      streams: pushLatency({ downMs }).meanMs,
    }
  }

  const cases: Record<string, { settings: readonly Setting[]; expected: Expected }> = {
    'quiet-inbox': {
      settings: [250, 1000, 2000, 5000].map(pollIntervalMs => ({ knobs: { pollIntervalMs } })),
      expected: knobs =>
        mostOf({
          asks: pollingBytesPerSecond({
            ...{ ratePerSecond: 0, answersPerSecond: 1000 / cycleMsOf(knobs), emptyShare: 1 },
            ...{ requestBytes: sizes.request, emptyAnswerBytes: sizes.answer, fullAnswerBytes: 0, noticeBytes: 0 },
          }),
          // Held for longer than the scene lasts.
          waits: 0,
          streams: pushBytesPerSecond({
            ...{ ratePerSecond: 0, noticeBytes: 0, framingBytes: 0, heartbeatBytesPerSecond: sizes.heartbeat / 5 },
          }),
        }),
    },
    'one-notice': {
      settings: [
        ...[250, 1000, 4000, 9000].map(pollIntervalMs => ({ knobs: { pollIntervalMs } })),
        ...[0, 50, 600].map(rttMs => ({ knobs: { rttMs } })),
      ],
      expected: knobs => mostOf(meansMs(knobs, 4800)),
    },
    'burst-of-20': {
      settings: [
        ...[0, 50, 200, 400, 600, 2000].map(rttMs => ({ knobs: { rttMs } })),
        // Short polls with answers of their own.
        { knobs: { pollIntervalMs: 250, rttMs: 200 } },
      ],
      expected({ rttMs }) {
        const { maxMs } = periodicLongPollingLatency({ periodMs: 100, gapMs: rttMs, downMs: rttMs / 2 })
        const answers = maxMs > rttMs / 2 ? 1 + Math.ceil(1900 / rttMs) : 20
        return [answers === 1 ? '1' : answers < 10 ? '2 to 9' : answers < 20 ? '10 to 19' : '20']
      },
    },
    'far-away': {
      settings: [
        {},
        ...[250, 500, 1000].map(pollIntervalMs => ({ knobs: { pollIntervalMs }, farMs: pollIntervalMs })),
        { knobs: { rttMs: 50 } },
        { farMs: 2000 },
        // Notices that find a poll waiting, near and far.
        { knobs: { rttMs: 10 }, farMs: 90 },
      ],
      expected(knobs, { farMs = 600 }) {
        const [near, far] = [knobs.rttMs, farMs].map(rttMs => meansMs({ ...knobs, rttMs }, 100))
        const transits = (way: keyof typeof amounts) => (far![way] - near![way]) / ((farMs - knobs.rttMs) / 2)
        const amounts = near!
        return lanes.filter(lane => transits(wayOf(lane)) > 1.5)
      },
    },
    'whole-class': {
      settings: [
        ...[500, 1000, 2000, 12_000, 30_000].map(pollIntervalMs => ({ knobs: { pollIntervalMs } })),
        ...[0, 600].map(rttMs => ({ knobs: { rttMs } })),
        { knobs: { clients: 1 } },
      ],
      expected(knobs) {
        const { rttMs, clients } = knobs
        const ratePerSecond = 2 / 12
        return mostOf({
          asks: shortPollingAnswers({ ratePerSecond, cycleMs: cycleMsOf(knobs), clients }).requestsPerSecond,
          waits: clients * longPolling({ ratePerSecond, gapMs: rttMs, downMs: rttMs / 2 }).answersPerSecond,
          streams: 0,
        })
      },
    },
    // Everybody resumes by a cursor, and the server has what came after it.
    'cut-the-network': {
      settings: [{}, ...[0, 600].map(rttMs => ({ knobs: { rttMs } })), { knobs: { pollIntervalMs: 500 } }],
      expected: () => ['Nobody'],
    },
    'on-the-wire': {
      settings: [
        // Up to twice as many polls as notices, and down to a third.
        ...[250, 500, 1000, 3000, 4000, 9000].map(pollIntervalMs => ({ knobs: { pollIntervalMs } })),
        ...[0, 50, 600].map(rttMs => ({ knobs: { rttMs } })),
      ],
      expected(knobs) {
        // Counted until everybody has had the time to get the last one.
        const { steps, lastsMs } = sceneOf('on-the-wire')!
        const ratePerSecond = (1000 * steps.length) / (lastsMs + knobs.pollIntervalMs + 3000)
        const answersPerSecond = 1000 / cycleMsOf(knobs)
        const { request: requestBytes, answer, notice: noticeBytes } = sizes
        const poll = { requestBytes, emptyAnswerBytes: answer, fullAnswerBytes: answer, noticeBytes, separatorBytes: 0 }
        const polling = (answersPerSecond: number) =>
          // An empty answer is as long as what is around notices.
          pollingBytesPerSecond({ ratePerSecond, answersPerSecond, emptyShare: 0, ...poll })
        return mostOf({
          asks: polling(answersPerSecond),
          // A notice a second finds a poll waiting.
          waits: polling(ratePerSecond),
          streams: pushBytesPerSecond({
            ...{ ratePerSecond, noticeBytes: sizes.message, framingBytes: 0 },
            heartbeatBytesPerSecond: sizes.heartbeat / 5,
          }),
        })
      },
    },
  }

  const all = Object.entries(cases).flatMap(([id, { settings, expected }]) =>
    settings.map(setting => [id, setting, expected] as const),
  )
  it('is each scene’s', () => expect(Object.keys(cases)).toEqual(scenes.map(({ id }) => id)))

  it.each(all)('%s %j', (id, setting, expected) => {
    const scene = sceneOf(id)!
    const knobs = { ...scene.knobs, ...setting.knobs }
    // Whatever the phase of the polls.
    for (const lateMs of [0, 170, 430, 910]) {
      const runMs = RUN_MS + lateMs
      // A poll that just misses the last notice may come after the scene’s time: its reveal waits.
      const revealMs = runMs + scene.lastsMs + (scene.isOverTime ? 0 : knobs.pollIntervalMs + 3000)
      const turnMs = runMs + (scene.steps.find(({ act }) => act.action === 'knobs')?.atMs ?? 0)
      const log = logOf(
        played(
          scene,
          {
            ...{ knobs, lastsMs: revealMs + 1000 },
            scene: { id, phases: { ask: 1000, run: runMs, reveal: revealMs } },
            ...(setting.farMs !== undefined && { turn: { atMs: turnMs, rttMs: setting.farMs } }),
          },
          runMs,
        ),
      )
      const names = scene.choices === 'transports' ? lanes : scene.choices
      const found = rightAt(scene, log, revealMs).map(index => names[index])
      expect(found, `run at ${runMs}`).toEqual(expected(knobs, setting))
    }
  })

  it('far away, says nothing of a timer whose intervals the notices do not fill', () => {
    const scene = sceneOf('far-away')!
    for (const pollIntervalMs of [1500, 3000]) {
      const log = logOf(played(scene, { knobs: { ...scene.knobs, pollIntervalMs }, lastsMs: 60_000 }))
      const { right, texts } = revealed(scene, log, RUN_MS + scene.lastsMs + 100)
      if (right.length === 0) continue
      expect(right).toEqual([indexOf('long-polling')])
      expect(texts![indexOf('short-polling')]).toBe('–')
    }
  })
})

describe('a reveal that comes early', () => {
  it.each(scenes)('of $id ticks nothing before everything is there, and then what is right in the end', scene => {
    const events = played(scene).filter(event => event.kind !== 'scene' || event.phase !== 'reveal')
    const end = right(scene.id)
    expect(end.length).toBeGreaterThan(0)
    let evident = 0
    for (let t = RUN_MS; t <= RUN_MS + scene.lastsMs; t += 100) {
      const reveal: DemoEvent = { t, kind: 'scene', scene: scene.id, phase: 'reveal' }
      const log = logOf([...events, reveal].sort((a, b) => a.t - b.t))
      const isThere = isEvident(scene, log, t)
      // Once it is there it stays.
      if (evident > 0) expect(isThere, `at ${t}`).toBe(true)
      if (isThere) evident++
      expect(rightAt(scene, log, t), `at ${t}`).toEqual(isThere ? end : [])
    }
    expect(evident).toBeGreaterThan(0)
  })

  it('of a cut ticks nothing while somebody is away', () => {
    const scene = sceneOf('cut-the-network')!
    const away = played(scene).filter(event => !(event.kind === 'deliver' && event.lane === 'sse' && event.t > 9000))
    expect(rightAt(scene, logOf(away), RUN_MS + scene.lastsMs + 100)).toEqual([])
  })

  it('of a scene that was left meanwhile ticks nothing', () => {
    const scene = sceneOf('one-notice')!
    const left: DemoEvent = { t: RUN_MS + 9000, kind: 'scene', scene: scene.id, phase: 'ask' }
    const log = logOf([...played(scene), left].sort((a, b) => a.t - b.t))
    expect(rightAt(scene, log, RUN_MS + scene.lastsMs + 100)).toEqual([])
  })
})
