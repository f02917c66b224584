// What tells who captured is gone from a capture, and every size is as it was.
import { describe, expect, test } from 'vitest'
import { latin1, toBytes } from '../codecs/bytes.ts'
import { writeFrame } from '../codecs/frames.ts'
import { bytesOf, type Capture, type CapturedChunk, sizeOf } from './capture.ts'
import { redact } from './redact.ts'

const captureOf = (chunks: readonly CapturedChunk[], isSecure = false): Capture => ({
  format: 'transport-lab-capture',
  version: 1,
  transport: 'some-transport',
  isSecure,
  takenAt: '2026-01-02T03:04:05.000Z',
  client: 'Chromium 140',
  lastedMs: 1,
  published: [],
  connections: [{ openedMs: 0, chunks }],
  redacted: [],
})
const up = (bytes: string | Uint8Array): CapturedChunk => ({
  way: 'up',
  atMs: 0,
  bytes: typeof bytes === 'string' ? toBytes(bytes) : bytes,
})
const down = (bytes: string | Uint8Array): CapturedChunk => ({ ...up(bytes), way: 'down' })
/** Both directions of its only connection, redacted, and which headers were. */
function redacted(...chunks: CapturedChunk[]) {
  const before = captureOf(chunks)
  const after = redact(before)
  expect(sizeOf(after)).toEqual(sizeOf(before))
  expect(after.connections[0]!.chunks.map(({ way, bytes }) => [way, bytes.length])).toEqual(
    chunks.map(({ way, bytes }) => [way, bytes.length]),
  )
  const [connection] = after.connections
  return {
    up: latin1(bytesOf(connection!, 'up')),
    down: latin1(bytesOf(connection!, 'down')),
    names: after.redacted,
  }
}
const request = (...headers: string[]) => `GET /a HTTP/1.1\r\n${headers.map(line => `${line}\r\n`).join('')}\r\n`

describe('redaction', () => {
  test('takes out cookies and credentials, of requests and of answers, behind bodies of every kind too', () => {
    const secret = request('Cookie: id=1; x=2', 'AUTHORIZATION:  Bearer abc ', 'X-Forwarded-For: 192.0.2.1')
    const gone =
      'GET /a HTTP/1.1\r\nCookie: xxxxxxxxx\r\nAUTHORIZATION:  xxxxxxxxxx \r\nX-Forwarded-For: xxxxxxxxx\r\n\r\n'
    const post = `POST /a HTTP/1.1\r\nContent-Length: 11\r\n\r\nCookie: a=b`
    expect(redacted(up(post + secret))).toMatchObject({
      up: post + gone,
      names: ['AUTHORIZATION', 'Cookie', 'X-Forwarded-For'],
    })
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nTrailer: 1\r\n\r\n'
    const answer = 'HTTP/1.1 204 No Content\r\nSet-Cookie: id=1\r\n\r\n'
    expect(redacted(down(chunked + answer)).down).toBe(chunked + answer.replace('id=1', 'xxxx'))
  })

  test.each([
    ['Host: 192.0.2.7:8080', 'Host: xxxxxxxxx:8080'],
    ['Host: lab.example.org', 'Host: xxxxxxxxxxxxxxx'],
    ['Host: [2001:db8::1]:80', 'Host: xxxxxxxxxxxxx:80'],
    ['Host: 127.0.0.1:8080', 'Host: 127.0.0.1:8080'],
    ['Host: localhost:8080', 'Host: localhost:8080'],
    ['Host: [::1]:8080', 'Host: [::1]:8080'],
    ['Origin: http://192.0.2.7:8080', 'Origin: http://xxxxxxxxx:8080'],
    ['Origin: null', 'Origin: null'],
    ['Referer: http://me:pw@10.0.0.1/anatomy?x=1', 'Referer: http://xxxxx@xxxxxxxx/anatomy?x=1'],
    ['Referer: http://127.0.0.1:8080/anatomy', 'Referer: http://127.0.0.1:8080/anatomy'],
    ['Location: /somewhere', 'Location: /somewhere'],
    ['X-From: /home/somebody/lab, C:\\Users\\Some One', 'X-From: /home/xxxxxxxx/lab, C:\\Users\\xxxx One'],
    ['User-Agent: Mozilla/5.0 (X11; Linux x86_64)', 'User-Agent: Mozilla/5.0 (X11; Linux x86_64)'],
  ])('%s becomes %s', (header, expected) => {
    expect(redacted(up(request(header))).up).toBe(request(expected))
  })

  test('finds a header that several reads brought', () => {
    const text = request('Host: 192.0.2.7', 'Cookie: secret')
    expect(redacted(...[...text].map(character => up(character))).up).toBe(request('Host: xxxxxxxxx', 'Cookie: xxxxxx'))
  })

  test('leaves notices as they are, and frames, whatever they look like', () => {
    const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSet-Cookie: a\r\n\r\n'
    const frame = latin1(writeFrame({ opcode: 1, payload: toBytes(`\r\n${request('Cookie: a')}`) }))
    const bytes = Uint8Array.from(head + frame, character => character.charCodeAt(0))
    expect(redacted(down(bytes)).down).toBe(head.replace('Set-Cookie: a', 'Set-Cookie: x') + frame)
    const stream = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: Cookie: a\n\n'
    expect(redacted(down(stream))).toMatchObject({ down: stream, names: [] })
    expect(redacted(up('this is no HTTP\r\nCookie: a\r\n')).up).toBe('this is no HTTP\r\nCookie: a\r\n')
  })

  test('does not look into TLS, which is sizes', () => {
    const secure = captureOf([up(request('Cookie: a'))], true)
    expect(redact(secure)).toEqual(secure)
  })
})
