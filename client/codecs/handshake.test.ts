import { expect, test } from 'vitest'
import { fromLatin1 } from './bytes.ts'
import { handshakeSteps } from './handshake.ts'
import { readHead, writeHead } from './http.ts'

/** RFC 6455 §1.2. */
const asked: Record<string, string | null> = {
  Host: 'server.example.com',
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  Origin: 'http://example.com',
  'Sec-WebSocket-Protocol': 'chat, superchat',
  'Sec-WebSocket-Version': '13',
}
const answered: Record<string, string | null> = {
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  'Sec-WebSocket-Protocol': 'chat',
}
const fieldsOf = (headers: Record<string, string | null>) =>
  Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]))

/** Names of the steps that are not met. */
function missed({
  start = 'GET /chat HTTP/1.1',
  up = {},
  status = 'HTTP/1.1 101 Switching Protocols',
  down = {},
}: {
  start?: string
  up?: typeof asked
  status?: string
  down?: typeof answered
}) {
  const request = readHead(writeHead(start, fieldsOf({ ...asked, ...up })), 0, 'request')!
  const answer = readHead(writeHead(status, fieldsOf({ ...answered, ...down })), 0, 'answer')!
  return handshakeSteps(request, answer)
    .filter(({ isMet }) => !isMet)
    .map(({ name, found }) => `${name}: ${found}`)
}

test("RFC 6455's example takes every step", () => {
  expect(missed({})).toEqual([])
})

test('lists of names may have others in them, in any case', () => {
  expect(
    missed({ up: { Connection: 'keep-alive, upgrade', Upgrade: 'WebSocket' }, down: { Connection: 'UPGRADE' } }),
  ).toEqual([])
})

test.each([
  ['another method', { start: 'POST /chat HTTP/1.1' }, 'the request: POST, HTTP/1.1'],
  ['an old version of HTTP', { start: 'GET /chat HTTP/1.0' }, 'the request: GET, HTTP/1.0'],
  ['no host', { up: { Host: null } }, 'its Host: nothing'],
  ['another protocol', { up: { Upgrade: 'h2c' } }, 'its Upgrade: h2c'],
  ['an offer that Connection does not name', { up: { Connection: 'keep-alive' } }, 'its Connection: keep-alive'],
  ['a version that was a draft', { up: { 'Sec-WebSocket-Version': '8' } }, 'its Sec-WebSocket-Version: 8'],
  ['a refusal', { status: 'HTTP/1.1 400 Bad Request' }, 'the answer: HTTP/1.1 400 Bad Request'],
  ['an answer to another key', { down: { 'Sec-WebSocket-Accept': 'x' } }, "the answer's Sec-WebSocket-Accept: x"],
])('%s is a step that is not met', (_, what, step) => {
  expect(missed(what)).toEqual([step])
})

test('without a key, or without an answer, every step about it is missed', () => {
  expect(missed({ up: { 'Sec-WebSocket-Key': null } })).toEqual([
    'its Sec-WebSocket-Key: nothing',
    "the answer's Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
  ])
  const request = readHead(fromLatin1('GET / HTTP/1.1\r\n\r\n'), 0, 'request')!
  expect(
    handshakeSteps(request, undefined)
      .filter(({ isMet }) => isMet)
      .map(({ name }) => name),
  ).toEqual(['the request'])
})
