import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { encodeNotice, encodePosition } from '../server/protocol.ts'
import { deferred, record, type Script, scriptedServer } from './scripted-server.fixture.ts'
import { silence } from './session.ts'
import type { Subscription } from './transports/transport.ts'
import { subscribe as webSocket } from './transports/websocket.ts'

async function serve(script: Script) {
  const server = await scriptedServer(script)
  onTestFinished(server.close)
  return server
}

function follow(options: Partial<Subscription> & { baseUrl: string }) {
  const recorder = record(webSocket, options)
  onTestFinished(recorder.stop)
  return recorder
}

afterEach(() => {
  vi.useRealTimers()
})

describe('WebSocket', () => {
  test.each([
    [1001, true],
    [1011, false],
    [1012, true],
    [1013, true],
    [1002, false],
    [1003, false],
    [1007, false],
    [1008, false],
    [1009, false],
  ])('after a close with %i comes back: %s', async (code, comesBack) => {
    const server = await serve({
      webSocket(socket, _, index) {
        if (index === 0) socket.close(code, 'because')
        else socket.send(encodePosition('e.0', 0))
      },
    })
    const seen = follow({ baseUrl: server.baseUrl })
    if (comesBack) await seen.until(() => seen.events.includes('open'))
    else await seen.closed()
    expect(seen.states[1]![1]).toContain(`closed with ${code}: because`)
  })

  test('gives up on a binary frame, and closes with 1003', async () => {
    const code = deferred<number>()
    const server = await serve({
      webSocket(socket) {
        socket.on('close', code.resolve)
        socket.send(Buffer.from('{}'))
      },
    })
    const seen = follow({ baseUrl: server.baseUrl })
    expect(await seen.closed()).toContain('closed with 1003')
    expect(await code.promise).toBe(1003)
  })

  test('passes over answers to what was published upstream', async () => {
    const server = await serve({
      webSocket(socket) {
        socket.send(encodePosition('e.0', 0))
        socket.send('{"ref":7,"seq":1}')
        socket.send('{"ref":8,"error":"no"}')
        socket.send(encodeNotice(1, 1, '1'))
      },
    })
    const seen = follow({ baseUrl: server.baseUrl })
    await seen.until(() => seen.notices.length === 1)
    expect(seen.events).toEqual(['connecting', 'open', '1'])
  })

  test('takes a repeated position for a sign of life and nothing more', async () => {
    const server = await serve({
      webSocket(socket) {
        for (const seq of [0, 1, 2]) {
          if (seq > 0) socket.send(encodeNotice(seq, 1, '1'))
          for (let times = 0; times < 3; times++) socket.send(encodePosition(`e.${seq}`, 0))
        }
        socket.send(encodeNotice(3, 1, '1'))
      },
    })
    const seen = follow({ baseUrl: server.baseUrl })
    await seen.until(() => seen.notices.length === 3)
    expect(seen.events).toEqual(['connecting', 'open', '1', '2', '3'])
    expect(seen.tally).toMatchObject({ duplicates: 0, retries: 0 })
  })

  test('says good-bye with 1000 when stopped', async () => {
    const code = deferred<number>()
    const server = await serve({
      webSocket(socket) {
        socket.on('close', code.resolve)
        socket.send(encodePosition('e.0', 0))
      },
    })
    const seen = follow({ baseUrl: server.baseUrl })
    await seen.until(() => seen.events.includes('open'))
    seen.stop()
    expect(await code.promise).toBe(1000)
    await server.drained()
  })

  test('takes a handshake that is never answered for a cut', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const asked = deferred()
    const server = await serve({ upgrade: () => () => asked.resolve() })
    const seen = follow({ baseUrl: server.baseUrl })
    await asked.promise
    vi.advanceTimersByTime(silence.webSocketHandshakeMs + 10)
    expect(seen.states[1]![1]).toContain('nothing arrived for 10 s')
    seen.stop()
    await server.drained()
  })
})
