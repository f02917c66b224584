// The emulator's own process: it relays, reports, passes errors on, and is gone when closed or orphaned.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LinkProcess, startLinkProcess } from './process.ts'

const entry = new URL('../../dist/bench/link/worker.js', import.meta.url)

let server: Server
let target: { host: string; port: number }
const links: LinkProcess[] = []

beforeEach(async () => {
  server = createServer(socket => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  target = { host: '127.0.0.1', port: (server.address() as { port: number }).port }
})
afterEach(async () => {
  for (const link of links.splice(0)) await link.end()
  await new Promise(resolve => server.close(resolve))
})

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('it relays with the delay asked for, reports, and cuts its connections when closed', async () => {
  const link = await startLinkProcess({ target, rttMs: 20 }, entry)
  links.push(link)
  const begunMs = performance.now()
  const client = connect(link.port, '127.0.0.1')
  client.write('hello')
  expect(String((await once(client, 'data'))[0])).toBe('hello')
  expect(performance.now() - begunMs).toBeGreaterThanOrEqual(40)
  expect(await link.stats(true)).toMatchObject({ connections: 1, open: 1, bytesUp: 5, bytesDown: 5, deliveries: 2 })
  expect(await link.stats()).toMatchObject({ deliveries: 0 })
  const closed = once(client, 'close')
  await link.end()
  await closed
  expect(isAlive(link.pid)).toBe(false)
})

test('an option outside its domain is reported by the parent, and no process is left', async () => {
  await expect(startLinkProcess({ target, rttMs: -1 }, entry)).rejects.toThrow('rttMs must be a number from 0, got -1')
})

test('it ends with its parent, however that ends', async () => {
  const parent = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { startLinkProcess } from ${JSON.stringify(new URL('./process.js', entry))}
       const link = await startLinkProcess({ target: { host: '127.0.0.1', port: ${target.port} }, rttMs: 10 })
       console.log(link.pid + ' ' + link.port)`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [line] = await once(parent.stdout, 'data')
  const [pid, port] = String(line).trim().split(' ').map(Number) as [number, number]
  const client = connect(port, '127.0.0.1')
  client.write('hello')
  await once(client, 'data')
  const closed = once(client, 'close')
  parent.kill('SIGKILL')
  await closed
  while (isAlive(pid)) await new Promise(resolve => setTimeout(resolve, 5))
})
