// Arrivals: how long, and how many bytes, from a subscriber's first packet to its first notice, anew and after a cut.
import type { Cell } from '../../results/cell.ts'
import { derivedSeed } from '../../results/random.ts'
import { blankCell } from '../blank-cell.ts'
import { countsOf } from '../counts.ts'
import { type LinkProcess, startLinkProcess } from '../link/process.ts'
import type { ArrivalCalls } from '../load/arrivals.ts'
import { startPublisher } from '../load/publisher-process.ts'
import { startChild } from '../machine/child.ts'
import { pin } from '../machine/cores.ts'
import { type ServerUnderTest, serverArgsOf, startServerProcess } from '../machine/server-process.ts'
import { type DriverOrder, type KindDriver, onTransport, unlessDead, unlessStopped } from './kind.ts'

const ARRIVALS = new URL('../load/arrivals.js', import.meta.url)

/** One cell. Throws ExitError 4 where the server dies, and what `signal` was aborted with. */
export async function measureConnect(order: DriverOrder): Promise<Cell> {
  const { scenario, transport, round, headers, signal } = order
  signal.throwIfAborted()
  const cell = blankCell({
    scenario: scenario.id,
    transport,
    round,
    order: order.order,
    startedAt: new Date().toISOString(),
  })
  const { publisher } = await startPublisher()
  const worker = startChild<ArrivalCalls>(ARRIVALS)
  let server: ServerUnderTest | undefined
  let link: LinkProcess | undefined

  const measure = async (server: ServerUnderTest): Promise<Cell> => {
    const open = async (listenPort = 0): Promise<LinkProcess> => {
      const { hostname, port } = new URL(server.url)
      const opened = await startLinkProcess({
        target: { host: hostname, port: Number(port) },
        listenPort,
        rttMs: scenario.rttMs,
        seed: derivedSeed(order.seed, scenario.id, round, 'link'),
      })
      await pin(opened.pid, 'load')
      return opened
    }
    const bytes = async (): Promise<number> => {
      const { bytesIn, bytesOut } = countsOf(await server.status(), transport)
      return bytesIn + bytesOut
    }
    const publish = async (): Promise<void> => {
      const { failures } = await publisher.call('publish', {
        intendedMs: new Float64Array(1),
        ratePerSecond: 1,
        bodyBytes: scenario.bodyBytes,
        socketPath: server.socketPath,
        startNs: process.hrtime.bigint(),
      })
      if (failures.length > 0) throw new Error(`the notice was not published: ${failures.join('; ')}`)
    }
    const begunMs = performance.now()
    await publish()
    link = await open()
    const { port } = link
    const atRest = await bytes()
    const cold = await worker.call('come', {
      transport,
      baseUrl: `http://127.0.0.1:${port}`,
      clients: scenario.clients,
      pollIntervalMs: scenario.pollIntervalMs,
      waitMs: scenario.waitMs,
      socketIoOver: scenario.socketIoOver,
      headers,
    })
    // At once: what a subscriber sends next is half a round trip away from the server.
    const coldBytes = (await bytes()) - atRest
    await link.close()
    await publish()
    const next = worker.call('next', null)
    next.catch(() => {})
    const atCut = await quiet(bytes)
    link = await open(port)
    const resumed = await next
    const resumedBytes = (await bytes()) - atCut
    const perClient = (bytes: number): number => bytes / scenario.clients
    return {
      ...cell,
      windowMs: performance.now() - begunMs,
      published: 2,
      expected: 2 * scenario.clients,
      delivered: 2 * scenario.clients,
      first: {
        cold: { ...cold, bytes: perClient(coldBytes) },
        resumed: { ...resumed, bytes: perClient(resumedBytes) },
      },
    }
  }

  let measuring: Promise<Cell> | undefined
  try {
    server = await startServerProcess(serverArgsOf(scenario))
    await Promise.all([pin(server.process.pid!, 'server'), pin(worker.process.pid!, 'load')])
    measuring = measure(server)
    return await unlessStopped(unlessDead(measuring, server), signal)
  } finally {
    await worker.end('SIGKILL')
    await publisher.end('SIGKILL')
    await server?.end('SIGKILL')
    // Without them it fails at its next step; a link that it was just opening is there to be closed then.
    await measuring?.catch(() => {})
    await link?.close()
  }
}

/** A count once it has stood still: the server may still be reading what was sent before the cut. */
async function quiet(count: () => Promise<number>): Promise<number> {
  for (let last = await count(); ; ) {
    await new Promise(resolve => setTimeout(resolve, 5))
    const now = await count()
    if (now === last) return now
    last = now
  }
}

export const kind = { measure: onTransport(measureConnect) } satisfies KindDriver
