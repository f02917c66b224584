import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { RunningServer } from './app.ts'
import { MAX_WAITING, MAX_WORKED } from './pipelining.ts'
import { appendLarge, testServers, until } from './servers.fixture.ts'

const { serve, stops } = testServers()

interface Client {
  readonly socket: Socket
  readonly closed: Promise<void>
  got(): string
  /** Waits until `pattern` has come `count` times. */
  until(pattern: RegExp, count: number): Promise<void>
}

function open({ port }: RunningServer, text: string): Client {
  const socket = connect(port, '127.0.0.1')
  stops.push(() => socket.destroy())
  socket.setEncoding('utf8').on('error', () => {})
  let got = ''
  socket.on('data', chunk => (got += chunk))
  socket.write(text)
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  return {
    socket,
    closed,
    got: () => got,
    async until(pattern, count) {
      while ([...got.matchAll(pattern)].length < count) await new Promise(resolve => socket.once('data', resolve))
    },
  }
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
const handshake =
  'GET /api/websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

const publish = (url: string): Promise<Response> =>
  fetch(`${url}/api/notices`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"body":"published"}',
  })

/** Requests that a transport has taken. */
const taken = (server: RunningServer, transport: string): number => server.status().transports[transport]!.requests

describe.each(['router', 'app'])('requests that come before the earlier ones are answered (%s)', express => {
  it('are answered in order', async () => {
    const server = await serve('--express', express)
    await publish(server.url)
    const paths = Array.from({ length: MAX_WORKED + MAX_WAITING }, (_, i) =>
      i % 3 === 0 ? `/api/short-polling?limit=0&${i}` : i % 3 === 1 ? '/healthz' : `/nothing-${i}`,
    )
    const client = open(server, paths.map(get).join(''))
    await client.until(/HTTP\/1.1 \d/g, paths.length)
    const bodies = client.got().match(/limit|"status":"ok"|nothing-\d+/g)
    expect(bodies).toEqual(
      paths.map((_, i) => (i % 3 === 0 ? 'limit' : i % 3 === 1 ? '"status":"ok"' : `nothing-${i}`)),
    )
  })

  it('are worked on 8 at a time, while 64 more wait', async () => {
    const server = await serve('--express', express)
    const poll = get(`/api/long-polling?waitMs=60000&after=${server.log.epoch}.0`)
    const client = open(server, poll.repeat(MAX_WORKED + MAX_WAITING))
    await until(() => taken(server, 'long-polling') >= MAX_WORKED)
    await (await fetch(`${server.url}/healthz`)).text()
    expect(taken(server, 'long-polling')).toBe(MAX_WORKED)
    await publish(server.url)
    await client.until(/"published"/g, MAX_WORKED + MAX_WAITING)
    expect(taken(server, 'long-polling')).toBe(MAX_WORKED + MAX_WAITING)
  })

  it('end the connection when there is one more, and nothing of what follows is worked on', async () => {
    const server = await serve('--express', express)
    const client = open(server, get('/api/long-polling?waitMs=60000').repeat(100_000))
    await client.closed
    expect(taken(server, 'long-polling')).toBe(MAX_WORKED)
    expect(client.got()).toBe('')
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })

  it('end it, too, when one that has to wait has a body', async () => {
    const server = await serve('--express', express)
    const post =
      'POST /api/notices HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"body":1}'
    const { closed } = open(server, get('/api/long-polling?waitMs=60000').repeat(MAX_WORKED) + post)
    await closed
    expect(server.log.head).toBe(0)
  })

  it('may have bodies that are read or refused, and nothing of these is kept', async () => {
    const server = await serve('--express', express)
    const post = (path: string, body: string) =>
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const client = open(server, get('/api/long-polling?waitMs=60000'))
    await until(() => taken(server, 'long-polling') === 1)
    client.socket.write(post('/api/status', 'x'.repeat(3_000_000)) + post('/healthz', 'x'.repeat(3_000_000)))
    client.socket.write(post('/api/notices', '{"body":"published"}').repeat(2))
    await client.until(/HTTP\/1.1 \d+/g, 5)
    expect(client.got().match(/HTTP\/1.1 \d+/g)).toEqual([200, 405, 405, 201, 201].map(code => `HTTP/1.1 ${code}`))
  })

  it('are begun no further while a large answer waits for its reader, and all are answered once it reads', async () => {
    const server = await serve('--express', express)
    appendLarge(server, 40)
    const polls = Array.from({ length: 40 }, (_, i) => get(`/api/short-polling?after=earliest&${i}`))
    const client = open(server, '')
    client.socket.pause()
    client.socket.write(polls.join(''))
    // What the kernel takes (up to 4 MiB, and as much on the other side), and little more.
    await until(() => taken(server, 'short-polling') > 1)
    await fetch(`${server.url}/healthz`)
    expect(taken(server, 'short-polling')).toBeLessThan(20)
    expect(server.status().queued.bytes).toBeLessThan(4 * 1024 * 1024)
    client.socket.resume()
    // 17 notices of 60 kB in each.
    await until(() => client.got().length > polls.length * 17 * 60_000)
    expect(taken(server, 'short-polling')).toBe(polls.length)
  })

  it('are forgotten with their connection', async () => {
    const server = await serve('--express', express)
    const client = open(server, get('/api/long-polling?waitMs=60000').repeat(MAX_WORKED + 2))
    await until(() => taken(server, 'long-polling') === MAX_WORKED)
    client.socket.destroy()
    await until(() => server.status().transports['long-polling']!.open === 0)
    await publish(server.url)
    await (await fetch(`${server.url}/api/long-polling?after=earliest`)).text()
    expect(server.status().transports['long-polling']).toMatchObject({ notices: 1, requests: MAX_WORKED + 1 })
  })
})

describe('an upgrade', () => {
  it.each([
    ['a held poll', get('/api/long-polling?waitMs=60000')],
    ['an event stream', get('/api/sse')],
  ])('behind %s ends the connection', async (_what, before) => {
    const server = await serve()
    const { got, closed } = open(server, before + handshake)
    await closed
    await publish(server.url)
    expect(got()).not.toMatch(/ 101 |"published"/)
    expect(taken(server, 'websocket')).toBe(0)
  })

  it('behind an answered poll of the same connection is served', async () => {
    const server = await serve()
    const client = open(server, get('/api/long-polling?waitMs=1'))
    await client.until(/"notices":\[\]/g, 1)
    client.socket.write(handshake)
    await client.until(/HTTP\/1.1 101 [\s\S]*"missed":0/g, 1)
    await publish(server.url)
    await client.until(/"published"/g, 1)
  })
})

describe('what is not HTTP', () => {
  it('is not answered where the answer to an earlier request is awaited', async () => {
    const server = await serve()
    const { got, closed } = open(server, `${get('/api/long-polling?waitMs=60000')}rubbish\r\n\r\n`)
    await closed
    expect(got()).toBe('')
  })
})

it('the body of a held request is not kept', async () => {
  const server = await serve()
  const head = 'GET /api/long-polling?waitMs=60000 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n'
  const client = open(server, head)
  await until(() => taken(server, 'long-polling') === 1)
  // More than a request that nobody reads takes before it stops the connection, and what the kernel holds.
  for (let i = 0; i < 32; i++) {
    const isGone = client.socket.write(`100000\r\n${'x'.repeat(1024 * 1024)}\r\n`)
    if (!isGone) await new Promise(resolve => client.socket.once('drain', resolve))
  }
  client.socket.write('0\r\n\r\n')
  await publish(server.url)
  await client.until(/"published"/g, 1)
})
