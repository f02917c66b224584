// What claims about bytes, arrivals, upstream messages, CPU, connections and stalls show beside their verdict, and what they are not drawn from.
import { describe, expect, test } from 'vitest'
import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import { only, slowed } from './made-up/evidence.fixture.ts'
import { judged } from './made-up/verdict.fixture.ts'

const pointOf = (points: Claim['points'], label: RegExp) => points.find(point => label.test(point.label))!

describe('what a claim shows', () => {
  test('polls cost H/(λT) + m, and what is foretold from λT = 6 is what is measured at 1 and 12', () => {
    const { points } = judged('rate')
    expect(points.map(({ label }) => label)).toEqual([
      'short-polling, λT = 1',
      'websocket, λT = 1',
      'short-polling, λT = 12',
      'websocket, λT = 12',
    ])
    // H = 760, m = 102, h = 2; a comma between two notices of an answer.
    const [sparse, push, dense] = points.map(({ predicted }) => predicted!)
    expect(sparse).toBeGreaterThan(760 + 102)
    expect(sparse).toBeLessThan(760 + 102 + 1)
    expect(push).toBe(104)
    // Signs of life are no part of it.
    expect(points[1]!.measured!.value).toBe(104)
    expect(dense).toBeCloseTo(760 / 12 + 102 + 11 / 12, 2)
    for (const { predicted, measured } of points) expect(measured!.value / predicted!).toBeCloseTo(1, 2)
  })

  test('signs of life and what the host says to itself are no segments of a push', () => {
    for (const { predicted, measured } of judged('segments').points) expect(measured!.value).toBeCloseTo(predicted!, 9)
    const noisy = judged('segments', cell => ({
      ...cell,
      ip: { segments: cell.ip!.segments + 500, bytes: cell.ip!.bytes + 90_000 },
    }))
    for (const { predicted, measured } of noisy.points) expect(measured!.value).toBeCloseTo(predicted!, 9)
  })

  test('871 bytes of heads are a matter of the browser: 380:1 here, 150:1 without, under 9:1 on the wire', () => {
    const { points } = judged('headers-500')
    expect(points.map(({ predicted }) => Math.round(predicted!))).toEqual([380, 150, 9])
    for (const { predicted, measured, claimed } of points) {
      expect(measured!.value / predicted!).toBeCloseTo(1, 2)
      expect(claimed).toBe(500)
    }
  })

  test('push and poll carry the same at λT = (H + 156)/105', () => {
    const { points } = judged('always-fewer-bytes')
    expect(points[0]).toMatchObject({ label: 'equal at IP level', predicted: expect.closeTo((760 + 156) / 105, 9) })
    expect(points[0]!.measured!.value).toBeCloseTo((760 + 156) / 105, 1)
    expect(points.slice(1).map(({ measured }) => measured!.value > 1)).toEqual([true, true, false])
  })

  test('framing is to the byte: 13 and the cursor against 2, 4 and 10', () => {
    const { points } = judged('sse-framing')
    expect(points.map(({ predicted }) => predicted)).toEqual([33, 2, 33, 4, 33, 10])
    for (const { predicted, measured } of points) expect(measured!.value).toBeCloseTo(predicted!, 9)
    const grown = judged('sse-framing', ({ cursorBytes, ...cell }) => cell)
    expect(grown).toMatchObject({ verdict: 'inconclusive', points: [] })
    expect(grown.why).toContain('were not all equally long')
  })

  test('a quiet subscriber costs 3 or 46 bytes every 14.7 s, or its polls', () => {
    const predicted = Object.fromEntries(judged('idle').points.map(({ label, predicted }) => [label, predicted]))
    expect(predicted).toEqual({
      'short-polling': expect.closeTo(60 * 760, 6),
      'long-polling': expect.closeTo(2.4 * 760, 6),
      sse: expect.closeTo((60 * 3) / 14.7, 6),
      websocket: expect.closeTo((60 * 46) / 14.7, 6),
    })
  })

  test('a first notice takes two round trips, on Socket.IO four, where three are claimed of WebSocket', () => {
    const { points } = judged('connect')
    expect(points).toHaveLength(12)
    for (const { label, predicted, claimed } of points.slice(0, 10))
      expect([predicted, claimed]).toEqual(
        label.startsWith('socket-io') ? [4, 4] : [2, label.startsWith('websocket') ? 3 : 2],
      )
    expect(points.slice(10)).toMatchObject([
      { predicted: 0, claimed: 1 },
      { predicted: 0, claimed: 1 },
    ])
    const { points: bytes } = judged('connect-bytes')
    expect(pointOf(bytes, /^websocket for one of short-polling, cold/).measured!.value).toBeCloseTo(780 / 860, 9)
  })

  test('a frame is its message and 6 bytes', () => {
    const { points } = judged('full-duplex')
    // {"publish":{"i":…,"p":"…"},"ref":100000} with a body of 64.
    expect(points[0]).toMatchObject({ label: 'frame, bytes', predicted: 64 + 25 + 6 })
    expect(points[0]!.measured!.value).toBe(95)
    expect(pointOf(points, /^POST, µs/).measured!.value).toBeCloseTo(150, 6)
  })

  test('each subscriber of a broadcast waits for those before it', () => {
    const { points } = judged('ramp')
    expect(points[0]!.predicted).toBeCloseTo(125, 0)
    expect(points.slice(2).map(({ predicted }) => predicted! / points[0]!.predicted!)).toEqual(
      [49, 99, 199, 399].map(turns => expect.closeTo(turns / 1000, 9)),
    )
  })

  test('a line is drawn through rounds that have all its points', () => {
    const { points } = judged(
      'ramp',
      only('websocket', cell => (cell.round === 0 ? null : cell), /^n50-/),
    )
    expect(points.map(({ measured }) => measured!.n)).toEqual([2, 2, 2, 3, 3, 3])
  })

  test('connects jump where an interval exceeds what either side keeps a connection for', () => {
    const { points } = judged('keepalive-step')
    expect(points.slice(0, 4).map(({ predicted }) => predicted)).toEqual([0, 100 / 3.5, 0, 100 / 5.5])
    expect(points.slice(4).map(({ predicted, claimed }) => [predicted, claimed])).toEqual([
      [0, 0],
      [0, 100],
      [0, 0],
      [0, 100],
    ])
  })

  test('a stall of 1.4 s in 30 s is a p99 of 1.1 s', () => {
    const { points } = judged('omission')
    expect(points[0]!.predicted).toBeGreaterThan(1100)
    expect(points[0]!.predicted).toBeLessThan(1103)
    expect(points[0]!.measured!.value).toBeCloseTo(points[0]!.predicted!, 0)
  })
})

describe('what is not drawn', () => {
  test.each(['headers-500', 'segments', 'always-fewer-bytes'])('%s from a kernel that counts no packets', id => {
    const claim = judged(id, ({ ip, ...cell }) => cell)
    expect(claim).toMatchObject({ verdict: 'inconclusive', points: [] })
    expect(claim.why).toMatch(/no bytes of IP packets of .* \(Linux only\)/)
  })

  test('a step from latencies that the load process makes itself', () => {
    const slow = (cell: Cell): Cell => ({ ...cell, floor: slowed({ ...cell, delivery: cell.floor! }, 2000).delivery! })
    for (const transport of ['short-polling', 'websocket'])
      expect(judged('keepalive-step', only(transport, slow))).toMatchObject({
        verdict: 'inconclusive',
        why: expect.stringContaining(`the null transport beside ${transport}`),
      })
  })

  test('a ratio of a frame to a POST of another round', () => {
    const claim = judged('full-duplex', cell => (cell.round === (cell.transport === 'sse' ? 1 : 0) ? cell : null))
    expect(claim.why).toContain('no round in which both a frame and a POST are usable')
  })

  test.each([
    ['ramp', ({ spreadMs, ...cell }: Cell) => cell, 'reached every subscriber'],
    ['omission', ({ naive, ...cell }: Cell) => cell, 'the naive loop of'],
    ['connect', ({ first, ...cell }: Cell) => cell, 'no first notice of short-polling with 10 subscribers'],
    ['full-duplex', ({ upstream, ...cell }: Cell) => cell, 'no message was sent by websocket with 1 subscriber'],
    ['idle', (cell: Cell) => ({ ...cell, requests: 0 }), 'no poll of short-polling with 100 subscribers'],
  ] as const)('%s from cells without its figure', (id, change, reason) => {
    const claim = judged(id, change)
    expect(claim).toMatchObject({ verdict: 'inconclusive', points: [] })
    expect(claim.why).toContain(reason)
  })
})
