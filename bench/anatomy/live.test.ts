// Captures as they are taken live: a real Chromium that runs the page's own code through the tap of a real engine, on every transport.
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { bytesOf, type Capture, captureOf, sizeOf } from '../../client/anatomy/capture.ts'
import { type Handshake, handshakes, steps } from '../../client/anatomy/tries.ts'
import { latin1, textOf } from '../../client/codecs/bytes.ts'
import { decodeConnection, totalsOf } from '../../client/codecs/conversation.ts'
import { clientTransports } from '../../client/transports/index.ts'
import { anatomyPaths } from '../../server/anatomy/wire.ts'
import { paths } from '../../server/protocol.ts'
import { launchChromium } from '../machine/installed-chromium.ts'
import type { AnatomyOrder } from './engine.ts'
import type { AnatomyPage } from './page.ts'
import { ofFrames, plan, publications } from './plan.ts'

/** As it is installed: it starts further programs. */
const compiled = <Module>(path: string): Promise<Module> =>
  import(new URL(`../../dist/bench/${path}`, import.meta.url).href)

let browser: Browser
let script: string
const ends: (() => unknown)[] = []

beforeAll(async () => {
  const { pageScript } = await compiled<typeof import('../machine/chromium.ts')>('machine/chromium.js')
  script = await pageScript(new URL('../../dist/bench/anatomy/page.js', import.meta.url))
  browser = await launchChromium({ trustsAll: true })
})
afterAll(() => browser?.close())
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function engine(more: Partial<AnatomyOrder> = {}) {
  const { startAnatomy } = await compiled<typeof import('./engine.ts')>('anatomy/engine.js')
  const engine = await startAnatomy({ port: 0, tls: false, ...more })
  return engine
}

/** A page of the engine's server, with the code of the anatomy in it. */
async function pageOf(origin: string) {
  const page = await browser.newPage()
  await page.goto(origin + anatomyPaths.page, { waitUntil: 'networkidle' })
  await page.evaluate(script)
  // Of another program of this machine, say: cookies know no ports.
  await page.context().addCookies([{ name: 'secret', value: 'of-somebody', url: origin }])
  return {
    close: () => page.close(),
    /** Its capture has begun: it has a WebSocket. */
    subscribes: () => page.waitForEvent('websocket'),
    capture: async (name: string): Promise<Capture> =>
      captureOf(
        await page.evaluate(
          name => (globalThis as typeof globalThis & { anatomy: AnatomyPage }).anatomy.capture(name),
          name,
        ),
      ),
  }
}

async function captureOn(transport: string, tls = false): Promise<Capture> {
  const { origin, end } = await engine({ tls })
  try {
    const page = await pageOf(origin)
    const capture = await page.capture(transport)
    await page.close()
    return capture
  } finally {
    await end()
  }
}

const post = async (url: string, body: object) => {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, said: (await answer.json()) as Record<string, unknown> }
}

const textsOf = (values: readonly unknown[]) => values.map(value => (value as { text: string }).text)

// One after the other: beside four more a page may be connected only after what it is to be told first.
describe('a capture in Chromium', () => {
  test.each(Object.keys(clientTransports))(
    'on %s has every byte that the server counted, and all that happened',
    async transport => {
      const capture = await captureOn(transport)
      expect(capture).toMatchObject({ transport, isSecure: false, client: expect.stringMatching(/^Chromium \d+$/) })
      expect(capture.counted).toEqual(sizeOf(capture))
      const conversations = capture.connections.map(({ chunks }) => decodeConnection(chunks))
      expect(conversations.map(({ broken }) => broken)).toEqual(conversations.map(() => ({})))
      const { upBytes, downBytes } = totalsOf(conversations)
      expect({ upBytes, downBytes }).toEqual(capture.counted)

      expect(capture.redacted).toEqual(['Cookie'])
      const sent = capture.connections.map(connection => latin1(bytesOf(connection, 'up'))).join('')
      expect(sent).toMatch(/\r\nCookie: x+\r\n/)
      expect(sent).not.toContain('of-somebody')

      const messages = conversations.flatMap(({ messages }) => messages)
      // The page's own publish is a notice, too.
      const told = [...textsOf(publications.flatMap(({ bodies }) => bodies)), ...textsOf([plan.upstream.body])]
      const got = messages.filter(({ way }) => way === 'down').flatMap(({ seqs }) => seqs)
      expect(new Set(got).size).toBe(told.length)
      expect(capture.published.length).toBe(told.length - 1)
      const carried = (way: 'up' | 'down') =>
        messages
          .flatMap(message => (message.way === way && message.content ? [textOf(message.content)] : []))
          .join('\n')
      for (const text of told) expect(carried('down')).toContain(text)
      expect(carried('up')).toContain(textsOf([plan.upstream.body])[0])
      // Nothing came for a while, and that shows.
      expect(messages.some(({ kind }) => kind === 'heartbeat' || kind === 'empty answer')).toBe(true)
      // Fresh connections, and nothing on them that is not the transport's.
      const asked = messages.flatMap(({ head }) => (head?.method ? [head.target.split('?')[0]] : []))
      const allowed = [`/api/${transport}`, `/api/${transport}/`, paths.notices]
      expect(asked.filter(target => !allowed.includes(target!))).toEqual([])
      for (const { chunks } of capture.connections) expect(latin1(chunks[0]!.bytes)).toMatch(/^(GET|POST) \/api\//)
    },
  )

  test('of TLS has records, as many bytes as the server counted', async () => {
    const capture = await captureOn(ofFrames, true)
    expect(capture).toMatchObject({ transport: ofFrames, isSecure: true })
    expect(capture.counted).toEqual(sizeOf(capture))
    // A record's type and version (RFC 8446 §5.1): a handshake, and nothing that can be read.
    for (const { chunks } of capture.connections) expect([...chunks[0]!.bytes.subarray(0, 2)]).toEqual([22, 3])
    const all = capture.connections.flatMap(({ chunks }) => chunks.map(({ bytes }) => latin1(bytes))).join('')
    expect(all).not.toMatch(/HTTP\/1|"seq"/)
  })
})

describe('a capture', () => {
  test('is refused where another one is under way, which is taken to its end', async () => {
    const { origin, end } = await engine()
    ends.push(end)
    const [first, second] = [await pageOf(origin), await pageOf(origin)]
    ends.push(first.close, second.close)
    const subscribes = first.subscribes()
    const capturing = first.capture(ofFrames)
    await subscribes
    await expect(second.capture(ofFrames)).rejects.toThrow(/a capture of \S+ is under way, and there is one at a time/)
    const capture = await capturing
    expect(capture.counted).toEqual(sizeOf(capture))
  })

  test('whose page vanishes ends by itself, and the next one can begin', async () => {
    const { origin, end } = await engine({ lastsMs: 700 })
    ends.push(end)
    const page = await pageOf(origin)
    const subscribes = page.subscribes()
    const lost = page.capture(ofFrames).catch((error: Error) => error)
    await subscribes
    await page.close()
    expect(await lost).toBeInstanceOf(Error)
    const begin = async () => (await post(origin + anatomyPaths.captures, { transport: ofFrames })).status
    await expect.poll(begin, { timeout: 5000, interval: 25 }).toBe(201)
    await expect
      .poll(async () => (await post(origin + anatomyPaths.end, {})).said.detail, { timeout: 5000, interval: 300 })
      .toMatch(/^no capture is under way/)
  })
})

describe('a handshake', () => {
  test('that is right is accepted; each wrong one gets what the standard says', async () => {
    const { try: send, end } = await engine()
    ends.push(end)
    const answers: Record<string, unknown> = {}
    for (const step of steps) {
      const { connection } = await send(step)
      const { messages, broken } = decodeConnection(connection.chunks)
      const { thenSends }: Handshake = handshakes[step]
      const codes = messages.flatMap(({ way, kind, content }) =>
        way === 'down' && kind === 'close' && content ? [content[0]! * 256 + content[1]!] : [],
      )
      answers[step] = [messages.find(({ way }) => way === 'down')?.head?.status, ...codes]
      // A frame without a mask is what the server refuses, and the codec too.
      expect([step, Object.keys(broken)]).toEqual([step, thenSends ? ['up'] : []])
    }
    expect(answers).toEqual({
      right: [101, 1000],
      version: [426],
      'no-version': [426],
      'no-key': [400],
      'short-key': [400],
      method: [405],
      'no-upgrade': [426],
      'no-connection': [426],
      origin: [403],
      unmasked: [101, 1002],
    })
  })
})
