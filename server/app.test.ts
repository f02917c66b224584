import { mkdtemp, rm, stat } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startServer } from './app.ts'
import { parseServerOptions } from './command-line.ts'
import type { ServerOptions } from './options.ts'
import { testServers } from './servers.fixture.ts'

const { serve, stops } = testServers()

const post = (url: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/api/notices`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })

async function problem(answer: Response): Promise<string> {
  expect(answer.headers.get('content-type')).toMatch('application/problem+json')
  const { type, title, status, detail } = (await answer.json()) as Record<string, unknown>
  expect([type, status]).toEqual(['about:blank', answer.status])
  expect(title).toBeTypeOf('string')
  return `${status} ${detail}`
}

/** A WebSocket and everything that came over it, as text; resolves with its close. */
async function open(url: string, path: string, headers: Record<string, string> = {}) {
  const ws = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers })
  stops.push(() => ws.terminate())
  const texts: string[] = []
  let wake = (): void => {}
  ws.on('message', data => {
    texts.push(String(data))
    wake()
  })
  const closed = new Promise<string>(resolve => ws.once('close', (code, reason) => resolve(`${code} ${reason}`)))
  ws.on('error', () => {})
  const until = async (count: number): Promise<void> => {
    while (texts.length < count) await new Promise<void>(resolve => (wake = resolve))
  }
  await new Promise<void>(resolve => {
    ws.once('open', resolve)
    ws.once('close', () => resolve())
  })
  return { ws, texts, closed, until }
}

/** What a raw TCP client gets for `text` until the other end closes, or `pattern` has come. */
async function raw(port: number, text: string, pattern?: RegExp): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1')
  stops.push(() => socket.destroy())
  socket.setEncoding('utf8').write(text)
  let got = ''
  return new Promise(resolve => {
    socket.on('data', chunk => {
      got += chunk
      if (pattern?.test(got)) resolve(got)
    })
    socket.on('error', () => resolve(got))
    socket.on('close', () => resolve(got))
  })
}

describe('publishing', () => {
  it('answers with cursor and seqs, for one notice and for many', async () => {
    const { url } = await serve()
    const one = await post(url, '{"body":{"x":1}}')
    expect(one.status).toBe(201)
    expect(await one.json()).toEqual({ cursor: expect.stringMatching(/^[a-z0-9]+\.1$/), seqs: [1] })
    expect(await (await post(url, '[{"body":1},{"body":null}]')).json()).toMatchObject({ seqs: [2, 3] })
  })

  it('gives the first seq again for a known id, and appends nothing', async () => {
    const { url, log } = await serve()
    await post(url, '{"body":1,"id":"a"}')
    expect(
      await (await post(url, '[{"body":2,"id":"b"},{"body":3,"id":"a"},{"body":4,"id":"b"}]')).json(),
    ).toMatchObject({ seqs: [2, 1, 2] })
    expect(log.head).toBe(2)
  })

  it.each([
    ['a JSON text cut short', '{"body":1', 400, 'must be JSON'],
    ['an empty array', '[]', 400, 'an array must hold 1 to 1000 notices, got 0'],
    ['an array of 1001', JSON.stringify(Array(1001).fill({ body: 1 })), 400, 'got 1001'],
    ['a number alone', '7', 400, 'must be an object'],
    ['no body', '{}', 400, 'must have a "body"'],
    ['an unknown key', '{"body":1,"extra":2}', 400, 'got "extra"'],
    ['a key named __proto__', '{"body":1,"__proto__":{}}', 400, 'got "__proto__"'],
    ['an id with a space', '{"body":1,"id":"a b"}', 400, '"id" must be 1 to 64 of [A-Za-z0-9_-], got "a b"'],
    ['an id that is a number', '{"body":1,"id":7}', 400, 'got 7'],
    ['a number beyond the finite', '{"body":[1,{"x":-1e999}]}', 400, 'finite'],
    ['a number of 400 digits', `{"body":${'9'.repeat(400)}}`, 400, 'finite'],
    ['an array of which one has no body', '[{"body":1},{"id":"x"}]', 400, 'notice[1] must have a "body"'],
    ['a body over 64 KiB', `{"body":"${'x'.repeat(65_535)}"}`, 413, 'at most 65536 bytes as JSON, got 65537'],
    ['a request over 1 MiB', `{"body":"${'x'.repeat(1_100_000)}"}`, 413, 'at most 1048576 bytes'],
  ])('refuses %s', async (_what, body, status, words) => {
    const { url, log } = await serve()
    const answer = await post(url, body)
    expect(answer.status).toBe(status)
    expect(await problem(answer)).toContain(words)
    expect(log.head).toBe(0)
  })

  it.each([
    [32, 201],
    [33, 400],
    [1000, 400],
    [32_000, 400],
  ])('takes a body nested 32 deep and refuses a deeper one: %i', async (depth, status) => {
    const { url, log } = await serve()
    for (const deep of ['['.repeat(depth) + ']'.repeat(depth), `${'{"[":'.repeat(depth)}1${'}'.repeat(depth)}`]) {
      if (deep.length > 65_536) continue
      const answer = await post(url, `{"body":${deep}}`)
      expect(answer.status).toBe(status)
      if (status === 400) expect(await problem(answer)).toContain('nested at most 32 deep')
    }
    const nested = { list: [[[]], {}, [{ 'a "key"\u2028': [null, true, 1.5, 'é"\n'] }]], toJSON: 'no function' }
    const around = Array.from({ length: 25 }).reduce((inner: unknown) => [inner], nested)
    expect((await post(url, JSON.stringify({ body: around }))).status).toBe(201)
    expect(log.after(log.head - 1).entries.at(-1)?.json).toContain(`"body":${JSON.stringify(around)}`)
    const brackets = JSON.stringify('["[[{'.repeat(3000))
    expect((await post(url, `{"body":${brackets}}`)).status).toBe(201)
  })

  it('reads a request once, however many notices and digits are in it', async () => {
    const { url } = await serve()
    // Each of a thousand notices looked at the whole request: these took 22 seconds, and ten minutes.
    const numbers = `[${Array(90).fill('123456789').join(',')}]`
    const digits = `"${'7'.repeat(299)} "`
    const texts = [
      `[${Array(1000).fill(`{"body":${numbers}}`).join(',')}]`,
      `[${Array(1000).fill(`{"body":[${digits},${digits},${digits}]}`).join(',')}]`,
    ]
    for (const text of texts) expect((await post(url, text)).status).toBe(201)
  })

  it('looks through arrays of any length for a number beyond the finite', async () => {
    const { url } = await serve()
    const many = Array(500_000).fill('0').join(',')
    expect((await post(url, `{"body":[${many},1e9]}`)).status).toBe(413)
    const answer = await post(url, `{"body":[${many},1e999]}`)
    expect(answer.status).toBe(400)
    expect(await problem(answer)).toContain('finite')
  })

  it('refuses other content types, charsets and encodings with 415', async () => {
    const { url } = await serve()
    for (const headers of [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/json; charset=latin1' },
      { 'content-encoding': 'gzip' },
    ] as Record<string, string>[])
      expect(await problem(await post(url, '{"body":1}', headers))).toMatch(/^415 /)
    expect((await post(url, '{"body":1}', { 'content-type': 'application/json; charset=UTF-8' })).status).toBe(201)
  })

  it('refuses what is not UTF-8', async () => {
    const { url } = await serve()
    const answer = await fetch(`${url}/api/notices`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from([0x22, 0xff, 0x22]),
    })
    expect(await problem(answer)).toContain('UTF-8')
  })

  it('takes a token that was read from a file, with a byte order mark and a line end around it', () => {
    const { publishToken } = parseServerOptions([], { LAB_PUBLISH_TOKEN: '\uFEFFsecret\r\n' }) as ServerOptions
    expect(publishToken).toBe('secret')
  })

  it('asks for the token where there is one, but not on the control socket, whose answers carry appendedNs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lab-test-'))
    stops.push(() => rm(folder, { recursive: true, force: true }))
    const socketPath = join(folder, 'control.sock')
    const { url } = await serve('--publish-token', 'secret', '--control', socketPath)
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600)
    expect(await problem(await post(url, '{"body":1}'))).toMatch('401')
    expect((await post(url, '{"body":1}', { authorization: 'Bearer wrong' })).status).toBe(401)
    expect((await post(url, '{"body":1}', { authorization: 'Bearer secret' })).status).toBe(201)
    const text = await new Promise<string>(resolve => {
      const req = httpRequest(
        { socketPath, path: '/api/notices', method: 'POST', headers: { 'content-type': 'application/json' } },
        res => {
          let body = ''
          res.on('data', chunk => (body += chunk)).on('end', () => resolve(body))
        },
      )
      req.end('{"body":2}')
    })
    expect(JSON.parse(text)).toMatchObject({ seqs: [2], appendedNs: expect.stringMatching(/^\d+$/) })
    const { ws, texts, until } = await open(url, '/api/websocket')
    await until(1)
    ws.send('{"publish":1,"ref":1}')
    ws.send('{"publish":1,"ref":2,"token":"secret"}')
    await until(4)
    expect(texts.filter(text => text.includes('ref'))).toEqual([
      '{"ref":1,"error":"publishing needs the server\'s publish token in \\"token\\""}',
      '{"ref":2,"seq":3}',
    ])
  })
})

describe('upstream frames', () => {
  it('publish, and are answered with their ref', async () => {
    const { url, log } = await serve()
    const { ws, texts, until } = await open(url, '/api/websocket')
    await until(1)
    ws.send('{"publish":{"a":1},"ref":7,"id":"x"}')
    ws.send('{"publish":{"a":2},"ref":"again","id":"x"}')
    ws.send(`{"publish":"${'x'.repeat(65_540)}","ref":9}`)
    await until(5)
    expect(texts.filter(text => text.includes('"ref"')).map(text => JSON.parse(text))).toEqual([
      { ref: 7, seq: 1 },
      { ref: 'again', seq: 1 },
      { ref: 9, error: expect.stringContaining('at most 65536 bytes') },
    ])
    expect(log.head).toBe(1)
  })

  it.each([
    ['what is not JSON', 'not JSON', '1008 '],
    ['a frame without ref', '{"publish":1}', '1008 "ref" must be'],
    ['a frame without publish', '{"ref":1}', '1008 a frame must have "publish"'],
    ['an unknown key', '{"publish":1,"ref":1,"x":1}', '1008 '],
    ['an array', '[]', '1008 '],
    [
      'an unknown key whose name is longer in bytes',
      `{"publish":1,"ref":1,"${'漢'.repeat(40)}":1}`,
      '1008 a frame has',
    ],
    ['a binary frame', Buffer.from('{"publish":1,"ref":1}'), '1003 '],
    ['a frame over 65 KiB', 'x'.repeat(66_561), '1009 '],
  ])('close the connection for %s', async (_what, frame, expected) => {
    const { url } = await serve()
    const { ws, closed } = await open(url, '/api/websocket')
    ws.send(frame)
    expect(await closed).toContain(expected)
  })

  it('that are broken at the level of bytes close with 1002 and 1007', async () => {
    const { port } = await serve()
    const handshake = `GET /api/websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`
    for (const [bytes, code] of [
      [[0x81, 0x01, 0x41], 1002],
      [[0x81, 0x81, 0, 0, 0, 0, 0xff], 1007],
    ] as const) {
      const socket = connect(port, '127.0.0.1')
      stops.push(() => socket.destroy())
      const chunks: Buffer[] = []
      socket.on('data', chunk => chunks.push(chunk))
      socket.write(handshake)
      socket.write(Buffer.from(bytes))
      await new Promise(resolve => socket.once('close', resolve))
      const got = Buffer.concat(chunks)
      expect(got.includes('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')).toBe(true)
      // The Close frame is the last thing sent: 0x88, its length, the code and a reason.
      const close = got.lastIndexOf(0x88)
      expect(got[close + 1]).toBe(got.length - close - 2)
      expect(got.readUInt16BE(close + 2)).toBe(code)
    }
  })
})

describe('delivery requests', () => {
  it.each([
    ['/api/short-polling?after=', '"after" must be a cursor EPOCH.SEQ or "earliest", got ""'],
    ['/api/short-polling?after=x.1&after=x.2', '"after" must be given once'],
    ['/api/short-polling?limit=0', '"limit" must be a whole number from 1 to 10000, got "0"'],
    ['/api/long-polling?limit=1e3', 'got "1e3"'],
    ['/api/long-polling?waitMs=60001', '"waitMs" must be a whole number from 0 to 60000, got "60001"'],
    ['/api/sse?after=nonsense', 'got "nonsense"'],
  ])('%s is refused with 400', async (path, words) => {
    const { url } = await serve()
    const answer = await fetch(url + path)
    expect(answer.status).toBe(400)
    expect(await problem(answer)).toContain(words)
  })

  it('refuse a cursor ahead of the stream as malformed', async () => {
    const { url, log } = await serve()
    for (const path of ['/api/short-polling', '/api/long-polling', '/api/sse'])
      expect(await problem(await fetch(`${url}${path}?after=${log.epoch}.5`))).toContain('at most the newest')
    const { closed } = await open(url, `/api/websocket?after=${log.epoch}.5`)
    expect(await closed).toContain('1006')
  })

  it.each([['router'], ['app']])(
    'are GET only: OPTIONS gets 204, everything else, HEAD included, 405 with Allow (%s)',
    async express => {
      const { url } = await serve('--express', express)
      for (const path of [
        '/api/short-polling',
        '/api/long-polling',
        '/api/sse',
        '/api/status',
        '/api/time',
        '/healthz',
      ]) {
        expect((await fetch(url + path, { method: 'OPTIONS' })).status).toBe(204)
        for (const method of ['HEAD', 'POST', 'DELETE', 'PUT']) {
          const answer = await fetch(url + path, { method })
          expect([path, method, answer.status, answer.headers.get('allow')]).toEqual([
            path,
            method,
            405,
            'GET, OPTIONS',
          ])
        }
      }
    },
  )

  it('answer polls with everything that the protocol promises', async () => {
    const { url, log } = await serve()
    await post(url, '[{"body":1},{"body":2},{"body":3}]')
    const answer = await fetch(`${url}/api/short-polling?after=${log.epoch}.0&limit=2`)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.json()).toEqual({
      cursor: `${log.epoch}.2`,
      missed: 0,
      notices: [1, 2].map(n => ({ seq: n, at: expect.any(Number), body: n })),
    })
    const empty = await fetch(`${url}/api/long-polling?after=${log.epoch}.3&waitMs=1`)
    expect(await empty.json()).toEqual({ cursor: `${log.epoch}.3`, missed: 0, notices: [] })
  })

  it('stream events whose first has an id, and resume by Last-Event-ID before after', async () => {
    const { url, port, log } = await serve()
    await post(url, '[{"body":1},{"body":2}]')
    const text = await raw(
      port,
      `GET /api/sse?after=earliest HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: ${log.epoch}.1\r\n\r\n`,
      /data: \{"seq":2.*\n\n/,
    )
    expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n/)
    expect(text).toMatch(/content-type: text\/event-stream/i)
    expect(text).toMatch(/x-accel-buffering: no/i)
    expect(text).toMatch(/cache-control: no-store, no-transform/i)
    const body = text.slice(text.indexOf('\r\n\r\n') + 4)
    expect(body).toMatch(/^retry: \d+\n/)
    expect(body).toContain(`event: hello\nid: ${log.epoch}.1\ndata: {"cursor":"${log.epoch}.1","missed":0}\n\n`)
    expect(body).not.toContain('"seq":1,')
    expect(body).toContain(`id: ${log.epoch}.2\ndata: {"seq":2,`)
  })

  it('show signs of life on quiet streams, and cut a WebSocket that does not answer pings', async () => {
    const { url, port } = await serve('--heartbeat-ms', '100')
    expect(await raw(port, 'GET /api/sse HTTP/1.1\r\nHost: localhost\r\n\r\n', /\n\n:/)).toContain('\n:')
    const { ws } = await open(url, '/api/websocket')
    await new Promise(resolve => ws.once('ping', resolve))
    // A client that never pongs.
    const deaf = new WebSocket(`${url.replace('http', 'ws')}/api/websocket`, { autoPong: false })
    expect(await new Promise(resolve => deaf.once('close', resolve))).toBe(1006)
    expect(ws.readyState).toBe(ws.OPEN)
  })
})

describe.each(['router', 'app'])('a request answered by the %s', express => {
  it('runs through everything once', async () => {
    const options = parseServerOptions(['--port', '0', '--express', express], {}) as ServerOptions
    const passed: string[] = []
    const server = await startServer(options, ({ app }) => {
      app.use((req, _res, next) => {
        passed.push(req.url)
        next()
      })
    })
    stops.push(server.stop)
    for (const path of ['/api/short-polling', '/api/short-polling/nothing', '/API/SSE', '/nope'])
      await (await fetch(server.url + path)).text()
    expect(passed).toEqual(['/api/short-polling/nothing', '/API/SSE', '/nope'])
    expect(server.status().transports['short-polling']!.requests).toBe(1)
  })

  it('may name its target as a whole URL', async () => {
    const { port } = await serve('--express', express)
    const ask = (target: string) => raw(port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    expect(await ask('http://localhost/api/short-polling?limit=5')).toMatch(/^HTTP\/1.1 200 [\s\S]*"notices":\[\]/)
    expect(await ask('http://localhost/healthz')).toMatch(/^HTTP\/1.1 200 [\s\S]*"ok"/)
  })

  it('gets problems in the same words', async () => {
    const { url } = await serve('--express', express)
    expect(await problem(await fetch(`${url}/api/short-polling?limit=0`))).toContain('"limit" must be')
    expect(await problem(await post(url, '{}'))).toContain('must have a "body"')
    expect(await problem(await fetch(`${url}/nope?x`))).toBe('404 nothing is served at "/nope"')
    expect(await problem(await fetch(`${url}/%ff/x`))).toMatch(/^40[04] /)
  })
})

describe('WebSocket handshakes', () => {
  const handshake = (more: string, line = 'GET /api/websocket HTTP/1.1') =>
    `${line}\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${more}\r\n`

  it('that are none are refused with the rule', async () => {
    const { port } = await serve()
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
    const version = 'Sec-WebSocket-Version: 13\r\n'
    expect(await raw(port, handshake(key))).toMatch(/^HTTP\/1.1 426 [\s\S]*Sec-WebSocket-Version: 13[\s\S]*must be 13/)
    expect(await raw(port, handshake(version))).toMatch(/^HTTP\/1.1 400 [\s\S]*problem\+json[\s\S]*Sec-WebSocket-Key/)
    expect(await raw(port, handshake(version + key, 'POST /api/websocket HTTP/1.1'))).toMatch(
      /^HTTP\/1.1 405 [\s\S]*Allow: GET/,
    )
  })

  it('without the offer to upgrade are told what is missing', async () => {
    const { url } = await serve()
    const answer = await fetch(`${url}/api/websocket`)
    expect(answer.headers.get('upgrade')).toBe('websocket')
    expect(await problem(answer)).toBe(
      '426 this path takes WebSocket handshakes only: "Upgrade: websocket" and "Connection: Upgrade"',
    )
    const post = await fetch(`${url}/api/websocket`, { method: 'POST' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, OPTIONS'])
  })

  it.each([
    ['off', ''],
    ['on', 'permessage-deflate'],
  ])('agree to permessage-deflate where --deflate is %s, and notices arrive', async (deflate, agreed) => {
    const { url } = await serve('--deflate', deflate)
    const { ws, texts, until } = await open(url, '/api/websocket')
    await until(1)
    expect(ws.extensions).toBe(agreed)
    await post(url, `[${Array(50).fill(`{"body":"${'x'.repeat(500)}"}`)}]`)
    await until(51)
    expect(texts.slice(1).map(text => JSON.parse(text).seq)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
    // Fifty times the same text is next to nothing.
    const { transports } = (await (await fetch(`${url}/api/status`)).json()) as {
      transports: Record<string, { bytesOut: number }>
    }
    const { bytesOut } = transports.websocket!
    if (agreed) expect(bytesOut).toBeLessThan(8000)
    else expect(bytesOut).toBeGreaterThan(50 * 500)
  })
})

describe.each(['prepared', 'send'])('with writes %s', writes => {
  it('a WebSocket that floods pings and reads no pong is ended', async () => {
    const { port } = await serve('--writes', writes)
    const socket = connect(port, '127.0.0.1')
    stops.push(() => socket.destroy())
    socket.on('error', () => {})
    const closed = new Promise(resolve => socket.once('close', resolve))
    socket.write(
      'GET /api/websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    socket.pause()
    const ping = Buffer.concat([Buffer.from([0x89, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125)])
    const pings = Buffer.concat(Array(500).fill(ping))
    for (let i = 0; i < 400 && !socket.destroyed; i++)
      if (!socket.write(pings)) await Promise.race([closed, new Promise(resolve => socket.once('drain', resolve))])
    await closed
  })

  it('counts the same for each transport', async () => {
    const { url, port } = await serve('--writes', writes)
    const { until } = await open(url, '/api/websocket')
    await until(1)
    const events = raw(port, 'GET /api/sse HTTP/1.1\r\nHost: localhost\r\n\r\n', /"seq":3[\s\S]*\n\n/)
    const counts = async (name: string) => {
      const { transports } = (await (await fetch(`${url}/api/status`)).json()) as {
        transports: Record<string, Record<string, number>>
      }
      return transports[name]!
    }
    while ((await counts('sse')).requests === 0);
    await post(url, '[{"body":1},{"body":2},{"body":3}]')
    await until(4)
    expect(await events).toContain('"seq":3')
    for (const name of ['websocket', 'sse'])
      expect(await counts(name)).toMatchObject({ notices: 3, writes: writes === 'send' ? 3 : 1 })
    const { payloadBytes, noticeBytes } = await counts('websocket')
    expect(payloadBytes! - noticeBytes!).toBe(3 * 2)
  })
})

describe('pages of other origins', () => {
  it('may subscribe only where --allow-origin names them', async () => {
    const origin = 'https://example.org'
    const closed = await serve()
    const named = await serve('--allow-origin', origin)
    for (const path of ['/api/short-polling', '/api/status']) {
      expect(
        (await fetch(closed.url + path, { headers: { origin } })).headers.get('access-control-allow-origin'),
      ).toBeNull()
      expect((await fetch(named.url + path, { headers: { origin } })).headers.get('access-control-allow-origin')).toBe(
        origin,
      )
    }
    const preflight = await fetch(`${named.url}/api/sse`, { method: 'OPTIONS', headers: { origin } })
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/last-event-id/i)
    expect(
      await raw(
        closed.port,
        `GET /api/websocket HTTP/1.1\r\nHost: localhost\r\nOrigin: ${origin}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      ),
    ).toMatch(/^HTTP\/1.1 403 [\s\S]*--allow-origin/)
    expect((await open(named.url, '/api/websocket', { origin })).ws.readyState).toBe(WebSocket.OPEN)
    expect((await open(closed.url, '/api/websocket', { origin: closed.url })).ws.readyState).toBe(WebSocket.OPEN)
  })
})

describe('the rest', () => {
  it('says 404 for what is not served, also to upgrades, and 400 to what is not HTTP', async () => {
    const { url, port } = await serve()
    expect(await problem(await fetch(`${url}/nope`))).toBe('404 nothing is served at "/nope"')
    expect(
      await raw(port, 'GET /nope HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    ).toMatch(/^HTTP\/1.1 404 [\s\S]*nothing is upgraded at/)
    expect(await raw(port, 'rubbish\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [\s\S]*not HTTP/)
    expect(await raw(port, `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431 /,
    )
  })

  it('counts bytes, connections, requests and notices for each transport', async () => {
    const { url, port, log } = await serve()
    await post(url, '{"body":1}')
    const got = await raw(
      port,
      `GET /api/short-polling?after=${log.epoch}.0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    )
    const { transports } = (await (await fetch(`${url}/api/status`)).json()) as {
      transports: Record<string, Record<string, number>>
    }
    const sent = `GET /api/short-polling?after=${log.epoch}.0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`
      .length
    expect(transports['short-polling']).toMatchObject({
      opened: 1,
      open: 0,
      requests: 1,
      notices: 1,
      writes: 1,
      bytesIn: sent,
      bytesOut: Buffer.byteLength(got),
    })
  })

  it('tells the bytes of two transports on one kept-alive connection apart', async () => {
    const { url, port } = await serve()
    const polls = ['/api/short-polling', '/api/long-polling?waitMs=0', '/api/short-polling']
    const [first, second, third] = polls.map(
      (path, i) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${i === 2 ? 'Connection: close\r\n' : ''}\r\n`,
    ) as [string, string, string]
    const socket = connect(port, '127.0.0.1')
    stops.push(() => socket.destroy())
    const lengths: number[] = []
    for (const text of [first, second, third]) {
      socket.write(text)
      lengths.push((await new Promise<Buffer>(resolve => socket.once('data', resolve))).length)
    }
    await new Promise(resolve => socket.once('close', resolve))
    const { transports } = (await (await fetch(`${url}/api/status`)).json()) as {
      transports: Record<string, Record<string, number>>
    }
    expect(transports['short-polling']).toMatchObject({
      bytesIn: first.length + third.length,
      bytesOut: lengths[0]! + lengths[2]!,
    })
    expect(transports['long-polling']).toMatchObject({ bytesIn: second.length, bytesOut: lengths[1] })
  })
})

describe('slow subscribers', () => {
  it('are cut off while the others go on, and what waits for them stays bounded', async () => {
    const { url, port } = await serve('--max-queue-bytes', '200000')
    const streams = [
      'GET /api/sse HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'GET /api/websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    ]
    const closed = streams.map(text => {
      const socket = connect(port, '127.0.0.1')
      stops.push(() => socket.destroy())
      socket.write(text)
      socket.pause()
      return socket
    })
    const { texts, until } = await open(url, '/api/websocket')
    await until(1)
    const slow = async (): Promise<number[]> => {
      const { transports } = (await (await fetch(`${url}/api/status`)).json()) as {
        transports: Record<string, { slowClosed: number }>
      }
      return [transports.sse!.slowClosed, transports.websocket!.slowClosed]
    }
    const body = JSON.stringify(Array(10).fill({ body: 'x'.repeat(60_000) }))
    let published = 0
    // The kernel takes some MB before anything waits in the server.
    for (; published < 400 && String(await slow()) !== '1,1'; published += 10) await post(url, body)
    expect(await slow()).toEqual([1, 1])
    await until(published + 1)
    expect(texts).toHaveLength(published + 1)
    for (const socket of closed) socket.resume()
    await Promise.all(
      closed.map(socket => new Promise(resolve => (socket.destroyed ? resolve(0) : socket.once('close', resolve)))),
    )
  })
})

describe('an orderly end', () => {
  it('sends what was appended, answers held polls, says goodbye to streams', async () => {
    const server = await serve()
    const { url, port, log } = server
    const { texts, closed } = await open(url, '/api/websocket')
    const sse = raw(port, 'GET /api/sse HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const poll = fetch(`${url}/api/long-polling?waitMs=60000`)
    const late = fetch(`${url}/api/long-polling?after=${log.epoch}.1&waitMs=60000`)
    late.catch(() => {})
    const status = async () =>
      (await (await fetch(`${url}/api/status`)).json()) as { transports: Record<string, { requests: number }> }
    for (;;) {
      const { transports } = await status()
      if (transports.sse!.requests === 1 && transports['long-polling']!.requests === 2) break
    }
    await post(url, '{"body":"last"}')
    // Nobody was cut: each had its goodbye in time, those with a minute to wait too.
    expect(await server.stop()).toBe(0)
    expect(texts.at(-1)).toContain('"last"')
    expect(await closed).toContain('1001')
    expect(await sse).toContain('"last"')
    expect(await (await poll).text()).toContain('"last"')
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
  })

  it('does not wait for those who do not take what is left for them: they are cut, and counted', async () => {
    const server = await serve()
    const socket = connect(server.port, '127.0.0.1')
    stops.push(() => socket.destroy())
    socket.write('GET /api/sse HTTP/1.1\r\nHost: localhost\r\n\r\n')
    socket.pause()
    const body = JSON.stringify(Array(16).fill({ body: 'x'.repeat(60_000) }))
    for (let i = 0; i < 12; i++) await post(server.url, body)
    expect(await server.stop()).toBe(1)
  })
})
