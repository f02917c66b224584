// Whole connections as they may pass, made with the writers, and what holds of taking them apart.
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect } from 'vitest'
import { joined, toBytes } from './bytes.ts'
import { type Chunk, type Conversation, decodeConnection, totalsOf, type Way } from './conversation.ts'
import { writePacket, writeSocketPacket } from './engine-io.ts'
import { writeEvent } from './events.ts'
import { opcodes, writeClose, writeFrame } from './frames.ts'
import { writeChunk, writeHead } from './http.ts'
import { deflated } from './inflate.fixture.ts'
import { type Law, law, mutated, places, shares } from './law.fixture.ts'
import { leavesOf } from './part.ts'

/** What one end sends before the other one says something; `seqs`: the notices that arrive with it. */
interface Turn {
  readonly way: Way
  readonly bytes: Uint8Array
  readonly seqs: readonly number[]
}
export interface Session {
  readonly turns: readonly Turn[]
}

const turn = (way: Way, bytes: Uint8Array, seqs: readonly number[] = []): Turn => ({ way, bytes, seqs })
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom('{"seq":7,"at":1}', '"', '\\', '}{'),
)
const notice = fc.tuple(fc.integer({ min: 1, max: 999_999 }), text).map(([seq, body]) => ({
  seq,
  json: JSON.stringify({ seq, at: 1_763_830_000_123, body }),
}))
type Notice = typeof notice extends fc.Arbitrary<infer T> ? T : never
const seqsOf = (notices: readonly Notice[]): number[] => notices.map(({ seq }) => seq)

const fields = (...own: [string, string][]): [string, string][] => [['Host', 'localhost'], ...own]
const request = (start: string, own: [string, string][] = [], body = new Uint8Array(0)): Uint8Array =>
  joined([writeHead(`${start} HTTP/1.1`, fields(...own)), body])

/** A body of known length, or in chunks of these sizes. */
function bodied(
  start: string,
  own: readonly [string, string][],
  body: Uint8Array,
  sizes: readonly number[],
): Uint8Array {
  if (sizes.length === 0) return joined([writeHead(start, [...own, ['Content-Length', String(body.length)]]), body])
  return joined([
    writeHead(start, [...own, ['Transfer-Encoding', 'chunked']]),
    ...inChunks(body, sizes),
    writeChunk(new Uint8Array(0)),
  ])
}
function inChunks(body: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0, i = 0; at < body.length; i++) {
    const to = at + sizes[i % sizes.length]!
    chunks.push(writeChunk(body.subarray(at, to)))
    at = to
  }
  return chunks
}
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 4 })

const poll = fc
  .tuple(fc.array(notice, { maxLength: 3 }), sizes, fc.boolean())
  .map(([notices, own, isEarly]): Turn[] => [
    turn('up', request('GET /api/short-polling?after=a.1')),
    ...(isEarly ? [turn('down', writeHead('HTTP/1.1 103 Early Hints', [['Link', '</x>']]))] : []),
    turn(
      'down',
      bodied(
        'HTTP/1.1 200 OK',
        [['Content-Type', 'application/json']],
        toBytes(`{"cursor":"a.1","missed":0,"notices":[${notices.map(({ json }) => json).join(',')}]}`),
        own,
      ),
      seqsOf(notices),
    ),
  ])
const publish = fc
  .tuple(text, sizes)
  .map(([body, own]): Turn[] => [
    turn(
      'up',
      bodied(
        'POST /api/notices HTTP/1.1',
        fields(['Content-Type', 'application/json']),
        toBytes(JSON.stringify({ body })),
        own,
      ),
    ),
    turn('down', bodied('HTTP/1.1 201 Created', [], toBytes('{"cursor":"a.2","seqs":[2]}'), [])),
  ])
const nothing = fc
  .constantFrom('204 No Content', '304 Not Modified')
  .map((status): Turn[] => [turn('up', request('GET /favicon.ico')), turn('down', writeHead(`HTTP/1.1 ${status}`, []))])
const headOnly: Turn[] = [
  turn('up', request('HEAD /')),
  turn('down', writeHead('HTTP/1.1 200 OK', [['Content-Length', '999']])),
]
const refused: Turn[] = [
  turn(
    'up',
    request('GET /api/websocket', [
      ['Upgrade', 'websocket'],
      ['Connection', 'Upgrade'],
    ]),
  ),
  turn('down', bodied('HTTP/1.1 426 Upgrade Required', [], toBytes('{}'), [])),
]
const engineBody = fc
  .array(notice, { minLength: 1, maxLength: 3 })
  .map((notices): Turn[] => [
    turn('up', request('GET /api/socket-io/?EIO=4&transport=polling&sid=x')),
    turn(
      'down',
      bodied(
        'HTTP/1.1 200 OK',
        [['Content-Type', 'text/plain; charset=UTF-8']],
        toBytes(['2', ...notices.map(packetOf)].join('\x1e')),
        [],
      ),
      seqsOf(notices),
    ),
  ])
const packetOf = ({ json }: Notice): string =>
  writePacket({
    type: 'message',
    data: writeSocketPacket({
      type: 'event',
      namespace: '/',
      ackId: undefined,
      attachments: 0,
      data: `["notice",${json}]`,
    }),
  })

const exchange = fc.oneof(
  { weight: 4, arbitrary: poll },
  { weight: 2, arbitrary: publish },
  { weight: 1, arbitrary: nothing },
  { weight: 1, arbitrary: fc.constant(headOnly) },
  { weight: 1, arbitrary: fc.constant(refused) },
  { weight: 1, arbitrary: engineBody },
)

const event = fc.oneof(
  {
    weight: 4,
    arbitrary: notice.map(one => ({ bytes: writeEvent({ id: `a.${one.seq}`, data: one.json }), seqs: [one.seq] })),
  },
  { weight: 1, arbitrary: fc.constant({ bytes: writeEvent({ comment: '' }), seqs: [] as number[] }) },
  {
    weight: 1,
    arbitrary: fc.constant({
      bytes: writeEvent({ type: 'gap', id: 'a.1', data: '{"cursor":"a.1","missed":3}' }),
      seqs: [] as number[],
    }),
  },
)
/** A stream in chunks that begin and end anywhere, or that only the connection ends. */
const stream = fc.tuple(fc.array(event, { maxLength: 6 }), sizes, fc.boolean()).map(([events, own, hasEnd]): Turn[] => {
  const body = joined(events.map(({ bytes }) => bytes))
  const isChunked = own.length > 0
  const type: [string, string][] = [
    ['Content-Type', 'text/event-stream'],
    ...(isChunked ? [['Transfer-Encoding', 'chunked'] as [string, string]] : []),
  ]
  return [
    turn('up', request('GET /api/sse')),
    turn(
      'down',
      joined([
        writeHead('HTTP/1.1 200 OK', type),
        ...(isChunked ? inChunks(body, own) : [body]),
        ...(isChunked && hasEnd ? [writeChunk(new Uint8Array(0))] : []),
      ]),
      events.flatMap(({ seqs }) => seqs),
    ),
  ]
})

const mask = fc.uint8Array({ minLength: 4, maxLength: 4 })
const control = fc.record({
  opcode: fc.constantFrom(opcodes.ping, opcodes.pong),
  payload: fc.uint8Array({ maxLength: 10 }),
})
/** A message that arrives: whole or in fragments with a ping between them, plain or compressed. */
const delivered = fc.record({
  notice,
  cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined, freq: 3 }),
  isCompressed: fc.boolean(),
})
const frames = fc
  .record({
    isEngine: fc.boolean(),
    extensions: fc.constantFrom(
      '',
      'permessage-deflate',
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    ),
    deliveries: fc.array(delivered, { maxLength: 5 }),
    controls: fc.array(fc.tuple(control, mask), { maxLength: 2 }),
    published: fc.option(fc.tuple(text, mask), { nil: undefined }),
    closing: fc.option(fc.tuple(fc.constantFrom(1000, 1001, 1013), mask), { nil: undefined }),
  })
  .map(({ isEngine, extensions, deliveries, controls, published, closing }): Turn[] => {
    let before: Uint8Array = new Uint8Array(0)
    const down = deliveries.map(({ notice: one, cut, isCompressed }) => {
      const plain = toBytes(isEngine ? packetOf(one) : one.json)
      const rsv = isCompressed && extensions !== '' ? 4 : 0
      const payload = rsv === 0 ? plain : deflated(plain, extensions.includes('no_context') ? {} : { before })
      if (rsv > 0) before = joined([before, plain])
      const at = cut === undefined ? undefined : Math.floor(cut * payload.length)
      const bytes =
        at === undefined
          ? writeFrame({ opcode: opcodes.text, payload, rsv })
          : joined([
              writeFrame({ opcode: opcodes.text, payload: payload.subarray(0, at), rsv, isFinal: false }),
              writeFrame({ opcode: opcodes.ping, payload: new Uint8Array(0) }),
              writeFrame({ opcode: opcodes.continuation, payload: payload.subarray(at) }),
            ])
      return turn('down', bytes, [one.seq])
    })
    const path = isEngine ? '/api/socket-io/?EIO=4&transport=websocket' : '/api/websocket'
    return [
      turn(
        'up',
        request(`GET ${path}`, [
          ['Upgrade', 'websocket'],
          ['Connection', 'Upgrade'],
        ]),
      ),
      turn(
        'down',
        writeHead('HTTP/1.1 101 Switching Protocols', [
          ['Upgrade', 'websocket'],
          ...(extensions === '' ? [] : [['Sec-WebSocket-Extensions', extensions] as [string, string]]),
        ]),
      ),
      ...down,
      ...controls.map(([own, by]) => turn('up', writeFrame({ ...own, mask: by }))),
      ...(published
        ? [
            turn(
              'up',
              writeFrame({
                opcode: opcodes.text,
                payload: toBytes(JSON.stringify({ publish: published[0], ref: 1 })),
                mask: published[1],
              }),
            ),
          ]
        : []),
      ...(closing
        ? [turn('up', writeFrame({ opcode: opcodes.close, payload: writeClose(closing[0], 'bye'), mask: closing[1] }))]
        : []),
    ]
  })

export const session: fc.Arbitrary<Session> = fc
  .tuple(fc.array(exchange, { maxLength: 4 }), fc.oneof(exchange, stream, frames, frames))
  .map(([exchanges, last]) => ({ turns: [...exchanges.flat(), ...last] }))

export const chunksOf = ({ turns }: Session): Chunk[] => turns.map(({ way, bytes }, atMs) => ({ way, atMs, bytes }))

/** The same bytes in other reads, in the same order. */
const cutUp = (chunks: readonly Chunk[], cuts: readonly number[]): Chunk[] =>
  chunks.flatMap(({ way, atMs, bytes }) => {
    const ends = places(bytes.length, cuts)
    return ends.map((end, i) => ({ way, atMs, bytes: bytes.subarray(i === 0 ? 0 : ends[i - 1]!, end) }))
  })

/** Messages and their leaves lie behind one another, from the first byte of each direction to the last; what is broken is told at a byte that is there. */
export function expectCovered({ messages, broken }: Conversation, chunks: readonly Chunk[]): void {
  for (const way of ['up', 'down'] as const) {
    const own = messages.filter(one => one.way === way)
    let at = 0
    for (const message of own) {
      if (message.from !== at) throw new Error(`${way}: ${message.title} begins at ${message.from}, not at ${at}`)
      for (const leaf of leavesOf(message.parts)) {
        if (leaf.from !== at || leaf.to <= leaf.from)
          throw new Error(`${way}: ${message.title}: ${leaf.name} is [${leaf.from}, ${leaf.to}) at ${at}`)
        at = leaf.to
      }
      if (message.to !== at) throw new Error(`${way}: ${message.title} ends at ${message.to}, not at ${at}`)
    }
    const length = chunks.reduce((sum, chunk) => sum + (chunk.way === way ? chunk.bytes.length : 0), 0)
    if (at !== length) throw new Error(`${way}: ${at} of ${length} bytes are in a message`)
    const fault = broken[way]
    if (!fault) continue
    expect(own.at(-1)).toMatchObject({ kind: 'rest', title: 'bytes that cannot be read' })
    expect(own.at(-1)!.parts[0]!.meaning).toBe(`byte ${fault.at}: ${fault.message}`)
    // A message in fragments is only known to be broken at its end, and then perhaps in an earlier one of them.
    const from = own.some(({ frame }) => frame?.isFinal === false) ? 0 : own.at(-1)!.from
    expect(fault.at).toBeGreaterThanOrEqual(from)
    expect(fault.at).toBeLessThanOrEqual(length)
  }
}

export function expectTotals(conversation: Conversation): void {
  const totals = totalsOf([conversation])
  expect(Object.values(totals.byRole).reduce((sum, bytes) => sum + bytes, 0)).toBe(totals.bytes)
  expect(totals.upBytes + totals.downBytes).toBe(totals.bytes)
}

const seqsIn = ({ messages }: Conversation): number[] => messages.flatMap(({ seqs }) => seqs)
/** Without what depends on when something was read. */
const timeless = ({ messages }: Conversation) =>
  (['up', 'down'] as const).map(way =>
    messages.filter(one => one.way === way).map(({ fromMs: _, toMs: __, cuts: ___, ...own }) => own),
  )

/** A session one of whose turns was changed on its way. */
const changed = session.chain(one => {
  const chunks = chunksOf(one)
  return fc
    .nat(chunks.length - 1)
    .chain(which =>
      mutated(fc.constant(chunks[which]!.bytes)).map(bytes =>
        chunks.map((chunk, i) => (i === which ? { ...chunk, bytes } : chunk)),
      ),
    )
})

export const conversationLaws: readonly Law[] = [
  law('a session is taken apart to the last byte, its notices are found, and its totals add up', session, one => {
    const chunks = chunksOf(one)
    const conversation = decodeConnection(chunks)
    expect(conversation.broken).toEqual({})
    expectCovered(conversation, chunks)
    expectTotals(conversation)
    expect(seqsIn(conversation)).toEqual(one.turns.flatMap(({ seqs }) => seqs))
    expect(conversation.messages.filter(({ title }) => title === 'no end yet')).toEqual([])
  }),
  law('a session is the same however its bytes were read', fc.tuple(session, shares), ([written, cuts]) => {
    const chunks = chunksOf(written)
    const [one, other] = [timeless(decodeConnection(cutUp(chunks, cuts))), timeless(decodeConnection(chunks))]
    // Said in full only where they differ: that takes a hundred times as long.
    if (!isDeepStrictEqual(one, other)) expect(one).toEqual(other)
  }),
  law(
    'the beginning of a session is never broken: it has no end yet',
    fc.tuple(session, fc.nat(1000)),
    ([one, share]) => {
      const whole = cutUp(chunksOf(one), [share / 1000, (share * 7) % 1])
      const beginning = whole.slice(0, Math.floor((share / 1000) * (whole.length + 1)))
      const conversation = decodeConnection(beginning)
      expect(conversation.broken).toEqual({})
      expectCovered(conversation, beginning)
      expectTotals(conversation)
      const seqs = one.turns.flatMap(turn => turn.seqs)
      expect(seqs.slice(0, seqsIn(conversation).length)).toEqual(seqsIn(conversation))
    },
  ),
  law('a session with changed bytes is covered, and what is broken is explained at its byte', changed, chunks => {
    const conversation = decodeConnection(chunks)
    expectCovered(conversation, chunks)
    expectTotals(conversation)
  }),
  law(
    'any bytes are covered',
    fc.array(
      fc.tuple(
        fc.constantFrom<Way>('up', 'down'),
        fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.string({ maxLength: 20 }).map(toBytes)),
      ),
      { maxLength: 6 },
    ),
    pieces => {
      const chunks = pieces.map(([way, bytes], atMs) => ({ way, bytes, atMs }))
      const conversation = decodeConnection(chunks)
      expectCovered(conversation, chunks)
      expectTotals(conversation)
    },
  ),
]
