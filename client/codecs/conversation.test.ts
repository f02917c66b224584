// A connection is taken apart so that every byte is in one part, however TCP cut it up.
import { describe, expect, it } from 'vitest'
import { joined, toBytes } from './bytes.ts'
import { type Chunk, type Conversation, decodeConnection, totalsOf, type Way } from './conversation.ts'
import { writeEvent } from './events.ts'
import { opcodes, writeClose, writeFrame } from './frames.ts'
import { writeChunk, writeHead } from './http.ts'
import { leavesOf } from './part.ts'

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
  ['down', joined([text('430[1]'), text(`42["notice",${notice(2)}]`), text('2')])],
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

/** Messages and their leaves lie behind one another, from the first byte of each direction to the last. */
function expectCovered({ messages }: Conversation, chunks: readonly Chunk[]): void {
  for (const way of ['up', 'down'] as const) {
    let at = 0
    for (const message of messages.filter(one => one.way === way).toSorted((a, b) => a.from - b.from)) {
      expect(message.from).toBe(at)
      for (const leaf of leavesOf(message.parts)) {
        expect([message.title, leaf.name, leaf.from]).toEqual([message.title, leaf.name, at])
        at = leaf.to
      }
      expect(message.to).toBe(at)
    }
    expect(at).toBe(chunks.reduce((sum, chunk) => sum + (chunk.way === way ? chunk.bytes.length : 0), 0))
  }
}

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
})
