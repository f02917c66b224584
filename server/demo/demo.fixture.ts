// For tests: a server with the demo mounted, and an engine's end of it.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'undici'
import { WebSocket } from 'ws'
import { startServer } from '../app.ts'
import { parseServerOptions } from '../command-line.ts'
import { mountDemo } from '../lazy-demo.ts'
import type { ServerOptions } from '../options.ts'
import { pages } from '../pages.ts'
import { phonePaths } from './phone-wire.ts'
import type { DemoEvent, FromEngine, Telemetry, ToEngine } from './wire.ts'
import { demoPaths } from './wire.ts'

export const TOKEN = 'a-teacher-s-token'
export const CODE = 'WXYZ'

/** What another phone is known by. */
export const newKey = (): string => randomBytes(16).toString('base64url')

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** A server on a free port, with `recording` to play; `close` ends it and everything that was begun with it. */
export async function startDemoServer(recording?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'lab-demo-test-'))
  const control = join(folder, 'inner', 'control.sock')
  const options = parseServerOptions(['--port', '0', '--control', control], {}) as ServerOptions
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const server = await startServer(options, mounting => {
    mountDemo(mounting, recording ?? join(folder, 'none.ndjson'))
    const [distDir, resultsDir, samplesDir] = [
      join(root, 'dist/web'),
      join(folder, 'results'),
      join(root, 'results/samples'),
    ]
    mounting.app.use(pages({ distDir, resultsDir, samplesDir }))
  })
  const client = new Client(server.url, { pipelining: 1 })
  const opened: WebSocket[] = []

  async function ask(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await client.request({
      method,
      path,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await response.body.text()
    return {
      status: response.statusCode,
      body: text.startsWith('{') ? JSON.parse(text) : { text },
    }
  }

  async function open(url: string, headers: Record<string, string> = {}) {
    const socket = new WebSocket(url, { headers })
    opened.push(socket)
    await once(socket, 'open')
    return socket
  }

  /** An engine: its frames up, what it is told, and its end. `joinUrls`: where phones join. */
  async function engine(joinUrls = [`${server.url}${phonePaths.join}/${CODE}`]) {
    const told: ToEngine[] = []
    const socket = new WebSocket(`ws+unix://${control}:${demoPaths.engine}`)
    opened.push(socket)
    socket.on('message', data => told.push(JSON.parse(String(data))))
    await once(socket, 'open')
    const startedAtMs = performance.timeOrigin + performance.now()
    const send = (message: FromEngine) => socket.send(JSON.stringify(message))
    send({ start: { startedAtMs, token: TOKEN, code: CODE, joinUrls } })
    let t = 0
    return {
      socket,
      told,
      /** Events, given their times. */
      emit: (...events: object[]) => send({ events: events.map(event => ({ t: t++, ...event })) as DemoEvent[] }),
    }
  }

  /** A page that looks on: its frames, as they come. */
  async function page(headers: Record<string, string> = {}) {
    const frames: Telemetry[] = []
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}${demoPaths.telemetry}`, { headers })
    opened.push(socket)
    socket.on('message', data => frames.push(JSON.parse(String(data))))
    await once(socket, 'open')
    return { socket, frames, events: () => frames.flatMap(({ events }) => events) }
  }

  async function close(): Promise<void> {
    for (const socket of opened) socket.terminate()
    await client.destroy()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }

  return { server, control, ask, open, engine, page, close }
}
