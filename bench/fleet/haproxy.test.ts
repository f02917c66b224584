// A server behind HAProxy, as browsers on another host name reach it.

import { request } from 'undici'
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
  const [port] = await freePorts(1)
  const server = await startServer(parseServerOptions(['--port', String(port), ...args], {}) as ServerOptions)
  stops.push(server.stop)
  const servers = [{ name: 'server-1', address: `127.0.0.1:${port}` }]
  const balancer = await startHaproxy({ servers, isSticky: false, maxConnections: 100 })
  stops.push(balancer.end)
  return balancer
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
