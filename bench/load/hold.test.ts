// The load process that holds connections, as it is run: compiled, with the real server.
import { readFile } from 'node:fs/promises'
import { Client } from 'undici'
import { afterEach, expect, test } from 'vitest'
import type { HoldCalls } from './hold.ts'

const compiled = (name: string) => new URL(`../../dist/bench/${name}.js`, import.meta.url)
const { startServerProcess } = (await import(
  compiled('machine/server-process').href
)) as typeof import('../machine/server-process.ts')
const { startChild } = (await import(compiled('machine/child').href)) as typeof import('../machine/child.ts')
const { requestText } = (await import(
  compiled('contestants/requests').href
)) as typeof import('../contestants/requests.ts')

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function start(...args: string[]) {
  const server = await startServerProcess(args)
  ends.push(() => server.end('SIGKILL'))
  const load = startChild<HoldCalls>(compiled('load/hold'))
  ends.push(() => load.end('SIGKILL'))
  const request = requestText({ kind: 'frames', path: '/api/websocket' })
  const open = (addresses: string[], wanted: number) =>
    load.call('open', {
      origin: server.url,
      request,
      addresses,
      ports: [40_001, 40_002, 40_003],
      toTheLast: addresses.length,
      wanted,
      forMs: 20_000,
    })
  return { server, load, open }
}

/** Of IPv4 sockets with that local address, how many are in which state (6 = TIME_WAIT). */
async function statesOf(address: string): Promise<Record<string, number>> {
  const hex = address
    .split('.')
    .reverse()
    .map(part => Number(part).toString(16).toUpperCase().padStart(2, '0'))
    .join('')
  const states: Record<string, number> = {}
  for (const line of (await readFile('/proc/net/tcp', 'utf8')).split('\n').slice(1)) {
    const [, local = '', , state = ''] = line.trim().split(/\s+/)
    if (local.startsWith(`${hex}:`)) states[state] = (states[state] ?? 0) + 1
  }
  return states
}

test('the next client address is taken where the system has no port for one, and where none is left that is said', async () => {
  const { load, open } = await start()
  // An address for documentation (RFC 5737) is nobody's: no port of it can be had.
  const report = await open(['192.0.2.1', '127.0.77.1'], 30)
  expect(report.addresses).toEqual([
    { opened: 0, isExhausted: true },
    { opened: 30, isExhausted: false },
  ])
  expect(report.endedBy).toBeUndefined()
  const { endedBy } = await open(['192.0.2.1'], 1)
  expect(endedBy).toMatch(/^no client address has a port left \(.*EADDRNOTAVAIL/)
  expect(await load.call('held', null)).toMatchObject({ open: 30, failures: [] })
})

test('held connections answer signs of life, count their notices, and leave no port behind once cut', async () => {
  const { server, load, open } = await start('--heartbeat-ms', '100')
  await open(['127.0.78.1'], 20)
  // Whoever did not answer the last sign of life is cut at the next.
  const beats = async () => (await server.status()).transports.websocket!.heartbeatBytes
  await expect.poll(beats, { timeout: 10_000 }).toBeGreaterThan(20 * 2 * 4)
  const control = new Client('http://localhost', { socketPath: server.socketPath })
  ends.push(() => control.destroy())
  for (const total of [1, 2]) {
    const { statusCode } = await control.request({
      path: '/api/notices',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"body":1}',
    })
    expect(statusCode).toBe(201)
    const untilNs = process.hrtime.bigint() + 10_000_000_000n
    const { reached, lastNs } = await load.call('received', { total, untilNs })
    expect(reached).toBe(20)
    expect(lastNs).toBeLessThan(process.hrtime.bigint())
  }
  expect(await load.call('received', { total: 3, untilNs: 0n })).toEqual({ reached: 0, lastNs: 0n })
  expect(await load.call('held', null)).toMatchObject({ open: 20, failures: [] })
  if (process.platform === 'linux') expect(await statesOf('127.0.78.1')).toEqual({ '01': 20 })
  await load.call('close', null)
  await expect.poll(async () => (await server.status()).transports.websocket!.open, { timeout: 10_000 }).toBe(0)
  if (process.platform === 'linux') expect(await statesOf('127.0.78.1')).toEqual({})
})

test('whoever is still opening connections when they are to be cut opens no more', async () => {
  const { load, open } = await start()
  const opening = open(['127.0.80.1'], 20_000)
  await expect.poll(async () => (await load.call('held', null)).open, { timeout: 10_000 }).toBeGreaterThan(50)
  await load.call('close', null)
  const report = await opening
  expect(report.addresses[0]!.opened).toBeLessThan(20_000)
  expect((await load.call('held', null)).open).toBe(0)
})

test('a server that is gone is told as why connections were closed', async () => {
  const { server, load, open } = await start()
  await open(['127.0.79.1'], 10)
  await server.end('SIGKILL')
  await expect.poll(async () => (await load.call('held', null)).open, { timeout: 10_000 }).toBe(0)
  expect((await load.call('held', null)).failures.length).toBeGreaterThan(0)
})
