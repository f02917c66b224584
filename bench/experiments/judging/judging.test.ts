// What experiments share: bytes of a poll and a push, packets less those of others, the server's CPU, and claims of the lab's own models.
import { describe, expect, test } from 'vitest'
import type { Cell } from '../../../results/cell.ts'
import { estimateOf } from '../../../results/statistics.ts'
import { sampleCell } from '../made-up/cells.fixture.ts'
import { type Change, only, sampleEvidence, voided } from '../made-up/evidence.fixture.ts'
import { bytesOf, dense, middle, noticesPerCycle, onWire, overWires, rates, sparse } from './bytes.ts'
import { judgedByModel } from './own-model.ts'
import { serviceUs } from './service.ts'

describe('bytes of a cell', () => {
  test('are those of a poll around its notices, commas apart, and of a frame around one', () => {
    // A head of 740 and an envelope of 20; 64 B of body in a notice of 102.
    const poll = bytesOf(sampleCell(middle, 'short-polling', 1))
    expect(poll).toMatchObject({ notice: 102, perPoll: 760 })
    const push = bytesOf(sampleCell(middle, 'websocket', 1))
    expect(push).toMatchObject({ notice: 102, framing: 2, perPoll: 0 })
    expect(bytesOf(sampleCell(middle, 'sse', 1)).framing).toBe(33)
  })

  test('that carried nothing are none', () => {
    const cell = sampleCell(middle, 'sse', 1)
    for (const { parts, ...nothing } of [cell, { ...cell, noticesWritten: 0 }])
      expect(() => bytesOf(nothing)).toThrow(`no bytes by part of sse in ${middle.id}`)
  })

  test('λT is what a poller was handed for each interval', () => {
    const cell = sampleCell(dense, 'short-polling', 1)
    expect(noticesPerCycle(cell, dense)).toBe(12)
    expect(noticesPerCycle({ ...cell, noticesWritten: cell.noticesWritten / 2 }, dense)).toBe(6)
    expect(noticesPerCycle(cell, { ...dense, pollIntervalMs: 500 })).toBe(6)
  })
})

describe('packets of a cell', () => {
  const wire = (transport: string, change?: Change) => onWire(sampleEvidence(rates, change), sparse, transport)

  test('are three a poll and two a push, each of 52 bytes besides its payload', () => {
    for (const { cell, segments, bytes, payloadBytes } of wire('short-polling')) {
      expect(segments).toBe(3 * cell.requests)
      expect(bytes - payloadBytes).toBe(52 * segments)
    }
    for (const { cell, segments, bytes, payloadBytes } of wire('websocket')) {
      expect(segments).toBe(2 * cell.writes)
      expect(bytes - payloadBytes).toBe(52 * segments)
    }
  })

  test('are reckoned without the publishing alone, over windows of different lengths', () => {
    const long: Change = only(null, cell => ({
      ...cell,
      windowMs: 2 * cell.windowMs,
      ip: { segments: 2 * cell.ip!.segments, bytes: 2 * cell.ip!.bytes },
    }))
    expect(wire('short-polling', long)).toEqual(wire('short-polling'))
    const busy: Change = only(null, cell => ({
      ...cell,
      ip: { segments: cell.ip!.segments + 10, bytes: cell.ip!.bytes },
    }))
    expect(wire('short-polling', busy).map(({ segments }) => segments)).toEqual(
      wire('short-polling').map(({ segments }) => segments - 10),
    )
  })

  test('take the publishing alone of another rate where their own was void, of the same round', () => {
    const own: Change = only(null, voided, new RegExp(`^${sparse.id}$`))
    const quieter: Change = only(
      null,
      cell => ({ ...cell, ip: { segments: cell.round, bytes: 0 } }),
      new RegExp(`^${middle.id}$`),
    )
    const segments = wire('sse', (cell, scenario) => quieter(own(cell, scenario)!, scenario)).map(
      ({ cell, segments }) => cell.ip!.segments - segments,
    )
    expect(segments).toEqual([0, 1, 2])
    // Where their own is usable it is that one.
    const others: Change = only(
      null,
      cell => ({ ...cell, ip: { segments: 0, bytes: 0 } }),
      new RegExp(`^${sparse.id}$`),
    )
    expect(onWire(sampleEvidence(rates, others), middle, 'websocket')).toEqual(
      onWire(sampleEvidence(rates), middle, 'websocket'),
    )
  })

  test('are none in rounds without it, or without counters', () => {
    const first: Change = only(null, cell => (cell.round === 0 ? null : cell))
    expect(wire('websocket', first).map(({ cell }) => cell.round)).toEqual([1, 2])
    for (const change of [only(null, () => null), ({ ip, ...cell }: Cell) => cell])
      expect(() => wire('websocket', change)).toThrow(
        `no bytes of IP packets of websocket in ${sparse.id} (Linux only)`,
      )
  })

  test('are compared round by round', () => {
    const [polls, pushes] = [wire('short-polling'), wire('websocket').slice(1)]
    const rounds = overWires(polls, pushes, (a, b) => (a.cell.round === b.cell.round ? a.cell.round : Number.NaN))
    expect(rounds).toMatchObject({ value: 1.5, n: 2 })
    expect(() => overWires(polls.slice(0, 1), pushes, () => 1)).toThrow('no round in which both transports are usable')
  })
})

describe("the server's CPU for an operation", () => {
  const loaded = { ...dense, clients: 400, burnUs: 100, windowMs: 3000 }
  const notices = ({ noticesWritten }: Cell) => noticesWritten
  const us = (change?: Change, of = notices) => serviceUs(sampleEvidence([loaded], change), loaded, 'websocket', of)

  test('is that of the window less the publishing alone', () => {
    expect(us().value).toBeCloseTo(125, 9)
    expect(us(only(null, cell => ({ ...cell, server: { ...cell.server, cpuUs: 0 } }))).value).toBeGreaterThan(125)
    const long: Change = only(null, cell => ({
      ...cell,
      windowMs: 2 * cell.windowMs,
      server: { ...cell.server, cpuUs: 2 * cell.server.cpuUs },
    }))
    expect(us(long).value).toBeCloseTo(125, 9)
  })

  test('is none where the window held less than half a second of it, or no operation', () => {
    const idle: Change = only('websocket', cell => ({ ...cell, server: { ...cell.server, cpuUs: 499_999 } }))
    expect(() => us(idle)).toThrow(/websocket in n20-.*, round 1, held 0\.50 s of CPU, 0\.5 s are needed/)
    expect(() => us(undefined, () => 0)).toThrow('held nothing to divide the CPU by')
    expect(() => us(only(null, () => null))).toThrow('no usable cell of publishing alone in n20-')
  })
})

describe("a claim of the lab's own model", () => {
  const point = (label: string, predicted: number, ...values: number[]) => ({
    label,
    predicted,
    measured: estimateOf(values),
  })

  test('holds where every interval lies in the band, and not where one is apart from it', () => {
    const near = point('near', 100, 99, 100, 101)
    expect(judgedByModel([near, point('fair', 3, 3.02, 3.03)], 0.05, 'B').verdict).toBe('reproduced')
    expect(judgedByModel([near, point('wide', 3, 2.5, 3.6)], 0.05, 'B').verdict).toBe('inconclusive')
    expect(judgedByModel([near, point('apart', 3, 4, 4.01)], 0.05, 'B').verdict).toBe('refuted')
    expect(judgedByModel([near, point('single', 3, 3)], 0.05, 'B').verdict).toBe('inconclusive')
  })

  test('names what is furthest from the model, as a share, with a unit or without', () => {
    const points = [point('many', 1000, 1010, 1010), point('few', 2, 2.1, 2.1)]
    expect(judgedByModel(points, 0.1, 'B')).toEqual({
      points: points.map(each => ({ ...each, claimed: each.predicted })),
      verdict: 'reproduced',
      why: 'Furthest from the model was few: 2.10 (2.10 to 2.10) B, the model says 2.00.',
    })
    expect(judgedByModel(points.slice(0, 1), 0.1, '').why).toBe(
      'Furthest from the model was many: 1010 (1010 to 1010), the model says 1000.',
    )
  })
})
