// Clients that know nothing of this project but server/README.md, "Protocol": curl, and a browser's own EventSource, fetch and WebSocket.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../bench/machine/installed-chromium.ts'
import { type RunningServer, startServer } from '../server/app.ts'
import { parseServerOptions } from '../server/command-line.ts'
import type { ServerOptions } from '../server/options.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function serve(port = 0): Promise<RunningServer> {
  const server = await startServer(parseServerOptions(['--port', String(port)], {}) as ServerOptions)
  stops.push(server.stop)
  return server
}

async function open(url: string): Promise<Page> {
  const page = await browser.newPage()
  stops.push(() => page.close())
  await page.goto(`${url}/healthz`)
  return page
}

const curl = async (...args: string[]): Promise<string> => (await promisify(execFile)('curl', ['-s', ...args])).stdout

describe('curl', () => {
  it('publishes, polls, waits and streams', async () => {
    const { url, log } = await serve()
    const json = ['-H', 'content-type: application/json']
    expect(JSON.parse(await curl(...json, '-d', '{"body":"hello"}', `${url}/api/notices`))).toEqual({
      cursor: `${log.epoch}.1`,
      seqs: [1],
    })
    const polled = JSON.parse(await curl(`${url}/api/short-polling?after=earliest`))
    expect(polled.notices[0].body).toBe('hello')
    const waiting = curl(`${url}/api/long-polling?after=${polled.cursor}`)
    const streaming = curl('-N', '--max-time', '1', `${url}/api/sse?after=earliest`).catch(
      (error: { stdout: string }) => error.stdout,
    )
    await curl(...json, '-d', '{"body":"again"}', `${url}/api/notices`)
    expect(JSON.parse(await waiting).notices[0].body).toBe('again')
    expect(await streaming).toMatch(/event: hello\n[\s\S]*"hello"[\s\S]*"again"/)
  })
})

describe("a browser's own", () => {
  it('EventSource delivers, reconnects by itself after a restart, and is told of the new epoch', async () => {
    const first = await serve()
    const page = await open(first.url)
    await page.evaluate(() => {
      const seen: string[] = []
      const source = new EventSource('/api/sse')
      source.addEventListener('hello', event => seen.push(`hello ${JSON.parse(event.data).missed}`))
      source.addEventListener('message', event => seen.push(JSON.parse(event.data).body))
      Object.assign(globalThis, { seen, source })
    })
    const seen = (count: number) =>
      page
        .waitForFunction(count => (globalThis as unknown as { seen: string[] }).seen.length >= count, count)
        .then(handle => handle.evaluate(() => (globalThis as unknown as { seen: string[] }).seen))
    await seen(1)
    await fetch(`${first.url}/api/notices`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"body":"one"}',
    })
    await seen(2)
    await first.stop()
    const second = await serve(first.port)
    await fetch(`${second.url}/api/notices`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"body":"two"}',
    })
    expect(await seen(4)).toEqual(['hello 0', 'one', 'hello null', 'two'])
  })

  it('WebSocket delivers, publishes, and resumes by the cursor it may compose', async () => {
    const { url } = await serve()
    const page = await open(url)
    const got = await page.evaluate(async () => {
      const listen = (query: string, count: number) =>
        new Promise<unknown[]>(resolve => {
          const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/api/websocket${query}`)
          const frames: unknown[] = []
          socket.onopen = () => {
            if (query === '') for (const body of ['a', 'b']) socket.send(JSON.stringify({ publish: body, ref: body }))
          }
          socket.onmessage = event => {
            frames.push(JSON.parse(event.data))
            if (frames.length === count) {
              socket.close()
              resolve(frames)
            }
          }
        })
      const first = (await listen('', 5)) as { cursor?: string; seq?: number; body?: string; ref?: string }[]
      const epoch = first[0]!.cursor!.split('.')[0]
      const notices = first.filter(frame => frame.body !== undefined)
      const again = await listen(`?after=${epoch}.${notices[0]!.seq}`, 2)
      return { first, again }
    })
    expect(got.first[0]).toEqual({ cursor: expect.stringMatching(/\.0$/), missed: 0 })
    expect(got.first.filter(frame => frame.ref !== undefined)).toEqual([
      { ref: 'a', seq: 1 },
      { ref: 'b', seq: 2 },
    ])
    expect(got.again).toEqual([
      { cursor: expect.stringMatching(/\.1$/), missed: 0 },
      { seq: 2, at: expect.any(Number), body: 'b' },
    ])
  })

  it('fetch polls, short and long', async () => {
    const { url } = await serve()
    const page = await open(url)
    const bodies = await page.evaluate(async () => {
      const { cursor } = await (await fetch('/api/short-polling')).json()
      const held = fetch(`/api/long-polling?after=${cursor}`).then(answer => answer.json())
      await fetch('/api/notices', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"body":"x"}',
      })
      return [
        (await held).notices[0].body,
        (await (await fetch(`/api/short-polling?after=${cursor}`)).json()).notices[0].body,
      ]
    })
    expect(bodies).toEqual(['x', 'x'])
  })
})
