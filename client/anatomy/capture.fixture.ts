// For tests: small captures made by hand, in which everything is that the page shows.
import { joined, toBytes } from '../codecs/bytes.ts'
import type { Way } from '../codecs/conversation.ts'
import { writeEvent } from '../codecs/events.ts'
import { opcodes, writeClose, writeFrame } from '../codecs/frames.ts'
import { writeHead } from '../codecs/http.ts'
import type { Capture, CapturedChunk } from './capture.ts'

/** RFC 6455 §1.3. */
export const SAMPLE_KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
export const SAMPLE_ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
const mask = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d)

export const notice = (seq: number): string => `{"seq":${seq},"at":1763830000123,"body":{"text":"notice"}}`
const position = '{"cursor":"abc.0","missed":0}'
const agent: [string, string] = ['User-Agent', 'a browser']

type Said = readonly [atMs: number, way: Way, ...bytes: Uint8Array[]]

/** A capture whose connections are what was said, each a read. */
export const captureOfReads = (
  transport: string,
  connections: readonly (readonly Said[])[],
  more: Partial<Capture> = {},
): Capture => ({
  format: 'transport-lab-capture',
  version: 1,
  transport,
  isSecure: false,
  takenAt: '2026-12-01T08:00:00.000Z',
  client: 'a browser',
  lastedMs: 5000,
  published: [],
  connections: connections.map(said => ({
    openedMs: said[0]![0],
    chunks: said.map(([atMs, way, ...bytes]): CapturedChunk => ({ atMs, way, bytes: joined(bytes) })),
  })),
  redacted: [],
  ...more,
})

const text = (payload: string, isMasked = false): Uint8Array =>
  writeFrame({ opcode: opcodes.text, payload: toBytes(payload), ...(isMasked && { mask }) })

/** The handshake of the standard; two notices in one read, a third one cut in two; ping, pong, upstream with its receipt, and the end. */
export function webSocketCapture(): Capture {
  const cut = text(notice(3))
  return captureOfReads('websocket', [
    [
      [
        1,
        'up',
        writeHead('GET /api/websocket HTTP/1.1', [
          ['Host', 'localhost'],
          ['Upgrade', 'websocket'],
          ['Connection', 'Upgrade'],
          agent,
          ['Sec-WebSocket-Key', SAMPLE_KEY],
          ['Sec-WebSocket-Version', '13'],
        ]),
      ],
      [
        2,
        'down',
        writeHead('HTTP/1.1 101 Switching Protocols', [
          ['Upgrade', 'websocket'],
          ['Connection', 'Upgrade'],
          ['Sec-WebSocket-Accept', SAMPLE_ACCEPT],
        ]),
      ],
      [3, 'down', text(position)],
      [1000, 'down', text(notice(1)), text(notice(2))],
      [1500, 'down', cut.subarray(0, 20)],
      [1501, 'down', cut.subarray(20)],
      [2000, 'down', writeFrame({ opcode: opcodes.ping, payload: new Uint8Array() })],
      [2001, 'up', writeFrame({ opcode: opcodes.pong, payload: new Uint8Array(), mask })],
      [3000, 'up', text('{"publish":{"text":"up"},"ref":1}', true)],
      [3001, 'down', text('{"ref":1,"seq":4}')],
      [3002, 'down', text(notice(4))],
      [4000, 'up', writeFrame({ opcode: opcodes.close, payload: writeClose(1000), mask })],
      [4001, 'down', writeFrame({ opcode: opcodes.close, payload: writeClose(1000) })],
    ],
  ])
}

const ask = (path: string): Uint8Array => writeHead(`GET ${path} HTTP/1.1`, [['Host', 'localhost'], agent])
const answer = (body: string): Uint8Array =>
  joined([
    writeHead('HTTP/1.1 200 OK', [
      ['Content-Type', 'application/json'],
      ['Content-Length', String(toBytes(body).length)],
    ]),
    toBytes(body),
  ])
const pollAnswer = (...seqs: readonly number[]): Uint8Array =>
  answer(`{"cursor":"abc.${seqs.at(-1) ?? 0}","missed":0,"notices":[${seqs.map(notice).join(',')}]}`)
const publish: readonly Said[] = [
  [
    2500,
    'up',
    writeHead('POST /api/notices HTTP/1.1', [['Host', 'localhost'], agent, ['Content-Length', '10']]),
    toBytes('{"body":1}'),
  ],
  [2502, 'down', writeHead('HTTP/1.1 201 Created', [['Content-Length', '0']])],
]

/** Polls on a timer: an empty one, one with two notices, another empty one; and a publish on a connection of its own. */
export const shortPollsCapture = (): Capture =>
  captureOfReads('short-polling', [
    [
      [0, 'up', ask('/api/short-polling')],
      [2, 'down', pollAnswer()],
      [1000, 'up', ask('/api/short-polling?after=abc.0')],
      [1002, 'down', pollAnswer(1, 2)],
      [2000, 'up', ask('/api/short-polling?after=abc.2')],
      [2002, 'down', pollAnswer()],
    ],
    publish,
  ])

/** Polls that are held: one until there is a notice, one until its time is up. */
export const heldPollsCapture = (): Capture =>
  captureOfReads('long-polling', [
    [
      [0, 'up', ask('/api/long-polling')],
      [800, 'down', pollAnswer(1)],
      [805, 'up', ask('/api/long-polling?after=abc.1')],
      [2805, 'down', pollAnswer()],
    ],
  ])

/** An endless answer with its first event, a comment and two notices. */
export const eventsCapture = (): Capture =>
  captureOfReads('sse', [
    [
      [0, 'up', ask('/api/sse')],
      [2, 'down', writeHead('HTTP/1.1 200 OK', [['Content-Type', 'text/event-stream']])],
      [3, 'down', writeEvent({ type: 'hello', data: position, id: 'abc.0', retryMs: 1000 })],
      [1000, 'down', writeEvent({ data: notice(1), id: 'abc.1' })],
      [2000, 'down', writeEvent({ comment: '' })],
      [3000, 'down', writeEvent({ data: notice(2), id: 'abc.2' })],
    ],
    publish,
  ])
