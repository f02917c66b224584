import { once } from 'node:events'
// The demo's server side over real sockets: the log, the teacher, the phones, and those who should not.
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { clientTransports } from '../../client/transports/index.ts'
import { serverTransports } from '../transports/index.ts'
import { MAX_WAITING_BYTES } from './audience.ts'
import { CODE, newKey, startDemoServer, TOKEN } from './demo.fixture.ts'
import { PHONE_PARAMETER, phonePaths } from './phone-wire.ts'
import { type DemoEventOf, demoLimits, demoPaths, type Joined, type PhoneCount, pieceLimits } from './wire.ts'

let demo: Awaited<ReturnType<typeof startDemoServer>>
beforeEach(async () => {
  demo = await startDemoServer()
})
afterEach(() => demo.close())

const patience = { timeout: 5000, interval: 10 }
const bearer = { authorization: `Bearer ${TOKEN}` }
const names = Object.keys(serverTransports)
const knobs = { kind: 'knobs', ratePerSecond: 1, pollIntervalMs: 700, rttMs: 0, clients: 1 }

async function join(key = newKey()) {
  const { status, body } = await demo.ask('POST', phonePaths.phones, { code: CODE, key })
  expect(status, JSON.stringify(body)).toBe(201)
  return { ...(body as unknown as Joined), key }
}
const refusal = async (...asked: Parameters<typeof demo.ask>): Promise<string> => {
  const { status, body } = await demo.ask(...asked)
  return `${status}: ${body.detail}`
}

describe('without an engine', () => {
  it('nothing is live: the state says so, pages and phones are told in words, and there is no engine to be had over the network', async () => {
    expect((await demo.ask('GET', demoPaths.state)).body).toEqual({
      isLive: false,
      code: null,
      joinUrls: [],
      isLocked: false,
      phones: 0,
      cap: demoLimits.phones,
    })
    expect(await refusal('POST', phonePaths.phones, { code: CODE, key: newKey() })).toMatch(/^409: nothing is live/)
    await expect(demo.page()).rejects.toThrow('409')
    expect(await refusal('GET', demoPaths.engine)).toBe('404: nothing is served at "/api/demo/engine"')
    expect(await refusal('GET', '/api/demonstration')).toBe('404: nothing is served at "/api/demonstration"')
    await expect(demo.open(`${demo.server.url.replace('http', 'ws')}${demoPaths.engine}`)).rejects.toThrow('404')
  })
})

describe('an engine', () => {
  const startWith = (more: object) => ({ start: { startedAtMs: 1, token: 't', code: 'ABCD', joinUrls: [], ...more } })
  it.each([
    ['null', null],
    ['no start and no events', {}],
    ['an empty start', { start: null }],
    ['a start without a token', startWith({ token: undefined })],
    ['a start with an empty token', startWith({ token: '' })],
    ['a start with a code that is no text', startWith({ code: 7 })],
    ['a start whose log began at no time', startWith({ startedAtMs: 'x' })],
    ['a start with addresses that are none', startWith({ joinUrls: [null] })],
    ['events that are no list', { events: {} }],
    ['an event that is none', { events: [null] }],
    ['an event of no time', { events: [{ kind: 'cut', t: null }] }],
    ['a scene without a phase', { events: [{ kind: 'scene', t: 1, scene: 'x' }] }],
    ['a piece that is none', { piece: '1', bytes: null }],
    ['a piece without its bytes', { piece: 1 }],
    ['a piece whose bytes are no base64', { piece: 1, bytes: { piece: 1, bytes: '<b>' } }],
    [
      'a piece that is longer than any',
      { piece: 1, bytes: { piece: 1, bytes: 'A'.repeat(4 * Math.ceil(pieceLimits.bytes / 3) + 4) } },
    ],
    ['knobs beyond their limits', { events: [{ kind: 'knobs', t: 1, pollIntervalMs: 1 }] }],
  ])('that sends %s is closed, and the demo is what it was', async (_what, frame) => {
    await demo.engine()
    await expect.poll(async () => (await demo.ask('GET', demoPaths.state)).body.isLive, patience).toBe(true)
    const odd = await demo.open(`ws+unix://${demo.control}:${demoPaths.engine}`)
    odd.send(JSON.stringify(frame))
    expect((await once(odd, 'close'))[0]).toBe(1008)
    expect((await demo.ask('GET', demoPaths.state)).body).toMatchObject({ isLive: true, code: CODE })
    expect((await demo.ask('POST', demoPaths.act, { action: 'publish', count: 1 }, bearer)).status).toBe(204)
  })

  it('that sends what is no JSON is told so, as far as there is room for it', async () => {
    const odd = await demo.open(`ws+unix://${demo.control}:${demoPaths.engine}`)
    odd.send('漢'.repeat(500))
    const [code, reason] = await once(odd, 'close')
    expect([code, String(reason)]).toEqual([1008, expect.stringContaining('is not valid JSON')])
  })
})

it('a body that is refused before its end, behind another request, leaves the server as it was', async () => {
  await demo.engine()
  await expect.poll(async () => (await demo.ask('GET', demoPaths.state)).body.isLive, patience).toBe(true)
  const post = (path: string, body: string) =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const tooLong = JSON.stringify({ code: 'x'.repeat(3000) })
  for (let i = 0; i < 20; i++) {
    const socket = connect(demo.server.port, '127.0.0.1').resume()
    socket.end(
      post(phonePaths.phones, '{"code":"AAAA"}') + post(phonePaths.phones, tooLong) + post(demoPaths.act, '{}'),
    )
    await once(socket, 'close')
  }
  expect((await demo.ask('GET', demoPaths.state)).status).toBe(200)
})

describe('the log', () => {
  it('reaches every page in order, and one that comes late is given what is kept', async () => {
    const engine = await demo.engine()
    await expect.poll(async () => (await demo.ask('GET', demoPaths.state)).body.isLive, patience).toBe(true)
    const early = await demo.page()
    engine.emit({ kind: 'start', version: 1, startedAtMs: 0, lanes: names }, knobs)
    for (let seq = 1; seq <= 50; seq++) engine.emit({ kind: 'publish', seq, count: 1 })
    const seqs = (page: typeof early) => page.events().flatMap(event => (event.kind === 'publish' ? [event.seq] : []))
    const all = Array.from({ length: 50 }, (_, i) => i + 1)
    await expect.poll(() => seqs(early), patience).toEqual(all)
    const late = await demo.page()
    await expect.poll(() => seqs(late), patience).toEqual(all)
    expect(late.frames[0]!.isFirst).toBe(true)
    expect(late.events().map(({ kind }) => kind)).toEqual(['start', 'knobs', ...all.map(() => 'publish')])
  })

  it('keeps what tells the present beyond its minute, and lets the rest go', async () => {
    const engine = await demo.engine()
    engine.emit({ kind: 'start', version: 1, startedAtMs: 0, lanes: names }, knobs, { kind: 'cut' }, { kind: 'heal' })
    // A log that began two minutes ago, in which a great deal happened then.
    const old = -120_000
    const sample = { kind: 'bytes', t: old, lane: 'sse', direction: 'down', what: 'message', bytes: 'AAAA' }
    engine.emit(...[1, 2, 3].map(piece => ({ ...sample, piece })))
    for (let i = 0; i < 60; i++)
      engine.emit(
        ...Array.from({ length: 20 }, (_, n) => ({ kind: 'publish', t: old, seq: i * 20 + n + 1, count: 1 })),
        { kind: 'counts', t: old + i, lanes: {} },
      )
    engine.emit({ kind: 'publish', t: 1, seq: 5000, count: 1 })
    const watcher = await demo.page()
    await expect.poll(() => watcher.events().length, patience).toBeGreaterThan(0)
    await demo.ask('GET', demoPaths.state)
    const late = await demo.page()
    await expect.poll(() => late.frames.length, patience).toBe(1)
    const kinds = late.events().map(({ kind }) => kind)
    expect(kinds.filter(kind => kind === 'publish').length).toBeLessThan(600)
    for (const kind of ['start', 'knobs', 'heal', 'counts']) expect(kinds).toContain(kind)
    // Each stands for later ones of its kind.
    expect(kinds.filter(kind => kind === 'bytes')).toHaveLength(3)
  })

  it('ends where the engine goes away', async () => {
    const engine = await demo.engine()
    const page = await demo.page()
    const phone = await join()
    engine.socket.terminate()
    await expect.poll(() => page.events().at(-1)?.kind, patience).toBe('end')
    const report = { seq: 0, delivered: 0, delayMs: null, uncertaintyMs: null }
    const told = await demo.ask('POST', phonePaths.report, { key: phone.key, ...report })
    expect(told.body).toMatchObject({ isOver: true })
  })

  it('does not wait for a page that reads nothing, and grows for nobody', async () => {
    const engine = await demo.engine()
    const quick = await demo.page()
    const slow = await demo.page()
    slow.socket.pause()
    const reason = 'x'.repeat(10_000)
    let sent = 0
    // Until it is cut: what the kernel takes for it in between is the system's business.
    await expect
      .poll(
        async () => {
          for (let i = 0; i < 100; i++)
            engine.emit({ kind: 'state', lane: 'any', client: sent++, state: 'open', reason })
          await expect.poll(() => quick.events().length, patience).toBe(sent)
          return sent * reason.length > 20 * MAX_WAITING_BYTES
        },
        { timeout: 20_000, interval: 1 },
      )
      .toBe(true)
    slow.socket.resume()
    await expect.poll(() => slow.socket.readyState, patience).toBe(WebSocket.CLOSED)
    expect(slow.events().length).toBeLessThan(sent)
    engine.emit(knobs)
    await expect.poll(() => quick.events().at(-1)?.kind, patience).toBe('knobs')
  })

  it('takes nothing from a page', async () => {
    await demo.engine()
    const page = await demo.page()
    page.socket.send('{"events":[]}')
    await expect.poll(() => page.socket.readyState, patience).toBe(WebSocket.CLOSED)
  })
})

describe('a page', () => {
  it('may not send what would have to be kept', async () => {
    await demo.engine()
    const { socket } = await demo.page()
    const closed = once(socket, 'close')
    socket.send('x'.repeat(2000))
    expect((await closed)[0]).toBe(1009)
  })

  it('that does not read counts among all queues', async () => {
    const engine = await demo.engine()
    const [deaf, reader] = [await demo.page(), await demo.page()]
    deaf.socket.pause()
    // The kernel takes some MB before anything waits in the server.
    for (let told = 1; demo.server.status().queued.bytes < 300_000; told++) {
      engine.emit({ kind: 'publish', seq: 1, count: 1, more: 'x'.repeat(500_000) })
      while (reader.frames.length <= told) await once(reader.socket, 'message')
    }
  })
})

describe('the bytes of a line', () => {
  const path = (piece: unknown) => `${demoPaths.bytes}?piece=${piece}`
  /** An engine that has the bytes of pieces 1 to 99, and answers for `them` only. */
  async function keeping(them: (piece: number) => boolean = () => true) {
    const engine = await demo.engine()
    const asked: number[] = []
    engine.socket.on('message', data => {
      const { piece } = JSON.parse(String(data)) as { piece?: number }
      if (piece === undefined) return
      asked.push(piece)
      const bytes = piece < 100 ? { piece, bytes: Buffer.from(`piece ${piece}`).toString('base64') } : null
      if (them(piece)) engine.socket.send(JSON.stringify({ piece, bytes }))
    })
    await expect.poll(async () => (await demo.ask('GET', demoPaths.state)).body.isLive, patience).toBe(true)
    return { ...engine, asked }
  }

  it('are told to whoever looks on, without a token', async () => {
    await keeping()
    const { status, body } = await demo.ask('GET', path(7))
    expect([status, body]).toEqual([200, { piece: 7, bytes: Buffer.from('piece 7').toString('base64') }])
  })

  it('are said to be gone where they are no longer kept', async () => {
    await keeping()
    expect(await refusal('GET', path(100))).toBe(
      '404: the bytes of piece 100 are no longer kept: newer ones took their place',
    )
  })

  it.each(['', '0', '-1', '1.5', '1e3', 'x', '9'.repeat(16)])('are not those of piece %j', async piece => {
    await keeping()
    expect(await refusal('GET', path(piece))).toBe(`400: "piece" must be a whole number from 1, got "${piece}"`)
  })

  it('are not there where nothing is live, and can still be looked at after the session', async () => {
    expect(await refusal('GET', path(1))).toMatch(/^409: nothing is live/)
    const engine = await keeping()
    engine.emit({ kind: 'end' })
    await expect.poll(async () => (await demo.ask('GET', demoPaths.state)).body.isLive, patience).toBe(false)
    expect((await demo.ask('GET', path(1))).status).toBe(200)
    engine.socket.terminate()
    const gone = async () => (await demo.ask('GET', path(1))).status
    await expect.poll(gone, patience).toBe(409)
  })

  it('are asked for once however many want them, few at a time, and not waited for long', async () => {
    const { asked } = await keeping(piece => piece === 50)
    const get = async (piece: number): Promise<string> => {
      const response = await fetch(demo.server.url + path(piece))
      return `${response.status}: ${((await response.json()) as { detail: string }).detail}`
    }
    const begunMs = performance.now()
    const waiting = Array.from({ length: pieceLimits.asked }, (_, i) => get(i + 1))
    const twice = get(1)
    await expect.poll(() => asked.length, patience).toBe(pieceLimits.asked)
    expect(await get(50)).toBe(`503: the bytes of ${pieceLimits.asked} pieces are asked for already`)
    expect(await Promise.all([...waiting, twice])).toEqual(
      [...asked.toSorted((a, b) => a - b), 1].map(
        piece => `504: the lanes did not tell the bytes of piece ${piece} within ${pieceLimits.waitMs} ms`,
      ),
    )
    expect(performance.now() - begunMs).toBeGreaterThanOrEqual(pieceLimits.waitMs)
    expect(asked).toHaveLength(pieceLimits.asked)
    expect((await demo.ask('GET', path(50))).status).toBe(200)
  })
})

describe('the teacher', () => {
  it('acts with the token only, and the engine is told', async () => {
    const { told } = await demo.engine()
    await expect.poll(async () => (await demo.ask('GET', demoPaths.state)).body.code, patience).toBe(CODE)
    const act = { action: 'knobs', ratePerSecond: 0.5, rttMs: 200 }
    expect(await refusal('POST', demoPaths.act, act)).toMatch(/^401: only the teacher/)
    expect(await refusal('POST', demoPaths.act, act, { authorization: 'Bearer guess' })).toMatch(/^401/)
    for (const action of [
      act,
      { action: 'publish', count: 20 },
      { action: 'cut', forMs: 6000 },
      { action: 'scene', scene: 'quiet-inbox', phase: 'ask' },
      { action: 'end' },
    ])
      expect((await demo.ask('POST', demoPaths.act, action, bearer)).status).toBe(204)
    await expect.poll(() => told.length, patience).toBe(5)
    expect(told[0]).toEqual({ act })
  })

  it.each([
    [{ action: 'reboot' }, '"action" must be one of knobs, publish, cut, scene, lock, address, end, got "reboot"'],
    [{ action: '__proto__' }, '"action" must be one of'],
    [{ action: 'knobs', rttMs: 5000 }, '"rttMs" must be a whole number from 0 to 2000, got 5000'],
    [{ action: 'knobs', speed: 1 }, '"speed" is not known here; known: action, ratePerSecond'],
    [{ action: 'publish', count: 1e9 }, '"count" must be a whole number from 1 to 50, got 1000000000'],
    [{ action: 'publish' }, '"count" must be a whole number'],
    [{ action: 'cut', forMs: '6000' }, '"forMs" must be a whole number from 500 to 30000, got "6000"'],
    [{ action: 'scene', scene: '../etc', phase: 'ask' }, '"scene" must be 1 to 40 of [a-z0-9-], got "../etc"'],
    [{ action: 'scene', scene: 'a', phase: 'later' }, '"phase" must be one of ask, run, reveal, over, got "later"'],
    [{ action: 'lock', isLocked: 1 }, '"isLocked" must be true or false, got 1'],
    ['[1]', 'the body must be an object, got [1]'],
    ['{', 'the body is not JSON'],
    ['{"__proto__":{"action":"end"}}', '"action" must be one of'],
  ])('is told what is wrong with %j', async (action, words) => {
    await demo.engine()
    await expect.poll(async () => (await demo.ask('GET', demoPaths.state)).body.isLive, patience).toBe(true)
    expect(await refusal('POST', demoPaths.act, action, bearer)).toContain(`400: ${words}`)
  })

  it('is not imitated by a page elsewhere, a rebound name, a form or a flood', async () => {
    await demo.engine()
    const end = { action: 'end' }
    const as = (headers: Record<string, string>) => refusal('POST', demoPaths.act, end, { ...bearer, ...headers })
    expect(await as({ origin: 'http://evil.example' })).toMatch(/^403: a page of "http:\/\/evil.example"/)
    expect(await as({ host: 'evil.example:8080' })).toMatch(/^421: .*"evil.example:8080"/)
    expect(await as({ host: '127.0.0.1.evil.example' })).toMatch(/^421/)
    expect(await as({ 'content-type': 'text/plain' })).toMatch(/^415/)
    expect(await refusal('POST', demoPaths.act, `{"action":"end","x":"${'x'.repeat(5000)}"}`, bearer)).toMatch(/^413/)
    await expect(demo.page({ origin: 'http://evil.example' })).rejects.toThrow('403')
    await expect(demo.page({ host: 'evil.example' })).rejects.toThrow('421')
    expect(await refusal('GET', demoPaths.act)).toMatch(/^405/)
    expect((await demo.ask('GET', demoPaths.state)).body.isLive).toBe(true)
  })
})

describe('the code', () => {
  const state = async (headers?: Record<string, string>) => {
    const { code, joinUrls, isLive } = (await demo.ask('GET', demoPaths.state, undefined, headers)).body
    return [isLive, code, joinUrls]
  }
  const told = () => [true, CODE, [`${demo.server.url}/demo/join/${CODE}`]]
  const untold = [true, null, []]

  it('is told on the machine of the server, and elsewhere to the teacher only', async () => {
    await demo.engine()
    await expect.poll(() => state(), patience).toEqual(told())
    // As a proxy on this machine asks for another one.
    for (const [name, value] of [
      ['x-forwarded-for', '203.0.113.5'],
      ['forwarded', 'for=203.0.113.5'],
    ]) {
      const elsewhere = { [name!]: value! }
      expect(await state(elsewhere)).toEqual(untold)
      expect(await state({ ...elsewhere, authorization: 'Bearer guess' })).toEqual(untold)
      expect(await state({ ...elsewhere, ...bearer })).toEqual(told())
    }
  })

  it('is not told to a page of another origin', async () => {
    await demo.engine()
    await expect.poll(() => state(), patience).toEqual(told())
    expect(await state({ origin: 'https://page.example' })).toEqual(untold)
    expect(await state({ origin: demo.server.url })).toEqual(told())
  })
})

describe('the addresses that phones come in by', () => {
  const urls = ['192.168.1.5', '10.0.0.5', '172.17.0.1'].map(address => `http://${address}:8080/demo/join/${CODE}`)
  const shown = async () => (await demo.ask('GET', demoPaths.state)).body.joinUrls

  it('are shown one after the other when the teacher wishes', async () => {
    await demo.engine(urls)
    await expect.poll(shown, patience).toEqual(urls)
    const next = (headers?: Record<string, string>) => demo.ask('POST', demoPaths.act, { action: 'address' }, headers)
    expect((await next()).status).toBe(401)
    for (const first of [1, 2, 0]) {
      expect((await next(bearer)).status).toBe(204)
      expect(await shown()).toEqual([...urls.slice(first), ...urls.slice(0, first)])
    }
  })

  const elsewhere = { 'x-forwarded-for': '203.0.113.5' }
  const phoneAt = (path: string, host = new URL(demo.server.url).host) =>
    demo.ask('GET', path, undefined, { ...elsewhere, host })

  it.each([
    ['a page', phonePaths.join],
    ['what a page asks for', demoPaths.state],
  ])(
    'are known to be reached by %s that is asked for from elsewhere, and not by this machine itself',
    async (_what, path) => {
      await demo.engine()
      await expect.poll(async () => ((await shown()) as string[]).length, patience).toBe(1)
      expect(await refusal('POST', demoPaths.reach, {})).toMatch(/^401/)
      let reached: object | undefined
      const answer = fetch(demo.server.url + demoPaths.reach, {
        method: 'POST',
        headers: { ...bearer, 'content-type': 'application/json' },
        body: '{}',
      }).then(async response => {
        reached = (await response.json()) as object
      })
      await expect
        .poll(async () => {
          expect((await demo.ask('GET', path)).status).toBe(200)
          await phoneAt(path, `localhost:${demo.server.port}`)
          if (reached === undefined) await phoneAt(path)
          return reached
        }, patience)
        .toEqual({ from: '127.0.0.1', at: `127.0.0.1:${demo.server.port}` })
      await answer
    },
  )

  it('that nobody can reach are not waited for', async () => {
    await demo.engine([])
    await expect.poll(async () => (await demo.ask('GET', demoPaths.state)).body.isLive, patience).toBe(true)
    expect(await refusal('POST', demoPaths.reach, {}, bearer)).toMatch(/^409: no phone can reach this machine: .*--lan/)
  })
})

describe('phones', () => {
  const report = { seq: 0, delivered: 0, delayMs: 12.5, uncertaintyMs: 3.5 }
  const phonesIn = (events: readonly { kind: string }[]): readonly PhoneCount[] =>
    (events.findLast(({ kind }) => kind === 'phones') as DemoEventOf<'phones'> | undefined)?.phones ?? []

  it('are spread evenly over the transports, numbered, and known again by their key', async () => {
    const engine = await demo.engine()
    const page = await demo.page()
    const phones: Awaited<ReturnType<typeof join>>[] = []
    for (let i = 0; i < 5 * names.length; i++) phones.push(await join())
    for (const name of names) expect(phones.filter(({ transport }) => transport === name)).toHaveLength(5)
    expect(phones.map(({ phone }) => phone)).toEqual(phones.map((_, i) => i + 1))
    expect((await join(phones[3]!.key)).phone).toBe(4)
    const { key } = phones[0]!
    const other = names.at(-1)!
    expect((await demo.ask('POST', phonePaths.transport, { key, transport: other })).body.transport).toBe(other)
    expect(await refusal('POST', phonePaths.transport, { key, transport: 'pigeon' })).toMatch(/^400: "transport"/)
    expect((await demo.ask('POST', phonePaths.report, { key, ...report })).body).toMatchObject({
      headSeq: 0,
      isOver: false,
      scene: null,
    })
    await expect.poll(() => phonesIn(page.events()).length, patience).toBe(phones.length)
    await expect
      .poll(() => phonesIn(page.events())[0], patience)
      .toMatchObject({ phone: 1, transport: other, state: 'awake', delayMs: 12.5, uncertaintyMs: 3.5, behind: 0 })
    expect(engine.told).toEqual([])
  })

  it('are one phone for each key, however often it asks to join, and none without', async () => {
    await demo.engine()
    const { key, phone } = await join()
    for (let i = 0; i < 5; i++) expect((await join(key)).phone).toBe(phone)
    expect((await demo.ask('GET', demoPaths.state)).body.phones).toBe(1)
    for (const odd of [undefined, '', 'short', `${'x'.repeat(21)}=`, 'x'.repeat(23), 7, ['x'.repeat(22)]])
      expect(await refusal('POST', phonePaths.phones, { code: CODE, key: odd })).toMatch(/^400: "key" must be 22 of/)
    expect((await demo.ask('GET', demoPaths.state)).body.phones).toBe(1)
  })

  it('that left are not among the others, and have their place when they come back', async () => {
    await demo.engine()
    const page = await demo.page()
    const [gone, here] = [await join(), await join()]
    expect((await demo.ask('POST', phonePaths.leave, { key: gone.key })).status).toBe(204)
    await expect.poll(() => phonesIn(page.events()).map(({ phone }) => phone), patience).toEqual([here.phone])
    expect((await demo.ask('POST', phonePaths.report, { key: gone.key, ...report })).status).toBe(200)
    await expect
      .poll(() => phonesIn(page.events()).map(({ phone }) => phone), patience)
      .toEqual([gone.phone, here.phone])
    await demo.ask('POST', phonePaths.leave, { key: gone.key })
    expect((await join(gone.key)).phone).toBe(gone.phone)
    expect(await refusal('POST', phonePaths.leave, { key: newKey() })).toMatch(/^401/)
  })

  it('of which nothing was heard for minutes have left, too', async () => {
    await demo.engine()
    const page = await demo.page()
    const { key, phone } = await join()
    await expect.poll(() => phonesIn(page.events()).length, patience).toBe(1)
    const { now } = performance
    performance.now = () => now.call(performance) + 200_000
    try {
      await expect.poll(() => phonesIn(page.events()).length, patience).toBe(0)
      expect((await demo.ask('GET', demoPaths.state)).body.phones).toBe(0)
      expect((await join(key)).phone).toBe(phone)
    } finally {
      performance.now = now
    }
  })

  it('need the code, which cannot be tried for long', async () => {
    await demo.engine()
    await expect.poll(async () => (await demo.ask('GET', demoPaths.state)).body.isLive, patience).toBe(true)
    expect((await demo.ask('POST', phonePaths.phones, { code: CODE.toLowerCase(), key: newKey() })).status).toBe(201)
    const tries: number[] = []
    for (let i = 0; i < 25; i++)
      tries.push((await demo.ask('POST', phonePaths.phones, { code: 'AAAA', key: newKey() })).status)
    expect(tries.slice(0, 20)).toEqual(Array(20).fill(403))
    expect(tries.slice(20)).toEqual(Array(5).fill(429))
    expect(await refusal('POST', phonePaths.report, report)).toMatch(/^401: this phone has not joined/)
    expect(await refusal('POST', phonePaths.report, { key: newKey(), ...report })).toMatch(/^401/)
  })

  it('stay out of a class that is locked or full, and those who are in stay in', async () => {
    await demo.engine()
    const { key, phone } = await join()
    await demo.ask('POST', demoPaths.act, { action: 'lock', isLocked: true }, bearer)
    expect(await refusal('POST', phonePaths.phones, { code: CODE, key: newKey() })).toMatch(/^403: the class is locked/)
    expect((await join(key)).phone).toBe(phone)
    await demo.ask('POST', demoPaths.act, { action: 'lock', isLocked: false }, bearer)
    for (let i = 1; i < demoLimits.phones; i++) await join()
    expect(await refusal('POST', phonePaths.phones, { code: CODE, key: newKey() })).toMatch(
      /^409: the class is full: it has 64 phones/,
    )
    // Who left keeps its place until somebody needs it.
    await demo.ask('POST', phonePaths.leave, { key })
    expect((await join()).phone).toBe(demoLimits.phones + 1)
    expect(await refusal('POST', phonePaths.report, { key, ...report })).toMatch(/^401/)
    expect((await demo.ask('GET', demoPaths.state)).body.phones).toBe(demoLimits.phones)
  })

  it.each([
    [{ ...report, seq: -1 }, '"seq" must be a whole number from 0'],
    [{ ...report, seq: 1.5 }, '"seq" must be a whole number from 0'],
    [{ ...report, delayMs: 'soon' }, '"delayMs" must be a number from'],
    [{ ...report, delayMs: 1e12 }, '"delayMs" must be a number from'],
    [{ ...report, name: 'Ada' }, '"name" is not known here'],
    [{}, '"seq" must be'],
  ])('tell numbers only: not %j', async (told, words) => {
    await demo.engine()
    const { key } = await join()
    expect(await refusal('POST', phonePaths.report, { key, ...told })).toContain(`400: ${words}`)
  })

  it('predict while the question stands, each once, and may change their mind', async () => {
    const engine = await demo.engine()
    const page = await demo.page()
    const [a, b] = [await join(), await join()]
    const vote = (key: string, choice: number) =>
      demo.ask('POST', phonePaths.vote, { key, scene: 'one-notice', choice })
    expect((await vote(a.key, 0)).status).toBe(409)
    engine.emit({ kind: 'scene', scene: 'one-notice', phase: 'ask' })
    await expect.poll(async () => (await vote(a.key, 0)).status, patience).toBe(200)
    await vote(a.key, 2)
    expect((await vote(b.key, 2)).body.scene).toEqual({ scene: 'one-notice', phase: 'ask', choice: 2 })
    const votes = () => page.events().findLast(({ kind }) => kind === 'votes') as DemoEventOf<'votes'> | undefined
    await expect.poll(() => votes()?.counts, patience).toEqual([0, 0, 2, 0, 0, 0])
    await expect.poll(() => engine.told.at(-1), patience).toMatchObject({ votes: { counts: [0, 0, 2, 0, 0, 0] } })
    expect((await vote(a.key, 99)).status).toBe(400)
    engine.emit({ kind: 'scene', scene: 'one-notice', phase: 'run' })
    await expect.poll(async () => (await vote(a.key, 1)).status, patience).toBe(409)
    expect(votes()?.counts).toEqual([0, 0, 2, 0, 0, 0])
  })

  it.each(Object.keys(clientTransports))(
    'have their bytes on %s counted by the server, and those of nobody else',
    async name => {
      await demo.engine()
      const { key } = await join()
      // A request by hand, so that every byte is known.
      const path = `/api/${name}`
      const isUpgrade = name === 'websocket' || name === 'socket-io'
      const query = name === 'long-polling' ? '?waitMs=0' : name === 'socket-io' ? '/?EIO=4&transport=websocket' : ''
      const request = [
        `GET ${path}${query}${query === '' ? '?' : '&'}${PHONE_PARAMETER}=${key} HTTP/1.1`,
        'Host: 127.0.0.1',
        ...(isUpgrade
          ? [
              'Connection: Upgrade',
              'Upgrade: websocket',
              'Sec-WebSocket-Version: 13',
              `Sec-WebSocket-Key: ${'A'.repeat(22)}==`,
            ]
          : []),
        '\r\n',
      ].join('\r\n')
      let got = 0
      const socket = connect(demo.server.port, '127.0.0.1', () => socket.write(request))
      socket.on('data', chunk => (got += chunk.length))
      socket.on('error', () => {})
      const told = async () => {
        const { nowMs: _, ...figures } = (await demo.ask('POST', phonePaths.report, { key, ...report })).body
        return figures
      }
      try {
        await expect.poll(async () => (await told()).requests, patience).toBe(1)
        await expect
          .poll(async () => {
            const { bytesUp, bytesDown } = await told()
            return got > 0 && bytesDown === got && bytesUp === request.length
          }, patience)
          .toBe(true)
        // What else passes on that connection is no delivery.
        if (!isUpgrade && name !== 'sse') {
          const before = await told()
          const seen = got
          socket.write(`GET /api/time?${PHONE_PARAMETER}=${key} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
          await expect.poll(() => got, patience).toBeGreaterThan(seen)
          expect(await told()).toEqual(before)
        }
      } finally {
        socket.destroy()
      }
    },
  )
})
