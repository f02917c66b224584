// Subscribers parted over several load processes, on a real server: the sum of them is as of one.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Agent, fetch } from 'undici'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { paths } from '../../server/protocol.ts'
import { processesFor } from './group.ts'
import { loadBody } from './schedule.ts'

// Only the compiled program has files that can be forked.
const compiled = (path: string): string => new URL(`../../dist/bench/${path}`, import.meta.url).href
const { startLoad } = (await import(compiled('load/group.js'))) as typeof import('./group.ts')
const { startServerProcess, tlsArgs } = (await import(
  compiled('machine/server-process.js')
)) as typeof import('../machine/server-process.ts')
const { startChild } = (await import(compiled('machine/child.js'))) as typeof import('../machine/child.ts')

const dispatcher = new Agent({ connect: { rejectUnauthorized: false } })
afterAll(() => dispatcher.close())

const order = {
  clients: 5,
  notices: 3,
  pollIntervalMs: 50,
  waitMs: 1000,
  seed: 1,
  headers: { recordedWith: '', request: {}, upgrade: {} },
}

describe('a group of load processes', () => {
  test.each([
    ['sse', false],
    ['short-polling', false],
    ['websocket', true],
    ['long-polling', true],
  ] as const)(
    'holds the subscribers of %s (over TLS: %s) as one would, and counts them together',
    async (transport, tls) => {
      const server = await startServerProcess(tlsArgs({ tls }))
      expect(new URL(server.url).protocol).toBe(tls ? 'https:' : 'http:')
      const load = startLoad(order.clients, 2)
      onTestFinished(async () => {
        await load.end()
        await server.end('SIGKILL')
      })
      expect(load.pids).toHaveLength(2)
      expect(await load.subscribe({ ...order, transport, baseUrls: [server.url] })).toBeGreaterThan(0)
      const startNs = process.hrtime.bigint()
      const intendedMs = Float64Array.from([0, 1, 2])
      const watched = load.watch({
        startNs,
        windowFromNs: startNs,
        windowToNs: startNs + 300_000_000n,
        intendedMs,
        floorEveryMs: 50,
      })
      for (const index of intendedMs) {
        const answer = await fetch(server.url + paths.notices, {
          dispatcher,
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: `{"body":${loadBody(index, 100)}}`,
        })
        expect(answer.status).toBe(201)
      }
      expect(await load.drain({ total: 3, timeoutMs: 5000 })).toBe(true)
      await watched
      expect((await load.live()).delivered).toBe(15)
      const report = await load.report({ from: 0, to: 3, intendedMs, appendedMs: intendedMs })
      expect(report.account).toMatchObject({ expected: 15, delivered: 15, lost: 0, duplicated: 0, outOfOrder: 0 })
      expect(report.account.latency.count).toBe(15)
      expect(report.account.spreadMs).toBeGreaterThan(0)
      expect(report.floor!.count).toBeGreaterThan(0)
      expect(report.use.cpuUs).toBeGreaterThan(0)
      expect(report.failures).toEqual([])
      expect(report.pollPhases?.count).toBe(transport === 'short-polling' ? 5 : undefined)
    },
  )

  test('has as many processes as there are cores beside the server’s, and none for a handful', () => {
    expect([1, 2, 8].map(cores => processesFor(10_000, cores))).toEqual([1, 1, 7])
    expect([20, 999, 1000, 2500].map(clients => processesFor(clients, 8))).toEqual([1, 1, 2, 5])
  })
})

test.runIf(process.platform === 'linux')(
  'a load process takes another client address where one has no more ports',
  async () => {
    const addresses: (string | undefined)[] = []
    const server = createServer(socket => {
      addresses.push(socket.remoteAddress)
      socket.on('error', () => {}).destroy()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const worker = startChild<import('./worker.ts').WorkerCalls>(new URL(compiled('load/worker.js')))
    onTestFinished(async () => {
      await worker.end('SIGKILL')
      await new Promise(resolve => server.close(resolve))
    })
    const subscribing = worker.call('subscribe', {
      ...order,
      transport: 'sse',
      baseUrls: [`http://127.0.0.1:${(server.address() as AddressInfo).port}`],
      share: { from: 2, to: 5 },
      portsPerAddress: 4,
    })
    subscribing.catch(() => {})
    await expect.poll(() => new Set(addresses)).toEqual(new Set(['127.0.0.1', '127.0.0.2']))
  },
)
