// What passes on a connection is named the same, however TCP cut it up.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clientTransports } from '../../client/transports/index.ts'
import type { ClientTransport } from '../../client/transports/transport.ts'
import type { Direction } from '../../server/demo/wire.ts'
import { createWireReader, type Piece } from './wire-reader.ts'

type Chunk = readonly [Direction, string | Buffer]

const frame = (opcode: number, payload: string, mask?: number): Buffer => {
  const body = Buffer.from(payload)
  const head = [0x80 | opcode]
  const masked = mask === undefined ? 0 : 0x80
  if (body.length < 126) head.push(masked | body.length)
  else head.push(masked | 126, body.length >> 8, body.length & 255)
  if (mask === undefined) return Buffer.concat([Buffer.from(head), body])
  return Buffer.concat([Buffer.from(head), Buffer.alloc(4, mask), body.map(byte => byte ^ mask)])
}
const chunked = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

const poll = 'GET /api/short-polling?after=a.1 HTTP/1.1\r\nHost: here\r\n\r\n'
const answer = (body: string) =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const empty = answer('{"cursor":"a.1","missed":0,"notices":[]}')
const two = answer('{"cursor":"a.3","missed":0,"notices":[{"seq":2,"at":1,"body":"ü"},{"seq":3,"at":2,"body":0}]}')
const events = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n'
const event = (seq: number) => `id: a.${seq}\ndata: {"seq":${seq},"at":1,"body":"x"}\n\n`
const upgrade = 'GET /api/websocket HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
const switching = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'

const polling: Chunk[] = [
  ['up', poll],
  ['down', empty],
  ['up', poll],
  ['down', two],
  ['up', 'POST /api/x HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc'],
  ['down', 'HTTP/1.1 204 No Content\r\n\r\n'],
]
const streaming: Chunk[] = [
  ['up', poll],
  ['down', events + chunked('event: hello\nid: a.1\ndata: {"cursor":"a.1","missed":0}\n\n')],
  ['down', chunked(': \n\n')],
  ['down', chunked(event(4) + event(5))],
]
/** Until the connection ends (RFC 9112 §6.3, rule 8). */
const unchunked: Chunk[] = [
  ['up', poll],
  ['down', `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n`],
  ['down', event(4) + event(5)],
  ['down', ':\n\n'],
]
const upgraded: Chunk[] = [
  ['up', upgrade],
  ['down', Buffer.concat([Buffer.from(switching), frame(1, '{"cursor":"a.1","missed":0}')])],
  ['down', frame(9, '')],
  ['up', frame(10, '', 0x55)],
  [
    'down',
    Buffer.concat([frame(1, '{"seq":2,"at":1,"body":1}'), frame(1, `{"seq":3,"at":1,"body":"${'x'.repeat(300)}"}`)]),
  ],
  ['down', frame(1, '2')],
  ['up', frame(1, '3', 0x21)],
  ['up', frame(1, '{"body":1}', 0x21)],
  ['up', frame(8, 'xx', 7)],
]

const { signs }: ClientTransport = await clientTransports['socket-io'].load()

function read(chunks: readonly Chunk[], of: RegExp | null = signs!, keptBytes?: number): Piece[] {
  const pieces: Piece[] = []
  const reader = createWireReader(piece => pieces.push(piece), { ...(of && { signs: of }), keptBytes })
  for (const [i, [direction, data]] of chunks.entries())
    reader.bytes(direction, Buffer.from(data as string), i, i + 0.5)
  return pieces
}
const told = (pieces: readonly Piece[]) =>
  pieces.map(({ direction, what, seqs, isEmpty }) =>
    [direction, what, ...(seqs ? [seqs.join('-')] : []), ...(isEmpty ? ['empty'] : [])].join(' '),
  )
const bytesOf = (chunks: readonly Chunk[]) => chunks.reduce((sum, [, data]) => sum + Buffer.byteLength(data), 0)
const sum = (pieces: readonly Piece[]) => pieces.reduce((total, { bytes }) => total + bytes, 0)

describe('a connection', () => {
  test('of polls is requests and answers, empty or with notices', () => {
    const pieces = read(polling)
    expect(told(pieces)).toEqual([
      'up request',
      'down answer empty',
      'up request',
      'down answer 2-3',
      'up request',
      'down answer empty',
    ])
    expect(pieces[3]).toMatchObject({ t: 3, to: 3.5, bytes: Buffer.byteLength(two) })
    expect(sum(pieces)).toBe(bytesOf(polling))
  })

  test('of an event stream is a head, events and comments', () => {
    const pieces = read(streaming)
    expect(told(pieces)).toEqual(['up request', 'down head', 'down message', 'down heartbeat', 'down message 4-5'])
    // The end of the last chunk belongs to what comes next.
    expect(bytesOf(streaming) - sum(pieces)).toBe(2)
  })

  test('of an event stream without chunks is the same', () => {
    const pieces = read(unchunked)
    expect(told(pieces)).toEqual(['up request', 'down head', 'down message 4-5', 'down heartbeat'])
    expect(sum(pieces)).toBe(bytesOf(unchunked))
  })

  test("that was upgraded is frames, with a library's own signs of life among them", () => {
    const pieces = read(upgraded)
    expect(told(pieces)).toEqual([
      'up request',
      'down head',
      'down message',
      'down heartbeat',
      'up heartbeat',
      'down message 2-3',
      'down heartbeat',
      'up heartbeat',
      'up message',
      'up close',
    ])
    expect(sum(pieces)).toBe(bytesOf(upgraded))
  })

  test('has no such signs where its transport sends none: a frame is then a message whatever it says', () => {
    const frames = [...upgraded.slice(0, 2), ['down', frame(1, '2')], ['up', frame(1, '3', 0x21)]] satisfies Chunk[]
    expect(told(read(frames, null)).slice(-2)).toEqual(['down message', 'up message'])
    expect(told(read(frames)).slice(-2)).toEqual(['down heartbeat', 'up heartbeat'])
  })

  test.each([
    ['polls', polling],
    ['events', streaming],
    ['events without chunks', unchunked],
    ['frames', upgraded],
  ])('of %s is read the same however it was cut', (_, chunks) => {
    const whole = read(chunks)
    const per = (pieces: readonly Piece[]) => ({
      up: told(pieces.filter(({ direction }) => direction === 'up')),
      bytes: sum(pieces),
      // Pieces of one chunk may be told together; their numbers are the same.
      seqs: pieces.flatMap(({ seqs }) => (seqs ? [seqs[0], seqs[1]] : [])),
      kinds: [...new Set(told(pieces).map(text => text.split(' ').slice(0, 2).join(' ')))].sort(),
    })
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 1, max: 40 })), lengths => {
        const cut: Chunk[] = chunks.flatMap(([direction, data]) => {
          const left = Buffer.from(data as string)
          const parts: Chunk[] = []
          for (let at = 0; at < left.length; ) {
            const length = lengths.next().value
            parts.push([direction, left.subarray(at, at + length)])
            at += length
          }
          return parts
        })
        const { seqs, ...rest } = per(read(cut))
        const expected = per(whole)
        expect(rest).toEqual({ up: expected.up, bytes: expected.bytes, kinds: expected.kinds })
        expect([Math.min(...seqs), Math.max(...seqs)]).toEqual([Math.min(...expected.seqs), Math.max(...expected.seqs)])
        for (const most of [1e6, 50]) expectOwnBytes(cut, most)
      }),
      { numRuns: 60 },
    )
  })

  /** Of each direction the pieces' bytes lie behind one another as they came, each as far as `most` says. */
  function expectOwnBytes(chunks: readonly Chunk[], most: number): void {
    for (const direction of ['up', 'down'] as const) {
      const all = Buffer.concat(
        chunks.flatMap(([way, data]) => (way === direction ? [Buffer.from(data as string)] : [])),
      )
      let at = 0
      for (const { bytes, raw } of read(chunks, signs!, most).filter(piece => piece.direction === direction)) {
        const kept = Math.min(bytes, most)
        expect(raw!.left).toBe(bytes - kept)
        expect(Buffer.from(raw!.bytes).equals(all.subarray(at, at + kept)), `${direction} ${at}`).toBe(true)
        at += bytes
      }
    }
  }

  test('of anything else is bytes, and costs no memory', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom<Direction>('up', 'down'), fc.uint8Array({ maxLength: 300 }))),
        all => {
          const chunks = all.map(([direction, bytes]): Chunk => [direction, Buffer.from(bytes)])
          expect(sum(read(chunks))).toBeLessThanOrEqual(bytesOf(chunks))
          for (const { bytes, raw } of read(chunks, signs!, 100)) expect(raw!.bytes.length + raw!.left).toBe(bytes)
        },
      ),
    )
    const endless: Chunk[] = Array.from({ length: 300 }, () => ['down', Buffer.alloc(1000, 65)])
    expect(sum(read(endless))).toBeGreaterThan(200_000)
  })
})
