// Several servers, one stream: subscribers of any transport, on either of two servers on one Redis, and what they see when it is away.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type RedisService, startRedis } from '../bench/fleet/redis.ts'
import { type RunningServer, startServer } from '../server/app.ts'
import { parseServerOptions } from '../server/command-line.ts'
import type { ServerOptions } from '../server/options.ts'
import { paths } from '../server/protocol.ts'
import { nodeNetwork } from './network/node.ts'
import { clientTransports, type TransportName } from './transports/index.ts'

const names = Object.keys(clientTransports) as TransportName[]
const stops: (() => Promise<unknown> | unknown)[] = []
let redis: RedisService
let streams = 0

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.end())
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** Servers of one new stream. */
async function serve(count: number, ...args: string[]): Promise<RunningServer[]> {
  const url = `${redis.url}?stream=fleet-${++streams}`
  const servers: RunningServer[] = []
  for (let i = 0; i < count; i++) servers.push(await join(url, ...args))
  return servers
}

async function join(url: string, ...args: string[]): Promise<RunningServer> {
  const server = await startServer(
    parseServerOptions(['--port', '0', '--backplane', url, ...args], {}) as ServerOptions,
  )
  stops.push(server.stop)
  return server
}

const post = (url: string, body: unknown): Promise<Response> =>
  fetch(url + paths.notices, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

async function publish(url: string, from: number, to: number): Promise<string> {
  const bodies = Array.from({ length: to - from + 1 }, (_, i) => ({ body: from + i }))
  const answer = await post(url, bodies)
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { cursor: string }).cursor
}

interface Reader {
  readonly bodies: unknown[]
  readonly seqs: number[]
  cursor: string
  isOpen: boolean
  stop(): void
}

async function read(name: TransportName, url: string, after?: string): Promise<Reader> {
  const { subscribe } = await clientTransports[name].load()
  const abort = new AbortController()
  const reader: Reader = { bodies: [], seqs: [], cursor: after ?? '', isOpen: false, stop: () => abort.abort() }
  stops.push(reader.stop)
  subscribe({
    baseUrl: url,
    network: nodeNetwork(),
    signal: abort.signal,
    pollIntervalMs: 20,
    ...(after !== undefined && { after }),
    onNotice({ seq, body }, cursor) {
      reader.seqs.push(seq)
      reader.bodies.push(body)
      reader.cursor = cursor
    },
    onGap: missed => expect(missed).toBe(0),
    onState: state => {
      reader.isOpen = state === 'open'
    },
  })
  await expect.poll(() => reader.isOpen).toBe(true)
  return reader
}

const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i)

describe.each(names)('%s', name => {
  test('has what is published at another server, and goes on there by its cursor', async () => {
    const [a, b] = (await serve(2)) as [RunningServer, RunningServer]
    const reader = await read(name, a.url)
    await publish(b.url, 1, 20)
    await publish(a.url, 21, 40)
    await expect.poll(() => reader.bodies).toEqual(upTo(40))
    reader.stop()
    await publish(a.url, 41, 60)
    const elsewhere = await read(name, b.url, reader.cursor)
    await publish(b.url, 61, 80)
    await expect.poll(() => elsewhere.bodies).toEqual(upTo(80, 41))
    expect([...reader.seqs, ...elsewhere.seqs]).toEqual(upTo(80))
  })

  test('loses nothing where its server is stopped and another one takes over its address', async () => {
    const url = `${redis.url}?stream=fleet-${++streams}`
    const other = await join(url)
    const first = await startServer(parseServerOptions(['--port', '0', '--backplane', url], {}) as ServerOptions)
    const reader = await read(name, first.url)
    await publish(other.url, 1, 10)
    await expect.poll(() => reader.bodies).toEqual(upTo(10))
    await first.stop()
    await publish(other.url, 11, 20)
    await join(url, '--port', String(first.port))
    await expect.poll(() => reader.bodies, { timeout: 15_000 }).toEqual(upTo(20))
    expect(reader.seqs).toEqual(upTo(20))
  })
})

test('a cursor of a sibling that is ahead is waited for, and one that nobody has reached is refused', async () => {
  const [a, b] = (await serve(2)) as [RunningServer, RunningServer]
  const cursor = await publish(a.url, 1, 5)
  // Right after, the other server may not have them yet.
  const polled = await fetch(`${b.url}/api/short-polling?after=${cursor}`)
  expect(await polled.json()).toMatchObject({ cursor, missed: 0, notices: [] })
  const beyond = await fetch(`${b.url}/api/short-polling?after=${cursor.replace(/\d+$/, '6')}`)
  expect(beyond.status).toBe(400)
  expect((await beyond.json()) as { detail: string }).toMatchObject({
    detail: expect.stringContaining('at most the newest'),
  })
})

test('what one server no longer holds is read from the backplane', async () => {
  const [a] = (await serve(1, '--log-capacity', '10')) as [RunningServer]
  await publish(a.url, 1, 50)
  const answer = (await (await fetch(`${a.url}/api/short-polling?after=earliest`)).json()) as {
    missed: number
    notices: { body: number }[]
  }
  expect(answer.missed).toBe(0)
  expect(answer.notices.map(({ body }) => body)).toEqual(upTo(50))
  const reader = await read('sse', a.url, `${a.log.epoch}.7`)
  await expect.poll(() => reader.bodies).toEqual(upTo(50, 8))
})

test('while Redis is away subscribers stay, publishing says so, and readiness is red', async () => {
  const own = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always'])
  stops.push(own.end)
  const server = await join(own.url)
  const reader = await read('websocket', server.url)
  await publish(server.url, 1, 3)
  await expect.poll(() => reader.bodies).toEqual(upTo(3))
  await own.kill()
  const ready = () => fetch(server.url + paths.ready).then(({ status }) => status)
  await expect.poll(ready).toBe(503)
  const refused = await post(server.url, { body: 4, id: 'four' })
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(reader.isOpen).toBe(true)
  const status = (await (await fetch(server.url + paths.status)).json()) as { backplane: unknown }
  expect(status.backplane).toMatchObject({ name: 'redis', healthy: false, detail: expect.stringContaining('redis://') })
  // What this server holds it still gives.
  expect((await fetch(`${server.url}/api/short-polling?after=${server.log.epoch}.1`)).status).toBe(200)
  await own.restart()
  await expect.poll(ready, { timeout: 10_000 }).toBe(200)
  expect((await post(server.url, { body: 4, id: 'four' })).status).toBe(201)
  await expect.poll(() => reader.bodies).toEqual(upTo(4))
  expect(reader.seqs).toEqual(upTo(4))
})
