// The emulator over real sockets: order, bytes, delays never short, connect cost, bandwidth, a distance that changes, what an observer is told, options.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, connect as tlsConnect } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { digest, endAll, ends, linked, listen, readAll, until } from './link.fixture.ts'
import { type LinkObserver, startLink } from './link.ts'

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

test('several ports are one link, and an observer is told by which one a client came', async () => {
  const port = await listen(createServer(socket => socket.pipe(socket)))
  const came: number[] = []
  const observer: LinkObserver = { opened: (_, __, ___, by) => void came.push(by), bytes: () => {}, closed: () => {} }
  const link = await startLink({ target: { host: '127.0.0.1', port }, rttMs: 0, ports: 3, observer })
  ends.push(() => link.close())
  expect(new Set(link.ports).size).toBe(3)
  expect(link.ports[0]).toBe(link.port)
  const wanted = [link.ports[2]!, link.ports[0]!, link.ports[1]!, link.ports[2]!]
  for (const port of wanted) {
    const client = connect({ host: '127.0.0.1', port })
    ends.push(() => client.destroy())
    client.write('hello')
    await once(client, 'data')
  }
  expect(came).toEqual(wanted)
  expect(link.stats()).toMatchObject({ connections: 4, bytesUp: 20, bytesDown: 20 })
  await link.close()
  for (const port of link.ports) {
    const client = connect({ host: '127.0.0.1', port })
    await expect(once(client, 'connect')).rejects.toThrow('ECONNREFUSED')
  }
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

test('an observer is told of each chunk when it was read and when it is due, and of each connection', async () => {
  interface Told {
    way: 'up' | 'down'
    text: string
    atMs: number
    dueMs: number
    connection: number
  }
  const told: Told[] = []
  const opened: [connection: number, atMs: number, openMs: number][] = []
  const closed: [connection: number, by: string][] = []
  const arrivals = new Map<string, number>()
  const observer: LinkObserver = {
    opened: (connection, atMs, openMs) => opened.push([connection, atMs, openMs]),
    bytes: (connection, way, chunk, atMs, dueMs) => told.push({ connection, way, text: String(chunk), atMs, dueMs }),
    closed: (...how) => closed.push(how),
  }
  const { open } = await linked({ rttMs: 40, observer }, socket => {
    socket.on('end', () => socket.end())
    socket.on('data', (chunk: Buffer) => {
      arrivals.set(String(chunk), performance.now())
      socket.write(`re ${chunk}`)
      if (String(chunk) === 'last') socket.end()
    })
  })
  const ask = async (client: Socket, text: string): Promise<void> => {
    client.write(text)
    arrivals.set(String((await once(client, 'data'))[0]), performance.now())
  }
  const [first, second] = [await open(), await open()]
  await ask(first, 'one')
  await ask(second, 'two')
  await ask(first, 'three')
  expect(told.map(({ connection, way, text }) => [connection, way, text])).toEqual([
    [0, 'up', 'one'],
    [0, 'down', 're one'],
    [1, 'up', 'two'],
    [1, 'down', 're two'],
    [0, 'up', 'three'],
    [0, 'down', 're three'],
  ])
  // Nothing arrived before it was due; what is told after the handshake takes half the round trip.
  for (const { text, dueMs } of told) expect(arrivals.get(text), text).toBeGreaterThanOrEqual(dueMs)
  for (const { atMs, dueMs } of told.slice(4)) expect(dueMs - atMs).toBeCloseTo(20, 6)
  expect(opened.map(([connection]) => connection)).toEqual([0, 1])
  for (const [, atMs, openMs] of opened) expect(openMs - atMs).toBeCloseTo(40, 6)
  // A chunk that came during the handshake is due half a round trip after its end.
  expect(told[0]!.dueMs).toBeCloseTo(opened[0]![2] + 20, 6)
  second.end()
  await until(() => closed.length === 1)
  await ask(first, 'last')
  await until(() => closed.length === 2)
  expect(closed).toEqual([
    [1, 'client'],
    [0, 'server'],
  ])
})

test('an observer is told from where the target is reached, and one connection can be ended by itself', async () => {
  const reached: [connection: number, port: number][] = []
  const closed: [connection: number, by: string][] = []
  const ofTarget: Socket[] = []
  const observer: LinkObserver = {
    opened() {},
    bytes() {},
    reached: (...how) => reached.push(how),
    closed: (...how) => closed.push(how),
  }
  const { link, open } = await linked({ rttMs: 0, observer }, socket => {
    ofTarget.push(socket)
    socket.on('data', (chunk: Buffer) => socket.write(chunk))
  })
  const ask = async (client: Socket): Promise<void> => {
    client.write('x')
    await once(client, 'data')
  }
  const [first, second] = [await open(), await open()]
  await ask(first)
  await ask(second)
  expect(reached).toEqual(ofTarget.map(({ remotePort }, connection) => [connection, remotePort]))
  const bothEnds = Promise.all([once(first, 'close'), once(ofTarget[0]!, 'end')])
  link.drop(0)
  await bothEnds
  link.drop(0)
  await ask(second)
  expect(closed).toEqual([[0, 'cut']])
  expect(link.stats().open).toBe(1)
})

test('a new round trip holds for what is sent from then on, and nothing overtakes what is under way', async () => {
  const told = new Map<string, { legMs: number; dueMs: number }>()
  const observer: LinkObserver = {
    opened() {},
    bytes: (_connection, way, chunk, atMs, dueMs) => {
      if (way === 'up') told.set(String(chunk), { legMs: dueMs - atMs, dueMs })
    },
    closed() {},
  }
  let heard = ''
  const { link, open } = await linked({ rttMs: 20, observer }, socket => socket.on('data', chunk => (heard += chunk)))
  const client = await open()
  const say = async (text: string): Promise<void> => {
    client.write(text)
    await until(() => told.has(text))
  }
  await say('a')
  await until(() => heard === 'a')
  await say('b')
  link.setRtt(200)
  await say('c')
  link.setRtt(0)
  await say('d')
  await until(() => heard === 'abcd')
  await say('e')
  await until(() => heard === 'abcde')
  const legMs = ['b', 'c', 'e'].map(text => told.get(text)!.legMs)
  expect(legMs).toEqual([expect.closeTo(10, 6), expect.closeTo(100, 6), expect.closeTo(0, 6)])
  expect(told.get('d')!.dueMs).toBeGreaterThanOrEqual(told.get('c')!.dueMs)
  // And a connection that begins now pays for the link as it is now.
  link.setRtt(60)
  const begunMs = performance.now()
  const again = await open()
  again.write('f')
  await until(() => heard === 'abcdef')
  expect(performance.now() - begunMs).toBeGreaterThanOrEqual(90)
  expect(() => link.setRtt(-1)).toThrow(new RangeError('rttMs must be a number from 0, got -1'))
})

test('bandwidth bounds each connection and direction, in pieces rather than in one lump', async () => {
  const { open, link } = await linked({ rttMs: 0, bandwidthKBps: 200 }, socket => socket.end(Buffer.alloc(40_000)))
  const begunMs = performance.now()
  const ends = await Promise.all(
    [await open(), await open()].map(async client => {
      client.resume()
      await once(client, 'end')
      return performance.now() - begunMs
    }),
  )
  for (const endMs of ends) expect(endMs).toBeGreaterThanOrEqual(195)
  // As they left: on a busy machine a client reads several of them at once.
  const { deliveries, heldBack } = link.stats()
  expect(deliveries + heldBack).toBeGreaterThan(2 * 10)
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
