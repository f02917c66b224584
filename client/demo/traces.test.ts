import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DemoEvent, LATE_MS } from '../../server/demo/wire.ts'
import { fixtureLog, lanes } from './log.fixture.ts'
import { createLog } from './log.ts'
import { createTraces, type LaneTraces, type Traces } from './traces.ts'

const rich = fixtureLog({
  lastsMs: 24_000,
  publishes: [{ atMs: 3000 }, { atMs: 3050, count: 3 }, { atMs: 9000 }, { atMs: 12_000, count: 2 }, { atMs: 20_000 }],
  cut: { fromMs: 8900, toMs: 15_000 },
})

function tracesOf(events: readonly DemoEvent[]): Traces {
  const traces = createTraces()
  traces.add(events)
  return traces
}

const on = (lane: string, connection = 0) => ({ lane, client: 0, connection })
const start: DemoEvent = { t: 0, kind: 'start', version: 1, startedAtMs: 0, lanes: ['a', 'b'] }
type Transit = Extract<DemoEvent, { kind: 'transit' }>
const up = (t: number, to: number, more: Partial<Transit> = {}): DemoEvent => ({
  ...{ t, to, kind: 'transit', ...on('a'), direction: 'up', what: 'request', bytes: 100 },
  ...more,
})
const down = (t: number, to: number, what: Transit['what'], more: Partial<Transit> = {}): DemoEvent => ({
  ...{ t, to, kind: 'transit', ...on('a'), direction: 'down', what, bytes: 100 },
  ...more,
})
const laneOf = (...events: DemoEvent[]): LaneTraces => tracesOf([start, ...events]).lanes.a!

describe('the traces', () => {
  it('are the same whether events come in time or as late as they may', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(LATE_MS), { minLength: rich.length, maxLength: rich.length }),
        fc.integer({ min: 20, max: 3000 }),
        (lateness, everyMs) => {
          const told = rich.map((event, i) => ({ event, toldMs: event.t + lateness[i]! }))
          told.sort((a, b) => a.toldMs - b.toldMs)
          const log = createLog()
          const traces = createTraces()
          let tracedMs = Number.NEGATIVE_INFINITY
          for (let nowMs = 0; told.length > 0; nowMs += everyMs) {
            const count = told.findIndex(({ toldMs }) => toldMs > nowMs)
            log.add(told.splice(0, count === -1 ? told.length : count).map(({ event }) => event))
            // As the player does: what is older than this is settled.
            traces.add(log.between(tracedMs, nowMs - LATE_MS))
            tracedMs = nowMs - LATE_MS
          }
          traces.add(log.between(tracedMs, Number.POSITIVE_INFINITY))
          const plain = tracesOf(rich)
          for (const lane of lanes) {
            const { legs, holds, bands, stales, connects, crosses } = plain.lanes[lane]!
            expect(traces.lanes[lane]).toMatchObject({ legs, holds, bands, stales, connects, crosses })
          }
          expect([traces.publishes, traces.cuts]).toEqual([plain.publishes, plain.cuts])
        },
      ),
      { numRuns: 40 },
    )
  })

  it('forget what ended before a moment, and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 25_000 }), fc.integer({ min: 0, max: 25_000 }), (beforeMs, toldMs) => {
        const traces = tracesOf(rich.filter(({ t }) => t < toldMs))
        traces.prune(Math.min(beforeMs, toldMs))
        traces.add(rich.filter(({ t }) => t >= toldMs))
        traces.prune(beforeMs)
        const whole = tracesOf(rich)
        expect(traces.publishes).toEqual(whole.publishes.filter(({ t }) => t >= beforeMs))
        expect(traces.cuts).toEqual(whole.cuts.filter(({ to }) => to >= beforeMs))
        for (const lane of lanes) {
          const [kept, all] = [traces.lanes[lane]!, whole.lanes[lane]!]
          for (const kind of ['legs', 'holds', 'bands', 'stales', 'connects'] as const)
            expect(kept[kind]).toEqual((all[kind] as { to: number }[]).filter(({ to }) => to >= beforeMs))
          expect(kept.crosses).toEqual(all.crosses.filter(({ t }) => t >= beforeMs))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('are kept apart by client', () => {
    const others = rich.map(event => ('client' in event ? { ...event, client: 1 } : event))
    const traces = tracesOf(others)
    const [first, own, other] = [traces.of('sse', 0)!, tracesOf(rich).of('sse', 0)!, traces.of('sse', 1)!]
    expect(first).toBe(traces.lanes.sse)
    expect(traces.of('sse', 2)).toBeUndefined()
    for (const kind of ['legs', 'holds', 'bands', 'connects', 'crosses'] as const) {
      expect(first[kind]).toEqual([])
      const [ours, theirs] = [own, other].map(({ [kind]: all }) => all.map(one => ({ ...one, event: undefined })))
      expect(theirs).toEqual(ours)
    }
  })

  it('know a lane before anything happened on it', () => {
    expect(Object.keys(tracesOf([start]).lanes)).toEqual(['a', 'b'])
  })
})

describe('legs', () => {
  it('say what they carry', () => {
    const { legs } = laneOf(
      up(0, 100),
      down(101, 201, 'answer', { isEmpty: true }),
      up(201, 301),
      down(400, 500, 'answer', { seqs: [3, 7] }),
      up(501, 601),
      down(602, 702, 'head'),
      down(800, 900, 'message', { seqs: [8, 8] }),
      down(801, 901, 'heartbeat'),
      down(802, 902, 'message'),
      down(803, 903, 'part'),
      up(804, 904, { what: 'heartbeat' }),
    )
    expect(legs.map(({ isUp, weight, notices }) => [isUp ? 'up' : 'down', weight, notices])).toEqual([
      ['up', 'plain', 0],
      ['down', 'empty', 0],
      ['up', 'plain', 0],
      ['down', 'notices', 5],
      ['up', 'plain', 0],
      ['down', 'plain', 0],
      ['down', 'notices', 1],
      ['down', 'faint', 0],
      ['down', 'empty', 0],
      ['down', 'plain', 0],
      ['up', 'faint', 0],
    ])
  })

  it('are lost where they are when their connection is cut', () => {
    const { legs, crosses } = laneOf(
      up(0, 100),
      down(150, 250, 'head'),
      down(300, 400, 'message', { seqs: [1, 1] }),
      down(480, 580, 'message', { seqs: [2, 2] }),
      up(500, 600, { ...on('a', 1) }),
      down(525, 625, 'heartbeat'),
      { t: 530, kind: 'disconnect', ...on('a'), by: 'cut' },
    )
    expect(legs.map(({ from, lostAt }) => [from, lostAt])).toEqual([
      [0, undefined],
      [150, undefined],
      [300, undefined],
      [480, 530],
      [500, undefined],
      [525, 530],
    ])
    expect(crosses).toEqual([{ t: 530, by: 'cut' }])
  })

  it('are not needed for a cut to be marked: a connection that had said nothing is lost too', () => {
    const connect: DemoEvent = { t: 100, to: 300, kind: 'connect', ...on('a') }
    expect(laneOf(connect, { t: 200, kind: 'disconnect', ...on('a'), by: 'cut' }).crosses).toEqual([
      { t: 200, by: 'cut' },
    ])
    expect(laneOf(connect, { t: 200, kind: 'disconnect', ...on('a'), by: 'client' }).crosses).toEqual([])
  })

  it('are not lost when the client itself goes', () => {
    const { legs } = laneOf(up(0, 100), { t: 50, kind: 'disconnect', ...on('a'), by: 'client' })
    expect(legs).toMatchObject([{ from: 0, to: 100 }])
    expect(legs[0]).not.toHaveProperty('lostAt')
  })
})

describe('held requests', () => {
  it('last from their arrival until their answer leaves', () => {
    const { holds } = laneOf(up(0, 100), down(5000, 5100, 'answer', { seqs: [1, 1] }), up(5100, 5200))
    expect(holds).toEqual([
      { from: 100, to: 5000 },
      { from: 5200, to: Infinity },
    ])
  })

  it('end when their connection does, and never before they began', () => {
    expect(laneOf(up(0, 100), { t: 700, kind: 'disconnect', ...on('a'), by: 'server' }).holds).toEqual([
      { from: 100, to: 700 },
    ])
    expect(laneOf(up(0, 100), { t: 60, kind: 'disconnect', ...on('a'), by: 'cut' }).holds).toEqual([
      { from: 100, to: 100 },
    ])
  })

  it('follow each other where a connection sends the next request before its answer', () => {
    const { holds } = laneOf(up(0, 100), up(50, 150), down(300, 400, 'answer'), down(600, 700, 'answer'))
    expect(holds).toEqual([
      { from: 100, to: 300 },
      { from: 150, to: 600 },
    ])
  })

  it('are kept apart by connection', () => {
    const { holds } = laneOf(up(0, 100), up(10, 110, on('a', 1)), down(200, 300, 'answer', on('a', 1)))
    expect(holds).toEqual([
      { from: 100, to: Infinity },
      { from: 110, to: 200 },
    ])
  })
})

describe('streams', () => {
  it('begin with their head and last until their connection ends', () => {
    const { bands, holds, crosses } = laneOf(up(0, 100), down(101, 201, 'head'), {
      ...{ t: 900, kind: 'disconnect', ...on('a'), by: 'client' },
    })
    expect(bands).toEqual([{ from: 101, reached: 201, to: 900 }])
    expect(holds).toEqual([{ from: 100, to: 101 }])
    expect(crosses).toEqual([{ t: 900, by: 'client' }])
  })

  it('were there all along where only a later part of the log is known', () => {
    const later = rich.filter(({ t, kind }) => kind === 'start' || (t >= 2000 && t < 8000))
    const { bands } = tracesOf(later.map(event => (event.kind === 'start' ? { ...event, t: 2000 } : event))).lanes.sse!
    expect(bands).toEqual([{ from: 2000, reached: 2000, to: Infinity }])
  })

  it('are none where requests are answered', () => {
    const traces = tracesOf(rich)
    expect(traces.lanes['short-polling']!.bands).toEqual([])
    expect(traces.lanes['long-polling']!.bands).toEqual([])
    expect(traces.lanes.websocket!.bands.map(({ to }) => to)).toEqual([8900, Infinity])
  })

  it('leave no cross where an idle connection is closed', () => {
    expect(
      laneOf(up(0, 100), down(101, 201, 'answer'), { t: 900, kind: 'disconnect', ...on('a'), by: 'server' }).crosses,
    ).toEqual([])
  })
})

describe('staleness', () => {
  const publish = (t: number, seq: number, count = 1): DemoEvent => ({ t, kind: 'publish', seq, count })
  const deliver = (t: number, seq: number, lane = 'a'): DemoEvent => ({
    ...{ t, kind: 'deliver', lane, client: 0, seq, delayMs: 0 },
  })

  it('lasts exactly from a publish until its delivery', () => {
    expect(laneOf(publish(1000, 1), deliver(1101.4, 1), publish(5000, 2)).stales).toEqual([
      { from: 1000, to: 1101.4 },
      { from: 5000, to: Infinity },
    ])
  })

  it('is one span where the next notice is published before the last one is there', () => {
    expect(laneOf(publish(1000, 1), publish(1500, 2, 3), deliver(1600, 1), deliver(2000, 4)).stales).toEqual([
      { from: 1000, to: 2000 },
    ])
  })

  it('is each lane’s own', () => {
    const traces = tracesOf([start, publish(1000, 1), deliver(1100, 1, 'b')])
    expect(traces.lanes.a!.stales).toEqual([{ from: 1000, to: Infinity }])
    expect(traces.lanes.b!.stales).toEqual([{ from: 1000, to: 1100 }])
  })

  it('is none where a delivery is told before its publish', () => {
    expect(laneOf(deliver(1000, 1), publish(1000.1, 1)).stales).toEqual([])
  })

  it('covers every notice from its publish to its delivery, and no other time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ gapMs: fc.integer({ min: 1, max: 900 }), count: fc.integer({ min: 1, max: 4 }) }), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.integer({ min: 1, max: 1500 }),
        (gaps, delayMs) => {
          const events: DemoEvent[] = []
          const owed: { from: number; to: number }[] = []
          let [t, seq, deliveredMs] = [0, 1, 0]
          for (const { gapMs, count } of gaps) {
            t += gapMs
            events.push(publish(t, seq, count))
            deliveredMs = Math.max(deliveredMs, t + (delayMs * ((seq * 7) % 5)) / 4 + 0.5)
            for (let i = 0; i < count; i++) events.push(deliver(deliveredMs, seq + i))
            owed.push({ from: t, to: deliveredMs })
            seq += count
          }
          const { stales } = laneOf(...events.sort((a, b) => a.t - b.t))
          const isIn = (spans: readonly { from: number; to: number }[], atMs: number) =>
            spans.some(({ from, to }) => from <= atMs && atMs < to)
          const edges = owed.flatMap(({ from, to }) => [from - 0.01, from, from + 0.01, to - 0.01, to, to + 0.01])
          for (const atMs of edges) expect(isIn(stales, atMs)).toBe(isIn(owed, atMs))
          for (const [i, { from }] of stales.slice(1).entries()) expect(from).toBeGreaterThanOrEqual(stales[i]!.to)
        },
      ),
    )
  })
})

describe('clients of a class', () => {
  const publish = (t: number, seq: number): DemoEvent => ({ t, kind: 'publish', seq, count: 1 })
  const other = { ...on('a'), client: 7 }
  const clients = (t: number, clients: number): DemoEvent => ({
    ...{ t, kind: 'knobs', ratePerSecond: 0, pollIntervalMs: 1000, rttMs: 200, clients },
  })
  const stalesOf = (...events: DemoEvent[]) => tracesOf([start, ...events]).of('a', 7)!.stales

  it('are out of date from a publish until it has reached them, each by itself', () => {
    const events = [
      clients(0, 25),
      up(100, 200, other),
      down(200, 300, 'head', other),
      publish(1000, 1),
      down(1001, 1101, 'message', { ...other, seqs: [1, 1] }),
      publish(2000, 2),
    ]
    expect(stalesOf(...events)).toEqual([
      { from: 1000, to: 1101 },
      { from: 2000, to: Infinity },
    ])
  })

  it('are owed nothing from before the server first answered them', () => {
    expect(stalesOf(up(100, 200, other), publish(1000, 1), down(1200, 1300, 'head', other))).toEqual([])
  })

  it('are owed nothing once they have left, until they are there again', () => {
    const events = [
      clients(0, 25),
      down(200, 300, 'head', other),
      publish(1000, 1),
      clients(1500, 2),
      publish(2000, 2),
      clients(3000, 25),
      publish(3100, 3),
      down(3200, 3300, 'head', other),
      publish(4000, 4),
      down(4001, 4101, 'message', { ...other, seqs: [4, 4] }),
    ]
    expect(stalesOf(...events)).toEqual([
      { from: 1000, to: 1500 },
      { from: 4000, to: 4101 },
    ])
  })
})

describe('cuts and publishes', () => {
  it('a cut lasts until the network is back', () => {
    const { cuts } = tracesOf([start, { t: 5, kind: 'cut' }, { t: 9, kind: 'heal' }, { t: 20, kind: 'cut' }])
    expect(cuts).toEqual([
      { from: 5, to: 9 },
      { from: 20, to: Infinity },
    ])
    expect(tracesOf([start, { t: 9, kind: 'heal' }]).cuts).toEqual([])
  })

  it('a network that is cut again while it is cut is back at once, for both', () => {
    const cutTwice: DemoEvent[] = [start, { t: 5, kind: 'cut' }, { t: 7, kind: 'cut' }, { t: 9, kind: 'heal' }]
    expect(tracesOf(cutTwice).cuts).toEqual([{ from: 5, to: 9 }])
  })

  it('a publish is of as many notices as it says', () => {
    expect(tracesOf(rich).publishes.slice(0, 3)).toEqual([
      { t: 3000, seq: 1, count: 1 },
      { t: 3050, seq: 2, count: 3 },
      { t: 9000, seq: 5, count: 1 },
    ])
  })
})
