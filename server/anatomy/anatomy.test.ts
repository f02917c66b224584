// The anatomy's part of the API through the real server: what a page is told where nothing taps, what reaches a tap, and what is counted for it.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, type Pool } from 'undici'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type RunningServer, startServer } from '../app.ts'
import { parseServerOptions } from '../command-line.ts'
import { mountAnatomy } from '../lazy-anatomy.ts'
import type { ServerOptions } from '../options.ts'
import { serverTransports } from '../transports/index.ts'
import { createChannel, type Handlers } from '../workers/channel.ts'
import { webSocketPort } from '../workers/web-socket-port.ts'
import { anatomyPaths, type CapturePlan, type CountCalls, type TapCalls } from './wire.ts'

const [transport = ''] = Object.keys(serverTransports)
const plan: CapturePlan = { pollIntervalMs: 1, waitMs: 2, upstream: { atMs: 3, body: 4 }, lastsMs: 5 }
let folder: string
let server: RunningServer
let client: Client
const ends: (() => unknown)[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-anatomy-test-'))
  const control = join(folder, 'inner', 'control.sock')
  server = await startServer(
    parseServerOptions(['--port', '0', '--control', control], {}) as ServerOptions,
    mountAnatomy,
  )
  client = new Client(server.url, { pipelining: 1 })
  ends.push(
    () => rm(folder, { recursive: true, force: true }),
    () => server.stop(),
    () => client.destroy(),
  )
})
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function ask(
  path: string,
  body?: unknown,
  headers: Record<string, string> = { 'content-type': 'application/json' },
  over: Client | Pool = client,
) {
  const {
    statusCode,
    headers: had,
    body: answer,
  } = await over.request({
    method: body === undefined ? 'GET' : 'POST',
    path,
    headers,
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  })
  const said = (await answer.json()) as Record<string, unknown>
  return { status: statusCode, connection: had.connection, said, detail: said.detail }
}

/** What taps: its answers are given. */
async function tap(more: Partial<Handlers<TapCalls>> = {}) {
  const asked: unknown[] = []
  const socket = new WebSocket(`ws+unix://${join(folder, 'inner', 'control.sock')}:${anatomyPaths.tap}`)
  ends.push(() => socket.terminate())
  await once(socket, 'open')
  const answering =
    <Result>(name: string, result: Result) =>
    (argument: unknown) => {
      asked.push([name, argument])
      return result
    }
  const { ask } = createChannel<TapCalls, CountCalls>(webSocketPort(socket), {
    begin: answering('begin', plan),
    end: answering('end', { a: 'capture' }),
    try: answering('try', { a: 'try' }),
    ...more,
  })
  await ask('hello', { steps: ['right', 'wrong'] })
  return { asked, socket, count: () => ask('count', null) }
}

describe('where nothing taps', () => {
  test('a page is told so, and how to change it', async () => {
    expect((await ask(anatomyPaths.state)).said).toEqual({ canCapture: false, steps: [] })
    const says = 'nothing is captured here: npm run anatomy starts a server that can'
    for (const [path, body] of [
      [anatomyPaths.captures, { transport }],
      [anatomyPaths.end, {}],
      [anatomyPaths.tries, { step: 'right' }],
    ] as const)
      expect(await ask(path, body)).toMatchObject({ status: 409, detail: says })
  })

  test('nobody can tap over the network', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}${anatomyPaths.tap}`)
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error.message).toMatch(/404/)
  })
})

describe('a tap', () => {
  test('is asked for what pages ask for, and its answers are theirs', async () => {
    const { asked } = await tap()
    expect((await ask(anatomyPaths.state)).said).toEqual({ canCapture: true, steps: ['right', 'wrong'] })
    const begun = await ask(
      anatomyPaths.captures,
      { transport },
      { 'content-type': 'application/json', 'user-agent': 'me' },
    )
    expect(begun).toMatchObject({ status: 201, connection: 'close', said: plan })
    expect(await ask(anatomyPaths.end, {})).toMatchObject({ status: 200, connection: 'close', said: { a: 'capture' } })
    expect(await ask(anatomyPaths.tries, { step: 'wrong' })).toMatchObject({ status: 200, said: { a: 'try' } })
    const port = expect.any(Number)
    expect(asked).toEqual([
      ['begin', { transport, port, userAgent: 'me' }],
      ['end', { port }],
      ['try', { step: 'wrong' }],
    ])
  })

  test('says in a sentence what it refuses, and what is counted for the capture under way goes on', async () => {
    const { count } = await tap({
      begin: () => {
        throw new Error('a capture is under way')
      },
    })
    const other = new Client(server.url)
    ends.push(() => other.destroy())
    await (await other.request({ method: 'GET', path: `/api/${transport}` })).body.dump()
    expect(await count()).toMatchObject([{ isMixed: false }])
    expect(await ask(anatomyPaths.captures, { transport })).toMatchObject({
      status: 409,
      detail: 'a capture is under way',
    })
    expect(await count()).toMatchObject([{ isMixed: false }, { isMixed: true }])
  })

  test('that goes away leaves its questions answered, and nothing to capture with', async () => {
    const { socket } = await tap({ end: () => new Promise(() => {}) })
    const waiting = ask(anatomyPaths.end, {})
    await new Promise(resolve => setImmediate(resolve))
    setTimeout(() => socket.terminate(), 50)
    expect(await waiting).toMatchObject({ status: 503, detail: 'the other process is gone' })
    expect((await ask(anatomyPaths.state)).said).toMatchObject({ canCapture: false })
  })

  test('gives way to a newer one', async () => {
    const first = await tap()
    const closed = once(first.socket, 'close')
    const second = await tap()
    expect((await closed)[0]).toBe(1001)
    await ask(anatomyPaths.end, {})
    expect([first.asked.length, second.asked.length]).toEqual([0, 1])
  })

  test('that speaks nothing of ours is closed, and the server lives', async () => {
    const { socket } = await tap()
    const closed = once(socket, 'close')
    socket.send('{')
    expect((await closed)[0]).toBe(1008)
    expect((await ask(anatomyPaths.state)).status).toBe(200)
  })

  test('is told what went over each connection since a capture began, to the byte', async () => {
    const { count } = await tap()
    await ask(anatomyPaths.captures, { transport })
    const polls = new Client(server.url, { pipelining: 1 })
    const mixed = new Client(server.url, { pipelining: 1 })
    ends.push(
      () => polls.destroy(),
      () => mixed.destroy(),
    )
    const poll = { method: 'GET', path: `/api/${transport}` } as const
    let bytes = 0
    for (let i = 0; i < 3; i++) {
      const { body } = await polls.request(poll)
      await body.dump()
      const status = server.status().transports[transport]!
      bytes = status.bytesIn + status.bytesOut
    }
    await (await mixed.request({ method: 'GET', path: '/nowhere' })).body.dump()
    const [own, other, ...more] = await count()
    expect(more).toEqual([])
    expect([own!.isMixed, other!.isMixed]).toEqual([false, true])
    expect(own!.bytesIn + own!.bytesOut).toBe(bytes)
    await polls.close()
    await mixed.close()
    expect(await count()).toEqual([own, other])
    await ask(anatomyPaths.captures, { transport })
    expect(await count()).toEqual([])
  })
})

describe('a page', () => {
  test.each([
    [
      anatomyPaths.captures,
      {},
      `"transport" must be one of ${Object.keys(serverTransports).join(', ')}, got undefined`,
    ],
    [anatomyPaths.captures, { transport: 'smoke' }, /^"transport" must be one of .*, got "smoke"$/],
    [anatomyPaths.captures, { transport, more: 1 }, '"more" is not known here; known: transport'],
    [anatomyPaths.end, { transport }, '"transport" is not known here; known: '],
    [anatomyPaths.tries, { step: 7 }, '"step" must be one of right, wrong, got 7'],
    [anatomyPaths.tries, '{', /^the body is not JSON/],
  ])('is told what is wrong with what it sent to %s', async (path, body, says) => {
    await tap()
    expect(await ask(path, body)).toMatchObject({
      status: 400,
      detail: typeof says === 'string' ? says : expect.stringMatching(says),
    })
  })

  test('of another origin may not capture, nor may a body that is no JSON by its type, nor another method', async () => {
    const { asked } = await tap()
    const json = { 'content-type': 'application/json' }
    expect(
      await ask(anatomyPaths.captures, { transport }, { ...json, origin: 'http://elsewhere.example' }),
    ).toMatchObject({
      status: 403,
    })
    expect(await ask(anatomyPaths.captures, { transport }, { ...json, origin: server.url })).toMatchObject({
      status: 201,
    })
    expect(await ask(anatomyPaths.end, {}, { 'content-type': 'text/plain' })).toMatchObject({ status: 415 })
    expect(await ask(anatomyPaths.captures)).toMatchObject({ status: 405 })
    expect(asked.length).toBe(1)
  })
})
