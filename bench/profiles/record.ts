// Records the request headers that a real Chromium sends, for the header profile `browser`: node dist/bench/profiles/record.js
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { launchChromium } from '../machine/installed-chromium.ts'
import { type HeaderProfile, RECORDED_ORIGIN } from './profile.ts'

/** What the client's own networking writes for each connection, so it is no part of a profile. */
const perConnection = /^(host|connection|upgrade|sec-websocket-.*)$/i

const headersOf = ({ rawHeaders }: IncomingMessage): Record<string, string> => {
  const headers: Record<string, string> = {}
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (!perConnection.test(rawHeaders[i]!)) headers[rawHeaders[i]!] = rawHeaders[i + 1]!
  return headers
}

async function record(): Promise<void> {
  const seen = new Map<string, IncomingMessage>()
  const server = createServer((req, res) => {
    seen.set(req.url!, req)
    res.setHeader('content-type', 'text/html').end('<!doctype html>')
  })
  server.on('upgrade', (req, socket) => {
    seen.set(req.url!, req)
    socket.destroy()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const browser = await launchChromium()
  const version = browser.version()
  const page = await browser.newPage()
  await page.goto(`${origin}/`)
  await page.evaluate(async () => {
    await fetch('/request')
    await new Promise(resolve => (new WebSocket(`${location.origin.replace('http', 'ws')}/upgrade`).onclose = resolve))
  })
  await browser.close()
  server.close()
  const profile: HeaderProfile = {
    recordedWith: `Chromium ${version}`.trim(),
    // The port is the recording's; what stands in its place has the length of a usual one.
    request: replaceOrigin(headersOf(seen.get('/request')!), origin),
    upgrade: replaceOrigin(headersOf(seen.get('/upgrade')!), origin),
  }
  const file = fileURLToPath(new URL('../../../bench/profiles/browser.json', import.meta.url))
  await writeFile(file, `${JSON.stringify(profile, null, 2)}\n`)
  console.log(`${file}: ${profile.recordedWith}`)
}

const replaceOrigin = (headers: Record<string, string>, origin: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      value.replaceAll(origin, RECORDED_ORIGIN).replaceAll('HeadlessChrome', 'Chrome'),
    ]),
  )

await record()
