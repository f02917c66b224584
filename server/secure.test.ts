// TLS as it is used: what is counted under it, what happens to those who do not speak it, and the end of connections over it.
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { Agent, fetch } from 'undici'
import { afterAll, afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { type RunningServer, startServer } from './app.ts'
import { parseServerOptions } from './command-line.ts'
import type { ServerOptions } from './options.ts'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } })
afterAll(() => dispatcher.close())

async function serve(...args: string[]): Promise<RunningServer> {
  const options = parseServerOptions(['--port', '0', '--tls', 'self-signed', ...args], {}) as ServerOptions
  const server = await startServer(options)
  stops.push(server.stop)
  return server
}

const ask = (url: string) => fetch(url, { dispatcher })
const post = (url: string, body: string) =>
  fetch(`${url}/api/notices`, { method: 'POST', headers: { 'content-type': 'application/json' }, body, dispatcher })

interface Counts {
  readonly open: number
  readonly opened: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly requests: number
  readonly slowClosed: number
}
const countsOf = async (url: string): Promise<Record<string, Counts>> =>
  ((await (await ask(`${url}/api/status`)).json()) as { transports: Record<string, Counts> }).transports

/** A connection over TLS, and the raw one under it, which knows what went over the wire. */
async function open(port: number): Promise<{ raw: Socket; socket: TLSSocket }> {
  const raw = connect(port, '127.0.0.1')
  const socket = connectTls({ socket: raw, rejectUnauthorized: false })
  stops.push(() => socket.destroy())
  socket.on('error', () => {})
  await new Promise(resolve => socket.once('secureConnect', resolve))
  return { raw, socket }
}
const closed = (socket: Socket): Promise<unknown> =>
  new Promise(resolve => (socket.destroyed ? resolve(0) : socket.once('close', resolve)))

const handshake =
  'GET /api/websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
const events = 'GET /api/sse HTTP/1.1\r\nHost: localhost\r\n\r\n'

describe('bytes over TLS', () => {
  it.each([
    ['short-polling', 'GET /api/short-polling HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['long-polling', 'GET /api/long-polling?waitMs=0 HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['sse', events],
    ['websocket', handshake],
  ])('are those of the wire for %s, handshake and records included', async (name, text) => {
    const { url, port } = await serve()
    const { raw, socket } = await open(port)
    socket.write(text)
    await new Promise(resolve => socket.once('data', resolve))
    socket.resume()
    await post(url, '{"body":"for the streams"}')
    await expect
      .poll(async () => {
        const { bytesIn, bytesOut } = (await countsOf(url))[name]!
        return [bytesIn - raw.bytesWritten, bytesOut - raw.bytesRead]
      })
      .toEqual([0, 0])
    expect(raw.bytesRead).toBeGreaterThan(socket.bytesRead + 800)
    expect((await countsOf(url))[name]).toMatchObject({ open: 1, opened: 1 })
    socket.destroy()
    await expect.poll(async () => (await countsOf(url))[name]!.open).toBe(0)
  })

  it('are told apart where one kept-alive connection carries two transports', async () => {
    const { url, port } = await serve()
    const { raw, socket } = await open(port)
    const before = raw.bytesWritten
    const lengths: [number, number][] = []
    for (const path of ['/api/short-polling', '/api/long-polling?waitMs=0']) {
      const [read, written] = [raw.bytesRead, raw.bytesWritten]
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      await new Promise(resolve => socket.once('data', resolve))
      lengths.push([raw.bytesWritten - written, raw.bytesRead - read])
    }
    const counts = await countsOf(url)
    expect(counts['short-polling']!.bytesIn).toBe(before + lengths[0]![0])
    expect([counts['long-polling']!.bytesIn, counts['long-polling']!.bytesOut]).toEqual(lengths[1])
  })
})

describe('those who do not come to terms', () => {
  it('are closed without an answer and without a word in the log', async () => {
    const { url, port } = await serve()
    const logged = vi.spyOn(console, 'error')
    onTestFinished(() => logged.mockRestore())
    for (const text of [
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'rubbish\r\n\r\n',
      '\x16\x03\x01\x00\x05rubbish',
    ]) {
      const socket = connect(port, '127.0.0.1')
      stops.push(() => socket.destroy())
      let got = ''
      socket.on('error', () => {}).on('data', chunk => (got += chunk.toString('latin1')))
      socket.write(text, 'latin1')
      await closed(socket)
      // An alert of TLS at the most.
      expect(got).not.toMatch(/HTTP/)
    }
    const old = connectTls({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
    })
    old.on('error', () => {})
    await closed(old)
    const gone = connect(port, '127.0.0.1', () => gone.resetAndDestroy())
    await closed(gone)
    expect((await ask(`${url}/healthz`)).status).toBe(200)
    expect(logged).not.toHaveBeenCalled()
  })

  it('still get an answer where it is HTTP they do not speak', async () => {
    const { port } = await serve()
    const { socket } = await open(port)
    let got = ''
    socket.on('data', chunk => (got += chunk))
    socket.write('rubbish\r\n\r\n')
    await closed(socket)
    expect(got).toMatch(/^HTTP\/1.1 400 [\s\S]*not HTTP/)
  })

  it('do not hold up the end: neither a silent connection nor one in its handshake', async () => {
    const server = await serve()
    const sockets = ['', '\x16\x03\x01'].map(text => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write(text, 'latin1'))
      stops.push(() => socket.destroy())
      return socket.on('error', () => {})
    })
    await ask(`${server.url}/healthz`)
    expect(await server.stop()).toBe(0)
    await Promise.all(sockets.map(closed))
  })
})

describe('connections over TLS', () => {
  it('are HTTP/1.1 and at least TLS 1.2', async () => {
    const { port } = await serve()
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] })
    stops.push(() => socket.destroy())
    await new Promise(resolve => socket.once('secureConnect', resolve))
    expect([socket.alpnProtocol, socket.getProtocol()]).toEqual(['http/1.1', 'TLSv1.3'])
    const names = socket.getPeerCertificate().subjectaltname
    expect(names).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
  })

  it('end in order: what was appended, held polls, goodbyes, and no socket is left', async () => {
    const server = await serve()
    const { url, port } = server
    const ws = new WebSocket(`${url.replace('http', 'ws')}/api/websocket`, { rejectUnauthorized: false })
    const texts: string[] = []
    ws.on('message', data => texts.push(String(data)))
    const goodbye = new Promise(resolve => ws.once('close', resolve))
    const { socket } = await open(port)
    let streamed = ''
    socket.on('data', chunk => (streamed += chunk)).write(events)
    const poll = ask(`${url}/api/long-polling?waitMs=60000`)
    const idle = await open(port)
    await expect
      .poll(async () => {
        const { websocket, sse, 'long-polling': held } = await countsOf(url)
        return [websocket!.requests, sse!.requests, held!.requests]
      })
      .toEqual([1, 1, 1])
    await post(url, '{"body":"last"}')
    expect(await server.stop()).toBe(0)
    expect(await goodbye).toBe(1001)
    expect(texts.at(-1)).toContain('"last"')
    await closed(socket)
    expect(streamed).toContain('"last"')
    expect(await (await poll).text()).toContain('"last"')
    await closed(idle.socket)
  })

  it('that are slow are cut off while the others go on', async () => {
    const { url, port } = await serve('--max-queue-bytes', '200000')
    const slow = await Promise.all(
      [events, handshake].map(async text => {
        const { socket } = await open(port)
        socket.write(text)
        socket.pause()
        return socket
      }),
    )
    const quick = await open(port)
    let got = 0
    quick.socket.on('data', chunk => (got += chunk.length)).write(events)
    const cut = async (): Promise<string> => {
      const { sse, websocket } = await countsOf(url)
      return `${sse!.slowClosed},${websocket!.slowClosed}`
    }
    const body = JSON.stringify(Array(10).fill({ body: 'x'.repeat(60_000) }))
    let published = 0
    for (; published < 400 && (await cut()) !== '1,1'; published += 10) await post(url, body)
    expect(await cut()).toBe('1,1')
    await expect.poll(() => got, { timeout: 10_000 }).toBeGreaterThan(published * 60_000)
    for (const socket of slow) socket.resume()
    await Promise.all(slow.map(closed))
  })
})
