// What one address and all together may ask for, over real sockets. A trusted proxy on loopback asks for any address that it likes.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { io } from 'socket.io-client'
import { Client } from 'undici'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { RunningServer } from './app.ts'
import { parseServerOptions } from './command-line.ts'
import { testServers, until } from './servers.fixture.ts'

const { serve, stops } = testServers()

const asLimited = ['--exempt-loopback', 'off']
const asProxy = ['--trust-proxy', '127.0.0.1']
const [alice, bob] = ['203.0.113.5', '203.0.113.6']

/** A connection, and all that comes for it until it ends. */
function open({ port }: RunningServer, localAddress = '127.0.0.1'): { socket: Socket; closed: Promise<string> } {
  const socket = connect({ port, host: '127.0.0.1', localAddress }).setEncoding('latin1')
  stops.push(() => socket.destroy())
  let got = ''
  socket.on('data', chunk => (got += chunk)).on('error', () => {})
  return { socket, closed: once(socket, 'close').then(() => got) }
}

const get = (path = '/api/status', more = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`
const upgrade =
  'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
const forwarded = (address: string) => ({ 'x-forwarded-for': address })

async function held(server: RunningServer, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => open(server).socket)
  await until(() => server.status().limits.connections === count)
  return sockets
}

const publish = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${url}/api/notices`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

/** What is answered to `{"publish"}`, frame by frame. */
async function publisher(url: string, headers: Record<string, string> = {}) {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/api/websocket`, { headers })
  stops.push(() => ws.terminate())
  const answers: string[] = []
  ws.on('message', data => void (String(data).includes('"ref"') && answers.push(String(data))))
  await once(ws, 'open')
  let ref = 0
  return {
    ws,
    async publish(more: object = {}): Promise<string> {
      ws.send(JSON.stringify({ publish: 1, ref: ++ref, ...more }))
      await until(() => answers.length >= ref)
      return answers[ref - 1]!
    },
  }
}

describe('connections', () => {
  it('past those that one address may have are told so, and there is room again once one has gone', async () => {
    const server = await serve(...asLimited, '--max-connections-per-address', '2')
    const [first] = await held(server, 2)
    for (const [request, path] of [
      [get(), '/api/status'],
      [get('/api/websocket', upgrade), 'an upgrade'],
    ] as const) {
      const { socket, closed } = open(server)
      socket.write(request)
      expect([path, await closed]).toEqual([
        path,
        expect.stringMatching(/^HTTP\/1.1 429 [\s\S]*problem\+json[\s\S]*one address may have 2 connections at once/),
      ])
      expect(await closed).toMatch(
        /Retry-After: 5\r\n[\s\S]*Connection: close\r\n|Connection: close\r\n[\s\S]*Retry-After: 5\r\n/,
      )
    }
    expect(server.status().limits).toMatchObject({
      perAddress: { connections: 2 },
      refused: { addressConnections: 2, connections: 0 },
    })
    first!.destroy()
    await until(() => server.status().limits.connections === 1)
    expect((await fetch(`${server.url}/api/status`)).status).toBe(200)
  })

  it.runIf(process.platform === 'linux')('of another address are its own', async () => {
    const server = await serve(...asLimited, '--max-connections-per-address', '2')
    await held(server, 2)
    const { socket } = open(server, '127.0.0.2')
    socket.write(get())
    expect((await once(socket, 'data'))[0]).toMatch(/^HTTP\/1.1 200 /)
    expect(server.status().limits.addresses).toBe(2)
  })

  it('of loopback are not counted by address, unless they are to be', async () => {
    const server = await serve('--max-connections-per-address', '2')
    await held(server, 5)
    expect((await fetch(`${server.url}/api/status`)).status).toBe(200)
    expect(server.status().limits.addresses).toBe(0)
  })

  it('past those that may be in all are told so, whosever they are, and the control socket is not among them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lab-limits-test-'))
    stops.push(() => rm(folder, { recursive: true, force: true }))
    const socketPath = join(folder, 'control.sock')
    const server = await serve('--max-connections', '2', '--control', socketPath)
    const [first] = await held(server, 2)
    const { socket, closed } = open(server)
    socket.write(get())
    expect(await closed).toMatch(/^HTTP\/1.1 503 [\s\S]*Retry-After: 5[\s\S]*this server holds 2 connections at once/)
    const control = new Client('http://localhost', { socketPath })
    stops.push(() => control.destroy())
    const metrics = await (await control.request({ path: '/metrics', method: 'GET' })).body.text()
    expect(metrics).toContain('transport_lab_connections_in_all 2\n')
    expect(metrics).toContain('transport_lab_connections_in_all_max 2\n')
    expect(metrics).toContain('transport_lab_refused_total{limit="connections"} 1\n')
    first!.destroy()
    await until(() => server.status().limits.connections === 1)
    expect((await fetch(`${server.url}/api/status`)).status).toBe(200)
  })

  it('are told so over TLS too', async () => {
    const server = await serve(...asLimited, '--tls', 'self-signed', '--max-connections-per-address', '2')
    await held(server, 2)
    const socket = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false }, () =>
      socket.write(get()),
    )
    stops.push(() => socket.destroy())
    let got = ''
    socket.setEncoding('latin1').on('data', chunk => (got += chunk))
    await once(socket, 'close')
    expect(got).toMatch(/^HTTP\/1.1 429 /)
  })

  it('that are too many and say nothing do not stay, and take no place of others', async () => {
    const server = await serve('--max-connections', '2')
    const [first] = await held(server, 2)
    const silent = open(server)
    await until(() => server.status().limits.refused.connections === 1)
    first!.destroy()
    await until(() => server.status().limits.connections <= 2)
    expect((await fetch(`${server.url}/api/status`)).status).toBe(200)
    expect(await silent.closed).toBe('')
  })

  it('that are too many are told so a few at a time, and any more are cut', async () => {
    const server = await serve('--max-connections', '1')
    await held(server, 1)
    for (;;) {
      const before = server.status().limits.refused.connections
      const silent = Array.from({ length: 32 }, () => open(server))
      await until(() => server.status().limits.refused.connections === before + 32)
      const { socket, closed } = open(server)
      socket.write(get())
      const got = await closed
      const isTooLate = silent.some(({ socket }) => socket.closed)
      if (!isTooLate) expect(got).toBe('')
      expect(await Promise.all(silent.map(({ closed }) => closed))).toEqual(Array(32).fill(''))
      if (!isTooLate) return
    }
  })

  it('may be as many as the process has descriptors for, where nobody says how many', async () => {
    const { limits } = (await serve()).status()
    expect(limits.maxConnections).toBeGreaterThan(100)
    expect(limits.maxSubscribers).toBe(limits.maxConnections)
  })
})

describe('requests', () => {
  const status = (url: string, headers: Record<string, string> = {}) => fetch(`${url}/api/time`, { headers })
  const statuses = async (url: string, address: string, count: number) => {
    const found: number[] = []
    for (let n = 0; n < count; n++) found.push((await status(url, forwarded(address))).status)
    return found
  }

  it.each([['router'], ['app']])(
    'of one address that come too fast get 429, and those of others do not (%s)',
    async express => {
      const server = await serve(...asProxy, '--requests-per-second', '1', '--express', express)
      expect(await statuses(server.url, alice, 4)).toEqual([200, 200, 200, 200])
      const refused = await status(server.url, forwarded(alice))
      expect(refused.status).toBe(429)
      expect(refused.headers.get('content-type')).toContain('problem+json')
      expect(refused.headers.get('retry-after')).toBe('1')
      expect(await refused.json()).toMatchObject({
        title: 'Too Many Requests',
        detail: 'one address may send 1 requests a second, and 4 at once; send this one again in 1 s',
      })
      for (const path of [
        '/api/short-polling',
        '/api/socket-io/?EIO=4&transport=polling',
        '/',
        '/nope',
        '/api/notices',
      ])
        expect([path, (await fetch(server.url + path, { headers: forwarded(alice) })).status]).toEqual([path, 429])
      await expect(publisher(server.url, forwarded(alice))).rejects.toThrow('429')
      expect((await status(server.url, forwarded(bob))).status).toBe(200)
      expect(server.status().limits.refused.requests).toBe(7)
      // What comes back is waited for as long as was said.
      await new Promise(resolve => setTimeout(resolve, 1000))
      expect((await status(server.url, forwarded(alice))).status).toBe(200)
    },
  )

  it('leave their connection usable where they are refused', async () => {
    const server = await serve(...asLimited, '--requests-per-second', '1')
    const { socket } = open(server)
    for (const expected of [200, 200, 200, 200, 429, 429]) {
      socket.write(get('/api/time'))
      expect((await once(socket, 'data'))[0]).toMatch(new RegExp(`^HTTP/1.1 ${expected} `))
    }
    expect(server.status().limits.connections).toBe(1)
  })

  it('of one /64 are those of one address, and whatever stands before the last hop is not', async () => {
    const { url } = await serve(...asProxy, '--requests-per-second', '1')
    expect(await statuses(url, '2001:db8::1', 2)).toEqual([200, 200])
    expect(await statuses(url, '2001:db8::2', 3)).toEqual([200, 200, 429])
    expect(await statuses(url, '2001:db8:0:1::1', 1)).toEqual([200])
    expect(await statuses(url, alice, 4)).toEqual([200, 200, 200, 200])
    for (const claimed of [bob, 'unknown', '127.0.0.1', '10.0.0.1, ::1'])
      expect([claimed, await statuses(url, `${claimed}, ${alice}, 127.0.0.1`, 1)]).toEqual([claimed, [429]])
  })

  it('of loopback are not counted, but for those that a proxy says it asks', async () => {
    const { url } = await serve(...asProxy, '--requests-per-second', '1')
    for (let n = 0; n < 20; n++) expect((await status(url)).status).toBe(200)
    expect(await statuses(url, '127.0.0.1', 5)).toEqual([200, 200, 200, 200, 429])
  })

  it('are counted for whoever sends them where no proxy is trusted', async () => {
    const { url } = await serve('--requests-per-second', '1')
    expect(await statuses(url, alice, 10)).toEqual(Array(10).fill(200))
  })

  it('of a page that may read are refused in a way that it can read', async () => {
    const { url } = await serve(...asProxy, '--requests-per-second', '1', '--allow-origin', 'https://page.example')
    await statuses(url, alice, 4)
    const { headers } = await status(url, { ...forwarded(alice), origin: 'https://page.example' })
    expect(headers.get('access-control-allow-origin')).toBe('https://page.example')
  })
})

describe('behind a proxy', () => {
  it('a client has the connections that are used for it now, and no more than one address may have', async () => {
    const server = await serve(...asProxy, '--max-connections-per-address', '2')
    const from = `X-Forwarded-For: ${alice}\r\n`
    const idle = Array.from({ length: 5 }, () => open(server).socket)
    for (const socket of idle) {
      socket.write(get('/api/time', from))
      await once(socket, 'data')
    }
    const [poll, stream, third] = idle
    poll!.write(get('/api/long-polling', from))
    stream!.write(get('/api/websocket', from + upgrade))
    expect((await once(stream!, 'data'))[0]).toMatch(/^HTTP\/1.1 101 /)
    await until(() => server.status().limits.subscribers === 2)
    third!.write(get('/api/time', from))
    expect((await once(third!, 'data'))[0]).toMatch(/^HTTP\/1.1 429 [\s\S]*one address may have 2 connections/)
    // The connection is the proxy's, and goes on for others.
    third!.write(get('/api/time', `X-Forwarded-For: ${bob}\r\n`))
    expect((await once(third!, 'data'))[0]).toMatch(/^HTTP\/1.1 200 /)
    stream!.destroy()
    await until(() => server.status().limits.subscribers === 1)
    third!.write(get('/api/time', from))
    expect((await once(third!, 'data'))[0]).toMatch(/^HTTP\/1.1 200 /)
    // One that is cut takes with it what it was used for.
    poll!.destroy()
    await until(() => server.status().limits.subscribers === 0)
    for (const socket of [idle[3]!, idle[4]!]) socket.write(get('/api/long-polling', from))
    await until(() => server.status().limits.subscribers === 2)
  })
})

it('what a proxy’s connection was used for ends with it, also where its answers were never begun', async () => {
  const server = await serve(...asProxy, '--max-connections-per-address', '3')
  const poll = get('/api/long-polling', `X-Forwarded-For: ${alice}\r\n`)
  for (let round = 0; round < 3; round++) {
    const { socket } = open(server)
    socket.write(poll.repeat(3))
    await until(() => server.status().limits.subscribers === 3)
    socket.destroy()
    await until(() => server.status().limits.subscribers === 0)
  }
  expect(server.status().limits.refused.addressConnections).toBe(0)
})

describe('subscribers', () => {
  it('past those that may be are asked to come again, on every transport', async () => {
    const server = await serve('--max-subscribers', '2')
    const { url } = server
    const ws = url.replace('http', 'ws')
    const abort = new AbortController()
    stops.push(() => abort.abort())
    const sse = await fetch(`${url}/api/sse`, { signal: abort.signal })
    const first = new WebSocket(`${ws}/api/websocket`)
    stops.push(() => first.terminate())
    await once(first, 'message')
    expect(server.status().limits).toMatchObject({ subscribers: 2, maxSubscribers: 2 })
    for (const path of ['/api/sse', '/api/long-polling']) {
      const answer = await fetch(url + path)
      expect([path, answer.status, answer.headers.get('retry-after')]).toEqual([path, 503, '5'])
      expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('takes 2 subscribers at once') })
    }
    const refused = new WebSocket(`${ws}/api/websocket`)
    expect(String((await once(refused, 'error'))[0])).toContain('503')
    const socket = io(url, { path: '/api/socket-io', transports: ['websocket'], reconnection: false, forceNew: true })
    stops.push(() => socket.disconnect())
    const error = await new Promise<Error & { data?: unknown }>(resolve => socket.once('connect_error', resolve))
    expect([error.message, error.data]).toEqual([expect.stringContaining('takes 2 subscribers'), { status: 503 }])
    // One that gets what there is at once does not stay.
    expect((await fetch(`${url}/api/short-polling`)).status).toBe(200)
    expect(server.status().limits.refused.subscribers).toBe(4)
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      'transport_lab_refused_total{limit="subscribers"} 4\n',
    )
    abort.abort()
    await sse.body?.cancel().catch(() => {})
    await until(() => server.status().limits.subscribers === 1)
    const poll = fetch(`${url}/api/long-polling`)
    await until(() => server.status().limits.subscribers === 2)
    await publish(url, { body: 1 })
    expect((await poll).status).toBe(200)
  })
})

describe('publishes', () => {
  const limited = ['--publishes-per-second', '1', '--exempt-loopback', 'off']

  it('of one address that come too fast get 429, all notices counted, and those of others do not', async () => {
    const server = await serve(...asProxy, '--publishes-per-second', '1')
    const { url } = server
    expect((await publish(url, Array(20).fill({ body: 1 }), forwarded(alice))).status).toBe(201)
    const refused = await publish(url, { body: 1 }, forwarded(alice))
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '17'])
    expect(await refused.json()).toMatchObject({
      detail: 'one address may publish 1 notices a second; publish again in 17 s',
    })
    expect(server.log.head).toBe(20)
    expect(server.status().limits).toMatchObject({
      perAddress: { publishesPerSecond: 1 },
      refused: { publishes: 1 },
    })
    expect((await publish(url, { body: 1 }, forwarded(bob))).status).toBe(201)
  })

  it('of one address are counted over all its connections, whichever way they come', async () => {
    const server = await serve(...limited)
    const { url, log } = server
    const statuses: number[] = []
    for (let n = 0; n < 5; n++) {
      const connection = new Client(url)
      const { statusCode, body } = await connection.request({
        path: '/api/notices',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(Array(100).fill({ body: 1 })),
      })
      await body.dump()
      await connection.destroy()
      await until(() => server.status().limits.connections === 0)
      statuses.push(statusCode)
    }
    expect(statuses).toEqual([201, 429, 429, 429, 429])
    expect(await (await publisher(url)).publish()).toMatch(/"error":"one address may publish 1 notices a second/)
    const socket = io(url, { path: '/api/socket-io', transports: ['websocket'], forceNew: true })
    stops.push(() => socket.disconnect())
    expect(await socket.emitWithAck('publish', 1)).toEqual({ error: expect.stringContaining('one address may') })
    expect(log.head).toBe(100)
  })

  it('are refused on a WebSocket and on Socket.IO as other publishes are', async () => {
    const { url, log } = await serve(...asProxy, '--publishes-per-second', '1')
    const one = await publisher(url, forwarded(alice))
    for (let seq = 1; seq <= 4; seq++) expect(await one.publish()).toBe(`{"ref":${seq},"seq":${seq}}`)
    expect(await one.publish()).toBe(
      '{"ref":5,"error":"one address may publish 1 notices a second; publish again in 1 s"}',
    )
    const socket = io(url, {
      path: '/api/socket-io',
      transports: ['websocket'],
      forceNew: true,
      extraHeaders: forwarded(bob),
    })
    stops.push(() => socket.disconnect())
    for (let n = 1; n <= 4; n++) expect(await socket.emitWithAck('publish', 1)).toEqual({ seq: 4 + n })
    expect(await socket.emitWithAck('publish', 1)).toEqual({ error: expect.stringContaining('publish again in 1 s') })
    expect(log.head).toBe(8)
  })

  it('of loopback are not counted', async () => {
    const server = await serve('--publishes-per-second', '1')
    expect((await publish(server.url, Array(100).fill({ body: 1 }))).status).toBe(201)
    expect((await publish(server.url, { body: 1 })).status).toBe(201)
    expect(server.status().limits.refused.publishes).toBe(0)
  })

  it('over the control socket are not counted', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lab-limits-test-'))
    stops.push(() => rm(folder, { recursive: true, force: true }))
    const socketPath = join(folder, 'control.sock')
    await serve(...limited, '--control', socketPath)
    const control = new Client('http://localhost', { socketPath })
    stops.push(() => control.destroy())
    for (let n = 0; n < 20; n++) {
      const { statusCode, body } = await control.request({
        path: '/api/notices',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"body":1}',
      })
      await body.text()
      expect(statusCode).toBe(201)
    }
  })
})

describe('wrong tokens', () => {
  const args = [...asProxy, '--publish-token', 'secret', '--wrong-tokens-per-minute', '3']
  const send = (url: string, token: string | undefined, from: string) =>
    publish(url, { body: 1 }, { ...forwarded(from), ...(token !== undefined && { authorization: `Bearer ${token}` }) })

  it('of one address are looked at so many times, and then not even a right one is, for a while', async () => {
    const server = await serve(...args)
    const { url } = server
    // Whoever sends none does not guess.
    for (let n = 0; n < 5; n++) expect((await send(url, undefined, alice)).status).toBe(401)
    for (let n = 0; n < 3; n++) expect((await send(url, `guess ${n}`, alice)).status).toBe(401)
    for (const token of ['guess 4', 'secret']) {
      const answer = await send(url, token, alice)
      expect([token, answer.status, answer.headers.get('retry-after')]).toEqual([token, 429, '20'])
      expect(await answer.json()).toMatchObject({
        detail: expect.stringMatching(/^too many wrong tokens came from this/),
      })
    }
    expect((await send(url, 'secret', bob)).status).toBe(201)
    expect(server.log.head).toBe(1)
    expect(server.status().limits.refused.tokens).toBe(2)
    // Subscribing needs none.
    expect((await fetch(`${url}/api/short-polling`, { headers: forwarded(alice) })).status).toBe(200)
  })

  it('are counted over all ways to publish, and do not stop a connection that has shown the right one', async () => {
    const { url } = await serve(...args)
    const known = await publisher(url, forwarded(alice))
    expect(await known.publish({ token: 'secret' })).toBe('{"ref":1,"seq":1}')
    const guesser = await publisher(url, forwarded(alice))
    expect(await guesser.publish({ token: 'guess' })).toContain('"error":"publishing needs the server')
    const socket = io(url, {
      path: '/api/socket-io',
      transports: ['polling'],
      extraHeaders: forwarded(alice),
      forceNew: true,
    })
    stops.push(() => socket.disconnect())
    expect(await socket.emitWithAck('publish', 1, { token: 'guess' })).toHaveProperty('error')
    expect((await send(url, 'guess', alice)).status).toBe(401)
    expect(await guesser.publish({ token: 'secret' })).toContain('"error":"too many wrong tokens')
    expect(await socket.emitWithAck('publish', 1, { token: 'secret' })).toEqual({
      error: expect.stringContaining('too many wrong tokens'),
    })
    expect((await send(url, 'secret', alice)).status).toBe(429)
    expect(await known.publish({ token: 'secret' })).toBe('{"ref":2,"seq":2}')
  })

  it('of one client are not forgiven for what another one has shown over the same connection of a proxy', async () => {
    const { url } = await serve(...args)
    const connection = new Client(url, { pipelining: 1 })
    stops.push(() => connection.destroy())
    const post = async (token: string, from: string) => {
      const { statusCode, body } = await connection.request({
        path: '/api/notices',
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...forwarded(from) },
        body: '{"body":1}',
      })
      await body.text()
      return statusCode
    }
    expect(await post('secret', alice)).toBe(201)
    for (const expected of [401, 401, 401, 429]) expect(await post('guess', bob)).toBe(expected)
    expect(await post('secret', bob)).toBe(429)
    for (const expected of [401, 401, 401, 429]) expect(await post('guess', alice)).toBe(expected)
    expect(await post('secret', alice)).toBe(429)
  })
})

describe('the options', () => {
  it.each([
    [
      ['--trust-proxy', 'proxy.example'],
      '--trust-proxy must be an address like 10.0.0.7, or a network like 10.0.0.0/8',
    ],
    [['--trust-proxy', '10.0.0.0/33'], 'got "10.0.0.0/33"'],
    [['--max-connections', '0'], '--max-connections must be a whole number from 1'],
    [['--max-subscribers', 'many'], '--max-subscribers must be a whole number from 1'],
    [['--requests-per-second', '0.5'], '--requests-per-second must be a whole number from 1'],
    [['--exempt-loopback', 'no'], '--exempt-loopback must be on or off, got "no"'],
  ])('%j are told what is wrong with them', (args, words) => {
    expect(() => parseServerOptions(args, {})).toThrow(words)
  })
})
