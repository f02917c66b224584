// Bytes of lines, without a page: which line is meant, where its bytes are, and what they are made of.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Direction, What } from '../../../server/demo/wire.ts'
import { toBytes } from '../../codecs/bytes.ts'
import { writeEvent } from '../../codecs/events.ts'
import { opcodes, writeClose, writeFrame } from '../../codecs/frames.ts'
import { writeHead } from '../../codecs/http.ts'
import { layOut } from '../layout.ts'
import { fixtureLog, lanes } from '../log.fixture.ts'
import { createLog } from '../log.ts'
import { createTraces } from '../traces.ts'
import { anatomyOf, hexDump } from './anatomy.ts'
import { arrivedBy, isSame, lineAt, neighbour } from './choosing.ts'
import { findBytes } from './finding.ts'

const events = fixtureLog({ lastsMs: 12_000, publishes: [{ atMs: 4000 }, { atMs: 9000, count: 3 }] })
const transits = events.filter(event => event.kind === 'transit')
const traces = createTraces()
traces.add(events)

describe('the line that is meant', () => {
  const geometry = {
    ...{ widthPx: 800, heightPx: 500, fontPx: 24 },
    lanes: lanes.map((lane, index) => ({ lane, topPx: 20 + 90 * index, heightPx: 90 })),
  }
  const picture = layOut(traces, { atMs: 11_000, windowMs: 10_000 }, geometry)
  const all = picture.lanes.flatMap(({ lines }) => lines)

  it('is the one under a tap, or the nearest within a finger’s width', () => {
    fc.assert(
      fc.property(
        fc.nat(all.length - 1),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: -8, max: 8 }),
        (index, share, aside) => {
          const line = all[index]!
          const [x, y] = [line.x1 + share * (line.x2 - line.x1), line.y1 + share * (line.y2 - line.y1)]
          const found = lineAt(picture, x + aside, y)!
          expect(found.event.lane).toBe(line.event.lane)
          // Nothing is nearer than what was aimed at.
          const away = (each: typeof line) => {
            const slope = (each.x2 - each.x1) / (each.y2 - each.y1 || 1)
            return Math.abs(each.x1 + (y - each.y1) * slope - x - aside)
          }
          expect(away(found)).toBeLessThanOrEqual(Math.abs(aside) + 1)
        },
      ),
    )
  })

  it('is none where none is near, nor outside of the lanes', () => {
    const [lane] = picture.lanes
    const free = Array.from({ length: 800 }, (_, x) => x).find(x =>
      lane!.lines.every(({ x1, x2 }) => x < Math.min(x1, x2) - 20 || x > Math.max(x1, x2) + 20),
    )!
    expect(lineAt(picture, free, (lane!.serverY + lane!.clientY) / 2)).toBe(undefined)
    for (const [x, y] of [
      [10, 5],
      [10, 499],
      [-100, 100],
    ] as const)
      expect(lineAt(picture, x, y)).toBe(undefined)
  })

  it('is of several clients the one whose strip was hit', () => {
    const crowded = createTraces()
    crowded.add(events)
    crowded.add(transits.map(event => ({ ...event, client: 1, t: event.t + 500, to: event.to + 500 })))
    const rows = layOut(crowded, { atMs: 11_000, windowMs: 10_000, clients: 2 }, geometry).lanes[0]!
    const [, second] = rows.rows
    const line = second!.lines.find(({ isArrived }) => isArrived)!
    const picture = layOut(crowded, { atMs: 11_000, windowMs: 10_000, clients: 2 }, geometry)
    expect(lineAt(picture, line.x1, line.y1)!.event.client).toBe(1)
  })

  it('is by key the newest that has arrived, then those before it, and back', () => {
    const arrived = arrivedBy(traces, 9500)
    expect(arrived.length).toBe(transits.filter(({ to }) => to <= 9500).length)
    const newest = neighbour(arrived, undefined, -1)!
    expect(newest.to).toBe(Math.max(...arrived.map(({ to }) => to)))
    const seen = [newest]
    for (let next: typeof newest | undefined = newest; next; next = neighbour(arrived, next, -1))
      if (next !== newest) seen.push(next)
    expect(seen).toEqual(arrived.toReversed())
    for (const [index, each] of seen.slice(1).entries())
      expect(isSame(neighbour(arrived, each, 1)!, seen[index]!)).toBe(true)
    expect(neighbour(arrived, newest, 1)).toBe(undefined)
    expect(neighbour([], undefined, -1)).toBe(undefined)
  })

  it('is next to one that is still under way, or another client’s, by its time', () => {
    const arrived = arrivedBy(traces, 9500)
    const other = { ...arrived[10]!, client: 3, to: arrived[10]!.to + 0.001 }
    expect(neighbour(arrived, other, -1)!.to).toBeLessThan(other.to)
    expect(neighbour(arrived, other, 1)!.to).toBeGreaterThan(other.to)
  })

  it('is none that was cut off', () => {
    const cut = fixtureLog({ lastsMs: 12_000, publishes: [{ atMs: 5000 }], cut: { fromMs: 5050, toMs: 9000 } })
    const lost = createTraces()
    lost.add(cut)
    const under = Object.values(lost.lanes).flatMap(({ legs }) => legs.filter(({ lostAt }) => lostAt !== undefined))
    expect(under.length).toBeGreaterThan(0)
    const arrived = arrivedBy(lost, 12_000)
    for (const { event } of under) expect(arrived.includes(event)).toBe(false)
  })
})

describe('the bytes of a line', () => {
  const never = new AbortController().signal
  const poll = { ...transits.find(({ lane, what }) => lane === 'short-polling' && what === 'request')!, piece: 7 }
  const sample = (piece: number, t: number, text: string, more: object = {}) => ({
    ...{ kind: 'bytes' as const, t, lane: poll.lane, direction: 'up' as const, what: 'request' as const, piece },
    ...{ bytes: btoa(text), ...more },
  })
  const logWith = (...samples: ReturnType<typeof sample>[]) => {
    const log = createLog()
    log.add([...events, ...samples])
    return log
  }
  const found = async (log: ReturnType<typeof createLog>, event = poll) => {
    const { bytes, ...rest } = await findBytes(event, log, false, never)
    return { text: new TextDecoder().decode(bytes), ...rest }
  }

  it('are its own where the log has them', async () => {
    expect(await found(logWith(sample(3, 1, 'three'), sample(7, 2, 'own', { left: 4 })))).toEqual({
      text: 'own',
      left: 4,
    })
  })

  it('are else those of the nearest line of its kind, and that is said', async () => {
    const far = poll.t + 900
    const log = logWith(
      sample(3, far, 'far'),
      sample(4, poll.t - 50, 'near'),
      sample(5, poll.t, 'down', { direction: 'down' }),
    )
    expect(await found(log)).toEqual({ text: 'near', left: 0, ofMs: poll.t - 50 })
    const { piece: _, ...unnumbered } = poll
    expect(await found(log, unnumbered as typeof poll)).toMatchObject({ text: 'near' })
  })

  it('are of no other kind: not of another lane, nor of an answer that brought something', async () => {
    const answer = { ...poll, direction: 'down', what: 'answer', isEmpty: true, piece: 9 } as const
    const log = logWith(
      sample(3, 1, 'x', { direction: 'down', what: 'answer', seqs: [1, 1] }),
      sample(4, 1, 'x', { direction: 'down', what: 'answer', isEmpty: true, lane: 'long-polling' }),
    )
    await expect(findBytes(answer, log, false, never)).rejects.toThrow(
      'There are no bytes of this line, nor of one like it, in this recording.',
    )
  })
})

describe('what they are made of', () => {
  const notice = '{"seq":7,"at":1763830000123,"body":{"sentMs":1234.5}}'
  const json = `{"cursor":"a.7","missed":0,"notices":[${notice}]}`
  const head = writeHead('HTTP/1.1 200 OK', [
    ['Content-Type', 'application/json'],
    ['Content-Length', String(json.length)],
  ])
  const both = (...pieces: readonly Uint8Array[]) => Uint8Array.from(pieces.flatMap(piece => [...piece]))
  const text = (of: string, mask?: Uint8Array) =>
    writeFrame({ opcode: opcodes.text, payload: toBytes(of), ...(mask && { mask }) })
  const mask = Uint8Array.of(1, 2, 3, 4)
  const rowsOf = (direction: Direction, what: What, bytes: Uint8Array) => {
    const { messages, byRole } = anatomyOf({ direction, what }, bytes)
    const rows = messages.flatMap(({ rows }) => rows)
    // Every byte once.
    expect(rows.reduce((sum, row) => sum + row.bytes, 0)).toBe(bytes.length)
    expect(byRole.body + byRole.framing + byRole.headers).toBe(bytes.length)
    return { rows, byRole, titles: messages.map(({ title }) => title) }
  }
  const named = (rows: ReturnType<typeof rowsOf>['rows'], name: string) => rows.find(row => row.name === name)

  it('of an answer: head by head, and the notice', () => {
    const { rows, byRole } = rowsOf('down', 'answer', both(head, toBytes(json)))
    expect(byRole).toMatchObject({ body: notice.length, framing: json.length - notice.length, headers: head.length })
    expect(named(rows, 'status line')).toMatchObject({ text: 'HTTP/1.1 200 OK↵', meaning: '' })
    expect(named(rows, 'Content-Type')).toMatchObject({ text: 'application/json', role: 'headers' })
    expect(named(rows, 'notice 7')).toMatchObject({ text: notice, role: 'body' })
  })

  it('of a request: all of it is headers', () => {
    const bytes = writeHead('GET /api/sse?after=a.1 HTTP/1.1', [['Host', 'here']])
    const { rows, byRole } = rowsOf('up', 'request', bytes)
    expect(byRole.headers).toBe(bytes.length)
    expect(named(rows, 'request line')!.text).toBe('GET /api/sse?after=a.1 HTTP/1.1↵')
  })

  it('of events and comments', () => {
    const bytes = both(
      writeEvent({ id: 'a.7', data: notice }),
      writeEvent({ id: 'a.8', data: notice.replace('7', '8') }),
    )
    const { rows, byRole, titles } = rowsOf('down', 'message', bytes)
    expect(titles).toEqual(['event message', 'event message'])
    expect(byRole.body).toBe(2 * notice.length)
    expect(named(rows, 'id')!.text).toBe('a.7')
    expect(rowsOf('down', 'heartbeat', writeEvent({ comment: '' })).titles).toEqual(['comment'])
  })

  it('of frames, bit by bit, masked or not, and of the library’s packets in them', () => {
    const plain = rowsOf('down', 'message', both(text(notice), text(notice)))
    expect(plain.titles).toEqual(['text frame', 'text frame'])
    expect(plain.byRole).toMatchObject({ body: 2 * notice.length, framing: 4 })
    expect(named(plain.rows, 'first byte')).toMatchObject({
      text: '81',
      meaning: expect.stringContaining('opcode: 1: text'),
    })
    expect(named(plain.rows, 'second byte')!.text).toBe(notice.length.toString(16))
    const masked = rowsOf('up', 'message', text('{"publish":1,"ref":2}', mask))
    expect(named(masked.rows, 'mask')!.text).toBe('01 02 03 04')
    expect(masked.rows.some(({ text }) => text.includes('"publish":1'))).toBe(true)
    const packet = rowsOf('down', 'message', text(`42["notice",${notice}]`))
    expect(named(packet.rows, 'Engine.IO type')).toMatchObject({ text: '4', meaning: 'message' })
    expect(packet.byRole.body).toBe(notice.length)
    const ping = rowsOf('down', 'heartbeat', writeFrame({ opcode: opcodes.ping, payload: toBytes('') }))
    expect(ping.titles).toEqual(['ping frame'])
    const end = rowsOf('up', 'close', writeFrame({ opcode: opcodes.close, payload: writeClose(1001, 'bye'), mask }))
    expect(named(end.rows, 'close code')!.text).toBe('1001')
  })

  it('of a piece whose end is not kept: its head, and how it begins', () => {
    const { rows } = rowsOf('down', 'answer', both(head, toBytes(json)).subarray(0, head.length + 30))
    expect(named(rows, 'Content-Type')!.role).toBe('headers')
    expect(named(rows, 'its beginning')!.bytes).toBe(30)
  })

  it('of anything at all is told without a throw, every byte once', () => {
    const whats: What[] = ['request', 'answer', 'head', 'message', 'heartbeat', 'close', 'part']
    fc.assert(
      fc.property(
        fc.constantFrom<Direction>('up', 'down'),
        fc.constantFrom(...whats),
        fc.oneof(
          fc.uint8Array({ maxLength: 80 }),
          fc.nat(200).map(end => both(head, toBytes(json), text(notice)).subarray(0, end)),
          fc.nat(200).map(from => both(text(notice), writeEvent({ data: notice })).subarray(from)),
        ),
        (direction, what, bytes) => void rowsOf(direction, what, bytes),
      ),
      { numRuns: 500 },
    )
  })

  it('in hexadecimal is eight bytes a row, with what can be read of them', () => {
    expect(hexDump(toBytes('GET /\r\nabcü')).split('\n')).toEqual([
      '47 45 54 20 2f 0d 0a 61  GET /··a',
      '62 63 c3 bc              bc··',
    ])
    expect(hexDump(new Uint8Array())).toBe('')
  })
})
