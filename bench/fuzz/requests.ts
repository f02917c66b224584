// Generated requests: methods, targets, headers and bodies, right and wrong, one behind the other.
import fc from 'fast-check'
import { clientTransports } from '../../client/transports/index.ts'
import { anatomyPaths } from '../../server/anatomy/wire.ts'
import { PHONE_PARAMETER } from '../../server/demo/phone-wire.ts'
import { demoPaths } from '../../server/demo/wire.ts'
import { deliveryPath, paths } from '../../server/protocol.ts'
import { type Conversation, inBytes, talk } from './conversation.ts'
import { jsonText, nearly, oddText, spliced } from './json.ts'

/** Of the phone that is in the class. */
export const PHONE_KEY = 'a-phone-of-the-fuzzer_'

/** A poll that is held for longer than a conversation lasts is held for nothing. */
const MOST_WAIT_MS = 50

export const deliveryPaths = Object.keys(clientTransports).map(deliveryPath)
const allPaths = [
  ...deliveryPaths,
  ...Object.values(paths),
  ...Object.values(demoPaths),
  ...Object.values(anatomyPaths),
  '/',
  '/assets/',
  '/api/runs',
  '/api/claims',
  '/api/runs/delivery',
]

const escaped = (text: string): string =>
  inBytes(text).replace(/[^!-~]|[%#&+]/g, byte => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)

/** Where a subscriber says it is. */
export const cursorText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.nat(2000).map(seq => `{EPOCH}.${seq}`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('{EPOCH}.{HEAD}', 'earliest', '', '.', '{EPOCH}', '{EPOCH}.', '.1', 'EARLIEST'),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.oneof(fc.constant('{EPOCH}'), fc.string({ unit: fc.constantFrom(...'abz019A-_.'), maxLength: 40 })),
        fc.oneof(
          fc.bigInt({ min: -10n, max: 10n ** 20n }).map(String),
          fc.constantFrom('01', '1.5', '1e3', '0x1', '+1', '9007199254740991', '9007199254740992', 'NaN', ' 1', '١'),
        ),
      )
      .map(([epoch, seq]) => `${epoch}.${seq}`),
  },
  { weight: 1, arbitrary: oddText },
  { weight: 1, arbitrary: fc.nat(5000).map(length => '1'.repeat(length)) },
)

const parameter: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: cursorText.map(text => `after=${text.replace(/[^{}]+/g, escaped)}`) },
  { weight: 2, arbitrary: fc.integer({ min: -1, max: 10_001 }).map(limit => `limit=${limit}`) },
  { weight: 2, arbitrary: fc.integer({ min: -1, max: MOST_WAIT_MS }).map(ms => `waitMs=${ms}`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'EIO=4',
      'EIO=3',
      `${PHONE_PARAMETER}=${PHONE_KEY}`,
      `${PHONE_PARAMETER}=`,
      'transport=polling',
      'transport=websocket',
      'transport=x',
      'sid=x',
      'sid={SESSION}',
      'sid=__proto__',
      't=1',
      'b64=1',
      'j=0',
    ),
  },
  { weight: 1, arbitrary: fc.tuple(oddText, oddText).map(([name, value]) => `${escaped(name)}=${escaped(value)}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '%',
      '%f',
      '%ff',
      '%zz',
      '=',
      '&',
      '&&&',
      '?',
      'after',
      'after=%',
      'limit=%00',
      'waitMs=',
    ),
  },
)

/** Polls are never held for long, whatever else the query says: the first of a name counts. */
const query = fc.array(parameter, { maxLength: 4 }).map(parts => `?${[...parts, `waitMs=${MOST_WAIT_MS}`].join('&')}`)

const path: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...allPaths) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...allPaths),
        fc.constantFrom('/', '//', '/.', '/..', '%2f', '%00', '/x', '%', '%E0%A4%A', ';', '\\'),
      )
      .map(([known, more]) => known + more),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...allPaths)
      .map(known => known.replace(/[a-z]/g, letter => `%${letter.charCodeAt(0).toString(16)}`)),
  },
  { weight: 1, arbitrary: fc.constantFrom(...allPaths).map(known => known.toUpperCase()) },
  { weight: 1, arbitrary: oddText.map(text => `/${escaped(text)}`) },
  { weight: 1, arbitrary: fc.nat(20_000).map(length => `/${'a/'.repeat(length >> 1)}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '*',
      '/assets/../../package.json',
      '/assets/%2e%2e/%2e%2e/etc/passwd',
      '/api/runs/%2e%2e',
      '//x/y',
      '/demo/join/WXYZ',
    ),
  },
)

export const target: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(path, query).map(([where, asked]) => where + asked) },
  { weight: 3, arbitrary: path.filter(where => !where.includes('polling')) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          'http://127.0.0.1',
          'HTTP://LOCALHOST:80',
          'http://evil.example',
          'ws://[::1]',
          'http://',
          'x:',
        ),
        path,
        query,
      )
      .map(parts => parts.join('')),
  },
)

const method = fc.oneof(
  { weight: 8, arbitrary: fc.constant('GET') },
  { weight: 4, arbitrary: fc.constant('POST') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'HEAD',
      'OPTIONS',
      'PUT',
      'DELETE',
      'PATCH',
      'TRACE',
      'CONNECT',
      'QUERY',
      'M-SEARCH',
      'PRI',
      'get',
      '',
      'GETT',
    ),
  },
)

const version = fc.oneof(
  { weight: 12, arbitrary: fc.constant('HTTP/1.1') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.2', 'http/1.1', 'HTTP/1.1 ', ''),
  },
)

const host = fc.oneof(
  { weight: 12, arbitrary: fc.constant('Host: 127.0.0.1') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'Host: evil.example',
      'Host:',
      'Host: localhost:99999',
      'Host: [::1',
      'Host: a,b',
      'X: no-host',
      'Host: x\r\nHost: y',
      'Host: 127.0.0.1.evil.example',
      'Host: 127.1',
    ),
  },
)

const headerValue = oddText.map(text => inBytes(text).replace(/[\r\n\0]/g, ' '))
const header: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: cursorText.map(text => `Last-Event-ID: ${text.replace(/[^{}!-~]/g, '?')}`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'Connection: close',
      'Connection: keep-alive',
      'Connection: upgrade',
      'Expect: 100-continue',
      'Expect: x',
      'Origin: null',
      'Origin: http://127.0.0.1',
      'Origin: http://evil.example',
      'Accept: text/event-stream',
      'If-None-Match: *',
      'If-Modified-Since: x',
      'Range: bytes=0-1,5-',
      'Range: bytes=-9999999',
      'Accept-Encoding: gzip;q=x',
      'Authorization: Bearer',
      'Authorization: Basic eA==',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'Upgrade: websocket',
      'Upgrade: h2c',
      'Upgrade: h2c, websocket',
      'Upgrade: ,',
      'Upgrade: WebSocket\r\nConnection: Upgrade',
      'HTTP2-Settings: AAMAAABk',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Version: 8',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Key: x',
      'Sec-WebSocket-Extensions: permessage-deflate; x=;',
      'Sec-WebSocket-Protocol: ,',
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          'X',
          'Cookie',
          'Authorization',
          'Origin',
          'Content-Type',
          'Content-Encoding',
          'Referer',
          'X-Forwarded-For',
          'Forwarded',
          'Via',
          'Date',
          'Access-Control-Request-Method',
        ),
        headerValue,
      )
      .map(([name, value]) => `${name}: ${value}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'no colon',
      ': no name',
      'Sp ace: x',
      'X : x',
      ' folded',
      'X:\u0001',
      '\u00ff: x',
      'Transfer-Encoding: chunked',
      'Transfer-Encoding: gzip, chunked',
      'Content-Length: 5',
      'Content-Length: -1',
      'Content-Length: 1e3',
      'Content-Length: 99999999999999999999',
      'Transfer-Encoding: x',
    ),
  },
  { weight: 1, arbitrary: fc.nat(20_000).map(length => `X-Long: ${'x'.repeat(length)}`) },
  {
    weight: 1,
    arbitrary: fc.nat(200).map(count => Array.from({ length: count + 1 }, (_, i) => `X-${i}: ${i}`).join('\r\n')),
  },
)

type Framed = readonly [head: string, body: string]

/** How a body is sent: with its length, or a wrong one, or in chunks. */
const framed = (body: string): fc.Arbitrary<Framed> => {
  const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
  const half = body.length >> 1
  const chunked = 'Transfer-Encoding: chunked\r\n'
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant<Framed>([`Content-Length: ${body.length}\r\n`, body]) },
    {
      weight: 3,
      arbitrary: fc.constant<Framed>([
        chunked,
        `${chunk(body.slice(0, half) || ' ')}${chunk(body.slice(half) || ' ')}0\r\n\r\n`,
      ]),
    },
    {
      weight: 1,
      arbitrary: fc
        .integer({ min: -3, max: 3 })
        .map<Framed>(by => [`Content-Length: ${Math.max(0, body.length + by)}\r\n`, body]),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Framed[]>(
        [chunked, `zz\r\n${body}\r\n0\r\n\r\n`],
        [chunked, `-1\r\n${body}`],
        [chunked, `ffffffffffffffff\r\n${body}`],
        [chunked, `${chunk(body || ' ')}0\r\nX: trailer\r\n\r\n`],
        [chunked, `1;x="\r\n${body}`],
        [chunked, chunk(body || ' ')],
        [`${chunked}Content-Length: 3\r\n`, body],
        [`Content-Length: 1\r\nContent-Length: 2\r\n`, body],
        ['', body],
      ),
    },
  )
}

const contentType = fc.oneof(
  { weight: 9, arbitrary: fc.constant('Content-Type: application/json\r\n') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      'Content-Type: text/plain\r\n',
      'Content-Type: application/json;charset=utf-16\r\n',
      'Content-Type: application/json; charset="utf-8"; charset\r\n',
      'Content-Type: ;\r\n',
      'Content-Type: application/json\r\nContent-Encoding: gzip\r\n',
      'Content-Type: multipart/form-data; boundary=\r\n',
    ),
  },
)

/** A POST of `body`, bytes, to `where`. */
export const posted = (where: fc.Arbitrary<string>, body: fc.Arbitrary<string>, headers = ''): fc.Arbitrary<string> =>
  fc
    .tuple(where, contentType, body.chain(framed))
    .map(([to, type, [head, sent]]) => `POST ${to} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}${type}${head}\r\n${sent}`)

export const got = (where: string, headers = ''): string => `GET ${where} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`

const request = fc
  .tuple(
    method,
    target,
    version,
    host,
    fc.array(header, { maxLength: 4 }),
    fc.oneof(
      { weight: 4, arbitrary: fc.constant<Framed>(['', '']) },
      { weight: 1, arbitrary: jsonText.map(inBytes).chain(framed) },
    ),
  )
  .map(
    ([verb, where, spoken, first, headers, [head, body]]) =>
      `${verb} ${where} ${spoken}\r\n${[first, ...headers].join('\r\n')}\r\n${head}\r\n${body}`,
  )

const notice = nearly({
  body: jsonText,
  id: fc.oneof(
    fc.nat(5000).map(id => `"i${id}"`),
    oddText.map(text => JSON.stringify(text)),
  ),
})
const notices = fc.oneof(
  { weight: 5, arbitrary: notice },
  { weight: 4, arbitrary: fc.array(notice, { maxLength: 6 }).map(items => `[${items.join(',')}]`) },
  {
    weight: 1,
    arbitrary: fc.tuple(notice, fc.nat(1100)).map(
      ([item, count]) =>
        `[${Array(item.length > 300 ? 3 : count)
          .fill(item)
          .join(',')}]`,
    ),
  },
  { weight: 1, arbitrary: jsonText },
)

/** Bytes that are no UTF-8, now and then. */
const encoded = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 19, arbitrary: text.map(inBytes) },
    { weight: 1, arbitrary: text.map(each => `${inBytes(each)}\xff\xc0\x80`) },
  )

export const requests: readonly fc.Arbitrary<Conversation>[] = [
  talk({ kind: 'requests', message: request, most: 8 }),
  talk({ kind: 'requests', message: request, most: 8 }),
  talk({ kind: 'publishing', message: posted(fc.constant(paths.notices), encoded(spliced(notices))), most: 6 }),
  talk({
    kind: 'cursors',
    message: fc
      .tuple(fc.constantFrom(...deliveryPaths), query, fc.option(cursorText, { freq: 3, nil: undefined }))
      .map(([where, asked, last]) =>
        got(where + asked, last === undefined ? '' : `Last-Event-ID: ${last.replace(/[^{}!-~]/g, '?')}\r\n`),
      ),
    most: 8,
  }),
]
