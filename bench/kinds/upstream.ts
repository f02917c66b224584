// Upstream: what a message from client to server costs in bytes and in the server's CPU.
import type { Cell } from '../../results/cell.ts'
import { blankCell } from '../cell/blank-cell.ts'
import { countsOf, difference, serverUse } from '../cell/counts.ts'
import { withServer } from '../cell/with-server.ts'
import type { SenderCalls } from '../load/senders.ts'
import { startChild } from '../machine/child.ts'
import { pin } from '../machine/cores.ts'
import { startServerProcess } from '../machine/server-process.ts'
import { type DriverOrder, type KindDriver, onTransport } from './kind.ts'

const SENDERS = new URL('../load/senders.js', import.meta.url)
/** Of a pong to each ping of 2 B that was counted. */
const PONG_TIMES = 3

/** One cell. Throws ExitError 4 where the server dies, and what `signal` was aborted with. */
export function measureUpstream(order: DriverOrder): Promise<Cell> {
  const { scenario, transport, headers } = order
  const blank = blankCell(order)
  return withServer(
    order,
    () => startServerProcess(),
    async (server, start) => {
      const worker = await start(() => startChild<SenderCalls>(SENDERS))
      const sendFor = (ms: number) =>
        worker.call('send', { untilNs: process.hrtime.bigint() + BigInt(Math.round(ms * 1e6)) })
      await Promise.all([pin(server.process.pid!, 'server'), pin(worker.process.pid!, 'load')])
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
        ...blank,
        windowMs,
        published: messages,
        bytesIn: counts.bytesIn + other.bytesIn,
        bytesOut: counts.bytesOut + other.bytesOut,
        noticesWritten: counts.notices,
        writes: counts.writes,
        server: serverUse(before, after),
        upstream: { messages, ...(other.bytesIn > 0 ? other : own) },
      }
    },
  )
}

export const kind = { measure: onTransport(measureUpstream), isTimed: true } satisfies KindDriver
