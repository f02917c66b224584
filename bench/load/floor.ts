// The load process's own floor, the null transport: a message to itself over a socket at the notices' rate. No server's work is in it, so
// what it shows, no transport can be blamed for.
import { type AddressInfo, connect, createServer } from 'node:net'
import type { Distribution } from '../../results/estimate.ts'
import { newHistogram } from '../histogram.ts'

/** How late a timer of whole ms may come to a process that has nothing else to do: that is the timer's, and no message from outside waits for it. */
const TIMER_GRAIN_MS = 2

/**
 * Sends `everyMs` (from the schedule's rate) until `signal` aborts; due → read, in µs. Open loop: what a process that was held up sends late
 * counts from when it was due (less the timer's grain), since a loop that is busy never reads late what it writes itself.
 */
export async function measureFloor(everyMs: number, signal: AbortSignal): Promise<Distribution> {
  const histogram = newHistogram()
  const server = createServer(socket => {
    socket.setNoDelay(true).on('error', () => socket.destroy())
    socket.on('data', chunk => {
      const now = process.hrtime.bigint()
      for (let at = 0; at + 8 <= chunk.length; at += 8) histogram.record(Number(now - chunk.readBigUInt64LE(at)) / 1000)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setNoDelay(true)
  socket.on('error', () => socket.destroy())
  const fromNs = process.hrtime.bigint()
  let sent = 0
  let timer: NodeJS.Timeout
  const arm = (): void => {
    const leftMs = (sent + 1) * everyMs - Number(process.hrtime.bigint() - fromNs) / 1e6
    timer = setTimeout(send, Math.max(0, Math.ceil(leftMs)))
  }
  const send = (): void => {
    const due = Math.floor(Number(process.hrtime.bigint() - fromNs) / 1e6 / everyMs)
    const messages = Buffer.alloc(Math.max(0, due - sent) * 8)
    for (let at = 0; sent < due; at += 8) {
      const latest = fromNs + BigInt(Math.round((++sent * everyMs + TIMER_GRAIN_MS) * 1e6))
      // Read last: what is reckoned before it takes time too.
      const now = process.hrtime.bigint()
      messages.writeBigUInt64LE(latest < now ? latest : now, at)
    }
    if (messages.length > 0) socket.write(messages)
    arm()
  }
  arm()
  await new Promise<void>(resolve =>
    signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
  )
  clearTimeout(timer!)
  socket.destroy()
  await new Promise(resolve => server.close(resolve))
  return histogram.distribution()
}
