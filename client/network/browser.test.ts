import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { Server as Engine } from 'engine.io'
import type { Browser, Page, WebSocket as WebSocketOfPage } from 'playwright-core'
import { Server, type Socket } from 'socket.io'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { launchChromium } from '../../bench/machine/installed-chromium.ts'
import { encodeEvent, encodeNotice, encodePosition } from '../../server/protocol.ts'
import { deferred, type Script, scriptedServer } from '../scripted-server.fixture.ts'
import { clientTransports, type TransportName } from '../transports/index.ts'
import type { Follow, Visit } from './page.fixture.ts'

let browser: Browser
/** One for all: it goes from server to server, and leaves nothing of the one before. */
let page: Page
let script = ''

beforeAll(async () => {
  const outcome = await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: {
      write: false,
      minify: false,
      lib: { entry: fileURLToPath(new URL('./page.fixture.ts', import.meta.url)), formats: ['es'] },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  })
  const [output] = Array.isArray(outcome) ? outcome : [outcome]
  if (!output || !('output' in output)) throw new Error('vite gave no output')
  script = output.output[0].code
  browser = await launchChromium()
  page = await browser.newPage()
})

afterAll(() => browser?.close())

/** Serves the page and, for the rest, what `own` says; `visit` opens the page and follows one transport there. */
async function serve(own: Script, shown = page) {
  let index = -1
  const server = await scriptedServer({
    http(request, response) {
      if (request.url === '/') response.setHeader('content-type', 'text/html').end('<!doctype html><title>lab</title>')
      else if (request.url === '/favicon.ico') response.writeHead(404).end()
      else own.http?.(request, response, ++index)
    },
    upgrade: () => own.upgrade?.(++index),
    webSocket: (socket, request) => own.webSocket?.(socket, request, own.upgrade ? index : ++index),
  })
  onTestFinished(server.close)
  onTestFinished(async () => void (shown === page && (await page.goto('about:blank'))))
  await shown.goto(server.baseUrl)
  await shown.addScriptTag({ content: script, type: 'module' })
  await shown.waitForFunction('typeof follow === "function"')
  const visit = (order: Visit): Promise<string[]> =>
    shown.evaluate(order => (globalThis as unknown as { follow: Follow }).follow(order), order)
  return { server, visit }
}

const notice = (seq: number) => encodeNotice(seq, 1, JSON.stringify(`n${seq} ✓`))
const poll = (response: ServerResponse, cursor: string, ...seqs: number[]) =>
  response
    .setHeader('cache-control', 'no-store')
    .end(`{"cursor":"${cursor}","missed":0,"notices":[${seqs.map(notice).join(',')}]}`)

const after = (request: IncomingMessage) => new URL(request.url!, 'http://host').searchParams.get('after')

/** Sends what follows `after`, up to two notices at a time, and cuts on the way to the fourth, which is the last; `asked` after these cursors. */
function cutting(): Script & { readonly asked: (string | null)[] } {
  const position = (request: IncomingMessage) => Number(after(request)?.split('.')[1] ?? 0)
  const following = (from: number) => [from + 1, from + 2].filter(seq => seq <= 4)
  let cut = false
  const asked: (string | null)[] = []
  const engine = socketIo(socket => {
    const { after = null } = socket.handshake.auth as { after?: string }
    asked.push(after)
    const from = Number(after?.split('.')[1] ?? 0)
    socket.emit('hello', { cursor: `e.${from}`, missed: 0 })
    for (const seq of following(from)) socket.emit('notice', JSON.parse(notice(seq)))
    socket.conn.close()
  })
  return {
    asked,
    http(request, response) {
      if (request.url!.startsWith('/api/socket-io')) return engine.handleRequest(request as never, response as never)
      asked.push(after(request))
      const from = position(request)
      const next = following(from)
      if (request.url!.startsWith('/api/sse')) {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(encodeEvent(`e.${from}`, encodePosition(`e.${from}`, 0), 'hello'))
        const bytes = Buffer.from(next.map(seq => encodeEvent(`e.${seq}`, notice(seq))).join(''))
        response.write(bytes.subarray(0, -5))
        setImmediate(() => response.end(bytes.subarray(-5)))
      } else if (after(request) === null) poll(response, 'e.0')
      else if (from === 2 && !cut) {
        cut = true
        // In the middle of the answer: a connection cut before it a browser replaces by itself.
        response.writeHead(200, { 'content-length': 500 }).write('{"cursor":', () => request.socket.destroy())
      } else poll(response, `e.${next.at(-1) ?? from}`, ...next)
    },
    webSocket(socket, request) {
      asked.push(after(request))
      const from = position(request)
      socket.send(encodePosition(`e.${from}`, 0))
      for (const seq of following(from)) socket.send(notice(seq))
      socket.close(1001)
    },
  }
}

/** An Engine.IO server, polling only, whose subscribers are given to `onConnection`. */
function socketIo(onConnection: (socket: Socket) => void): Engine {
  const engine = new Engine({ allowUpgrades: false })
  const io = new Server({ serveClient: false })
  io.bind(engine)
  io.on('connection', onConnection)
  onTestFinished(() => void engine.close())
  return engine
}

describe.each(Object.keys(clientTransports) as TransportName[])('in a browser, %s', transport => {
  test('delivers, and resumes after a cut', async () => {
    const script = cutting()
    const { visit } = await serve(script)
    const events = await visit({ transport, until: 'notice', times: 4 })
    const notices = events.filter(event => event.startsWith('"'))
    expect(notices).toEqual([1, 2, 3, 4].map(seq => `"n${seq} ✓" at e.${seq}`))
    expect(events.filter(event => /^(gap|closed)/.test(event))).toEqual([])
    expect(events.some(event => event.includes('next attempt'))).toBe(true)
    expect(script.asked).toContain('e.2')
  })

  test('keeps trying while the server is away', async () => {
    const { server, visit } = await serve({})
    await server.close()
    const events = await visit({ transport, until: 'connecting', times: 3 })
    expect(events[2]).toMatch(/next attempt in 0 ms$/)
  })

  test('says why it was refused, where a browser can know', async () => {
    const { visit } = await serve({
      http: (_, response) =>
        void response
          .writeHead(400, { 'content-type': 'application/problem+json' })
          .end('{"detail":"after must be EPOCH.SEQ"}'),
      upgrade: () => socket => void socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'),
    })
    if (transport === 'websocket') {
      const events = await visit({ transport, until: 'connecting', times: 2 })
      expect(events[1]).toContain('closed with 1006')
    } else {
      const events = await visit({ transport, until: 'closed', times: 1 })
      expect(events.at(-1)).toMatch(/^closed: (GET|Socket\.IO) \S+ was answered 400: after must be EPOCH.SEQ$/)
    }
  })
})

describe('in a browser, a way that died', () => {
  const streams = {
    sse: {
      http(_request: IncomingMessage, response: ServerResponse) {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(encodeEvent('e.0', encodePosition('e.0', 0), 'hello'))
      },
    },
    websocket: { webSocket: (socket: { send(text: string): void }) => socket.send(encodePosition('e.0', 0)) },
  } satisfies Record<string, Script>

  /** Follows in a page whose clock the test moves, until the stream is open, and goes on until it is tried again. */
  async function open(transport: 'sse' | 'websocket', script: Script = streams[transport]) {
    const own = await browser.newPage()
    onTestFinished(() => own.close())
    await own.clock.install()
    let opened: WebSocketOfPage | undefined
    own.on('websocket', socket => {
      opened = socket
    })
    const { visit } = await serve(script, own)
    const seen = visit({ transport, until: 'connecting', times: 2 })
    await own.waitForFunction('isOpen')
    await own.clock.pauseAt(Date.now() + 1000)
    return { own, seen, framed: () => opened!.waitForEvent('framereceived') }
  }

  test.each(['sse', 'websocket'] as const)('is begun anew by %s after 35 s', async transport => {
    const { own, seen } = await open(transport)
    await own.clock.runFor(36_000)
    expect((await seen).at(-1)).toContain('nothing arrived for 35 s')
  })

  test('is none on a WebSocket on which the position is repeated', async () => {
    const sockets: { send(text: string): void }[] = []
    const { own, seen, framed } = await open('websocket', {
      webSocket(socket) {
        sockets.push(socket)
        socket.send(encodePosition('e.0', 0))
      },
    })
    await own.clock.runFor(30_000)
    const heard = framed()
    sockets[0]!.send(encodePosition('e.0', 0))
    await heard
    await own.clock.runFor(30_000)
    expect(sockets).toHaveLength(1)
    await own.clock.runFor(6000)
    expect((await seen).slice(0, -1)).toEqual(['connecting', 'open'])
  })

  test('is found 5 s after the browser was offline', async () => {
    const { own, seen } = await open('websocket')
    await own.context().setOffline(true)
    await own.context().setOffline(false)
    await own.clock.runFor(6000)
    expect((await seen).at(-1)).toContain('nothing arrived for 5 s after the network changed')
  })
})

describe('in a browser', () => {
  test.each(['sse', 'websocket'] as const)('%s is dropped when the subscriber stops', async transport => {
    const dropped = deferred<number | undefined>()
    const { visit } = await serve({
      http(_, response) {
        response.on('close', () => dropped.resolve(undefined))
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(encodeEvent('e.0', encodePosition('e.0', 0), 'hello'))
      },
      webSocket(socket) {
        socket.on('close', dropped.resolve)
        socket.send(encodePosition('e.0', 0))
      },
    })
    await visit({ transport, until: 'open', times: 1 })
    expect(await dropped.promise).toBe(transport === 'sse' ? undefined : 1000)
  })

  test('a redirect is not followed', async () => {
    const { server, visit } = await serve({
      http: (_, response) => void response.writeHead(302, { location: '/elsewhere' }).end(),
    })
    const events = await visit({ transport: 'short-polling', until: 'closed', times: 1 })
    expect(events.at(-1)).toContain('was redirected; give the final address as base URL')
    expect(server.urls).not.toContain('/elsewhere')
  })

  test('a binary frame ends the subscription', async () => {
    const { visit } = await serve({ webSocket: socket => socket.send(Buffer.from('{}')) })
    const events = await visit({ transport: 'websocket', until: 'closed', times: 1 })
    expect(events.at(-1)).toContain('closed with 1003')
  })
})
