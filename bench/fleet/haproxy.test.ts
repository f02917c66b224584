// A server behind HAProxy, as browsers on another host name reach it.

import { Client, request } from 'undici'
import { afterEach, expect, test } from 'vitest'
import { startServer } from '../../server/app.ts'
import { parseServerOptions } from '../../server/command-line.ts'
import type { ServerOptions } from '../../server/options.ts'
import { type Balancer, startHaproxy } from './haproxy.ts'
import { freePorts } from './program.ts'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function behindHaproxy(...args: string[]): Promise<Balancer> {
  return (await fleetOfOne(args)).balancer
}

async function fleetOfOne(args: readonly string[], namesClients = false) {
  const [port] = await freePorts(1)
  const server = await startServer(parseServerOptions(['--port', String(port), ...args], {}) as ServerOptions)
  stops.push(server.stop)
  const servers = [{ name: 'server-1', address: `127.0.0.1:${port}` }]
  const balancer = await startHaproxy({ servers, isSticky: false, namesClients, maxConnections: 100 })
  stops.push(balancer.end)
  return { server, balancer }
}

const statusAt = async ({ url }: Balancer, path: string, host?: string): Promise<number> => {
  const { statusCode, body } = await request(url + path, host === undefined ? {} : { headers: { host } })
  await body.dump()
  return statusCode
}

test("answers on the balancer's own name where --host-name says it, and its health to any", async () => {
  const named = await behindHaproxy('--host-name', 'lab.example')
  expect(await statusAt(named, '/api/status')).toBe(200)
  expect(await statusAt(named, '/api/status', 'lab.example')).toBe(200)
  expect(await statusAt(named, '/api/status', 'evil.example')).toBe(421)
  const unnamed = await behindHaproxy()
  expect(await statusAt(unnamed, '/api/status', 'lab.example')).toBe(421)
  for (const path of ['/healthz', '/readyz']) expect(await statusAt(unnamed, path, 'lab.example')).toBe(200)
  // Its own checks find the server up all the while: it has gone on for several of them, 200 ms apart.
  for (let i = 0; i < 10; i++) {
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(await statusAt(unnamed, '/api/status')).toBe(200)
  }
})

test('limits what one client asks for and not the balancer, whatever that client says it is', async () => {
  const limits = ['--trust-proxy', '127.0.0.1', '--requests-per-second', '1']
  const { server, balancer } = await fleetOfOne(limits, true)
  // Not the address that is trusted.
  const client = new Client(balancer.url, { localAddress: '127.0.0.2' })
  stops.push(() => client.destroy())
  for (const claimed of ['203.0.113.1', '203.0.113.2, 203.0.113.3', '127.0.0.1', 'unknown', '203.0.113.4']) {
    const headers = { 'x-forwarded-for': claimed }
    const { statusCode, body } = await client.request({ path: '/api/time', method: 'GET', headers })
    await body.dump()
    expect([claimed, statusCode]).toEqual([claimed, claimed === '203.0.113.4' ? 429 : 200])
  }
  const { addresses, refused } = server.status().limits
  expect([addresses, refused.requests]).toEqual([1, 1])
  // Its checks come for itself.
  expect((await request(`${server.url}/healthz`)).statusCode).toBe(200)
})
