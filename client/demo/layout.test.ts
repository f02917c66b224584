import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DemoEvent } from '../../server/demo/wire.ts'
import { oneByOne } from './crowd.ts'
import { type Geometry, type LanePicture, layOut, type Window } from './layout.ts'
import { fixtureLog, lanes } from './log.fixture.ts'
import { createTraces, type Traces } from './traces.ts'

/** 0.1 px a ms with the usual window of ten seconds. */
const geometry: Geometry = {
  widthPx: 1000,
  heightPx: 500,
  lanes: lanes.map((lane, index) => ({ lane, topPx: 20 + 90 * index, heightPx: 90 })),
  fontPx: 24,
}
/** Of `textPx`: what a label takes at most, per letter of this font. */
const LETTER_PX = 0.77 * geometry.fontPx

function tracesOf(events: readonly DemoEvent[]): Traces {
  const traces = createTraces()
  traces.add(events)
  return traces
}
const pictureOf = (traces: Traces, atMs: number, windowMs = 10_000) => layOut(traces, { atMs, windowMs }, geometry)
const laneOf = (traces: Traces, lane: string, atMs: number, windowMs?: number): LanePicture =>
  pictureOf(traces, atMs, windowMs).lanes.find(each => each.lane === lane)!

/** Notices 1 at 4 s and 2 at 9.5 s; a transit takes 100.4 ms. */
const plain = tracesOf(fixtureLog())
const cutLog = fixtureLog({
  publishes: [{ atMs: 3000 }, { atMs: 6950 }, { atMs: 9000 }],
  cut: { fromMs: 7000, toMs: 11_000 },
})

describe('the rails', () => {
  it('lie within their lane: the server’s above, the client’s below, the hatching under it', () => {
    for (const { topPx, bottomPx, serverY, clientY, staleY, staleHeightPx } of pictureOf(plain, 10_000).lanes) {
      expect(topPx).toBeLessThan(serverY)
      expect(serverY).toBeLessThan(clientY - 30)
      expect(clientY).toBeLessThan(staleY)
      expect(staleY + staleHeightPx).toBeLessThan(bottomPx)
    }
  })

  it('are there for a lane of which nothing is known', () => {
    const { lanes: all } = pictureOf(createTraces(), 10_000)
    expect(all.map(({ lane, lines, stales }) => [lane, lines, stales])).toEqual(lanes.map(lane => [lane, [], []]))
  })
})

describe('lines', () => {
  it('rise from the client’s rail to the server’s as requests, and fall as answers', () => {
    const { lines, serverY, clientY } = laneOf(plain, 'short-polling', 3000)
    const [request, answer] = lines
    expect(request).toMatchObject({ weight: 'plain', y1: clientY, y2: serverY, isArrived: true, isLost: false })
    expect(answer).toMatchObject({ weight: 'empty', y1: serverY, y2: clientY, isArrived: true, isLost: false })
  })

  it('slope as their delay: the width is the time on the way', () => {
    for (const rttMs of [50, 200, 600]) {
      const traces = tracesOf(fixtureLog({ knobs: { rttMs } }))
      const arrived = pictureOf(traces, 10_000).lanes.flatMap(({ lines }) => lines.filter(({ isArrived }) => isArrived))
      expect(arrived.length).toBeGreaterThan(20)
      for (const { x1, x2 } of arrived) expect(x2 - x1).toBeCloseTo((rttMs / 2 + 0.4) * 0.1, 6)
    }
  })

  it('end at the playhead while they are under way, as far as they have got', () => {
    // The notice leaves at 4000.5 ms and arrives at 4100.9 ms.
    const { lines, serverY, clientY } = laneOf(plain, 'sse', 4025.6)
    const line = lines.at(-1)!
    expect(line).toMatchObject({ weight: 'notices', isArrived: false, isLost: false, y1: serverY })
    expect(line.x2).toBeCloseTo(1000, 6)
    expect(line.y2).toBeCloseTo(serverY + (clientY - serverY) / 4, 6)
  })

  it('end where their connection was cut', () => {
    const { lines, serverY, clientY, crosses } = laneOf(tracesOf(cutLog), 'websocket', 9000)
    const lost = lines.filter(({ isLost }) => isLost)
    expect(lost).toHaveLength(1)
    expect(lost[0]).toMatchObject({ isArrived: false, y1: serverY })
    expect(lost[0]!.x2).toBeCloseTo(800, 6)
    expect(lost[0]!.y2).toBeCloseTo(serverY + ((clientY - serverY) * 49.5) / 100.4, 6)
    expect(crosses).toEqual([{ x: expect.closeTo(800, 6), isCut: true }])
  })

  it('are under way until the cut is reached, not lost before', () => {
    const { lines, crosses } = laneOf(tracesOf(cutLog), 'websocket', 6990)
    expect(lines.at(-1)).toMatchObject({ isArrived: false, isLost: false })
    expect(crosses).toEqual([])
  })

  it('are left out before the window and after the playhead', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 22_000 }), fc.integer({ min: 200, max: 10_000 }), (atMs, windowMs) => {
        for (const lane of lanes) {
          const { lines, serverY, clientY } = laneOf(plain, lane, atMs, windowMs)
          const seen = plain.lanes[lane]!.legs.filter(({ from, to }) => from <= atMs && to >= atMs - windowMs)
          expect(lines).toHaveLength(seen.length)
          for (const { x1, x2, y1, y2 } of lines) {
            expect(x2).toBeGreaterThanOrEqual(x1)
            expect(x2).toBeGreaterThanOrEqual(0)
            expect(x2).toBeLessThanOrEqual(geometry.widthPx + 1e-6)
            for (const y of [y1, y2]) {
              expect(y).toBeGreaterThanOrEqual(serverY - 1e-6)
              expect(y).toBeLessThanOrEqual(clientY + 1e-6)
            }
          }
        }
      }),
    )
  })
})

describe('bars, bands and hatching', () => {
  it('a held poll is a bar from its arrival until its answer leaves', () => {
    // Connects at 210, asks at 410.8, arrives at 511.2; the answer leaves at 4000.5.
    const { holds } = laneOf(plain, 'long-polling', 10_000)
    expect(holds[0]).toEqual({ x1: expect.closeTo(51.12, 6), x2: expect.closeTo(400.05, 6) })
  })

  it('a held poll goes on to the playhead while it is held', () => {
    const { holds } = laneOf(plain, 'long-polling', 3000)
    expect(holds).toEqual([{ x1: expect.closeTo(751.12, 6), x2: expect.closeTo(1000, 6) }])
  })

  it('a poll that is answered at once is no bar', () => {
    expect(plain.lanes['short-polling']!.holds.length).toBeGreaterThan(5)
    expect(laneOf(plain, 'short-polling', 10_000).holds).toEqual([])
  })

  it('a stream is a band that begins as its beginning travels, and goes on to the playhead', () => {
    // Its head leaves at 602.2 and is there at 702.6.
    const { bands } = laneOf(plain, 'sse', 5000)
    expect(bands).toEqual([
      { x1: expect.closeTo(560.22, 6), xReached: expect.closeTo(570.26, 6), x2: expect.closeTo(1000, 6) },
    ])
  })

  it('a stream ends with its connection, and another one begins', () => {
    const { bands } = laneOf(tracesOf(cutLog), 'sse', 14_000)
    expect(bands).toHaveLength(2)
    expect(bands[0]!.x2).toBeCloseTo(300, 6)
    expect(bands[1]!.x1).toBeGreaterThan(700)
    expect(bands[1]!.x2).toBeCloseTo(1000, 6)
  })

  it('hatching lies exactly from a publish to its delivery', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 2000, max: 14_000 }), { minLength: 1, maxLength: 10 }),
        fc.constantFrom(...lanes),
        (times, lane) => {
          const log = fixtureLog({ publishes: times.sort((a, b) => a - b).map(atMs => ({ atMs })) })
          const at = new Map(log.flatMap(event => (event.kind === 'publish' ? [[event.seq, event.t]] : [])))
          const owed = log.flatMap(event =>
            event.kind === 'deliver' && event.lane === lane ? [[at.get(event.seq)!, event.t] as const] : [],
          )
          const { stales } = laneOf(tracesOf(log), lane, 20_000, 20_000)
          // Overlapping ones are one, as a client is out of date only once.
          const spans: [number, number][] = []
          for (const [from, to] of owed) {
            const last = spans.at(-1)
            if (last && from < last[1]) last[1] = Math.max(last[1], to)
            else spans.push([from, to])
          }
          expect(stales).toEqual(
            spans.map(([from, to]) => ({ x1: expect.closeTo(from * 0.05, 6), x2: expect.closeTo(to * 0.05, 6) })),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('several notices in one span are hatched once, until the last is there', () => {
    const traces = tracesOf(fixtureLog({ publishes: [{ atMs: 4300 }, { atMs: 5000, count: 3 }, { atMs: 6000 }] }))
    // Short polling asks at 320.8 and every two seconds; the request that sees all arrives at 6421.2.
    expect(laneOf(traces, 'short-polling', 10_000).stales).toEqual([
      { x1: expect.closeTo(430, 6), x2: expect.closeTo(452.26, 6) },
      { x1: expect.closeTo(500, 6), x2: expect.closeTo(652.26, 6) },
    ])
  })

  it('hatching that lasts goes on to the playhead', () => {
    expect(laneOf(plain, 'sse', 4050).stales).toEqual([{ x1: expect.closeTo(995, 6), x2: expect.closeTo(1000, 6) }])
    expect(laneOf(plain, 'sse', 4000).stales).toEqual([])
  })

  it('everything lies between the left edge and the playhead', () => {
    const traces = tracesOf(cutLog)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 22_000 }), fc.integer({ min: 200, max: 10_000 }), (atMs, windowMs) => {
        const picture = pictureOf(traces, atMs, windowMs)
        const stretches = [
          ...picture.cuts,
          ...picture.lanes.flatMap(({ holds, stales, connects }) => [...holds, ...stales, ...connects]),
        ]
        for (const { x1, x2 } of stretches) {
          expect(x1).toBeGreaterThanOrEqual(0)
          expect(x2).toBeGreaterThanOrEqual(x1)
          expect(x2).toBeLessThanOrEqual(geometry.widthPx + 1e-6)
        }
        for (const x of [...picture.publishes, ...picture.lanes.flatMap(({ crosses }) => crosses)].map(({ x }) => x)) {
          expect(x).toBeGreaterThanOrEqual(-1e-6)
          expect(x).toBeLessThanOrEqual(geometry.widthPx + 1e-6)
        }
        for (const { x2 } of picture.lanes.flatMap(({ bands }) => bands)) {
          expect(x2).toBeGreaterThanOrEqual(0)
          expect(x2).toBeLessThanOrEqual(geometry.widthPx + 1e-6)
        }
      }),
    )
  })

  it('the cut lies over all lanes, from when the network goes until it is back', () => {
    expect(pictureOf(tracesOf(cutLog), 9000).cuts).toEqual([{ x1: expect.closeTo(800, 6), x2: 1000 }])
    expect(pictureOf(tracesOf(cutLog), 14_000).cuts).toEqual([
      { x1: expect.closeTo(300, 6), x2: expect.closeTo(700, 6) },
    ])
    expect(pictureOf(tracesOf(cutLog), 7000).cuts).toEqual([])
  })

  it('connecting takes its round trip', () => {
    expect(laneOf(plain, 'sse', 5000).connects).toEqual([{ x1: expect.closeTo(530, 6), x2: expect.closeTo(550.08, 6) }])
  })
})

describe('labels', () => {
  const aWindow: fc.Arbitrary<Window> = fc.record({
    atMs: fc.integer({ min: 0, max: 30_000 }),
    windowMs: fc.integer({ min: 400, max: 10_000 }),
  })
  const somePublishes = fc
    .array(fc.record({ atMs: fc.integer({ min: 0, max: 30_000 }), count: fc.integer({ min: 1, max: 50 }) }), {
      maxLength: 60,
    })
    .map(all => all.sort((a, b) => a.atMs - b.atMs))

  it('of publishes never overlap and never pass an edge', () => {
    fc.assert(
      fc.property(somePublishes, aWindow, (publishes, window) => {
        let seq = 1
        const traces = tracesOf(
          publishes.map(({ atMs, count }): DemoEvent => {
            seq += count
            return { t: atMs, kind: 'publish', seq: seq - count, count }
          }),
        )
        const { publishes: drawn } = layOut(traces, window, geometry)
        const labels = drawn.flatMap(({ label, labelX }) => {
          const half = ((label?.length ?? 0) * LETTER_PX) / 2
          return label === undefined ? [] : [{ x1: labelX! - half, x2: labelX! + half }]
        })
        for (const [i, { x1, x2 }] of labels.entries()) {
          expect(x1).toBeGreaterThanOrEqual(i === 0 ? 0 : labels[i - 1]!.x2)
          expect(x2).toBeLessThanOrEqual(geometry.widthPx)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('of publishes name each crowd by its first and last notice', () => {
    const publishes = [{ atMs: 2000 }, { atMs: 6000 }, { atMs: 6100, count: 4 }, { atMs: 6200 }]
    const drawn = pictureOf(tracesOf(fixtureLog({ publishes })), 10_000).publishes
    expect(drawn).toEqual([
      { x: 200, label: '#1', labelX: 200 },
      { x: 600, label: '#2–7', labelX: expect.closeTo(610, 6) },
      { x: 610 },
      { x: 620 },
    ])
  })

  it('of notices that travelled together never overlap and never pass the edge, and the larger one stays', () => {
    const someMessages = fc.array(
      fc.record({
        atMs: fc.integer({ min: 0, max: 30_000 }),
        tookMs: fc.integer({ min: 1, max: 900 }),
        count: fc.integer({ min: 1, max: 50 }),
      }),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(someMessages, aWindow, (messages, window) => {
        const events = messages
          .sort((a, b) => a.atMs - b.atMs)
          .map(
            ({ atMs, tookMs, count }): DemoEvent => ({
              ...{ t: atMs, to: atMs + tookMs, kind: 'transit', lane: 'sse', client: 0, connection: 0 },
              ...{ direction: 'down', what: 'message', bytes: 9, seqs: [1, count] },
            }),
          )
        const { lanes: all } = layOut(tracesOf(events), window, geometry)
        const { numbers, lines } = all.find(({ lane }) => lane === 'sse')!
        for (const [i, { x, text }] of numbers.entries()) {
          expect(text).toMatch(/^×([2-9]|[1-9]\d+)$/)
          if (i > 0) expect(x).toBeGreaterThanOrEqual(numbers[i - 1]!.x + numbers[i - 1]!.text.length * LETTER_PX)
          expect(x).toBeGreaterThanOrEqual(0)
          expect(x + text.length * LETTER_PX).toBeLessThanOrEqual(geometry.widthPx)
        }
        // With room to spare: what only just fits may be left out, or stand in the place of a smaller one.
        const fitting = lines.filter(
          ({ isArrived, notices, x2 }) =>
            isArrived && x2 + geometry.fontPx / 3 + (`×${notices}`.length + 0.5) * LETTER_PX <= geometry.widthPx,
        )
        const most = Math.max(0, ...fitting.map(({ notices }) => notices))
        if (most > 1) expect(Math.max(...numbers.map(({ text }) => Number(text.slice(1))))).toBeGreaterThanOrEqual(most)
      }),
      { numRuns: 300 },
    )
  })

  it('of notices that overtook others lie over none', () => {
    const message = (t: number, to: number, count: number): DemoEvent => ({
      ...{ t, to, kind: 'transit', lane: 'sse', client: 0, connection: 0 },
      ...{ direction: 'down', what: 'message', bytes: 9, seqs: [1, count] },
    })
    // The second one left while the way was long, the third one after it had become short.
    const traces = tracesOf([message(4000, 4600, 2), message(4300, 4900, 3), message(4600, 4700, 4)])
    expect(laneOf(traces, 'sse', 10_000).numbers.map(({ text }) => text)).toEqual(['×4'])
  })

  it('tell how many travelled together only once they are there', () => {
    const traces = tracesOf(fixtureLog({ publishes: [{ atMs: 4000, count: 7 }] }))
    expect(laneOf(traces, 'sse', 4050).numbers).toEqual([])
    expect(laneOf(traces, 'sse', 5000).numbers).toMatchObject([{ text: '×7' }])
    expect(laneOf(plain, 'sse', 5000).numbers).toEqual([])
  })
})

describe('a class', () => {
  const log = fixtureLog({ knobs: { clients: 25 }, publishes: [{ atMs: 4000 }] })
  const traces = tracesOf(oneByOne(log).sort((a, b) => a.t - b.t))
  const drawn = (clients: number) => layOut(traces, { atMs: 9000, windowMs: 10_000, clients }, geometry).lanes

  it('has a row for each client, one below the other within their lane, and no other traffic', () => {
    for (const { rows, topPx, bottomPx, serverY, lines, stales, numbers } of drawn(25)) {
      expect(rows).toHaveLength(25)
      expect(rows[0]!.serverY).toBeGreaterThan(serverY)
      expect(serverY).toBeGreaterThan(topPx)
      for (const [i, { serverY, clientY }] of rows.entries()) {
        expect(clientY).toBeGreaterThan(serverY)
        if (i > 0) expect(serverY).toBeCloseTo(rows[i - 1]!.clientY, 6)
      }
      expect(rows.at(-1)!.clientY).toBeLessThan(bottomPx)
      expect([lines, stales, numbers]).toEqual([[], [], []])
    }
  })

  it('shows in each row what this client did: streams hear at once, polls each at its own time', () => {
    const of = (lane: string) => drawn(25).find(each => each.lane === lane)!.rows
    const arrivals = (lane: string) =>
      of(lane).map(({ lines }) =>
        lines.flatMap(({ notices, isArrived, x2 }) => (notices > 0 && isArrived ? [Math.round(x2 * 100) / 100] : [])),
      )
    for (const lane of lanes)
      expect(
        arrivals(lane).map(each => each.length),
        lane,
      ).toEqual(Array(25).fill(1))
    expect(new Set(arrivals('sse').flat()).size).toBe(1)
    expect(new Set(arrivals('short-polling').flat()).size).toBe(25)
    // Each is out of date until then.
    for (const [i, { stales }] of of('short-polling').entries())
      expect(stales).toEqual([{ x1: expect.closeTo(500, 6), x2: expect.closeTo(arrivals('short-polling')[i]![0]!, 1) }])
  })

  it('of one client is its lane', () => {
    expect(drawn(1).map(({ rows }) => rows)).toEqual(lanes.map(() => []))
    expect(drawn(1)[0]!.lines.length).toBeGreaterThan(3)
  })
})

describe('the grid', () => {
  it('has a line for each round step of time, at least 100 px apart, that stands still under the playhead', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 30_000, noNaN: true }),
        fc.integer({ min: 50, max: 10_000 }),
        (atMs, windowMs) => {
          const { grid, gridMs, gridPx } = pictureOf(plain, atMs, windowMs)
          expect(gridPx).toBeGreaterThanOrEqual(90 - 1e-9)
          expect(gridPx).toBeLessThanOrEqual(226)
          expect(['1', '2', '5']).toContain(gridMs.toExponential()[0])
          for (const x of grid) {
            const steps = (atMs - windowMs + (x * windowMs) / geometry.widthPx) / gridMs
            expect(Math.abs(steps - Math.round(steps))).toBeLessThan(1e-6)
          }
          expect(grid.length).toBeGreaterThanOrEqual(Math.floor(geometry.widthPx / gridPx))
        },
      ),
    )
  })
})
