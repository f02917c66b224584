// Legal but rare forms of a request are answered like the common ones, on every route.
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { startServer } from './app.ts'
import { parseServerOptions } from './command-line.ts'
import { mountAnatomy } from './lazy-anatomy.ts'
import { mountDemo } from './lazy-demo.ts'
import { lazyPages } from './lazy-pages.ts'
import type { ServerOptions } from './options.ts'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function serve(...args: string[]) {
  const options = parseServerOptions(['--port', '0', ...args], {}) as ServerOptions
  const server = await startServer(options, mounting => {
    mountDemo(mounting)
    mountAnatomy(mounting)
    mounting.app.use(lazyPages())
  })
  stops.push(server.stop)
  return server
}

/** A connection on which requests are written as they are; `until` gives what came since the last one, up to a pattern. */
function talk(socket: Socket) {
  stops.push(() => socket.destroy())
  let got = ''
  let wake = (): void => {}
  let isOver = false
  socket.setEncoding('utf8')
  socket.on('data', chunk => {
    got += chunk
    wake()
  })
  const over = (): void => {
    isOver = true
    wake()
  }
  socket.on('error', over)
  socket.on('close', over)
  return {
    socket,
    async until(pattern: RegExp): Promise<string> {
      for (;;) {
        const found = pattern.exec(got)
        if (found) {
          const text = got.slice(0, found.index + found[0].length)
          got = got.slice(text.length)
          return text
        }
        if (isOver) throw new Error(`it ended after ${JSON.stringify(got)}`)
        await new Promise<void>(resolve => (wake = resolve))
      }
    },
  }
}
const talkTo = (port: number) => talk(connect(port, '127.0.0.1'))

const statusOf = async (port: number, text: string): Promise<number> => {
  const { socket, until } = talkTo(port)
  socket.write(text)
  return Number((await until(/^HTTP\/1.1 \d+ [\s\S]*?\r\n\r\n/)).split(' ')[1])
}

/** As curl --http2 and Java's HttpClient send it with every request. */
const h2c =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n'

/** Each route by a request that it answers; the pages are not there where they were not built. */
const routes = [
  '/',
  '/demo',
  '/anatomy',
  '/api/runs',
  '/api/claims',
  '/api/runs/delivery',
  '/api/short-polling?limit=5',
  '/api/long-polling?waitMs=0',
  '/api/sse',
  '/api/socket-io/?EIO=4&transport=polling',
  '/api/status',
  '/api/time',
  '/healthz',
  '/readyz',
  '/metrics',
  '/api/demo',
  '/api/anatomy',
]

describe('an offer to upgrade that nobody needs', () => {
  it.each([
    ['router', 'h2c'],
    ['app', 'h2c'],
    ['router', 'TLS/1.0, HTTP/2.0'],
  ])('is ignored, and the request is answered as any other is, on every route (%s, %s)', async (express, offer) => {
    const { port } = await serve('--express', express)
    for (const path of [...routes, '/api/websocket', '/nope']) {
      const head = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n`
      const expected = await statusOf(port, `${head}\r\n`)
      expect([path, await statusOf(port, `${head}${h2c.replace('h2c', offer)}\r\n`)]).toEqual([path, expected])
    }
  })

  it('leaves the body, the rest of the connection and the counting as they are', async () => {
    const server = await serve()
    const { socket, until } = talkTo(server.port)
    const body = '{"body":"é"}'
    const publish = (more: string) =>
      `POST /api/notices HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n`
    // Head and body apart, and in one piece with the next request behind it; more of them than a socket may have listeners.
    for (let i = 1; i <= 20; i++) {
      socket.write(publish(h2c))
      socket.write(body)
      expect(await until(/^HTTP\/1.1 201 [\s\S]*?"seqs":\[\d+\]\}/)).toContain(`"seqs":[${i}]`)
    }
    socket.write(`${publish(h2c)}${body}${publish('')}${body}`)
    expect(await until(/"seqs":\[21\]\}/)).toMatch(/^HTTP\/1.1 201 /)
    expect(await until(/"seqs":\[22\]\}/)).toMatch(/^HTTP\/1.1 201 /)
    const counted = talkTo(server.port)
    const poll = `GET /api/short-polling HTTP/1.1\r\nHost: localhost\r\n${h2c}\r\n`
    let answers = 0
    for (let i = 0; i < 3; i++) {
      counted.socket.write(poll)
      answers += (await counted.until(/"notices":\[\]\}/)).length
    }
    expect(server.status().transports['short-polling']).toMatchObject({
      open: 1,
      opened: 1,
      bytesIn: 3 * poll.length,
      bytesOut: answers,
    })
    // And what it might well have offered is still taken.
    socket.write(
      'GET /api/websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    expect(await until(/"missed":0\}/)).toMatch(/^HTTP\/1.1 101 /)
    socket.destroy()
    await expect.poll(() => server.status().transports.websocket!.open).toBe(0)
  })

  it('is ignored over TLS and on the control socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lab-offers-test-'))
    stops.push(() => rm(folder, { recursive: true, force: true }))
    const path = join(folder, 'control.sock')
    const { port } = await serve('--tls', 'self-signed', '--control', path, '--publish-token', 'secret')
    const over = (socket: Socket) => {
      const talking = talk(socket)
      for (let i = 0; i < 3; i++) socket.write(`GET /api/time HTTP/1.1\r\nHost: localhost\r\n${i === 0 ? h2c : ''}\r\n`)
      return talking
    }
    for (const { until } of [
      over(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })),
      over(connect(path)),
    ])
      for (let i = 0; i < 3; i++) expect(await until(/"nowMs":[\d.]+\}/)).toMatch(/^HTTP\/1.1 200 /)
    // It is still the control socket's, which needs no token.
    const { socket, until } = talk(connect(path))
    socket.write(
      `POST /api/notices HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n${h2c}\r\n{"body":1}`,
    )
    expect(await until(/"appendedNs":"\d+"/)).toMatch(/^HTTP\/1.1 201 /)
  })

  it('does not help past the check of its host', async () => {
    const { port } = await serve()
    expect(await statusOf(port, `GET /api/time HTTP/1.1\r\nHost: evil.example\r\n${h2c}\r\n`)).toBe(421)
  })

  it('keeps an orderly end in order', async () => {
    const server = await serve()
    const { socket, until } = talkTo(server.port)
    socket.write(`GET /api/sse HTTP/1.1\r\nHost: localhost\r\n${h2c}\r\n`)
    await until(/event: hello/)
    const held = talkTo(server.port)
    held.socket.write(`GET /api/long-polling?waitMs=60000 HTTP/1.1\r\nHost: localhost\r\n${h2c}\r\n`)
    await expect.poll(() => server.status().transports['long-polling']!.requests).toBe(1)
    expect(await server.stop()).toBe(0)
    await held.until(/"notices":\[\]\}/)
  })
})

describe('a target', () => {
  it.each([['router'], ['app']])('is taken in every form that means the same, on every route (%s)', async express => {
    const { port } = await serve('--express', express)
    for (const path of routes) {
      const expected = await statusOf(port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      const [plain, query] = path.split('?') as [string, string?]
      const escaped = plain.replace(/[a-z-](?=[^/]*$)/, letter => `%${letter.charCodeAt(0).toString(16)}`)
      for (const target of [
        `http://localhost${path}`,
        `HTTP://localhost:${port}${path}`,
        query === undefined ? escaped : `${escaped}?${query}`,
        query === undefined ? `${path}?` : path,
      ])
        expect([target, await statusOf(port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`)]).toEqual([
          target,
          expected,
        ])
      expect([path, await statusOf(port, `GET ${path} HTTP/1.0\r\n\r\n`)]).toEqual([path, expected])
    }
    const root = await statusOf(port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(await statusOf(port, 'GET http://localhost HTTP/1.1\r\nHost: localhost\r\n\r\n')).toBe(root)
    expect(await statusOf(port, 'GET http://localhost?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n')).toBe(root)
    const handshake =
      'Host: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
    for (const target of [
      'http://localhost/api/websocket',
      'ws://localhost/api/websocket',
      '/api/%77ebsocket',
      '/api/socket-io/?EIO=4&transport=websocket',
    ])
      expect([target, await statusOf(port, `GET ${target} HTTP/1.1\r\n${handshake}`)]).toEqual([target, 101])
  })

  it('that escapes what stands for something is another one', async () => {
    const { port } = await serve()
    for (const target of [
      '/api%2fstatus',
      '/api/status%3f',
      '/api/status%23',
      '/api/%2e%2e/healthz',
      '/api/%',
      '/api/%zz',
    ])
      expect([400, 404]).toContain(await statusOf(port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`))
  })

  it('may be the server as a whole, for OPTIONS', async () => {
    const { port } = await serve()
    expect(await statusOf(port, 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n')).toBe(204)
    expect(await statusOf(port, 'GET * HTTP/1.1\r\nHost: localhost\r\n\r\n')).toBe(404)
  })

  it('of a tunnel is refused in words', async () => {
    const { port } = await serve()
    const { socket, until } = talkTo(port)
    socket.write('CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n')
    expect(await until(/no proxy[\s\S]*\}/)).toMatch(/^HTTP\/1.1 405 [\s\S]*Allow: GET/)
  })
})

describe('a publish request', () => {
  it('may come in pieces, announced, by another letter case', async () => {
    const { port } = await serve('--publish-token', 'secret')
    const head = (more: string) =>
      `POST /api/notices HTTP/1.1\r\nHOST: localhost\r\nauthorization: bearer secret\r\nCONTENT-TYPE: Application/JSON ; Charset="UTF-8"\r\n${more}\r\n`
    const chunked = 'A\r\n{"body":1}\r\n0\r\nTrailer: x\r\n\r\n'
    expect(await statusOf(port, `${head('Transfer-Encoding: chunked\r\n')}${chunked}`)).toBe(201)
    expect(await statusOf(port, `${head('Content-Length: 10\r\nContent-Encoding: Identity\r\n')}{"body":1}`)).toBe(201)
    const { socket, until } = talkTo(port)
    socket.write(head('Content-Length: 10\r\nExpect: 100-continue\r\n'))
    await until(/^HTTP\/1.1 100 Continue\r\n\r\n/)
    socket.write('{"body":1}')
    expect(await until(/"seqs":\[3\]\}/)).toMatch(/^HTTP\/1.1 201 /)
  })
})
