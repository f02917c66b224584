import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { encodeEvent, encodePosition } from '../server/protocol.ts'
import { deferred, record, scriptedServer } from './scripted-server.fixture.ts'
import { silence } from './session.ts'
import { subscribe as sse } from './transports/sse.ts'
import { subscribe as webSocket } from './transports/websocket.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe.each([
  ['SSE with comments', sse],
  ['WebSocket with pings', webSocket],
] as const)('%s', (_, subscribe) => {
  test('takes 35 s of silence for a cut, but not 35 s of heartbeats', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const begun = [deferred<() => Promise<void>>(), deferred<() => Promise<void>>()]
    const server = await scriptedServer({
      http(_, response, index) {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(encodeEvent('e.0', encodePosition('e.0', 0), 'hello'))
        begun[index]?.resolve(async () => void response.write(': beat\n'))
      },
      webSocket(socket, _, index) {
        socket.send(encodePosition('e.0', 0))
        begun[index]?.resolve(
          () =>
            new Promise(resolve => {
              socket.once('pong', () => resolve())
              socket.ping()
            }),
        )
      },
    })
    onTestFinished(server.close)
    const heard = deferred()
    const seen = record(subscribe, { baseUrl: server.baseUrl })
    onTestFinished(seen.stop)
    const beat = await begun[0]!.promise
    await seen.until(() => seen.events.includes('open'))
    vi.advanceTimersByTime(30_000)
    await beat()
    // A beat is invisible from outside, so one notice-free round trip of another connection is awaited before the clock goes on.
    const probe = new WebSocket(server.baseUrl.replace('http', 'ws')).on('message', () => heard.resolve())
    onTestFinished(() => probe.terminate())
    await heard.promise
    await new Promise(resolve => setImmediate(resolve))
    vi.advanceTimersByTime(silence.streamMs - 1000)
    expect(seen.events).toEqual(['connecting', 'open'])
    vi.advanceTimersByTime(1100)
    expect(seen.states[2]![1]).toContain('nothing arrived for 35 s')
  })
})
