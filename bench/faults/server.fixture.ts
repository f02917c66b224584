// A contestant that is our server with a fault (LAB_FAULT): it does not start, or has a wrong clock, a log too small, a status that comes late, or a middlebox that does not deliver as it should.
import { once } from 'node:events'
import { appendFileSync, readFileSync } from 'node:fs'
import { Server } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { startServer } from '../../server/app.ts'
import { parseServerOptions } from '../../server/command-line.ts'
import { createTamper, type Fault } from './tamper.fixture.ts'

const fault = process.env.LAB_FAULT as Fault | 'clock' | 'small-log' | 'slow-status' | 'late' | 'start' | 'none'
/** How late what the server sends arrives under `late`. */
const LATE_MS = 80
/** And the reading at a window's begin under `slow-status`. */
const SLOW_MS = 300

if (fault === 'start') {
  const { LAB_STARTS = '', LAB_FAILING = '' } = process.env
  appendFileSync(LAB_STARTS, '.')
  if (readFileSync(LAB_STARTS).length <= Number(LAB_FAILING)) throw new Error('made up not to start')
}

if (fault === 'clock') {
  const { bigint } = process.hrtime
  process.hrtime.bigint = () => bigint() + 1_000_000_000n
}

if (fault === 'slow-status') {
  const emit = Server.prototype.emit as (name: string, ...args: unknown[]) => boolean
  Server.prototype.emit = function (this: Server, name: string, ...args: unknown[]) {
    const isAwaited = name === 'request' && (args[0] as { url: string }).url.includes('reset=')
    if (!isAwaited) return emit.call(this, name, ...args)
    setTimeout(() => emit.call(this, name, ...args), SLOW_MS)
    return true
  } as typeof Server.prototype.emit
}

const options = parseServerOptions(process.argv.slice(2))
if (options === 'help') throw new Error('a contestant is measured, not asked for help')
const server = await startServer(fault === 'small-log' ? { ...options, logCapacity: 10 } : options)

/** One subscriber loses, repeats or disorders a single notice; the others get what was sent. */
let isDone = false
function relay(client: Socket): void {
  const upstream = connect({ port: server.port, host: server.host, noDelay: true })
  const tamper = fault === 'drop' || fault === 'duplicate' || fault === 'reorder' ? createTamper(fault) : undefined
  upstream.on('data', chunk => {
    if (fault === 'late') setTimeout(() => client.write(chunk), LATE_MS)
    else if (!tamper) client.write(chunk)
    else {
      for (const bytes of tamper.push(chunk, !isDone)) client.write(bytes)
      isDone ||= tamper.isDone()
    }
  })
  client.pipe(upstream)
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
}

const middlebox = createServer({ noDelay: true }, relay).listen(0, '127.0.0.1')
await once(middlebox, 'listening')
process.once('disconnect', () => process.exit(0))
process.send!({ listening: { url: `http://127.0.0.1:${(middlebox.address() as AddressInfo).port}` } })
