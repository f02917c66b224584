// A whole class on the real engine: every phone has every notice, and whoever looks on costs no more memory than it reads.
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { clientTransports } from '../../client/transports/index.ts'
import { type DemoEvent, demoPaths, type Telemetry } from '../../server/demo/wire.ts'
import type { Child } from '../machine/child.ts'
import type { PhonesCalls } from './phones-worker.ts'

// Compiled, as they are run: their children are files of the build.
const built = (path: string) => new URL(`../../dist/bench/${path}.js`, import.meta.url)
const { startEngine } = (await import(built('demo/engine').href)) as typeof import('./engine.ts')
const { startChild } = (await import(built('machine/child').href)) as typeof import('../machine/child.ts')

const PHONES = 25
const FOR_MS = 20_000
const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

test('twenty-five phones lose nothing in twenty seconds, and the log that pages wait for stays small', async () => {
  const log: DemoEvent[] = []
  const engine = await startEngine({
    host: '127.0.0.1',
    port: 0,
    origins: port => [`http://127.0.0.1:${port}`],
    seed: 7,
    onEvents: events => log.push(...events),
  })
  stops.push(engine.end)
  const phones: Child<PhonesCalls> = startChild<PhonesCalls>(built('demo/phones-worker'))
  stops.push(() => phones.end('SIGKILL'))
  const baseUrl = `http://127.0.0.1:${engine.port}`
  const accounts = () => phones.call('accounts', null)
  const published = (): number =>
    log.reduce((last, event) => (event.kind === 'publish' ? Math.max(last, event.seq + event.count - 1) : last), 0)

  await engine.act({ action: 'knobs', ratePerSecond: 0, pollIntervalMs: 500, rttMs: 50, clients: 1 })
  await phones.call('join', { baseUrl, code: engine.code, phones: PHONES })
  // Each has its place in the stream once it has a notice.
  const haveOne = async (): Promise<number> => {
    await engine.act({ action: 'publish', count: 1 })
    return (await accounts()).filter(({ delivered }) => delivered > 0).length
  }
  await expect.poll(haveOne, { timeout: 10_000, interval: 300 }).toBe(PHONES)
  const seqs = async () => [...new Set((await accounts()).map(({ seq }) => seq))]
  const before = published()
  await expect.poll(seqs, { timeout: 10_000 }).toEqual([before])
  const begun = (await accounts()).map(({ delivered }) => delivered)

  const page = new WebSocket(`${baseUrl.replace('http', 'ws')}${demoPaths.telemetry}`)
  stops.push(() => page.terminate())
  const told: DemoEvent[] = []
  let longestBytes = 0
  page.on('message', data => {
    longestBytes = Math.max(longestBytes, (data as Buffer).length)
    told.push(...(JSON.parse(String(data)) as Telemetry).events)
  })
  await once(page, 'open')

  await engine.act({ action: 'knobs', ratePerSecond: 5 })
  await expect
    .poll(() => log.at(-1)!.t, { timeout: FOR_MS + 10_000, interval: 200 })
    .toBeGreaterThan(log.at(-1)!.t + FOR_MS)
  await engine.act({ action: 'knobs', ratePerSecond: 0 })

  const last = published()
  expect(last - before).toBeGreaterThan(50)
  await expect.poll(seqs, { timeout: 10_000 }).toEqual([last])
  for (const [index, { transport, delivered, lost }] of (await accounts()).entries())
    expect({ transport, delivered: delivered - begun[index]!, lost }).toEqual({
      transport,
      delivered: last - before,
      lost: 0,
    })
  const crowds = Object.keys(clientTransports).map(
    name =>
      told.findLast(event => event.kind === 'phones')!.phones.filter(({ transport }) => transport === name).length,
  )
  expect(crowds).toEqual(crowds.map(() => PHONES / crowds.length))

  // The page that reads has had everything; phones tell nothing more often than once a second.
  expect(page.readyState).toBe(WebSocket.OPEN)
  await expect
    .poll(() => told.filter(({ kind }) => kind === 'publish').length, { timeout: 5000 })
    .toBeGreaterThanOrEqual(last - before - 1)
  expect(told.filter(({ kind }) => kind === 'phones').length).toBeLessThanOrEqual(FOR_MS / 1000 + 15)
  expect(longestBytes).toBeLessThan(256 * 1024)
}, 60_000)
