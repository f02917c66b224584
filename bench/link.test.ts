// The emulator over real sockets: order, bytes, delays never short, connect cost, cuts and half-closes passed on, bounded buffers, clean end.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, connect as tlsConnect } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { type LinkOptions, startLink } from './link.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const listen = async <T extends Server>(server: T): Promise<number> => {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise(resolve => server.close(resolve))
  })
  return (server.address() as { port: number }).port
}

/** A link to a server that does `onConnection`, and a way to connect through it. */
const linked = async (options: Omit<LinkOptions, 'target'>, onConnection: (socket: Socket) => void) => {
  const port = await listen(createServer({ allowHalfOpen: true, noDelay: true }, onConnection))
  const link = await startLink({ ...options, target: { host: '127.0.0.1', port } })
  ends.push(() => link.close())
  const open = async (allowHalfOpen = false): Promise<Socket> => {
    const socket = connect({ port: link.port, host: '127.0.0.1', allowHalfOpen, noDelay: true })
    socket.on('error', () => {})
    ends.push(() => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  return { link, open }
}

const readAll = async (socket: Socket): Promise<Buffer> => {
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  await once(socket, 'end')
  return Buffer.concat(chunks)
}
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
/** Until `isTrue`, which must come about by itself. */
const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await new Promise(resolve => setTimeout(resolve, 2))
}

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

test('the end of one direction passes on, and the other goes on', async () => {
  let ended = false
  const { open } = await linked({ rttMs: 10 }, socket => {
    socket.on('data', () => {})
    socket.on('end', () => {
      ended = true
      socket.write('still ')
      setTimeout(() => socket.end('here'), 20)
    })
  })
  const client = await open(true)
  const answer = readAll(client)
  client.end('all of it')
  expect((await answer).toString()).toBe('still here')
  expect(ended).toBe(true)
})

const closeCode = (socket: Socket): Promise<string | undefined> =>
  new Promise(resolve => {
    let code: string | undefined
    socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code))
    socket.on('close', () => resolve(code))
    socket.resume()
  })

test('a reset passes on after the delay, in both directions', async () => {
  const served: Socket[] = []
  const { link, open } = await linked({ rttMs: 30 }, socket => {
    served.push(socket)
    socket.on('data', () => {})
  })
  for (const [turn, isServerCut] of [true, false].entries()) {
    const client = await open()
    client.write('hello')
    await until(() => served.length === turn + 1 && link.stats().deliveries === turn + 1)
    const [cutting, cut] = isServerCut ? [served.at(-1)!, client] : [client, served.at(-1)!]
    const code = closeCode(cut)
    const cutMs = performance.now()
    cutting.resetAndDestroy()
    expect(await code).toBe('ECONNRESET')
    expect(performance.now() - cutMs).toBeGreaterThanOrEqual(15)
  }
  await until(() => link.stats().open === 0)
})

test('bytes sent before a reset arrive before it', async () => {
  let server: Socket | undefined
  const { link, open } = await linked({ rttMs: 30 }, socket => {
    server = socket
  })
  const client = await open()
  const heard: string[] = []
  client.on('data', chunk => heard.push(String(chunk)))
  // Not its code: where bytes and reset arrive in one turn of the receiver's loop, libuv makes them bytes and an end.
  const closed = closeCode(client)
  await until(() => server !== undefined)
  server!.write('last words')
  await until(() => link.stats().bytesDown === 10)
  server!.resetAndDestroy()
  await closed
  expect(heard).toEqual(['last words'])
})

test('a target that refuses shows as a reset a round trip after the connect', async () => {
  const gone = createServer()
  const port = await listen(gone)
  await new Promise(resolve => gone.close(resolve))
  const link = await startLink({ target: { host: '127.0.0.1', port }, rttMs: 40 })
  ends.push(() => link.close())
  const begunMs = performance.now()
  const client = connect(link.port, '127.0.0.1')
  expect(await closeCode(client)).toBe('ECONNRESET')
  expect(performance.now() - begunMs).toBeGreaterThanOrEqual(40)
  expect(link.stats().refused).toBe(1)
})

test('a receiver that does not read holds the sender back, and gets everything once it reads', async () => {
  const total = 24 * 1024 * 1024
  const sent = randomBytes(total)
  let server: Socket | undefined
  const { link, open } = await linked({ rttMs: 4, windowBytes: 128 * 1024 }, socket => {
    server = socket
    socket.end(sent)
  })
  const client = await open()
  client.pause()
  // Full once nothing moves any more: the emulator reads no further although the sender has megabytes left.
  let seen = -1
  while (seen !== link.stats().bytesDown || seen <= 0) {
    seen = link.stats().bytesDown
    await new Promise(resolve => setTimeout(resolve, 150))
  }
  expect(seen).toBeLessThan(total)
  expect(server!.writableLength).toBeGreaterThan(0)
  const { underWayPeakBytes } = link.stats()
  expect(underWayPeakBytes).toBeLessThanOrEqual((128 + 64) * 1024)
  const all = readAll(client)
  client.resume()
  expect(digest(await all)).toBe(digest(sent))
  expect(link.stats().heldBack).toBeGreaterThan(0)
})

test('a sender that is cut is noticed although its receiver does not read', async () => {
  let server: Socket | undefined
  const { link, open } = await linked({ rttMs: 4, windowBytes: 64 * 1024 }, socket => {
    server = socket
    socket.on('data', () => {})
  })
  const client = await open()
  client.pause()
  client.write('hello')
  await until(() => server !== undefined)
  server!.write(Buffer.alloc(200))
  await until(() => link.stats().bytesDown === 200)
  server!.resetAndDestroy()
  expect(await closeCode(client)).toBe('ECONNRESET')
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

test('an abort cuts both sides of every connection and frees the port', async () => {
  const stop = new AbortController()
  const served: Promise<string | undefined>[] = []
  const port = await listen(createServer(socket => void served.push(closeCode(socket))))
  const link = await startLink({ target: { host: '127.0.0.1', port }, rttMs: 10, signal: stop.signal })
  const clients = Array.from({ length: 50 }, () => connect(link.port, '127.0.0.1'))
  const closed = clients.map(closeCode)
  await until(() => served.length === 50)
  for (const client of clients) client.write('under way')
  await until(() => link.stats().bytesUp === 50 * 'under way'.length)
  stop.abort()
  await link.close()
  await Promise.all([...closed, ...served])
  expect(link.stats().open).toBe(0)
  const late = connect(link.port, '127.0.0.1')
  expect(await closeCode(late)).toBe('ECONNREFUSED')
  await expect(startLink({ target: { host: '127.0.0.1', port }, rttMs: 1, signal: stop.signal })).rejects.toThrow()
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
