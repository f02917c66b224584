import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { deferred, freePort, record, type Script, scriptedServer } from './scripted-server.fixture.ts'
import { silence } from './session.ts'
import { subscribe as longPolling } from './transports/long-polling.ts'
import { subscribe as shortPolling } from './transports/short-polling.ts'
import type { Subscription } from './transports/transport.ts'

const answer = (cursor: string, missed: number | null, ...seqs: number[]) =>
  JSON.stringify({ cursor, missed, notices: seqs.map(seq => ({ seq, at: 1, body: `n${seq} ✓` })) })

const problem = (response: ServerResponse, status: number, detail: string, headers = {}) =>
  response
    .writeHead(status, { 'content-type': 'application/problem+json', ...headers })
    .end(JSON.stringify({ type: 'about:blank', title: 'No', status, detail }))

async function serve(http: NonNullable<Script['http']>) {
  const server = await scriptedServer({ http })
  onTestFinished(server.close)
  return server
}

function follow(subscribe: typeof shortPolling, options: Partial<Subscription> & { baseUrl: string }) {
  const recorder = record(subscribe, { pollIntervalMs: 5, ...options })
  onTestFinished(recorder.stop)
  return recorder
}

const both = [
  ['short polling', shortPolling],
  ['long polling', longPolling],
] as const

afterEach(() => {
  vi.useRealTimers()
})

describe.each(both)('%s', (_, subscribe) => {
  test('asks for what comes after its cursor, and delivers it in order and once', async () => {
    const bodies = [answer('e.4', 0), answer('e.6', 0, 5, 6), answer('e.6', 0, 6), answer('e.7', 0, 7)]
    const server = await serve((_, response, index) => {
      const body = bodies[index]
      if (body !== undefined) response.end(body)
    })
    const seen = follow(subscribe, { baseUrl: server.baseUrl, limit: 50 })
    await seen.until(() => seen.notices.length === 3)
    expect(seen.events).toEqual(['connecting', 'open', '5', '6', '7'])
    expect(seen.cursors).toEqual(['e.5', 'e.6', 'e.7'])
    expect(seen.notices[0]).toEqual({ seq: 5, at: 1, body: 'n5 ✓' })
    const after = server.urls.slice(0, 4).map(url => new URL(url, server.baseUrl).searchParams)
    expect(after.map(query => query.get('after'))).toEqual([null, 'e.4', 'e.6', 'e.6'])
    expect(after.map(query => query.get('limit'))).toEqual(['50', '50', '50', '50'])
    expect(seen.tally).toMatchObject({ deliveries: 3, emptyAnswers: 1, duplicates: 1, retries: 0 })
  })

  test('reads an answer cut in the middle of a character, byte by byte', async () => {
    const server = await serve((_, response, index) => {
      if (index > 0) return
      const bytes = Buffer.from(answer('e.1', 0, 1))
      let at = 0
      const next = () => {
        if (at < bytes.length) response.write(bytes.subarray(at, ++at), next)
        else response.end()
      }
      next()
    })
    const seen = follow(subscribe, { baseUrl: server.baseUrl, after: 'e.0' })
    await seen.until(() => seen.notices.length === 1)
    expect(seen.notices[0]!.body).toBe('n1 ✓')
  })

  test('resumes where it was after an answer was cut halfway, a connection dropped and one refused', async () => {
    const server = await serve((request, response, index) => {
      if (index === 0) response.end(answer('e.2', 0))
      else if (index === 1)
        response.writeHead(200, { 'content-length': 500 }).write(answer('e.4', 0, 3, 4), () => request.socket.destroy())
      else if (index === 2) request.socket.destroy()
      else if (index === 3) response.end(answer('e.4', 0, 3, 4))
    })
    const seen = follow(subscribe, { baseUrl: server.baseUrl })
    await seen.until(() => seen.notices.length === 2)
    expect(seen.events).toEqual(['connecting', 'open', 'connecting', 'connecting', 'open', '3', '4'])
    expect(seen.states[2]![1]).toMatch(/^GET \/api\/\S+ failed: .+; next attempt in 0 ms$/)
    expect(server.urls.slice(1, 4).every(url => url.includes('after=e.2'))).toBe(true)
    expect(seen.tally.retries).toBe(2)
  })

  test('keeps trying while nobody listens, and says so', async () => {
    const baseUrl = `http://127.0.0.1:${await freePort()}`
    const seen = follow(subscribe, { baseUrl })
    await seen.until(() => seen.states.length > 3)
    expect(seen.states.at(-1)![0]).toBe('connecting')
    expect(seen.states.at(-1)![1]).toContain('ECONNREFUSED')
  })

  test.each([408, 429, 502, 503, 504])('asks again after a %i, not before its Retry-After', async status => {
    const times: number[] = []
    const server = await serve((_, response, index) => {
      times.push(performance.now())
      if (index === 0) problem(response, status, 'stopping', { 'retry-after': '1', connection: 'close' })
      else if (index === 1) response.end(answer('e.0', 0))
    })
    const seen = follow(subscribe, { baseUrl: server.baseUrl })
    await seen.until(() => seen.events.includes('open'))
    expect(seen.states[1]![1]).toContain(`was answered ${status}: stopping`)
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(998)
  })

  test.each([400, 401, 403, 404, 405, 500])('gives up after a %i, quoting the reason', async status => {
    const server = await serve((_, response) => problem(response, status, 'after must be EPOCH.SEQ, got "x"'))
    const seen = follow(subscribe, { baseUrl: server.baseUrl, after: 'x' })
    expect(await seen.closed()).toMatch(
      new RegExp(`^GET /api/\\S+ was answered ${status}: after must be EPOCH.SEQ, got "x"$`),
    )
    await server.drained()
    expect(server.urls).toHaveLength(1)
  })

  test('gives up on a redirect, naming the address', async () => {
    const server = await serve((_, response) => response.writeHead(302, { location: 'http://example.test/' }).end())
    const seen = follow(subscribe, { baseUrl: server.baseUrl })
    expect(await seen.closed()).toContain('was redirected to http://example.test/')
  })

  test('asks again when the answer is no JSON, and gives up when it is JSON of another kind', async () => {
    const server = await serve((_, response, index) => response.end(index === 0 ? '<html>welcome' : '{"cursor":"e.1"}'))
    const seen = follow(subscribe, { baseUrl: server.baseUrl })
    expect(await seen.closed()).toContain('an answer must be {"cursor","missed","notices"}, got {"cursor":"e.1"}')
    expect(seen.states[1]![1]).toContain('something that is not JSON: <html>welcome')
  })

  test('reports missed notices before the next one', async () => {
    const server = await serve((_, response, index) => {
      if (index === 0) response.end(answer('e.9', 4, 8, 9))
      if (index === 1) response.end(answer('f.1', null, 1))
    })
    const seen = follow(subscribe, { baseUrl: server.baseUrl, after: 'e.3' })
    await seen.until(() => seen.notices.length === 3)
    expect(seen.events).toEqual(['connecting', 'open', 'gap 4', '8', '9', 'gap null', '1'])
    expect(seen.cursors.at(-1)).toBe('f.1')
  })

  test('ends when a handler throws, with its message', async () => {
    const server = await serve((_, response) => response.end(answer('e.2', 0, 1, 2)))
    const seen = follow(subscribe, {
      baseUrl: server.baseUrl,
      onNotice() {
        throw new Error('no room')
      },
    })
    expect(await seen.closed()).toContain('no room')
    expect(seen.notices).toHaveLength(1)
    await server.drained()
  })

  test('stops within a handler: nothing is called, sent or left open afterwards', async () => {
    const server = await serve((_, response) => response.end(answer('e.3', 0, 1, 2, 3)))
    const seen = follow(subscribe, { baseUrl: server.baseUrl, onNotice: () => seen.stop() })
    await seen.closed()
    await server.drained()
    expect(seen.events).toEqual(['connecting', 'open', '1', 'closed'])
    expect(server.urls).toHaveLength(1)
  })

  test('stops while an answer is outstanding, and while waiting to try again', async () => {
    const asked = deferred<void>()
    const server = await serve(() => asked.resolve())
    const held = follow(subscribe, { baseUrl: server.baseUrl })
    await asked.promise
    held.stop()
    await server.drained()
    expect(held.events).toEqual(['connecting', 'closed'])
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const timers = vi.getTimerCount()
    const waiting = follow(subscribe, { baseUrl: `http://127.0.0.1:${await freePort()}`, random: () => 0.99 })
    vi.advanceTimersByTime(1)
    await waiting.until(() => waiting.states.length === 2)
    waiting.stop()
    expect(vi.getTimerCount()).toBe(timers)
    expect(waiting.events).toEqual(['connecting', 'connecting', 'closed'])
  })

  test('does nothing for a signal that is aborted already', async () => {
    const server = await serve((_, response) => response.end(answer('e.0', 0)))
    const seen = follow(subscribe, { baseUrl: server.baseUrl, signal: AbortSignal.abort() })
    expect(seen.events).toEqual(['closed'])
    expect(server.connections.size).toBe(0)
  })

  test('takes long silence for a cut, and drops the connection', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const asked = [deferred<void>(), deferred<void>()]
    const dropped = deferred<void>()
    const server = await serve((request, _, index) => {
      asked[index]?.resolve()
      if (index === 0) request.socket.on('close', dropped.resolve)
    })
    const seen = follow(subscribe, { baseUrl: server.baseUrl, pollIntervalMs: 100_000 })
    vi.advanceTimersByTime(1)
    await asked[0]!.promise
    const limitMs = subscribe === shortPolling ? silence.shortPollMs : silence.longPollMs
    vi.advanceTimersByTime(limitMs - 50)
    expect(seen.states).toHaveLength(1)
    vi.advanceTimersByTime(60)
    expect(seen.states[1]![1]).toContain(`nothing arrived for ${limitMs / 1000} s`)
    await dropped.promise
    vi.advanceTimersByTime(1)
    await asked[1]!.promise
  })
})

describe('long polling', () => {
  test('establishes its cursor with a poll that is not held, then asks to be held', async () => {
    const server = await serve((_, response, index) => {
      if (index < 2) response.end(answer(`e.${index}`, 0, ...(index === 1 ? [1] : [])))
    })
    const seen = follow(longPolling, { baseUrl: server.baseUrl, waitMs: 4000 })
    await seen.until(() => seen.notices.length === 1)
    expect(server.urls[0]).toBe('/api/long-polling?waitMs=0')
    expect(server.urls[1]).toBe('/api/long-polling?after=e.0&waitMs=4000')
  })

  test('bears silence for as long as the poll may be held, and 20 s more', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const held = deferred<void>()
    const server = await serve((_, response, index) => {
      if (index === 0) response.end(answer('e.0', 0))
      else held.resolve()
    })
    const seen = follow(longPolling, { baseUrl: server.baseUrl })
    await held.promise
    vi.advanceTimersByTime(44_900)
    expect(seen.events).toEqual(['connecting', 'open'])
    vi.advanceTimersByTime(200)
    expect(seen.states[2]![1]).toContain('nothing arrived for 45 s')
  })
})
