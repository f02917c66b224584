// What is special about Socket.IO: the upgrade, its own client library as a stranger uses it, publishing with an acknowledgement, and its end.
import { once } from 'node:events'
import { type Agent, get } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket as TcpSocket } from 'node:net'
import { io, type Socket } from 'socket.io-client'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type RunningServer, startServer } from '../server/app.ts'
import { parseServerOptions } from '../server/command-line.ts'
import type { ServerOptions } from '../server/options.ts'
import type { Notice } from '../server/protocol.ts'
import type { Status } from '../server/status.ts'
import { libraryNetwork } from './network/agents.ts'
import { nodeNetwork } from './network/node.ts'
import { record } from './scripted-server.fixture.ts'
import { subscribe } from './transports/socket-io.ts'
import type { Subscription } from './transports/transport.ts'

const stops: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function serve(...args: string[]): Promise<RunningServer> {
  const options = parseServerOptions(['--port', '0', ...args], {}) as ServerOptions
  const server = await startServer(options)
  stops.push(server.stop)
  return server
}

async function publish(url: string, bodies: readonly unknown[]): Promise<void> {
  const answer = await fetch(`${url}/api/notices`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(bodies.map(body => ({ body }))),
  })
  expect(answer.status).toBe(201)
}

const statusOf = async (url: string): Promise<Status> => (await fetch(`${url}/api/status`)).json() as Promise<Status>
const countsOf = async (url: string) => (await statusOf(url)).transports['socket-io']!

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1)

function follow(url: string, more: Partial<Subscription> = {}) {
  const seen = record(subscribe, { baseUrl: url, ...more })
  stops.push(seen.stop)
  return seen
}

/** The library as its documentation shows it. */
function stranger(url: string, options: Parameters<typeof io>[1] = {}): Socket {
  const socket = io(url, { path: '/api/socket-io', forceNew: true, ...options })
  stops.push(() => socket.disconnect())
  return socket
}

describe('connecting', () => {
  test('begins with polls, goes over to a WebSocket, and loses nothing on the way while much is published', async () => {
    const { url } = await serve()
    const seen = follow(url)
    await seen.until(() => seen.events.includes('open'))
    let published = 0
    // Until long after the upgrade, which takes a poll's return and a handshake.
    for (const end = performance.now() + 600; performance.now() < end; published += 50) await publish(url, upTo(50))
    await seen.until(() => seen.notices.length === published)
    expect(seen.notices.map(({ seq }) => seq)).toEqual(upTo(published))
    expect(seen.tally.duplicates).toBe(0)
    // Handshake, joining, its answer, what came until the upgrade, and the upgrade.
    const { requests } = await countsOf(url)
    expect(requests).toBeGreaterThanOrEqual(4)
    expect(seen.tally.requests).toBe(requests)
    await publish(url, ['one more'])
    await seen.until(() => seen.notices.length === published + 1)
    expect((await countsOf(url)).requests).toBe(requests)
  })

  test('takes one request where only a WebSocket is wanted, and never upgrades where only polls are', async () => {
    const { url } = await serve()
    const direct = follow(url, { transportOptions: { over: 'frames' } })
    await direct.until(() => direct.events.includes('open'))
    expect((await countsOf(url)).requests).toBe(1)
    expect((await countsOf(url)).open).toBe(1)
    direct.stop()
    const polling = follow(url, { transportOptions: { over: 'polls' } })
    await polling.until(() => polling.events.includes('open'))
    for (let i = 1; i <= 5; i++) {
      await publish(url, [i])
      await polling.until(() => polling.notices.length === i)
    }
    // Handshake, joining, hello, and one poll a notice besides the one that is held.
    expect((await countsOf(url)).requests).toBeGreaterThanOrEqual(1 + 3 + 5)
  })

  test('counts the bytes of polls and of the WebSocket under its own name, and a frame to the byte', async () => {
    const { url } = await serve()
    const polling = follow(url, { transportOptions: { over: 'polls' } })
    await polling.until(() => polling.events.includes('open'))
    // Three requests, one of them with a body, and two answers.
    const polled = await countsOf(url)
    expect(polled.bytesIn).toBeGreaterThan(3 * 100)
    expect(polled.bytesOut).toBeGreaterThan(2 * 100)
    polling.stop()
    // Its session outlasts its last connection until it has said goodbye on another one.
    await expect.poll(async () => (await statusOf(url)).limits.subscribers).toBe(0)
    const seen = follow(url, { transportOptions: { over: 'frames' } })
    await seen.until(() => seen.events.includes('open'))
    const before = await countsOf(url)
    await publish(url, ['x'.repeat(1000)])
    await seen.until(() => seen.notices.length === 1)
    const after = await countsOf(url)
    // A frame's head of 4, and `42["notice",` with its `]` around the notice.
    expect(after.payloadBytes - after.noticeBytes).toBe(4 + 13)
    expect(after.bytesOut - before.bytesOut).toBe(after.payloadBytes)
    expect(after.bytesIn - before.bytesIn).toBe(0)
  })

  test('is refused for good, in the server’s words, with a cursor that is malformed', async () => {
    const { url } = await serve()
    for (const over of [{}, { transportOptions: { over: 'frames' } }] as const) {
      const seen = follow(url, { after: 'not a cursor', ...over })
      expect(await seen.closed()).toContain('"after" must be a cursor EPOCH.SEQ or "earliest", got "not a cursor"')
    }
  })

  test.each([
    [{ over: 'pigeons' }, '"over" must be polls or frames, got "pigeons"'],
    [{ by: 'frames' }, 'has no option "by"'],
  ])('is not attempted with options that it does not have: %j', (transportOptions, why) => {
    expect(() => follow('http://127.0.0.1:1', { transportOptions })).toThrow(why)
  })

  test('is refused for good where the handshake is answered 403', async () => {
    const { url } = await serve()
    const network = nodeNetwork({ headers: { Origin: 'http://elsewhere.example' } })
    const seen = follow(url, { network, transportOptions: { over: 'frames' } })
    expect(await seen.closed()).toContain('was answered 403')
  })

  test('tries again where the session is lost between two polls', async () => {
    const { url, port } = await serve()
    const seen = follow(url, { transportOptions: { over: 'polls' } })
    await seen.until(() => seen.events.includes('open'))
    await stops.shift()!()
    const restarted = await serve('--port', String(port))
    await seen.until(() => seen.states.filter(([state]) => state === 'open').length === 2)
    await publish(restarted.url, ['again'])
    await seen.until(() => seen.notices.length === 1)
    expect(seen.gaps.map(([missed]) => missed)).toEqual([null])
  })

  test.each([[{}], [{ transportOptions: { over: 'polls' } }], [{ transportOptions: { over: 'frames' } }]] as const)(
    'leaves no connection behind, stopped at any moment of %j',
    async over => {
      const { url } = await serve()
      for (let i = 0; i < 12; i++) {
        const seen = follow(url, over)
        await new Promise(resolve => setTimeout(resolve, i * 4))
        seen.stop()
      }
      await expect.poll(async () => (await countsOf(url)).open).toBe(0)
    },
  )
})

describe('a stranger with socket.io-client', () => {
  test('subscribes, is cut, and resumes with what its auth function says', async () => {
    const { url } = await serve()
    let after: string | undefined
    const notices: Notice[] = []
    const hellos: unknown[] = []
    const socket = stranger(url, { auth: (send: (data: object) => void) => send({ after }), reconnectionDelay: 10 })
    socket.on('hello', hello => {
      hellos.push(hello)
      after = hello.cursor
    })
    socket.on('notice', notice => {
      notices.push(notice)
      after = `${after!.split('.')[0]}.${notice.seq}`
    })
    await expect.poll(() => hellos.length).toBe(1)
    await publish(url, [1, 2])
    await expect.poll(() => notices.length).toBe(2)
    socket.io.engine.close()
    await publish(url, [3, 4])
    await expect.poll(() => notices.length).toBe(4)
    expect(notices.map(({ body }) => body)).toEqual([1, 2, 3, 4])
    expect(hellos[1]).toEqual({ cursor: expect.stringMatching(/^[a-z0-9]+\.2$/), missed: 0 })
  })

  test('is told what is gone, and of a cursor that is wrong', async () => {
    const { url } = await serve('--log-capacity', '10')
    const early = stranger(url)
    const [{ cursor }] = await new Promise<[{ cursor: string }]>(resolve =>
      early.once('hello', (...given) => resolve(given as never)),
    )
    await publish(url, upTo(30))
    const late = stranger(url, { auth: { after: cursor } })
    const hello = await new Promise<unknown>(resolve => late.once('hello', resolve))
    expect(hello).toEqual({ cursor: cursor.replace(/0$/, '20'), missed: 20 })
    for (const after of ['?', 7]) {
      const wrong = stranger(url, { auth: { after } })
      const error = await new Promise<Error & { data?: unknown }>(resolve =>
        wrong.once('connect_error', resolve as never),
      )
      expect(error.message).toMatch(/^"after" must be/)
      expect(error.data).toEqual({ status: 400 })
    }
  })

  test('publishes with an acknowledgement, which says what was wrong where something was', async () => {
    const { url } = await serve('--publish-token', 'secret')
    const socket = stranger(url)
    const notices: Notice[] = []
    socket.on('notice', notice => notices.push(notice))
    await new Promise<void>(resolve => socket.once('hello', () => resolve()))
    const ask = (...given: unknown[]): Promise<unknown> => socket.emitWithAck('publish', ...given)
    expect(await ask('a')).toEqual({ error: expect.stringContaining('token') })
    expect(await ask('a', { token: 'secret', id: 'one' })).toEqual({ seq: 1 })
    expect(await ask('a', { token: 'secret', id: 'one' })).toEqual({ seq: 1 })
    expect(await ask('b', { token: 'secret', id: 'not an id' })).toEqual({
      error: expect.stringContaining('"id" must be'),
    })
    expect(await ask('c', { token: 'secret' })).toEqual({ seq: 2 })
    await expect.poll(() => notices.map(({ body }) => body)).toEqual(['a', 'c'])
  })

  test('is closed with 1003 for something binary', async () => {
    const { url } = await serve()
    const socket = stranger(url, { reconnection: false })
    await new Promise<void>(resolve => socket.once('hello', () => resolve()))
    const closing = new Promise(resolve => socket.once('closing', resolve))
    socket.emit('publish', Buffer.from('x'))
    expect(await closing).toEqual({ code: 1003 })
  })

  test.each([['websocket'], ['polling']] as const)('is told 1001 over %s when the server stops', async transport => {
    const server = await serve()
    const socket = stranger(server.url, { transports: [transport], reconnection: false })
    await new Promise<void>(resolve => socket.once('hello', () => resolve()))
    const closing = new Promise(resolve => socket.once('closing', resolve))
    const gone = new Promise(resolve => socket.once('disconnect', resolve))
    // The hello is in; a poll that is on its way would be refused by a server that is stopping.
    if (transport === 'polling')
      await expect.poll(async () => (await countsOf(server.url)).requests).toBeGreaterThanOrEqual(4)
    expect(await server.stop()).toBe(0)
    expect(await closing).toEqual({ code: 1001 })
    // Not a disconnect of Socket.IO's, after which its clients stay away.
    expect(await gone).not.toBe('io server disconnect')
  })
})

/** Opens a raw WebSocket of Engine.IO, joins, and stops reading. */
async function deafReader(port: number): Promise<TcpSocket> {
  const socket = connect(port, '127.0.0.1')
  stops.push(() => socket.destroy())
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}/api/socket-io/?EIO=4&transport=websocket`, {
    createConnection: () => socket,
  })
  webSocket.on('error', () => {})
  await once(webSocket, 'open')
  webSocket.send('40')
  await new Promise<void>(resolve =>
    webSocket.on('message', data => data.toString().startsWith('42["hello"') && resolve()),
  )
  webSocket.pause()
  return socket
}

describe('a kept connection', () => {
  /** Relays, and cuts everything that is open when asked. */
  async function relayTo(url: string): Promise<{ url: string; cut: () => number }> {
    const open = new Set<TcpSocket>()
    const relay = createServer(client => {
      const upstream = connect(Number(new URL(url).port), '127.0.0.1')
      for (const socket of [client, upstream]) {
        open.add(socket)
        socket.on('error', () => {})
        socket.once('close', () => {
          open.delete(socket)
          client.destroy()
          upstream.destroy()
        })
      }
      client.pipe(upstream).pipe(client)
    })
    relay.listen(0, '127.0.0.1')
    await once(relay, 'listening')
    stops.push(() => {
      for (const socket of open) socket.destroy()
      return new Promise(resolve => relay.close(resolve))
    })
    return {
      url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
      cut() {
        const { size } = open
        for (const socket of open) socket.resetAndDestroy()
        return size
      },
    }
  }

  test('that is reset under a held poll is noticed at once: the library would wait for ever', async () => {
    const { url } = await serve()
    const relay = await relayTo(url)
    const seen = follow(relay.url, { transportOptions: { over: 'polls' }, random: () => 0.01 })
    await seen.until(() => seen.events.includes('open'))
    // The hello was taken, and the next poll is held on the connection that brought it.
    await expect.poll(async () => (await countsOf(url)).requests).toBeGreaterThanOrEqual(4)
    expect(relay.cut()).toBeGreaterThan(0)
    await publish(url, ['after the cut'])
    await seen.until(() => seen.notices.length === 1)
    expect(seen.tally.retries).toBeGreaterThan(0)
  })

  test('is no more once the subscriber gave it up: the library’s next request is refused, for on a reset it asks again without end', async () => {
    const { url } = await serve()
    const network = libraryNetwork(new URL(url), { keepAlive: true, headers: [], upgradeHeaders: [] })
    network.drop()
    const { agent } = network.node!.requests as { agent: Agent }
    const [error] = (await once(get(url, { agent }), 'error')) as [NodeJS.ErrnoException]
    expect(error.code).not.toBe('ECONNRESET')
  })

  test('serves many polls one after the other, on every Node', async () => {
    const { url } = await serve()
    const seen = follow(url, { transportOptions: { over: 'polls' } })
    await seen.until(() => seen.events.includes('open'))
    for (let i = 1; i <= 30; i++) {
      await publish(url, [i])
      await seen.until(() => seen.notices.length === i)
    }
    expect(seen.tally.retries).toBe(0)
    // What polls were sent on is reused: one connection for GETs, one for POSTs.
    expect((await countsOf(url)).opened).toBeLessThanOrEqual(2)
  })
})

describe('those who have everything and those who are behind', () => {
  test('get every notice once and in order, whether from the room or from the log', async () => {
    const { url } = await serve()
    await publish(url, upTo(500))
    const live = follow(url, { transportOptions: { over: 'frames' } })
    await live.until(() => live.events.includes('open'))
    const behind = follow(url, { transportOptions: { over: 'frames' }, after: 'earliest' })
    for (let i = 0; i < 20; i++) await publish(url, upTo(25))
    await live.until(() => live.notices.length === 500)
    await behind.until(() => behind.notices.length === 1000)
    expect(live.notices.map(({ seq }) => seq)).toEqual(upTo(1000).slice(500))
    expect(behind.notices.map(({ seq }) => seq)).toEqual(upTo(1000))
    const { notices, writes } = await countsOf(url)
    expect([notices, writes]).toEqual([1500, 1500])
  })
})

describe('a slow subscriber', () => {
  test('that does not read is cut, and its memory is bounded by the queue', async () => {
    const { url, port } = await serve('--max-queue-bytes', '200000')
    const socket = await deafReader(port)
    const closed = once(socket, 'close')
    for (let i = 0; i < 200 && (await countsOf(url)).slowClosed === 0; i++)
      await publish(
        url,
        Array.from({ length: 15 }, () => 'x'.repeat(60_000)),
      )
    expect((await countsOf(url)).slowClosed).toBe(1)
    socket.resume()
    await closed
    await expect.poll(async () => (await countsOf(url)).open).toBe(0)
  })

  test('that polls too rarely gets closing 1013 with its next polls', async () => {
    const { url } = await serve('--max-queue-bytes', '100000')
    const get = async (query: string) => (await fetch(`${url}/api/socket-io/?EIO=4&transport=polling${query}`)).text()
    const { sid } = JSON.parse((await get('')).slice(1)) as { sid: string }
    await fetch(`${url}/api/socket-io/?EIO=4&transport=polling&sid=${sid}`, { method: 'POST', body: '40' })
    expect(await get(`&sid=${sid}`)).toContain('42["hello"')
    await publish(
      url,
      Array.from({ length: 10 }, () => 'x'.repeat(20_000)),
    )
    await publish(url, [1])
    await expect.poll(async () => (await countsOf(url)).slowClosed).toBe(1)
    expect(await get(`&sid=${sid}`)).toMatch(/42\["closing",\{"code":1013\}\]/)
  })
})

describe('other requests', () => {
  const upgradeAt = (url: string, path: string, headers: Record<string, string> = {}): Promise<number> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers })
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode!))
      socket.on('open', () => {
        socket.terminate()
        resolve(101)
      })
      socket.on('error', reject)
    })

  test('find only its own two paths, also once its library is loaded', async () => {
    const { url } = await serve()
    const paths = ['/api/socket-io', '/api/socket-io/'].map(path => `${path}?EIO=4&transport=websocket`)
    for (const path of paths) expect(await upgradeAt(url, path)).toBe(101)
    for (const path of ['/api/socket-iox', '/api/socket-io/x', '/socket.io/', '/']) {
      expect(await upgradeAt(url, `${path}?EIO=4&transport=websocket`)).toBe(404)
    }
    const answer = await fetch(`${url}/api/socket-io/`, { method: 'DELETE' })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST, OPTIONS'])
  })

  test('of a page of another origin are refused unless the server names it', async () => {
    const page = 'http://page.example'
    const path = '/api/socket-io/?EIO=4&transport=websocket'
    const closed = await serve()
    const open = await serve('--allow-origin', page)
    expect(await upgradeAt(closed.url, path, { origin: page })).toBe(403)
    expect(await upgradeAt(open.url, path, { origin: page })).toBe(101)
    const allowedBy = async ({ url }: RunningServer) =>
      (await fetch(`${url}/api/socket-io/?EIO=4&transport=polling`, { headers: { origin: page } })).headers.get(
        'access-control-allow-origin',
      )
    expect(await allowedBy(closed)).toBeNull()
    expect(await allowedBy(open)).toBe(page)
  })
})
