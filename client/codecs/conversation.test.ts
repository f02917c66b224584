// A connection is taken apart so that every byte is in one part, however TCP cut it up.
import { describe, expect, it } from 'vitest'
import { joined, toBytes } from './bytes.ts'
import { expectCovered } from './conversation.fixture.ts'
import { type Chunk, type Conversation, decodeConnection, totalsOf, type Way } from './conversation.ts'
import { writeEvent } from './events.ts'
import { opcodes, writeClose, writeFrame } from './frames.ts'
import { writeChunk, writeHead } from './http.ts'
import { deflated } from './inflate.fixture.ts'

const notice = (seq: number): string => `{"seq":${seq},"at":1,"body":"ü {\\"seq\\":9}"}`
const mask = Uint8Array.of(1, 2, 3, 4)
const text = (payload: string, from?: Uint8Array): Uint8Array =>
  writeFrame({ opcode: opcodes.text, payload: toBytes(payload), ...(from && { mask: from }) })

const request = (target: string, ...fields: [string, string][]): Uint8Array =>
  writeHead(`GET ${target} HTTP/1.1`, [['Host', 'localhost'], ...fields])
const answer = (body: string): Uint8Array =>
  joined([
    writeHead('HTTP/1.1 200 OK', [
      ['Content-Type', 'application/json'],
      ['Content-Length', String(toBytes(body).length)],
    ]),
    toBytes(body),
  ])
const pollAnswer = (...seqs: number[]): Uint8Array =>
  answer(`{"cursor":"a.1","missed":0,"notices":[${seqs.map(notice).join(',')}]}`)

const polls: [Way, Uint8Array][] = [
  ['up', request('/api/short-polling')],
  ['down', pollAnswer()],
  ['up', request('/api/short-polling?after=a.1')],
  ['down', pollAnswer(2, 3)],
]
const events: [Way, Uint8Array][] = [
  ['up', request('/api/sse')],
  [
    'down',
    writeHead('HTTP/1.1 200 OK', [
      ['Content-Type', 'text/event-stream'],
      ['Transfer-Encoding', 'chunked'],
    ]),
  ],
  ['down', writeChunk(writeEvent({ type: 'hello', data: '{"cursor":"a.1","missed":0}', id: 'a.1', retryMs: 1000 }))],
  ['down', writeChunk(writeEvent({ comment: '' }))],
  ['down', writeChunk(joined([writeEvent({ data: notice(2), id: 'a.2' }), toBytes('id: a.3\nda')]))],
  ['down', writeChunk(toBytes(`ta: ${notice(3)}\n\n`))],
  ['down', writeChunk(new Uint8Array(0))],
]
const upgrade = (target: string): [Way, Uint8Array][] => [
  ['up', request(target, ['Upgrade', 'websocket'], ['Connection', 'Upgrade'])],
  ['down', writeHead('HTTP/1.1 101 Switching Protocols', [['Upgrade', 'websocket']])],
]
const frames: [Way, Uint8Array][] = [
  ...upgrade('/api/websocket'),
  ['down', joined([text('{"cursor":"a.1","missed":0}'), text(notice(2))])],
  ['down', writeFrame({ opcode: opcodes.ping, payload: toBytes('x') })],
  ['up', writeFrame({ opcode: opcodes.pong, payload: toBytes('x'), mask })],
  ['up', text('{"publish":{"body":1},"ref":1}', mask)],
  ['down', text('{"ref":1,"seq":3}')],
  ['up', writeFrame({ opcode: opcodes.close, payload: writeClose(1000, 'bye'), mask })],
]
const packets: [Way, Uint8Array][] = [
  ...upgrade('/api/socket-io/?EIO=4&transport=websocket'),
  ['down', joined([text('0{"sid":"x"}'), text('40{"sid":"y"}')])],
  ['up', text('420["publish",{"seq":1}]', mask)],
  ['down', joined([text('430[{"seq":8}]'), text(`42["notice",${notice(2)}]`), text('2')])],
  ['up', text('3', mask)],
]
const refused: [Way, Uint8Array][] = [
  ['up', request('/api/websocket', ['Upgrade', 'websocket'])],
  ['down', writeHead('HTTP/1.1 400 Bad Request', [['Content-Length', '0']])],
  ['up', request('/api/short-polling')],
  ['down', pollAnswer(7)],
]

const sessions = { polls, events, frames, packets, refused } as const

/** Way, kind, title, and the notices in it. */
const expected: Readonly<Record<keyof typeof sessions, readonly string[]>> = {
  events: [
    'up · request · GET /api/sse',
    'down · head · 200 OK',
    'down · message · event hello',
    'down · heartbeat · comment',
    'down · message · event message · 2',
    'down · message · event message · 3',
    'down · rest · end of the stream',
  ],
  frames: [
    'up · request · GET /api/websocket',
    'down · head · 101 Switching Protocols',
    'down · message · text frame',
    'down · message · text frame · 2',
    'down · heartbeat · ping frame',
    'up · heartbeat · pong frame',
    'up · message · text frame',
    'down · message · text frame',
    'up · close · close frame',
  ],
  packets: [
    'up · request · GET /api/socket-io/',
    'down · head · 101 Switching Protocols',
    'down · message · text frame',
    'down · message · text frame',
    'up · message · text frame',
    'down · message · text frame',
    'down · message · text frame · 2',
    'down · heartbeat · text frame',
    'up · heartbeat · text frame',
  ],
  polls: [
    'up · request · GET /api/short-polling',
    'down · empty answer · 200 OK',
    'up · request · GET /api/short-polling',
    'down · answer · 200 OK · 2 · 3',
  ],
  refused: [
    'up · request · GET /api/websocket',
    'down · answer · 400 Bad Request',
    'up · request · GET /api/short-polling',
    'down · answer · 200 OK · 7',
  ],
}
const chunksOf = (session: readonly [Way, Uint8Array][]): Chunk[] =>
  session.map(([way, bytes], atMs) => ({ way, atMs, bytes }))

const told = ({ messages }: Conversation): string[] =>
  messages.map(({ way, kind, title, seqs }) => [way, kind, title, ...seqs].join(' · '))

describe('a connection', () => {
  it.each(Object.keys(sessions) as (keyof typeof sessions)[])('of %s is taken apart, every byte in one part', name => {
    const session = sessions[name]
    const chunks = chunksOf(session)
    const conversation = decodeConnection(chunks)
    expect(conversation.broken).toEqual({})
    expectCovered(conversation, chunks)
    expect(told(conversation)).toEqual(expected[name])
    const totals = totalsOf([conversation])
    expect(Object.values(totals.byRole).reduce((sum, bytes) => sum + bytes, 0)).toBe(totals.bytes)
  })

  it('that breaks is read up to there, and what is left says at which byte and why', () => {
    const broken = (...pieces: [Way, Uint8Array][]) => {
      const chunks = chunksOf(pieces)
      const conversation = decodeConnection(chunks)
      expectCovered(conversation, chunks)
      return [told(conversation), conversation.broken.up?.at, conversation.broken.down?.at]
    }
    const [, switching] = frames as [[Way, Uint8Array], [Way, Uint8Array]]
    const at = switching[1].length
    expect(
      broken(frames[0]!, switching, ['down', joined([text(notice(2)), Uint8Array.of(0x83, 0)])], ['up', text('x')]),
    ).toEqual([
      [
        'up · request · GET /api/websocket',
        'down · head · 101 Switching Protocols',
        'down · message · text frame · 2',
        'down · rest · bytes that cannot be read',
        'up · rest · bytes that cannot be read',
      ],
      frames[0]![1].length,
      at + text(notice(2)).length,
    ])
    expect(broken(['up', toBytes('\x16\x03\x01')])).toEqual([['up · rest · bytes that cannot be read'], 0, undefined])
    expect(broken(...polls.slice(0, 2), ['down', toBytes('HTTP/1.1 200 OK\r\nnonsense\r\n')])).toEqual([
      [...expected.polls.slice(0, 2), 'down · rest · bytes that cannot be read'],
      undefined,
      pollAnswer().length + 17,
    ])
    // Half a character, and a byte that is none, in a text.
    const wrong = writeFrame({ opcode: opcodes.text, payload: Uint8Array.of(0x61, 0xc3, 0x28) })
    expect(broken(frames[0]!, switching, ['down', wrong])[2]).toBe(at + 2 + 2)
  })

  it('whose messages are compressed, or in fragments, has their notices all the same', () => {
    const [request, [way, head]] = upgrade('/api/websocket') as [[Way, Uint8Array], [Way, Uint8Array]]
    const agreed = joined([head.subarray(0, -2), toBytes('Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n')])
    const compressed = writeFrame({ opcode: opcodes.text, rsv: 4, payload: deflated(toBytes(notice(2))) })
    const parts = [
      writeFrame({ opcode: opcodes.text, isFinal: false, payload: toBytes(notice(3).slice(0, 9)) }),
      writeFrame({ opcode: opcodes.continuation, payload: toBytes(notice(3).slice(9)) }),
    ]
    const conversation = decodeConnection(
      chunksOf([
        request,
        [way, agreed],
        ['down', compressed],
        ...parts.map((bytes): [Way, Uint8Array] => ['down', bytes]),
      ]),
    )
    expect(conversation.broken).toEqual({})
    expect(told(conversation).slice(2)).toEqual([
      'down · message · text frame · 2',
      'down · message · text frame',
      'down · message · continuation frame · 3',
    ])
    expect(conversation.messages[2]!.parts.at(-1)).toMatchObject({
      name: 'compressed payload',
      role: 'body',
      text: notice(2),
      meaning: `${toBytes(notice(2)).length} bytes when inflated`,
    })
  })
})
