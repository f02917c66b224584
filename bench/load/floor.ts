// The load process's own floor, the null transport: a message to itself over a socket at the notices' rate. No server's work is in it, so
// what it shows, no transport can be blamed for.
import { type AddressInfo, connect, createServer } from 'node:net'
import type { Distribution } from '../../results/format.ts'
import { newHistogram } from '../histogram.ts'

/** Sends `everyMs` (from the schedule's rate) until `signal` aborts; intended time → read, in µs. */
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
  const timer = setInterval(() => {
    const message = Buffer.alloc(8)
    message.writeBigUInt64LE(process.hrtime.bigint())
    socket.write(message)
  }, everyMs)
  await new Promise<void>(resolve =>
    signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
  )
  clearInterval(timer)
  socket.destroy()
  await new Promise(resolve => server.close(resolve))
  return histogram.distribution()
}
