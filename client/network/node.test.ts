import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createSecureServer } from 'node:https'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { encodePosition } from '../../server/protocol.ts'
import { deferred, record, type Script, scriptedServer } from '../scripted-server.fixture.ts'
import { subscribe as longPolling } from '../transports/long-polling.ts'
import { subscribe as shortPolling } from '../transports/short-polling.ts'
import type { Subscribe } from '../transports/transport.ts'
import { subscribe as webSocket } from '../transports/websocket.ts'
import { type NodeNetworkOptions, nodeNetwork } from './node.ts'

const empty = '{"cursor":"e.0","missed":0,"notices":[]}'
const script: Script = {
  http: (_, response) => void response.end(empty),
  webSocket: socket => socket.send(encodePosition('e.0', 0)),
}

async function serve(own: Script = script, over?: Parameters<typeof scriptedServer>[1]) {
  const server = await scriptedServer(own, over)
  onTestFinished(server.close)
  return server
}

function follow(subscribe: Subscribe, baseUrl: string, options?: NodeNetworkOptions) {
  const recorder = record(subscribe, { baseUrl, network: nodeNetwork(options), pollIntervalMs: 3 })
  onTestFinished(recorder.stop)
  return recorder
}

const eachKind = [
  ['requests', shortPolling],
  ['a WebSocket', webSocket],
] as const

describe('connections', () => {
  test('carry one poll after the other', async () => {
    const asked = deferred()
    const sockets = new Set<Socket>()
    const server = await serve({
      http(request, response, index) {
        sockets.add(request.socket)
        response.end(empty)
        if (index === 9) asked.resolve()
      },
    })
    follow(shortPolling, server.baseUrl)
    await asked.promise
    expect(sockets.size).toBe(1)
    expect(server.requests[0]!.headers.connection).toBe('keep-alive')
  })

  test('are fresh for each request without keepAlive, and for none is another one open', async () => {
    const asked = deferred()
    const sockets = new Set<Socket>()
    let most = 0
    const server = await serve({
      http(request, response, index) {
        sockets.add(request.socket)
        most = Math.max(most, server.connections.size)
        response.end(empty)
        if (index === 9) asked.resolve()
      },
    })
    follow(longPolling, server.baseUrl, { keepAlive: false })
    await asked.promise
    expect(sockets.size).toBe(10)
    expect(most).toBeLessThanOrEqual(2)
    expect(server.requests[0]!.headers.connection).toBe('close')
  })

  test.each([
    [0, 1],
    [3000, 4],
  ])(
    'with a threshold of %i ms before a Keep-Alive hint of 3 s need %i of them for 4 polls',
    async (threshold, needed) => {
      const asked = deferred()
      const sockets = new Set<Socket>()
      const server = await serve({
        http(request, response, index) {
          sockets.add(request.socket)
          response.setHeader('keep-alive', 'timeout=3').setHeader('connection', 'keep-alive').end(empty)
          if (index === 3) asked.resolve()
        },
      })
      follow(shortPolling, server.baseUrl, { keepAliveTimeoutThresholdMs: threshold })
      await asked.promise
      expect(sockets.size).toBe(needed)
    },
  )

  test('that hang in their handshake are dropped when the subscriber goes', async () => {
    const connected = [deferred(), deferred()]
    const sockets = new Set<Socket>()
    const gone = deferred()
    const mute = createServer(socket => {
      sockets.add(socket)
      connected[sockets.size - 1]?.resolve()
      socket.resume()
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket) && sockets.size === 0 && gone.resolve())
    })
    await new Promise<void>(resolve => mute.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void mute.close())
    const baseUrl = `https://127.0.0.1:${(mute.address() as { port: number }).port}`
    const waiting = eachKind.map(([, subscribe]) => follow(subscribe, baseUrl))
    await Promise.all(connected.map(each => each.promise))
    for (const each of waiting) each.stop()
    await gone.promise
    expect(waiting.map(each => each.events)).toEqual([
      ['connecting', 'closed'],
      ['connecting', 'closed'],
    ])
  })
})

test('a WebSocket over TLS says goodbye before it drops its connection', async () => {
  const code = deferred<number>()
  const own: Script = {
    webSocket(socket) {
      socket.on('close', code.resolve)
      socket.send(encodePosition('e.0', 0))
    },
  }
  const server = await serve(own, handler => createSecureServer({ key, cert }, handler))
  const tls = { rejectUnauthorized: false }
  const seen = follow(webSocket, server.baseUrl.replace('http:', 'https:'), { tls })
  await seen.until(() => seen.events.includes('open'))
  seen.stop()
  expect(await code.promise).toBe(1000)
})

describe.each(eachKind)('%s', (_, subscribe) => {
  test('may come from another local address', async () => {
    // Only Linux has the whole of 127/8 without being told.
    const localAddress = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1'
    const server = await serve(script)
    const seen = follow(subscribe, server.baseUrl, { localAddress })
    await seen.until(() => seen.events.includes('open'))
    expect([...server.connections].map(socket => socket.remoteAddress)).toContain(localAddress)
  })

  test('may go through a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'transport-lab-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const server = await serve(script)
    const target = new URL(server.baseUrl)
    const pipe = process.platform === 'win32' ? `\\\\.\\pipe\\${folder.replaceAll(/\W/g, '-')}` : join(folder, 'socket')
    const relay = createServer(socket => {
      const onward = connect(Number(target.port), target.hostname)
      socket.pipe(onward).pipe(socket)
      socket.on('error', () => onward.destroy())
      onward.on('error', () => socket.destroy())
    })
    await new Promise<void>(resolve => relay.listen(pipe, resolve))
    onTestFinished(() => void relay.close())
    const seen = follow(subscribe, 'http://lab.test', { socketPath: pipe })
    await seen.until(() => seen.events.includes('open'))
    expect(server.requests[0]!.headers.host).toBe('lab.test')
  })

  test('speak TLS, and to a certificate of its own making only when told to', async () => {
    const server = await serve(script, handler => createSecureServer({ key, cert }, handler))
    const baseUrl = server.baseUrl.replace('http:', 'https:')
    const trusting = follow(subscribe, baseUrl, { tls: { rejectUnauthorized: false } })
    await trusting.until(() => trusting.events.includes('open'))
    const careful = follow(subscribe, baseUrl)
    await careful.until(() => careful.states.length > 1)
    expect(careful.states[1]![1]).toMatch(/self.signed certificate/)
  })

  test('come from another local address over TLS too, with the port in Host', async () => {
    const localAddress = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1'
    const server = await serve(script, handler => createSecureServer({ key, cert }, handler))
    const baseUrl = server.baseUrl.replace('http:', 'https:')
    const seen = follow(subscribe, baseUrl, { localAddress, tls: { rejectUnauthorized: false } })
    await seen.until(() => seen.events.includes('open'))
    expect([...server.connections].map(socket => socket.remoteAddress)).toContain(localAddress)
    expect(server.requests[0]!.headers.host).toBe(new URL(baseUrl).host)
  })

  test('carry a header profile in its order, after Host, without what HTTP needs for itself', async () => {
    const server = await serve(script)
    const headers = {
      Host: 'elsewhere',
      Connection: 'close',
      'User-Agent': 'Lab/1',
      'Sec-WebSocket-Key': 'x',
      'Content-Length': '7',
      Accept: '*/*',
      'Accept-Language': 'en',
    }
    const seen = follow(subscribe, server.baseUrl, { headers })
    await seen.until(() => seen.events.includes('open'))
    const request = server.requests[0]!
    const names = request.rawHeaders.filter((_, index) => index % 2 === 0).map(name => name.toLowerCase())
    expect(names[0]).toBe('host')
    expect(request.headers.host).toBe(new URL(server.baseUrl).host)
    expect(names.filter(name => /^(user-agent|accept|accept-language)$/.test(name))).toEqual([
      'user-agent',
      'accept',
      'accept-language',
    ])
    expect(new Set(names).size).toBe(names.length)
    expect(request.headers).not.toHaveProperty('content-length')
    expect(request.headers.connection).toBe(subscribe === webSocket ? 'Upgrade' : 'keep-alive')
  })

  test.each(['nonsense', 'ftp://127.0.0.1', 'http://127.0.0.1/path'])('refuse the base URL %s', baseUrl => {
    expect(() => follow(subscribe, baseUrl)).toThrow(
      `baseUrl must be an http or https origin without a path, got "${baseUrl}"`,
    )
  })
})

// Made for this test, for 127.0.0.1, valid for a hundred years; it protects nothing.
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMEodiLRZecYtoIoc
mKd0VebIOKXtu8Zcrt6vbRNCAGqhRANCAARDArbLL3b0E6CvDojf6SL5DuRFmzGd
7F2veiPk2U7WjCK6D6Eh3aXpjNp4YnHf5K4eYfMC59Mj4OrAp2g8hTsD
-----END PRIVATE KEY-----
`
const cert = `-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUNUgvr2mVlF/HTO8h1tdQ6X6wWFwwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyMjIwNTY1OVoYDzIxMjYxMDI5
MjA1NjU5WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARDArbLL3b0E6CvDojf6SL5DuRFmzGd7F2veiPk2U7WjCK6D6Eh3aXp
jNp4YnHf5K4eYfMC59Mj4OrAp2g8hTsDo1MwUTAdBgNVHQ4EFgQUs5G/7z4NJBuS
N2eDedq/s8xgSlQwHwYDVR0jBBgwFoAUs5G/7z4NJBuSN2eDedq/s8xgSlQwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAjJpnd7Uuw8WBG9rmkOn/
3Ep7iUtgZYrwBY8owHfuMosCIQCK/Vlsh1kcEn47cOtmOA4/9vaxPtEx6Qo/8S3g
lQI5xw==
-----END CERTIFICATE-----
`
