// Measures the emulator: how much later than RTT/2 a broadcast arrives, and what a connect costs (`node dist/bench/link/accuracy.js [connections …]`).
// Sender and receivers are this process, the emulator another: two processes on two cores.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { type LinkProcess, startLinkProcess } from './process.ts'

const RTT_MS = Number(process.env.LINK_RTT_MS ?? 100)
const BROADCASTS = 50
/** Code is compiled and connections are warm before it counts. */
const WARM_UPS = 10
const PAUSE_MS = 200
const NOTICE_BYTES = 130

const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
const at = (sorted: readonly number[], q: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN).toFixed(2)
const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)
/** Over all arrivals; and the median of what each broadcast has as its p99, which one interruption by the machine does not decide. */
const line = (label: string, broadcasts: readonly number[][]): string => {
  const all = sorted(broadcasts.flat())
  const typical = sorted(broadcasts.map(values => Number(at(sorted(values), 0.99))))
  return `${label.padEnd(26)} p50 ${at(all, 0.5)}  p99 ${at(all, 0.99)}  max ${at(all, 1)}  typical p99 ${at(typical, 0.5)} ms`
}

async function measure(connections: number, isEmulated: boolean): Promise<void> {
  const accepted: Socket[] = []
  const server = createServer(socket => {
    socket.setNoDelay(true).on('error', () => {})
    socket.once('data', () => accepted.push(socket))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  let link: LinkProcess | undefined
  if (isEmulated) link = await startLinkProcess({ target: { host: '127.0.0.1', port }, rttMs: RTT_MS })
  const ownDelayMs = isEmulated ? RTT_MS / 2 : 0

  let addedMs: number[][] = []
  let arrived = 0
  const arrive = (ms: number, broadcast: number): void => {
    arrived++
    addedMs[broadcast] ??= []
    addedMs[broadcast].push(ms)
  }
  const clients = Array.from({ length: connections }, () => {
    const client = connect(link?.port ?? port, '127.0.0.1')
    client.on('connect', () => client.write('hello'))
    client.on('data', chunk => {
      for (let from = 0; from < chunk.length; from += NOTICE_BYTES)
        arrive(performance.now() - chunk.readDoubleLE(from) - ownDelayMs, chunk.readUInt32LE(from + 8))
    })
    return client.on('error', () => {})
  })
  while (accepted.length < connections) await wait(50)
  await wait(2 * RTT_MS + 200)
  const broadcast = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      for (const socket of accepted) {
        const notice = Buffer.alloc(NOTICE_BYTES)
        notice.writeDoubleLE(performance.now())
        notice.writeUInt32LE(time, 8)
        socket.write(notice)
      }
      await wait(PAUSE_MS)
    }
  }
  await broadcast(WARM_UPS)
  while (arrived < WARM_UPS * connections) await wait(20)
  addedMs = []
  arrived = 0
  await link?.stats(true)

  const startedCpu = process.cpuUsage()
  await broadcast(BROADCASTS)
  while (arrived < BROADCASTS * connections) await wait(20)
  const cpu = process.cpuUsage(startedCpu)
  const stats = await link?.stats()
  console.log(line(`${connections} ${isEmulated ? `through ${RTT_MS} ms` : 'without link'}`, addedMs))
  if (stats) {
    console.log(`${''.padEnd(26)} inside: p50 ${stats.addedP50Ms} p99 ${stats.addedP99Ms} max ${stats.addedMaxMs} ms`)
    console.log(
      `${''.padEnd(26)} CPU of this process ${((cpu.user + cpu.system) / (BROADCASTS * PAUSE_MS * 10)).toFixed(0)} % of a core, emulator ${(stats.cpuUs / (BROADCASTS * PAUSE_MS * 10)).toFixed(0)} %`,
    )
  }
  for (const socket of [...clients, ...accepted]) socket.destroy()
  await link?.end()
  server.close()
}

const sizes = process.argv.slice(2).map(Number)
for (const connections of sizes.length > 0 ? sizes : [50, 1000]) {
  await measure(connections, false)
  await measure(connections, true)
}
