// Who is answered: requests to this server's own names, on every route, and pages that may publish.
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { io } from 'socket.io-client'
import { Client } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startServer } from './app.ts'
import { parseServerOptions } from './command-line.ts'
import { nameIn } from './hosts.ts'
import { mountAnatomy } from './lazy-anatomy.ts'
import { mountDemo } from './lazy-demo.ts'
import { lazyPages } from './lazy-pages.ts'
import { isLoopback } from './loopback.ts'
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

/** The head of what comes back for one request, as it is written. */
const asked = (port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    stops.push(() => socket.destroy())
    let got = ''
    socket.on('error', reject)
    socket.on('data', chunk => {
      got += chunk
      if (got.includes('\r\n\r\n')) resolve(got)
    })
    socket.on('end', () => resolve(got))
  })

const statusOf = async (port: number, host: string | undefined, path = '/api/status', method = 'GET', more = '') => {
  const version = host === undefined ? '1.0' : '1.1'
  const head = `${method} ${path} HTTP/${version}\r\n${host === undefined ? '' : `Host: ${host}\r\n`}${more}\r\n`
  return Number((await asked(port, head)).split(' ')[1])
}

const upgrade =
  'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

describe('a request to a name that was made to point here', () => {
  it.each([['router'], ['app']])(
    'is refused on every route and upgrade, whatever its origin says (%s)',
    async express => {
      const { port } = await serve('--express', express)
      const host = 'evil.example:8080'
      for (const path of [
        '/',
        '/assets/x.js',
        '/demo',
        '/anatomy',
        '/api/runs',
        '/api/claims',
        '/api/runs/delivery',
        '/api/short-polling',
        '/api/long-polling?waitMs=0',
        '/api/sse',
        '/api/socket-io/?EIO=4&transport=polling',
        '/api/status',
        '/api/time',
        '/metrics',
        '/api/demo',
        '/api/anatomy',
        '/nope',
      ])
        expect([path, await statusOf(port, host, path)]).toEqual([path, 421])
      for (const path of [
        '/api/websocket',
        '/api/socket-io/?EIO=4&transport=websocket',
        '/api/demo/telemetry',
        '/nope',
      ])
        expect([path, await statusOf(port, host, path, 'GET', `Origin: http://${host}\r\n${upgrade}`)]).toEqual([
          path,
          421,
        ])
      const publish = `Origin: http://${host}\r\nContent-Type: application/json\r\nContent-Length: 10\r\n`
      expect(await asked(port, `POST /api/notices HTTP/1.1\r\nHost: ${host}\r\n${publish}\r\n{"body":1}`)).toMatch(
        /^HTTP\/1.1 421 [\s\S]*problem\+json[\s\S]*--host-name, got the host \\"evil.example:8080\\"/,
      )
      for (const path of ['/healthz', '/readyz']) expect(await statusOf(port, host, path)).toBe(200)
    },
  )

  it('is answered by loopback, the addresses of the machine and each --host-name, at any port', async () => {
    const { port } = await serve(
      '--host-name',
      'Lab.Example',
      '--host-name',
      '192.0.2.200',
      '--host-name',
      '2001:DB8::1',
    )
    const served = ['localhost', 'LOCALHOST:1', 'localhost.', 'a.localhost', '127.0.0.1', '127.1.2.3:99', '[::1]:5']
    served.push('[::ffff:127.0.0.1]', '[::ffff:7f00:1]:5', '[::ffff:192.0.2.200]')
    served.push('lab.example', 'lab.example:80', 'LAB.EXAMPLE.', '192.0.2.200:1', '[2001:db8:0::1]:7')
    for (const { address, family, scopeid } of Object.values(networkInterfaces()).flatMap(list => list ?? []))
      if (!scopeid) served.push(family === 'IPv6' ? `[${address}]:1` : address)
    for (const host of served) expect([host, await statusOf(port, host)]).toEqual([host, 200])
    for (const host of [
      '',
      'lab.example.org',
      'xlab.example',
      '127.0.0.1.evil.example',
      '127.evil.example',
      'localhost.evil.example',
      'localhost@evil.example',
      '192.0.2.201',
      '[::ffff:192.0.2.201]',
      '[2001:db8::2]',
      'localhost:1:2',
    ])
      expect([host, await statusOf(port, host)]).toEqual([host, 421])
    // Whoever speaks HTTP/1.0 may leave it out.
    expect(await statusOf(port, undefined)).toBe(200)
  })

  it('cannot hide behind a target that is a whole URL, whose host goes before Host', async () => {
    const { port } = await serve()
    expect(await statusOf(port, 'localhost', 'http://evil.example/api/status')).toBe(421)
    expect(await statusOf(port, 'evil.example', `http://127.0.0.1:${port}/api/status`)).toBe(200)
  })

  it('matters on the network only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lab-hosts-test-'))
    stops.push(() => rm(folder, { recursive: true, force: true }))
    const socketPath = join(folder, 'control.sock')
    await serve('--control', socketPath)
    const control = new Client('http://anything.example', { socketPath })
    stops.push(() => control.destroy())
    expect((await control.request({ path: '/api/status', method: 'GET' })).statusCode).toBe(200)
  })
})

describe('a server that listens on a name or on all addresses', () => {
  it('answers to the URL that it prints', async () => {
    for (const host of ['localhost', '0.0.0.0', '::']) {
      const { url } = await serve('--host', host, '--open-publishing')
      expect((await fetch(`${url}/api/status`)).status).toBe(200)
    }
  })
})

describe('loopback', () => {
  it('is an address or localhost, never a name that begins like one', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', 'localhost'])
      expect([host, isLoopback(host)]).toEqual([host, true])
    for (const host of [
      '127.evil.example',
      '127.0.0.1.example',
      '127.',
      '127.1',
      '128.0.0.1',
      '::2',
      '::ffff:8000:1',
      'localhost.x',
    ])
      expect([host, isLoopback(host)]).toEqual([host, false])
  })

  it('is what --host needs to go without a token', () => {
    expect(() => parseServerOptions(['--host', '127.evil.example'], {})).toThrow('--publish-token')
    expect(() => parseServerOptions(['--host', '[::1]'], {})).not.toThrow()
  })
})

describe('--host-name', () => {
  it('takes a name or an address', () => {
    for (const name of ['a', 'lab.example', '10.0.0.1', '::1', '[2001:db8::1]', 'bücher.example'])
      expect(() => parseServerOptions(['--host-name', name], {})).not.toThrow()
    for (const name of ['', 'http://lab.example', 'lab.example:80', 'a/b', 'a b', 'a@b'])
      expect(() => parseServerOptions(['--host-name', name], {}), name).toThrow(
        '--host-name must be a name or an address',
      )
  })

  it('is compared as browsers write it', () => {
    expect(nameIn('BÜCHER.example:80')).toBe('xn--bcher-kva.example')
  })
})

describe('a page of another origin', () => {
  const origin = 'https://page.example'
  const post = (url: string, headers: Record<string, string>) =>
    fetch(`${url}/api/notices`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"body":1}',
    })

  it.each([[[]], [['--allow-origin', origin]], [['--allow-origin', '*']]])(
    'may not publish by a request, with a token or without: %j',
    async args => {
      const { url, log, port } = await serve(...args, '--publish-token', 'secret')
      const authorization = 'Bearer secret'
      for (const foreign of [origin, 'null', 'http://127.0.0.1', `http://127.0.0.1:${port + 1}`])
        expect((await post(url, { origin: foreign, authorization })).status).toBe(403)
      expect(log.head).toBe(0)
      expect((await post(url, { origin: url, authorization })).status).toBe(201)
      expect((await post(url, { authorization })).status).toBe(201)
      const preflight = await fetch(`${url}/api/notices`, { method: 'OPTIONS', headers: { origin } })
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('access-control-allow-methods')).toBeNull()
      expect(preflight.headers.get('access-control-allow-headers')).toBeNull()
    },
  )

  it('may subscribe over a WebSocket where it is named, and not publish on it', async () => {
    const { url, log } = await serve('--allow-origin', origin)
    const publish = async (from: string | undefined) => {
      const ws = new WebSocket(`${url.replace('http', 'ws')}/api/websocket`, from === undefined ? {} : { origin: from })
      stops.push(() => ws.terminate())
      const answer = new Promise<string>((resolve, reject) => {
        ws.on('error', reject)
        ws.on('message', data => String(data).includes('"ref"') && resolve(String(data)))
      })
      ws.on('open', () => ws.send('{"publish":1,"ref":1}'))
      return answer
    }
    expect(await publish(origin)).toBe('{"ref":1,"error":"a page of another origin may not publish here"}')
    expect(log.head).toBe(0)
    expect(await publish(url)).toBe('{"ref":1,"seq":1}')
    expect(await publish(undefined)).toBe('{"ref":1,"seq":2}')
  })

  it.each([['polling'], ['websocket']])('may subscribe over Socket.IO, and not publish on it (%s)', async transport => {
    const { url, log } = await serve('--allow-origin', origin)
    const publish = async (headers: Record<string, string>) => {
      const socket = io(url, { path: '/api/socket-io', transports: [transport], extraHeaders: headers, forceNew: true })
      stops.push(() => socket.disconnect())
      return socket.emitWithAck('publish', 1)
    }
    expect(await publish({ origin })).toEqual({ error: 'a page of another origin may not publish here' })
    expect(log.head).toBe(0)
    expect(await publish({})).toEqual({ seq: 1 })
  })
})
