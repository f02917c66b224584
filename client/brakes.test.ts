// Every loop of a client has a brake of its own: whatever a server does, it is not asked as fast as it answers.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { encodeEvent, encodeNotice, encodePosition } from '../server/protocol.ts'
import { record, type Script, scriptedServer } from './scripted-server.fixture.ts'
import { clientTransports, type TransportName } from './transports/index.ts'

const WATCHED_MS = 800
/** With half the jitter attempts come after 125, 250 and 500 ms at the soonest, and a poller begins each of them with two polls. */
const MOST_REQUESTS = 12
/** An Engine.IO client takes three requests to join, and polls 20 times before it is taken off. */
const MOST_LIBRARY_REQUESTS = 50

const answer = (cursor: string, ...notices: string[]) =>
  `{"cursor":"${cursor}","missed":0,"notices":[${notices.join(',')}]}`

/** A handshake of Engine.IO, then an endless row of noops, each at once. */
function idleEngine(request: IncomingMessage, response: ServerResponse): void {
  const query = new URL(request.url!, 'http://host').searchParams
  if (request.method === 'POST') response.end('ok')
  else if (query.has('sid')) response.end('6')
  else response.end('0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}')
}

/** A subscription that the server answers at once, and with nothing. */
const nothing: Script = {
  http(request, response) {
    if (request.url!.startsWith('/api/socket-io')) idleEngine(request, response)
    else if (request.url!.startsWith('/api/sse')) response.setHeader('content-type', 'text/event-stream').end()
    else response.end(answer('e.0'))
  },
  webSocket: socket => socket.close(1001),
}

const servers: Record<string, Script> = {
  'answers at once with nothing': nothing,
  'answers at once with what was delivered before': {
    http(request, response) {
      if (request.url!.startsWith('/api/socket-io')) idleEngine(request, response)
      else if (request.url!.startsWith('/api/sse'))
        response
          .setHeader('content-type', 'text/event-stream')
          .end(encodeEvent('e.0', encodePosition('e.0', 0), 'hello') + encodeEvent('e.1', encodeNotice(1, 1, '1')))
      else response.end(answer('e.1', encodeNotice(1, 1, '1')))
    },
    webSocket(socket) {
      socket.send(encodePosition('e.0', 0))
      socket.send(encodeNotice(1, 1, '1'))
      socket.close(1001)
    },
  },
  'moves the cursor on and brings nothing': {
    ...nothing,
    http(request, response, index) {
      if (request.url!.startsWith('/api/socket-io')) idleEngine(request, response)
      else if (request.url!.startsWith('/api/sse'))
        response
          .setHeader('content-type', 'text/event-stream')
          .end(encodeEvent(`e.${index}`, encodePosition(`e.${index}`, 0), 'hello'))
      else response.end(answer(`e.${index}`))
    },
  },
  'accepts and closes at once': {
    http: request => void request.socket.destroy(),
    upgrade: () => socket => void socket.destroy(),
  },
  'says 503, to come again after 0 s': {
    http: (_, response) => void response.writeHead(503, { 'retry-after': '0' }).end(),
    upgrade: () => socket =>
      void socket.end('HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
  },
  'says 429, to come again after 0 s': {
    http: (_, response) => void response.writeHead(429, { 'retry-after': '0' }).end(),
    upgrade: () => socket =>
      void socket.end('HTTP/1.1 429 Slow down\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
  },
}

test.each(Object.entries(servers))('a server that %s is not stormed', async (_, script) => {
  const asked = async (transport: TransportName): Promise<[TransportName, number]> => {
    const { subscribe } = await clientTransports[transport].load()
    const server = await scriptedServer(script)
    onTestFinished(server.close)
    const seen = record(subscribe, { baseUrl: server.baseUrl, random: () => 0.5 })
    onTestFinished(seen.stop)
    await new Promise(resolve => setTimeout(resolve, WATCHED_MS))
    expect(seen.states.at(-1)![0]).not.toBe('closed')
    return [transport, server.urls.length]
  }
  const all = await Promise.all((Object.keys(clientTransports) as TransportName[]).map(asked))
  const most = (transport: TransportName) => (transport === 'socket-io' ? MOST_LIBRARY_REQUESTS : MOST_REQUESTS)
  expect(all.filter(([transport, requests]) => requests > most(transport))).toEqual([])
})
