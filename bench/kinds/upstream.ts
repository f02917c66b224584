// Upstream: what a message from client to server costs in bytes and in the server's CPU.
import type { Cell } from '../../results/cell.ts'
import { blankCell } from '../blank-cell.ts'
import { countsOf, difference } from '../counts.ts'
import type { SenderCalls } from '../load/senders.ts'
import { startChild } from '../machine/child.ts'
import { pin } from '../machine/cores.ts'
import { type ServerUnderTest, startServerProcess } from '../machine/server-process.ts'
import { type DriverOrder, type KindDriver, onTransport, unlessDead, unlessStopped } from './kind.ts'

const SENDERS = new URL('../load/senders.js', import.meta.url)
/** Of a pong to each ping of 2 B that was counted. */
const PONG_TIMES = 3

/** One cell. Throws ExitError 4 where the server dies, and what `signal` was aborted with. */
export async function measureUpstream(order: DriverOrder): Promise<Cell> {
  const { scenario, transport, round, headers, signal } = order
  signal.throwIfAborted()
  const startedAt = new Date().toISOString()
  const worker = startChild<SenderCalls>(SENDERS)
  let server: ServerUnderTest | undefined
  const sendFor = (ms: number) =>
    worker.call('send', { untilNs: process.hrtime.bigint() + BigInt(Math.round(ms * 1e6)) })

  const measure = async (server: ServerUnderTest): Promise<Cell> => {
    await worker.call('open', { transport, baseUrl: server.url, bodyBytes: scenario.bodyBytes, headers })
    await sendFor(scenario.warmupMs)
    const before = await server.status(true)
    const begunMs = performance.now()
    const messages = await sendFor(scenario.windowMs)
    const windowMs = performance.now() - begunMs
    const after = await server.status()
    const counts = difference(countsOf(before, transport), countsOf(after, transport))
    // A transport without an upstream of its own posts, on a connection that is no transport's. What is left of its own connection
    // once notices and signs of life are taken away are its messages and their answers.
    const other = {
      bytesIn: after.other.bytesIn - before.other.bytesIn,
      bytesOut: after.other.bytesOut - before.other.bytesOut,
    }
    const own = {
      bytesIn: counts.bytesIn - counts.heartbeatBytes * PONG_TIMES,
      bytesOut: counts.bytesOut - counts.payloadBytes - counts.heartbeatBytes,
    }
    return {
      ...blankCell({ scenario: scenario.id, transport, round, order: order.order, startedAt }),
      windowMs,
      published: messages,
      bytesIn: counts.bytesIn + other.bytesIn,
      bytesOut: counts.bytesOut + other.bytesOut,
      noticesWritten: counts.notices,
      writes: counts.writes,
      server: {
        cpuUs: after.process.cpuUs - before.process.cpuUs,
        rssBytes: after.process.rssBytes,
        rssBeforeBytes: before.process.rssBytes,
        loopDelayP99Ms: after.process.eventLoopDelayP99Ms,
      },
      upstream: { messages, ...(other.bytesIn > 0 ? other : own) },
    }
  }

  try {
    server = await startServerProcess()
    await Promise.all([pin(server.process.pid!, 'server'), pin(worker.process.pid!, 'load')])
    return await unlessStopped(unlessDead(measure(server), server), signal)
  } finally {
    await worker.end('SIGKILL')
    await server?.end('SIGKILL')
  }
}

export const kind = { measure: onTransport(measureUpstream) } satisfies KindDriver
