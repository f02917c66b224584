// The contract of every transport, both ends, through the real server on real sockets: order, exactly once, resume, nothing left behind.
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Agent, fetch } from 'undici'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type RunningServer, startServer } from '../server/app.ts'
import { parseServerOptions } from '../server/command-line.ts'
import type { ServerOptions } from '../server/options.ts'
import { type Missed, type Notice, parseCursor } from '../server/protocol.ts'
import { nodeNetwork } from './network/node.ts'
import { clientTransports } from './transports/index.ts'
import { newSubscriberTally, type State, type Subscription } from './transports/transport.ts'

const names = Object.keys(clientTransports) as (keyof typeof clientTransports)[]

const stops: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** For publishing and status: a certificate made on the fly is nobody's to know. */
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } })
afterAll(() => dispatcher.close())

async function serve(args: string[] = [], port = 0): Promise<RunningServer> {
  const server = await startServer(parseServerOptions(['--port', String(port), ...args], {}) as ServerOptions)
  stops.push(server.stop)
  return server
}

async function publish(url: string, bodies: readonly unknown[]): Promise<{ cursor: string; seqs: number[] }> {
  const answer = await fetch(`${url}/api/notices`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(bodies.map(body => ({ body }))),
    dispatcher,
  })
  expect(answer.status).toBe(201)
  return (await answer.json()) as { cursor: string; seqs: number[] }
}

async function headCursor(url: string): Promise<string> {
  const status = (await (await fetch(`${url}/api/status`, { dispatcher })).json()) as { log: { cursor: string } }
  return status.log.cursor
}

interface Reader {
  readonly notices: Notice[]
  readonly gaps: Missed[]
  readonly states: State[]
  readonly tally: ReturnType<typeof newSubscriberTally>
  cursor: string | undefined
  until(condition: (reader: Reader) => boolean): Promise<void>
  stop(): void
}

/** A subscriber that remembers everything; `until` settles as soon as what arrived fulfils the condition. */
async function read(
  name: keyof typeof clientTransports,
  url: string,
  more: Partial<Subscription> = {},
): Promise<Reader> {
  const { subscribe } = await clientTransports[name].load()
  const abort = new AbortController()
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const check of waiting) check()
  }
  const reader: Reader = {
    notices: [],
    gaps: [],
    states: [],
    tally: newSubscriberTally(),
    cursor: more.after,
    until: condition =>
      new Promise(resolve => {
        const check = (): void => {
          if (!condition(reader)) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
    stop: () => abort.abort(),
  }
  stops.push(reader.stop)
  subscribe({
    baseUrl: url,
    network: nodeNetwork({ tls: { rejectUnauthorized: false } }),
    signal: abort.signal,
    pollIntervalMs: 20,
    tally: reader.tally,
    onNotice: (notice, cursor) => {
      reader.notices.push(notice)
      reader.cursor = cursor
      wake()
    },
    onGap: (missed, cursor) => {
      reader.gaps.push(missed)
      reader.cursor = cursor
      wake()
    },
    onState: state => {
      reader.states.push(state)
      wake()
    },
    ...more,
  })
  return reader
}

const isOpen = (reader: Reader): boolean => reader.states.includes('open')
const has = (count: number) => (reader: Reader) => reader.notices.length >= count
const seqs = (reader: Reader): number[] => reader.notices.map(notice => notice.seq)
const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i)

/** A relay that cuts every connection after so many bytes of answer: in mid-message, sooner or later. */
async function cuttingRelay(
  target: string,
  bytesUntilCut: () => number,
): Promise<{ url: string; cuts: () => number; heal: () => void }> {
  let cuts = 0
  let healed = false
  const open = new Set<Socket>()
  const server: Server = createServer(client => {
    const upstream = connect(Number(new URL(target).port), '127.0.0.1')
    let left = bytesUntilCut()
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => {
        open.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    upstream.on('data', chunk => {
      if (healed || chunk.length < left) {
        left -= chunk.length
        client.write(chunk)
        return
      }
      cuts++
      client.write(chunk.subarray(0, left), () => client.resetAndDestroy())
      upstream.destroy()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  stops.push(() => {
    for (const socket of open) socket.destroy()
    return new Promise(resolve => server.close(resolve))
  })
  return {
    url: `${new URL(target).protocol}//127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    heal: () => {
      healed = true
    },
  }
}

describe.each([
  ['coalescing on', ['--coalesce', 'on']],
  ['coalescing off', ['--coalesce', 'off']],
  ['TLS', ['--tls', 'self-signed']],
  ['requests through the whole app and the libraries’ own writes', ['--express', 'app', '--writes', 'send']],
])('with %s', (_, args) => {
  describe.each(names)('%s', name => {
    it('tells once from where it listens, before any notice, and not where it was told', async () => {
      const { url } = await serve(args)
      await publish(url, upTo(3))
      const at = await headCursor(url)
      const positions: string[] = []
      const onPosition = (cursor: string): void => void positions.push(cursor)
      const [fresh, resumed] = await Promise.all([
        read(name, url, { onPosition }),
        read(name, url, { after: at, onPosition: () => positions.push('resumed') }),
      ])
      await Promise.all([fresh.until(isOpen), resumed.until(isOpen)])
      await publish(url, upTo(2))
      await Promise.all([fresh.until(has(2)), resumed.until(has(2))])
      expect(positions).toEqual([at])
      expect(seqs(fresh)).toEqual([4, 5])
    })

    it('delivers every notice once and in order', async () => {
      const { url } = await serve(args)
      const reader = await read(name, url)
      await reader.until(isOpen)
      for (let i = 0; i < 300; i += 10)
        await publish(
          url,
          upTo(10).map(k => ({ n: i + k })),
        )
      await reader.until(has(300))
      expect(seqs(reader)).toEqual(upTo(300))
      expect(reader.notices.map(notice => (notice.body as { n: number }).n)).toEqual(upTo(300))
      expect(reader.gaps).toEqual([])
      expect(reader.tally.duplicates).toBe(0)
    })

    it('delivers a burst of 10,000 to one who was there and to one who comes back', async () => {
      const { url } = await serve(args)
      const after = await headCursor(url)
      const reader = await read(name, url)
      await reader.until(isOpen)
      await Promise.all(upTo(10).map(() => publish(url, upTo(1000))))
      const late = await read(name, url, { after })
      await Promise.all([reader.until(has(10_000)), late.until(has(10_000))])
      expect(seqs(reader)).toEqual(upTo(10_000))
      expect(seqs(late)).toEqual(upTo(10_000))
    })

    it('keeps unicode, newlines, empty bodies and bodies of 64 KiB as they were published', async () => {
      const { url } = await serve(args)
      const bodies = [
        null,
        '',
        {},
        [],
        0,
        false,
        '\n\r\n\u2028\u2029\u0000',
        'data: x\n\nid: y',
        '🧪 žluťoučký кот',
        '\ud800',
        { __proto__: null, 'a"b': [1.5e-7] },
        'é'.repeat(32_767),
        JSON.parse('['.repeat(32) + ']'.repeat(32)),
      ]
      const reader = await read(name, url)
      await reader.until(isOpen)
      for (const body of bodies) await publish(url, [body])
      await publish(url, bodies.slice(0, 11))
      await reader.until(has(bodies.length + 11))
      const expected = JSON.parse(JSON.stringify([...bodies, ...bodies.slice(0, 11)]))
      expect(reader.notices.map(notice => notice.body)).toEqual(expected)
    })

    it('loses and repeats nothing while its connections are cut in mid-message', async () => {
      const server = await serve(args)
      // A handshake takes about 1,600 bytes more before the first of an answer.
      let cut = server.url.startsWith('https') ? 2000 : 400
      const relay = await cuttingRelay(server.url, () => {
        cut += 37
        return cut
      })
      const after = await headCursor(server.url)
      const reader = await read(name, relay.url, { after, random: () => 0.002 })
      for (let i = 0; i < 40; i++) await publish(server.url, [{ text: 'x'.repeat(i * 5) }, i])
      await reader.until(r => relay.cuts() >= 5 || r.notices.length >= 80)
      relay.heal()
      await reader.until(has(80))
      expect(relay.cuts()).toBeGreaterThan(0)
      expect(seqs(reader)).toEqual(upTo(80))
      expect(reader.gaps).toEqual([])
    })

    it('tells a subscriber that comes back too late how many notices are gone', async () => {
      const { url } = await serve([...args, '--log-capacity', '10'])
      const after = await headCursor(url)
      await publish(url, upTo(50))
      const reader = await read(name, url, { after })
      await reader.until(has(10))
      expect(reader.gaps).toEqual([40])
      expect(seqs(reader)).toEqual(upTo(50, 41))
    })

    it('gives a cursor of another epoch everything that is held, and says that the loss is unknown', async () => {
      const { url } = await serve(args)
      await publish(url, upTo(5))
      const reader = await read(name, url, { after: 'elsewhere.17' })
      await reader.until(has(5))
      expect(reader.gaps).toEqual([null])
      expect(seqs(reader)).toEqual(upTo(5))
    })

    it('survives a restart of the server: told of the new epoch, then on with its notices', async () => {
      const first = await serve(args)
      const reader = await read(name, first.url, { random: () => 0.1 })
      await reader.until(isOpen)
      await publish(first.url, ['before'])
      await reader.until(has(1))
      await first.stop()
      const second = await serve(args, first.port)
      await publish(second.url, ['after'])
      await reader.until(has(2))
      expect(reader.notices.map(notice => notice.body)).toEqual(['before', 'after'])
      expect(reader.gaps).toEqual([null])
    })

    it('publishes over its own connection, if it takes publishes at all', async () => {
      const { url } = await serve(args)
      let publish: ((body: unknown) => void) | undefined
      const reader = await read(name, url, { onUpstream: send => (publish = send) })
      await reader.until(isOpen)
      const isTwoWay = name === 'websocket' || name === 'socket-io'
      expect(publish !== undefined).toBe(isTwoWay)
      const bodies = [{ text: 'é' }, null, 'a\nb']
      for (const body of bodies) publish?.(body)
      if (isTwoWay) await reader.until(({ notices }) => notices.length >= bodies.length)
      expect(reader.notices.map(({ body }) => body)).toEqual(isTwoWay ? bodies : [])
    })

    it('leaves no open socket once aborted', async () => {
      const { url } = await serve(args)
      const reader = await read(name, url)
      await reader.until(isOpen)
      const openNow = async (): Promise<number> => {
        const { transports } = (await (await fetch(`${url}/api/status`, { dispatcher })).json()) as {
          transports: Record<string, { open: number }>
        }
        return transports[name]!.open
      }
      // While it goes over from polling Socket.IO has a held poll, what it last posted on, and its WebSocket.
      expect([1, ...(name === 'socket-io' ? [2, 3] : [])]).toContain(await openNow())
      reader.stop()
      while ((await openNow()) > 0) await new Promise(resolve => setImmediate(resolve))
      const before = reader.notices.length
      await publish(url, [1])
      expect(reader.notices.length).toBe(before)
    })

    it("refuses for good, in the server's words, a cursor that is malformed", async () => {
      const { url } = await serve(args)
      const reasons: (string | undefined)[] = []
      const reader = await read(name, url, { after: 'not a cursor', onState: (_state, reason) => reasons.push(reason) })
      while (reasons.filter(Boolean).length === 0) await new Promise(resolve => setImmediate(resolve))
      expect(reasons.filter(Boolean).join()).toMatch(/"after" must be a cursor|400/)
      reader.stop()
    })
  })
})

it('hands a cursor from any transport to any other in mid-stream and loses nothing', async () => {
  const { url } = await serve()
  let after = await headCursor(url)
  const all: Notice[] = []
  let published = 0
  for (const from of names) {
    for (const to of names) {
      for (const name of [from, to]) {
        const reader = await read(name, url, { after })
        await publish(url, upTo(7))
        published += 7
        await reader.until(has(3))
        reader.stop()
        all.push(...reader.notices)
        after = reader.cursor!
      }
    }
  }
  const rest = await read(names[0]!, url, { after })
  await rest.until(r => all.length + r.notices.length >= published)
  expect([...all, ...rest.notices].map(notice => notice.seq)).toEqual(upTo(published))
  expect(parseCursor(after)).toBeDefined()
})
