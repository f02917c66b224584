// The largest captures there can be, made of what takes a reader longest: each is taken apart in one pass.
import { expect, test } from 'vitest'
import { joined, toBytes } from './bytes.ts'
import { expectCovered } from './conversation.fixture.ts'
import { type Chunk, decodeConnection } from './conversation.ts'
import { writeFrame } from './frames.ts'
import { writeChunk, writeHead } from './http.ts'
import { deflated } from './inflate.fixture.ts'

const SIZE = 1024 * 1024
const repeated = (text: string): Uint8Array => toBytes(text.repeat(Math.floor(SIZE / text.length)))
const request = writeHead('GET /api/x HTTP/1.1', [])
const answer = (type: string, framing: readonly [string, string]): Uint8Array =>
  writeHead('HTTP/1.1 200 OK', [['Content-Type', type], framing])
const stream = answer('text/event-stream', ['Transfer-Encoding', 'chunked'])
const json = (body: Uint8Array): Uint8Array =>
  joined([answer('application/json', ['Content-Length', String(body.length)]), body])
const upgrade = writeHead('GET / HTTP/1.1', [['Upgrade', 'websocket']])
const switching = writeHead('HTTP/1.1 101 Switching Protocols', [['Sec-WebSocket-Extensions', 'permessage-deflate']])
const many = (piece: Uint8Array): Uint8Array =>
  joined(Array.from({ length: Math.floor(SIZE / piece.length) }, () => piece))

const all: Readonly<Record<string, { up?: Uint8Array; down: Uint8Array; readBytes?: number }>> = {
  'an event in each small chunk': { down: joined([stream, many(writeChunk(toBytes(':\n\n')))]) },
  'an event over chunks of a byte': {
    down: joined([stream, many(writeChunk(toBytes('a'))), writeChunk(toBytes('\n\n'))]),
  },
  'lines over chunks of a byte': {
    down: joined([stream, many(joined([writeChunk(toBytes('a')), writeChunk(toBytes('\n'))]))]),
  },
  'an event of short lines': { down: joined([stream, writeChunk(joined([repeated('a\n'), toBytes('\n')]))]) },
  'returns alone': { down: joined([stream, writeChunk(repeated('\r'))]) },
  'notices within each other, without an end': { down: json(repeated('{"seq":1,"at":')) },
  braces: { down: json(repeated('{')) },
  'notices behind one another': { down: json(repeated('{"seq":1,"at":1}')) },
  'quotes and backslashes': { down: json(repeated('"\\')) },
  'chunks of a byte': {
    down: joined([answer('application/json', ['Transfer-Encoding', 'chunked']), many(writeChunk(toBytes('1')))]),
  },
  'empty frames, each read by itself': {
    up: upgrade,
    down: joined([switching, many(Uint8Array.of(0x89, 0))]),
    readBytes: 128,
  },
  'fragments without an end': {
    up: upgrade,
    down: joined([switching, Uint8Array.of(1, 0), many(Uint8Array.of(0, 0))]),
  },
  'a message that inflates to a thousand times its size': {
    up: upgrade,
    down: joined([
      switching,
      many(writeFrame({ opcode: 1, rsv: 4, payload: deflated(new Uint8Array(1_000_000).fill(97)) })),
    ]),
  },
  'requests that offer to upgrade, and are refused': {
    up: many(upgrade),
    down: many(writeHead('HTTP/1.1 204 No Content', [])),
  },
  'requests without an answer': { up: many(request), down: new Uint8Array(0) },
  'a head that does not end': {
    up: repeated('GET / HTTP/1.1\r\nA: b\r\n'),
    down: repeated('HTTP/1.1 200 OK\r\nA: b\r\n'),
  },
  packets: { up: writeHead('GET /?EIO=4 HTTP/1.1', []), down: json(repeated('4\x1e')) },
  'a byte order mark': { down: joined([stream, writeChunk(toBytes('\uFEFF'))]) },
}

test.each(Object.entries(all))('%s', (_, { up = request, down, readBytes = 16_384 }) => {
  const chunks: Chunk[] = []
  for (const [way, bytes] of [
    ['up', up],
    ['down', down],
  ] as const)
    for (let at = 0; at < bytes.length; at += readBytes)
      chunks.push({ way, atMs: chunks.length, bytes: bytes.subarray(at, at + readBytes) })
  const conversation = decodeConnection(chunks)
  expectCovered(conversation, chunks)
  expect(conversation.messages.length).toBeLessThanOrEqual(20_002)
})
