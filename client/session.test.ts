import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { encodeEvent, encodeNotice, encodePosition } from '../server/protocol.ts'
import { nodeNetwork } from './network/node.ts'
import { freePort, type Recorder, record, scriptedServer } from './scripted-server.fixture.ts'
import { retryRule, silence } from './session.ts'
import { subscribe } from './transports/sse.ts'
import type { Network, Subscription, Surroundings } from './transports/transport.ts'

// Real connections under a clock that only the test moves.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function follow(options: Partial<Subscription> & { baseUrl: string }) {
  const recorder = record(subscribe, { random: () => 0.5, ...options })
  onTestFinished(recorder.stop)
  return recorder
}

/** The announced delays of the retries from number `from` up to `to`, each of which is waited out. */
async function delays(recorder: Recorder, to: number, from = 0): Promise<number[]> {
  const retries = () => recorder.states.filter(([state, reason]) => state === 'connecting' && reason !== undefined)
  const seen: number[] = []
  for (let index = from; index < to; index++) {
    await recorder.until(() => retries().length > index)
    const delayMs = Number(/next attempt in (\d+) ms$/.exec(retries()[index]![1]!)?.[1])
    const sent = recorder.tally.requests
    vi.advanceTimersByTime(delayMs - 1)
    expect(recorder.tally.requests).toBe(sent)
    vi.advanceTimersByTime(1)
    expect(recorder.tally.requests).toBe(sent + 1)
    seen.push(delayMs)
  }
  return seen
}

async function serve(onRequest: (write: (text: string) => void, cut: () => void, index: number) => void) {
  const server = await scriptedServer({
    http(request, response, index) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      onRequest(
        text => response.write(text),
        () => request.socket.destroy(),
        index,
      )
    },
  })
  onTestFinished(server.close)
  return server
}

const hello = encodeEvent('e.0', encodePosition('e.0', 0), 'hello')

describe('retries', () => {
  test('follow full jitter from 250 ms, doubling up to 10 s', async () => {
    const baseUrl = `http://127.0.0.1:${await freePort()}`
    expect(await delays(follow({ baseUrl }), 8)).toEqual([125, 250, 500, 1000, 2000, 4000, 5000, 5000])
    expect(await delays(follow({ baseUrl, random: () => 0.999 }), 7)).toEqual([250, 500, 999, 1998, 3996, 7992, 9990])
  })

  test.each([
    ['3', 3125],
    ['0', 125],
    ['86400', retryRule.capMs + 125],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 125],
    ['-1', 125],
  ])('come no sooner than Retry-After: %s says, within limits', async (value, expectedMs) => {
    const server = await scriptedServer({
      http: (_, response) => void response.writeHead(503, { 'retry-after': value }).end(),
    })
    onTestFinished(server.close)
    expect(await delays(follow({ baseUrl: server.baseUrl }), 1)).toEqual([expectedMs])
  })

  test('begin anew after the first notice', async () => {
    const server = await serve((write, cut, index) => {
      if (index === 2) write(`${hello}${encodeEvent('e.1', encodeNotice(1, 1, '1'))}`)
      else cut()
    })
    const seen = follow({ baseUrl: server.baseUrl })
    expect(await delays(seen, 2)).toEqual([125, 250])
    await seen.until(() => seen.notices.length === 1)
    for (const socket of server.connections) socket.destroy()
    expect(await delays(seen, 4, 2)).toEqual([125, 250])
  })

  test('go on growing after a connection that opened but did not last, and begin anew after 5 s open', async () => {
    const server = await serve(write => write(hello))
    const seen = follow({ baseUrl: server.baseUrl })
    const opened = (times: number) => seen.until(() => seen.events.filter(event => event === 'open').length === times)
    const cut = () => {
      for (const socket of server.connections) socket.destroy()
    }
    const announced = () => /next attempt in (\d+) ms$/.exec(seen.states.at(-1)![1] ?? '')?.[1]
    const found: (string | undefined)[] = []
    for (const [index, openMs] of [0, 4999, 5000, 0].entries()) {
      await opened(index + 1)
      vi.advanceTimersByTime(openMs)
      cut()
      await seen.until(() => seen.states.at(-1)![0] === 'connecting')
      found.push(announced())
      vi.advanceTimersByTime(Number(announced()))
    }
    expect(found).toEqual(['125', '250', '125', '250'])
  })
})

/** Node's network, in surroundings of which the test tells. */
function surrounded() {
  let tell: (what: Surroundings) => void = () => {}
  const network: Network = {
    connect: baseUrl => ({
      ...nodeNetwork().connect(baseUrl),
      onSurroundings(listener) {
        tell = listener
      },
    }),
  }
  return { network, tell: (what: Surroundings) => tell(what) }
}

describe('surroundings', () => {
  async function waiting(status = 503, headers: Record<string, string> = {}) {
    const server = await scriptedServer({ http: (_, response) => void response.writeHead(status, headers).end() })
    onTestFinished(server.close)
    const { network, tell } = surrounded()
    const seen = follow({ baseUrl: server.baseUrl, network })
    return { seen, tell }
  }

  test.each(['network', 'view'] as const)('a change of the %s brings a waiting retry forward', async what => {
    const { seen, tell } = await waiting()
    await delays(seen, 5)
    await seen.until(() => seen.states.length === 7)
    vi.advanceTimersByTime(1000)
    expect(seen.tally.requests).toBe(6)
    tell(what)
    vi.advanceTimersByTime(retryRule.baseMs)
    expect(seen.tally.requests).toBe(7)
  })

  test('never bring it forward of Retry-After', async () => {
    const { seen, tell } = await waiting(503, { 'retry-after': '3' })
    await seen.until(() => seen.states.length === 2)
    vi.advanceTimersByTime(2000)
    tell('network')
    vi.advanceTimersByTime(999)
    expect(seen.tally.requests).toBe(1)
    vi.advanceTimersByTime(126)
    expect(seen.tally.requests).toBe(2)
  })

  test('that change all the time cause an attempt a second at most', async () => {
    const { seen, tell } = await waiting()
    await delays(seen, 6)
    for (const more of [1, 2, 3]) {
      await seen.until(() => seen.states.length === 7 + more)
      for (let ms = 0; ms < 700; ms += 50) {
        tell('network')
        vi.advanceTimersByTime(50)
      }
      expect(seen.tally.requests).toBe(6 + more)
      vi.advanceTimersByTime(300 + retryRule.baseMs / 2)
      expect(seen.tally.requests).toBe(7 + more)
    }
  })

  test('whose network changed must bring something within 5 s, or the connection counts as cut', async () => {
    const written: ((text: string) => void)[] = []
    const server = await serve(write => {
      written.push(write)
      write(hello)
    })
    const { network, tell } = surrounded()
    const seen = follow({ baseUrl: server.baseUrl, network })
    await seen.until(() => seen.events.includes('open'))
    vi.advanceTimersByTime(10_000)
    tell('network')
    vi.advanceTimersByTime(1000)
    written[0]!(encodeEvent('e.1', encodeNotice(1, 1, '1')))
    await seen.until(() => seen.notices.length === 1)
    vi.advanceTimersByTime(silence.streamMs - 1)
    expect(seen.events).toEqual(['connecting', 'open', '1'])
    tell('view')
    expect(seen.events).toHaveLength(3)
    vi.advanceTimersByTime(1)
    expect(seen.states.at(-1)![1]).toContain('nothing arrived for 35 s')
    vi.advanceTimersByTime(125)
    await seen.until(() => seen.events.at(-1) === 'open')
    tell('network')
    vi.advanceTimersByTime(3000)
    // Again and again, it is not put off.
    tell('network')
    vi.advanceTimersByTime(2000)
    expect(seen.states.at(-1)![1]).toContain('nothing arrived for 5 s after the network changed')
  })
})

describe('the signal', () => {
  test('is listened to once for any number of subscribers, stops them all, and is let go of', async () => {
    const server = await serve(write => write(hello))
    const controller = new AbortController()
    const many = Array.from({ length: 20 }, () => follow({ baseUrl: server.baseUrl, signal: controller.signal }))
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    for (const each of many) await each.until(() => each.events.includes('open'))
    controller.abort()
    expect(many.map(each => each.events.at(-1))).toEqual(many.map(() => 'closed'))
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    expect(vi.getTimerCount()).toBe(0)
    await server.drained()
  })

  test('is let go of by subscriptions that end by themselves', async () => {
    const server = await scriptedServer({ http: (_, response) => void response.writeHead(404).end() })
    onTestFinished(server.close)
    const controller = new AbortController()
    const both = [0, 1].map(() => follow({ baseUrl: server.baseUrl, signal: controller.signal }))
    for (const each of both) await each.closed()
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    expect(vi.getTimerCount()).toBe(0)
    controller.abort()
    expect(both.map(each => each.events.filter(event => event === 'closed').length)).toEqual([1, 1])
  })
})
