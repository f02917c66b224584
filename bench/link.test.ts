// The emulator over real sockets: order, bytes, delays never short, connect cost, bandwidth, options.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createServer as createTlsServer, connect as tlsConnect } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { startLink } from './link.ts'
import { digest, endAll, ends, linked, listen, readAll, until } from './link-fixture.ts'

afterEach(endAll)

test.each([
  { rttMs: 0 },
  { rttMs: 20 },
  { rttMs: 20, jitterMs: 15, seed: 7 },
  { rttMs: 6, bandwidthKBps: 4000, jitterMs: 3 },
])('bytes pass in order and unharmed both ways, in writes of any size: %o', async options => {
  const sent = randomBytes(700_000)
  const { link, open } = await linked(options, socket => socket.pipe(socket))
  const client = await open(true)
  const echoed = readAll(client)
  for (let from = 0, size = 1; from < sent.length; from += size, size = (size * 7 + 3) % 40_009)
    client.write(sent.subarray(from, from + size))
  client.end()
  expect(digest(await echoed)).toBe(digest(sent))
  const stats = link.stats()
  expect([stats.bytesUp, stats.bytesDown, stats.connections]).toEqual([sent.length, sent.length, 1])
  await until(() => link.stats().open === 0)
})

test('a connect costs a round trip before the first byte is on its way, then half a round trip each way', async () => {
  let arrivedMs = 0
  let acceptedMs = 0
  const { open } = await linked({ rttMs: 60 }, socket => {
    acceptedMs = performance.now()
    socket.on('data', () => {
      arrivedMs = performance.now()
      socket.write('answer')
    })
  })
  const begunMs = performance.now()
  const client = await open()
  client.write('request')
  await once(client, 'data')
  const answeredMs = performance.now()
  expect(arrivedMs - begunMs).toBeGreaterThanOrEqual(90)
  expect(answeredMs - arrivedMs).toBeGreaterThanOrEqual(30)
  expect(acceptedMs - begunMs).toBeGreaterThanOrEqual(30)
  // The connection is there now: the next exchange costs the round trip alone, and not a handshake again.
  const againMs = performance.now()
  client.write('request')
  await once(client, 'data')
  expect(arrivedMs - againMs).toBeGreaterThanOrEqual(30)
  expect(performance.now() - againMs).toBeGreaterThanOrEqual(60)
})

test('a server that speaks first is heard two round trips after the connect', async () => {
  const { open } = await linked({ rttMs: 60 }, socket => socket.write('welcome'))
  const begunMs = performance.now()
  const client = await open()
  await once(client, 'data')
  expect(performance.now() - begunMs).toBeGreaterThanOrEqual(120)
})

test('no delivery is early, with jitter and many connections', async () => {
  const early: number[] = []
  let count = 0
  const { link, open } = await linked({ rttMs: 30, jitterMs: 4, seed: 3 }, socket => {
    socket.on('data', (chunk: Buffer) => {
      for (let from = 0; from < chunk.length; from += 8) {
        const tookMs = performance.now() - chunk.readDoubleLE(from)
        count++
        if (tookMs < 15) early.push(tookMs)
      }
    })
  })
  const clients = await Promise.all(Array.from({ length: 20 }, () => open()))
  for (let turn = 0; turn < 20; turn++) {
    for (const client of clients) {
      const stamp = Buffer.alloc(8)
      stamp.writeDoubleLE(performance.now())
      client.write(stamp)
    }
    await new Promise(resolve => setTimeout(resolve, turn % 4))
  }
  await until(() => count === 400)
  expect(early).toEqual([])
  const { deliveries, addedP50Ms, addedMaxMs } = link.stats(true)
  expect(deliveries).toBeGreaterThan(0)
  expect(addedMaxMs).toBeGreaterThanOrEqual(addedP50Ms)
  expect(link.stats().deliveries).toBe(0)
})

test('bandwidth bounds each connection and direction, in pieces rather than in one lump', async () => {
  const { open } = await linked({ rttMs: 0, bandwidthKBps: 200 }, socket => socket.end(Buffer.alloc(40_000)))
  const begunMs = performance.now()
  const arrivals = await Promise.all(
    [await open(), await open()].map(async client => {
      const times: number[] = []
      client.on('data', () => times.push(performance.now() - begunMs))
      await once(client, 'end')
      return times
    }),
  )
  for (const times of arrivals) {
    expect(times.at(-1)).toBeGreaterThanOrEqual(195)
    expect(times.length).toBeGreaterThan(5)
    expect(times[0]).toBeLessThan(times.at(-1)! / 2)
  }
})

test('TLS passes through', async () => {
  const psk = { identity: 'link', psk: randomBytes(32) }
  const secure = createTlsServer({ pskCallback: () => psk.psk, ciphers: 'PSK', maxVersion: 'TLSv1.2' }, socket =>
    socket.pipe(socket),
  )
  const port = await listen(secure)
  const link = await startLink({ target: { host: '127.0.0.1', port }, rttMs: 6 })
  ends.push(() => link.close())
  const client = tlsConnect({
    port: link.port,
    host: '127.0.0.1',
    ciphers: 'PSK',
    maxVersion: 'TLSv1.2',
    pskCallback: () => psk,
    checkServerIdentity: () => undefined,
  })
  ends.push(() => client.destroy())
  client.write('secret')
  expect(String((await once(client, 'data'))[0])).toBe('secret')
})

test.each([
  [{ rttMs: -1 }, 'rttMs must be a number from 0, got -1'],
  [{ rttMs: 1, jitterMs: Number.NaN }, 'jitterMs must be a number from 0, got NaN'],
  [{ rttMs: 1, bandwidthKBps: 0 }, 'bandwidthKBps must be a number above 0, got 0'],
  [{ rttMs: 1, windowBytes: 0.5 }, 'windowBytes must be a whole number from 1, got 0.5'],
])('options outside their domain are refused: %o', async (options, message) => {
  await expect(startLink({ ...options, target: { host: '127.0.0.1', port: 1 } })).rejects.toThrow(
    new RangeError(message),
  )
})

test('a taken port is reported by listen', async () => {
  const port = await listen(createServer())
  await expect(startLink({ target: { host: '127.0.0.1', port }, listenPort: port, rttMs: 1 })).rejects.toThrow(
    'EADDRINUSE',
  )
})
