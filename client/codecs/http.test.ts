import { describe, expect, test } from 'vitest'
import { fromLatin1, latin1 } from './bytes.ts'
import {
  bodyFramingOf,
  headerOf,
  readChunkEnd,
  readChunkSize,
  readHead,
  readTrailers,
  writeChunk,
  writeHead,
} from './http.ts'
import { Malformed } from './part.ts'

const answerOf = (start: string, ...lines: string[]) =>
  readHead(fromLatin1([start, ...lines, '', ''].join('\r\n')), 0, 'answer')!
const requestOf = (start: string, ...lines: string[]) =>
  readHead(fromLatin1([start, ...lines, '', ''].join('\r\n')), 0, 'request')!

/** The place and the rule of what is broken. */
function broken(read: () => unknown): [at: number, rule: string] {
  try {
    read()
  } catch (error) {
    if (error instanceof Malformed) return [error.at, error.message]
    throw error
  }
  throw new Error('nothing is broken')
}

describe('a head', () => {
  test('of a request says its method, target and version, and where each line is', () => {
    const text = 'GET /api/sse?after=a.1 HTTP/1.1\r\nHost: here\r\nX-Empty:\r\nX-Blank: \t b c \t\r\n\r\n'
    const head = readHead(fromLatin1(`..${text}rest`), 2, 'request')!
    expect(head).toMatchObject({
      method: 'GET',
      target: '/api/sse?after=a.1',
      version: 'HTTP/1.1',
      status: 0,
      from: 2,
      startTo: 35,
      to: 2 + text.length,
    })
    expect(head.fields.map(({ name, value }) => [name, value])).toEqual([
      ['Host', 'here'],
      ['X-Empty', ''],
      ['X-Blank', 'b c'],
    ])
    expect(head.fields.map(({ from, to }) => `..${text}`.slice(from, to))).toEqual([
      'Host: here\r\n',
      'X-Empty:\r\n',
      'X-Blank: \t b c \t\r\n',
    ])
  })

  test('of an answer says its status and reason, also an empty one or none', () => {
    expect(answerOf('HTTP/1.1 101 Switching Protocols')).toMatchObject({
      status: 101,
      reason: 'Switching Protocols',
      method: '',
    })
    expect(answerOf('HTTP/1.0 200 ')).toMatchObject({ status: 200, reason: '', version: 'HTTP/1.0' })
    expect(answerOf('HTTP/1.1 204')).toMatchObject({ status: 204, reason: '' })
  })

  test('has headers by name without regard to case, repeated ones joined', () => {
    const head = answerOf('HTTP/1.1 200 OK', 'X-A: 1', 'AA: 2', 'set-x: 3', 'SET-X: 4')
    expect(['a', 'aa', 'x-a', 'Set-X', 'missing'].map(name => headerOf(head, name))).toEqual([
      null,
      '2',
      '1',
      '3, 4',
      null,
    ])
  })

  test.each([
    [
      'a request that is an answer',
      'HTTP/1.1 200 OK\r\n\r\n',
      'request',
      0,
      'a request must begin with METHOD TARGET HTTP/1.1, got "HTTP/1.1 200 OK"',
    ],
    [
      'an answer that is a request',
      'GET / HTTP/1.1\r\n\r\n',
      'answer',
      0,
      'an answer must begin with HTTP/1.1 and a status, got "GET / HTTP/1.1"',
    ],
    ['a target with a space', 'GET /a b HTTP/1.1\r\n\r\n', 'request', 0, 'got "GET /a b HTTP/1.1"'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n', 'answer', 0, 'got "HTTP/2 200"'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'answer', 0, 'got "HTTP/1.1 2000 OK"'],
    ['what cannot become HTTP any more', '\x16\x03\x01', 'request', 0, 'a request must begin with'],
    ['frames where an answer ought to be', '\x81\x05Hello', 'answer', 0, 'an answer must begin with'],
    [
      'a header without a colon',
      'GET / HTTP/1.1\r\nA: b\r\nnonsense\r\n\r\n',
      'request',
      22,
      'a header must be NAME: VALUE, got "nonsense"',
    ],
    ['a header that goes on in the next line', 'GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n', 'request', 22, 'got " c"'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nA : b\r\n\r\n', 'request', 16, 'got "A : b"'],
    ['a header without a name', 'GET / HTTP/1.1\r\n: b\r\n\r\n', 'request', 16, 'got ": b"'],
    [
      'a head without an end',
      `GET / HTTP/1.1\r\nA: ${'b'.repeat(70_000)}`,
      'request',
      0,
      'a head must have at most 65536 bytes',
    ],
  ] as const)('that is %s is broken at its byte', (_, text, kind, at, rule) => {
    const [place, said] = broken(() => readHead(fromLatin1(text), 0, kind))
    expect(place).toBe(at)
    expect(said).toContain(rule)
  })
})

describe('the body behind a head', () => {
  test.each([
    ['GET / HTTP/1.1', [], { kind: 'none' }],
    ['POST / HTTP/1.1', ['Content-Length: 5'], { kind: 'length', bytes: 5 }],
    ['POST / HTTP/1.1', ['Content-Length: 0'], { kind: 'none' }],
    ['POST / HTTP/1.1', ['Transfer-Encoding: gzip, Chunked', 'Content-Length: 5'], { kind: 'chunks' }],
  ] as const)('%s %j', (start, lines, framing) => {
    expect(bodyFramingOf(requestOf(start, ...lines))).toEqual(framing)
  })

  test.each([
    ['HTTP/1.1 200 OK', [], 'GET', { kind: 'until close' }],
    ['HTTP/1.1 200 OK', ['Transfer-Encoding: gzip'], 'GET', { kind: 'until close' }],
    ['HTTP/1.1 200 OK', ['transfer-encoding: chunked'], 'GET', { kind: 'chunks' }],
    ['HTTP/1.1 200 OK', ['Content-Length: 7'], 'GET', { kind: 'length', bytes: 7 }],
    ['HTTP/1.1 200 OK', ['Content-Length: 7'], 'HEAD', { kind: 'none' }],
    ['HTTP/1.1 204 No Content', ['Content-Length: 7'], 'GET', { kind: 'none' }],
    ['HTTP/1.1 304 Not Modified', ['Content-Length: 7'], 'GET', { kind: 'none' }],
    ['HTTP/1.1 103 Early Hints', [], 'GET', { kind: 'none' }],
    ['HTTP/1.1 101 Switching Protocols', [], 'GET', { kind: 'upgraded' }],
  ] as const)('%s %j to %s', (start, lines, method, framing) => {
    expect(bodyFramingOf(answerOf(start, ...lines), method)).toEqual(framing)
  })

  test('is broken at the header that says what it cannot be', () => {
    expect(broken(() => bodyFramingOf(answerOf('HTTP/1.1 200 OK', 'A: b', 'Content-Length: many')))).toEqual([
      23,
      'content-length must be a whole number, got "many"',
    ])
    expect(
      broken(() => bodyFramingOf(answerOf('HTTP/1.1 200 OK', 'Content-Length: 5', 'Content-Length: 6')))[1],
    ).toContain('got "5, 6"')
    expect(broken(() => bodyFramingOf(requestOf('POST / HTTP/1.1', 'Transfer-Encoding: gzip')))).toEqual([
      17,
      'the encoding of a request must end in chunked',
    ])
  })
})

describe('a chunk', () => {
  test('is written with its size, and the last one with the empty line', () => {
    expect(latin1(writeChunk(fromLatin1('hello world')))).toBe('b\r\nhello world\r\n')
    expect(latin1(writeChunk(new Uint8Array(0)))).toBe('0\r\n\r\n')
  })

  test("'s size may have extensions, and stands before its data", () => {
    expect(readChunkSize(fromLatin1('1A;a="b"\r\n'), 0)).toEqual({ from: 0, to: 10, size: 26 })
    expect(readChunkSize(fromLatin1('1A'), 0)).toBeUndefined()
  })

  test('that is not what it should be is broken at its byte', () => {
    expect(broken(() => readChunkSize(fromLatin1('..zz\r\n'), 2))).toEqual([
      2,
      'a chunk\'s size must be a hexadecimal number, got "zz"',
    ])
    expect(broken(() => readChunkSize(fromLatin1('123456789\r\n'), 0))[0]).toBe(0)
    expect(broken(() => readChunkEnd(fromLatin1('abc'), 1))).toEqual([
      1,
      'a chunk must end behind as many bytes as its size says',
    ])
    expect(broken(() => readChunkEnd(fromLatin1('a\rc'), 1))[0]).toBe(1)
    expect(broken(() => readChunkSize(new Uint8Array(20_000).fill(49), 0))[1]).toContain('at most 16384 bytes')
  })

  test('may be followed by trailers', () => {
    expect(readTrailers(fromLatin1('A: b\r\nC: d\r\n\r\nnext'), 0)).toBe(14)
    expect(readTrailers(fromLatin1('A: b\r\n\r'), 0)).toBeUndefined()
  })
})

test('a head that is written stands on the wire as HTTP has it', () => {
  expect(
    latin1(
      writeHead('GET / HTTP/1.1', [
        ['Host', 'a'],
        ['X', 'é'],
      ]),
    ),
  ).toBe('GET / HTTP/1.1\r\nHost: a\r\nX: é\r\n\r\n')
})
