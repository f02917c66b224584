// How connections through the emulator end, or stall: half-closes, resets, refusals, receivers that do not read, a cut network, an abort.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { closeCode, digest, endAll, ends, linked, listen, readAll, until } from './link.fixture.ts'
import { type LinkObserver, startLink } from './link.ts'

afterEach(endAll)

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

test('a reset does not overtake what was sent when the link was longer', async () => {
  let heard = ''
  const { link, open } = await linked({ rttMs: 200 }, socket => socket.on('data', chunk => (heard += chunk)))
  const client = await open()
  client.write('far ')
  await until(() => link.stats().bytesUp === 4)
  link.setRtt(0)
  client.write('near')
  await until(() => link.stats().bytesUp === 8)
  client.resetAndDestroy()
  await until(() => link.stats().open === 0)
  await expect.poll(() => heard).toBe('far near')
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

test('a reset overtakes what a receiver does not read', async () => {
  let server: Socket | undefined
  const total = 24 * 1024 * 1024
  const { link, open } = await linked({ rttMs: 4, windowBytes: 2 * total }, socket => {
    server = socket
    socket.write(Buffer.alloc(total))
  })
  const client = await open()
  client.pause()
  await until(() => link.stats().bytesDown === total)
  server!.resetAndDestroy()
  await until(() => link.stats().open === 0)
  expect(client.bytesRead).toBeLessThan(total)
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
})

test('an abort before or during the start leaves nothing that listens', async () => {
  const target = { host: '127.0.0.1', port: 1 }
  await expect(startLink({ target, rttMs: 1, signal: AbortSignal.abort() })).rejects.toThrow('aborted')
  const probe = createServer()
  const listenPort = await listen(probe)
  await new Promise(resolve => probe.close(resolve))
  const stop = new AbortController()
  const starting = startLink({ target, listenPort, rttMs: 1, signal: stop.signal })
  stop.abort()
  await expect(starting).rejects.toThrow('aborted')
  expect(await closeCode(connect(listenPort, '127.0.0.1'))).toBe('ECONNREFUSED')
})

test('a cut resets every connection on both sides and refuses new ones; once healed, there are some again', async () => {
  const served: Socket[] = []
  const codes: Promise<string | undefined>[] = []
  const closed: string[] = []
  const observer: LinkObserver = { opened() {}, bytes() {}, closed: (_connection, by) => closed.push(by) }
  const { link, open } = await linked({ rttMs: 10, observer }, socket => {
    served.push(socket)
    codes.push(closeCode(socket))
  })
  // One of them still shakes hands with the link while it is cut: the server never hears of it.
  const clients = [await open(), await open()]
  await until(() => served.length === 2)
  link.setRtt(60_000)
  clients.push(await open())
  await until(() => link.stats().connections === 3)
  codes.push(...clients.map(closeCode))
  link.cut()
  expect(await Promise.all(codes)).toEqual(Array(5).fill('ECONNRESET'))
  await until(() => link.stats().open === 0)
  expect(closed).toEqual(['cut', 'cut', 'cut'])
  const during = connect({ port: link.port, host: '127.0.0.1' })
  expect(await closeCode(during)).toBe('ECONNRESET')
  // It was never one of the link's.
  expect(link.stats()).toMatchObject({ connections: 3, open: 0 })
  link.heal()
  link.setRtt(10)
  const after = await open()
  await until(() => served.length === 3)
  const heard = new Promise(resolve => after.once('data', resolve))
  served.at(-1)!.write('here again')
  expect(String(await heard)).toBe('here again')
  expect(link.stats()).toMatchObject({ connections: 4, open: 1 })
  await link.close()
  await until(() => served.every(({ destroyed, readableEnded }) => destroyed || readableEnded))
  expect(link.stats().open).toBe(0)
})

test('what ended a connection is said as it was, whatever the network is when its sockets are gone', async () => {
  const closed: string[] = []
  const observer: LinkObserver = { opened() {}, bytes() {}, closed: (connection, by) => (closed[connection] = by) }
  const served: Socket[] = []
  const { link, open } = await linked({ rttMs: 4, observer }, socket => served.push(socket.resume()))
  const leaving = await open()
  await until(() => served.length === 1)
  await open()
  await until(() => served.length === 2)
  // Its end is read by the link; the server's, which closes the connection, is not there yet.
  const ended = once(served[0]!, 'end')
  leaving.end()
  await ended
  link.cut()
  link.heal()
  await until(() => link.stats().open === 0)
  expect(closed).toEqual(['client', 'cut'])
})

test('what is under way when the network is cut is lost, and what is sent afterwards is not mixed with it', async () => {
  let heard = ''
  const { link, open } = await linked({ rttMs: 200 }, socket => socket.on('data', chunk => (heard += chunk)))
  const client = await open()
  client.write('lost')
  await until(() => link.stats().bytesUp === 4)
  link.cut()
  await until(() => link.stats().open === 0)
  link.heal()
  link.setRtt(0)
  const again = await open()
  again.write('kept')
  await until(() => heard !== '')
  expect(heard).toBe('kept')
})
