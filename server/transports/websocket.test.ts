import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { startServer } from '../app.ts'
import { parseServerOptions } from '../command-line.ts'
import type { ServerOptions } from '../options.ts'
import type { Status } from '../status.ts'

/** One round of heartbeats. */
const ROUND_MS = 15_000 * 0.98

afterEach(() => {
  vi.useRealTimers()
})

/** A server whose heartbeats come when the test says, and one client that writes down what it sees. */
async function quietServer(...args: string[]) {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const server = await startServer(parseServerOptions(['--port', '0', ...args], {}) as ServerOptions)
  onTestFinished(async () => void (await server.stop()))
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/websocket`)
  onTestFinished(() => socket.terminate())
  const frames: string[] = []
  socket.on('message', data => frames.push(String(data)))
  await expect.poll(() => frames.length).toBe(1)
  const publish = () =>
    fetch(`${server.url}/api/notices`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"body":"✓"}',
    })
  /** Lets everyone have a heartbeat. */
  const beat = async (): Promise<void> => {
    const pinged = new Promise(resolve => socket.once('ping', resolve))
    vi.advanceTimersByTime(ROUND_MS)
    await pinged
    // Whoever has not answered by the next one is cut: what the server answers now it answers after that.
    const answered = new Promise(resolve => socket.once('pong', resolve))
    socket.ping()
    await answered
    await (await fetch(`${server.url}/healthz`)).text()
  }
  return { server, frames, publish, beat }
}

describe.each(['prepared', 'send'])('a WebSocket written to by --writes %s', writes => {
  test('has the position again where nothing was sent for a heartbeat, and not where something was', async () => {
    const { server, frames, publish, beat } = await quietServer('--writes', writes)
    await beat()
    await publish()
    await beat()
    await beat()
    await beat()
    await publish()
    await expect.poll(() => frames.length).toBeGreaterThanOrEqual(5)
    const [hello, first, ...rest] = frames
    const again = hello!.replace('.0"', '.1"')
    expect(JSON.parse(first!)).toMatchObject({ seq: 1, body: '✓' })
    expect(rest.slice(0, -1)).toEqual([again, again])
    expect(JSON.parse(rest.at(-1)!)).toMatchObject({ seq: 2 })
    const { transports } = (await (await fetch(`${server.url}/api/status`)).json()) as Status
    // Four pings, and two positions with a frame's head of two bytes.
    expect(transports.websocket!.heartbeatBytes).toBe(4 * 2 + 2 * (2 + again.length))
  })
})
