import type { ServerResponse } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { encodeEvent, encodeNotice, encodePosition } from '../server/protocol.ts'
import { record, type Script, scriptedServer } from './scripted-server.fixture.ts'
import { subscribe as sse } from './transports/sse.ts'
import type { Subscribe, Subscription } from './transports/transport.ts'
import { subscribe as webSocket } from './transports/websocket.ts'

/** What the two streams have in common: a server sends positions and notices, and may cut. */
interface Stream {
  position(cursor: string, missed: number | null): void
  notice(seq: number, epoch?: string): void
  /** Not of the protocol. */
  raw(text: string): void
  /** As a server that stops: SSE ends its response, WebSocket closes with 1001. */
  end(): void
  cut(): void
}

async function serve(script: Script) {
  const server = await scriptedServer(script)
  onTestFinished(server.close)
  return server
}

type OnStream = (stream: Stream, index: number) => void

const body = (seq: number) => JSON.stringify(`n${seq} ✓ 😀\n`)

function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
}

const sseScript = (onStream: OnStream): Script => ({
  http(request, response, index) {
    begin(response)
    let first = true
    const stream: Stream = {
      position(cursor, missed) {
        response.write(encodeEvent(cursor, encodePosition(cursor, missed), first ? 'hello' : 'gap'))
        first = false
      },
      notice: (seq, epoch = 'e') => response.write(encodeEvent(`${epoch}.${seq}`, encodeNotice(seq, 1, body(seq)))),
      raw: text => response.write(`id: e.1\ndata: ${text}\n\n`),
      end: () => response.end(),
      cut: () => setImmediate(() => request.socket.destroy()),
    }
    onStream(stream, index)
  },
})

const webSocketScript = (onStream: OnStream): Script => ({
  webSocket(socket, _, index) {
    const stream: Stream = {
      position: (cursor, missed) => socket.send(encodePosition(cursor, missed)),
      notice: seq => socket.send(encodeNotice(seq, 1, body(seq))),
      raw: text => socket.send(text),
      end: () => socket.close(1001, 'going away'),
      cut: () => setImmediate(() => socket.terminate()),
    }
    onStream(stream, index)
  },
})

function follow(subscribe: Subscribe, options: Partial<Subscription> & { baseUrl: string }) {
  const recorder = record(subscribe, options)
  onTestFinished(recorder.stop)
  return recorder
}

describe.each([
  ['SSE', sse, sseScript],
  ['WebSocket', webSocket, webSocketScript],
] as const)('%s', (_, subscribe, scriptOf) => {
  const after = (url: string) => new URL(url, 'http://host').searchParams.get('after')

  test('delivers notices in order, each with its cursor', async () => {
    const server = await serve(
      scriptOf(stream => {
        stream.position('e.4', 0)
        for (const seq of [5, 6, 7]) stream.notice(seq)
      }),
    )
    const seen = follow(subscribe, { baseUrl: server.baseUrl })
    await seen.until(() => seen.notices.length === 3)
    expect(seen.events).toEqual(['connecting', 'open', '5', '6', '7'])
    expect(seen.cursors).toEqual(['e.5', 'e.6', 'e.7'])
    expect(seen.notices[0]).toEqual({ seq: 5, at: 1, body: 'n5 ✓ 😀\n' })
    expect(seen.tally).toMatchObject({ requests: 1, deliveries: 3, duplicates: 0, retries: 0 })
    expect(after(server.urls[0]!)).toBeNull()
  })

  test('resumes after any cut by its cursor, also with no notice seen yet', async () => {
    const server = await serve(
      scriptOf((stream, index) => {
        if (index === 0) {
          stream.position('e.4', 0)
          stream.cut()
        } else if (index === 1) {
          stream.position('e.4', 0)
          stream.notice(5)
          stream.end()
        } else if (index === 2) {
          stream.position('e.5', 0)
          stream.position('e.8', 3)
          stream.cut()
        } else {
          stream.position('e.8', 0)
          stream.notice(9)
        }
      }),
    )
    const seen = follow(subscribe, { baseUrl: server.baseUrl })
    await seen.until(() => seen.notices.length === 2)
    expect(server.urls.map(after)).toEqual([null, 'e.4', 'e.5', 'e.8'])
    expect(seen.events.filter(event => event !== 'connecting' && event !== 'open')).toEqual(['5', 'gap 3', '9'])
    expect(seen.tally.retries).toBe(3)
  })

  test('drops notices it had already, and reports a hole that the server kept to itself', async () => {
    const server = await serve(
      scriptOf(stream => {
        stream.position('e.1', 0)
        for (const seq of [2, 2, 1, 3, 6]) stream.notice(seq)
      }),
    )
    const seen = follow(subscribe, { baseUrl: server.baseUrl, after: 'e.1' })
    await seen.until(() => seen.notices.length === 3)
    expect(seen.events.slice(2)).toEqual(['2', '3', 'gap 2', '6'])
    expect(seen.tally.duplicates).toBe(2)
  })

  test('begins again in a new epoch, with an unknown loss', async () => {
    const server = await serve(
      scriptOf(stream => {
        stream.position('e.9', 0)
        stream.position('f.0', null)
        stream.notice(1, 'f')
      }),
    )
    const seen = follow(subscribe, { baseUrl: server.baseUrl })
    await seen.until(() => seen.notices.length === 1)
    expect(seen.events.slice(2)).toEqual(['gap null', '1'])
    expect(seen.cursors).toEqual(['f.1'])
  })

  test.each([502, 503, 504])('tries again after a %i', async status => {
    const good = scriptOf(stream => stream.position('e.0', 0))
    const refusal = `HTTP/1.1 ${status} No\r\nContent-Length: 21\r\nConnection: close\r\n\r\n{"detail":"stopping"}`
    const server = await serve({
      http: (request, response, index) =>
        index === 0 ? void request.socket.end(refusal) : good.http?.(request, response, index),
      upgrade: index => (index === 0 ? socket => void socket.end(refusal) : undefined),
      webSocket: good.webSocket,
    })
    const seen = follow(subscribe, { baseUrl: server.baseUrl })
    await seen.until(() => seen.events.includes('open'))
    expect(seen.states[1]![1]).toContain(`was answered ${status}: stopping; next attempt in 0 ms`)
  })

  test.each([400, 403, 404, 302, 200])('gives up after a %i, quoting the reason', async status => {
    const refusal = `HTTP/1.1 ${status} No\r\nContent-Type: application/problem+json\r\nLocation: /x\r\nContent-Length: 26\r\n\r\n{"detail":"no such place"}`
    const server = await serve({
      http: request => void request.socket.write(refusal),
      upgrade: () => socket => void socket.write(refusal),
    })
    const seen = follow(subscribe, { baseUrl: server.baseUrl })
    const reason = await seen.closed()
    if (status === 302) expect(reason).toContain('was redirected to /x')
    else if (subscribe === sse && status === 200)
      expect(reason).toContain('must be answered with text/event-stream, got application/problem+json')
    else expect(reason).toContain(`was answered ${status}: no such place`)
    await server.drained()
    expect(server.urls).toHaveLength(1)
  })

  test.each(['{"seq":', '{"seq":0,"at":1,"body":1}', '"x"', 'null'])('gives up on %s', async text => {
    const server = await serve(
      scriptOf(stream => {
        stream.position('e.0', 0)
        stream.raw(text)
      }),
    )
    const seen = follow(subscribe, { baseUrl: server.baseUrl })
    expect(await seen.closed()).toMatch(/^(GET|WebSocket) \/api\/\w+: .+/)
    await server.drained()
  })

  test('gives up on a notice before the first position', async () => {
    const server = await serve(scriptOf(stream => stream.notice(1)))
    const seen = follow(subscribe, { baseUrl: server.baseUrl })
    expect(await seen.closed()).toContain('notice 1 came before the first position')
  })

  test('gives up on a message that never ends', async () => {
    const server = await serve(
      scriptOf(stream => {
        stream.position('e.0', 0)
        stream.raw(`"${'x'.repeat(2_000_000)}"`)
      }),
    )
    const seen = follow(subscribe, { baseUrl: server.baseUrl })
    expect(await seen.closed()).toMatch(/exceed|1009/)
    await server.drained()
  })

  test('ends when a handler throws, and stops within a handler', async () => {
    const server = await serve(
      scriptOf(stream => {
        stream.position('e.0', 0)
        for (const seq of [1, 2, 3]) stream.notice(seq)
      }),
    )
    const options: Partial<Subscription> = {
      onNotice() {
        throw new Error('no room')
      },
    }
    const throwing = follow(subscribe, { baseUrl: server.baseUrl, ...options })
    expect(await throwing.closed()).toContain('no room')
    const stopping = follow(subscribe, { baseUrl: server.baseUrl, onNotice: () => stopping.stop() })
    await stopping.closed()
    await server.drained()
    expect(throwing.events).toEqual(['connecting', 'open', '1', 'closed'])
    expect(stopping.events).toEqual(['connecting', 'open', '1', 'closed'])
  })
})
