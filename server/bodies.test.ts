import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import type { RunningServer } from './app.ts'
import { testServers } from './servers.fixture.ts'

const { serve, stops } = testServers()

/** A connection that sends `text`, and what comes for it until it is closed. */
function send({ port }: RunningServer, text: string): { socket: Socket; answer: Promise<string> } {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  stops.push(() => socket.destroy())
  let got = ''
  socket.on('data', chunk => (got += chunk)).on('error', () => {})
  socket.write(text)
  return { socket, answer: once(socket, 'close').then(() => got) }
}

const head = 'POST /api/notices HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'

it('bodies that have not ended are bounded together: the longest goes first, and a short one is taken', async () => {
  const maxBytes = 4 * 1024 * 1024
  const server = await serve('--max-unfinished-bytes', String(maxBytes))
  const text = `${head}Content-Length: 1000000\r\n\r\n${'x'.repeat(900_000)}`
  const answers = Array.from({ length: 12 }, () => send(server, text).answer)
  const first = await Promise.race(answers)
  expect(first).toMatch(/^HTTP\/1.1 503 [\s\S]*Retry-After: 1[\s\S]*this is the longest/)
  expect(server.status().queued).toMatchObject({ maxUnfinishedBytes: maxBytes })
  expect(server.status().queued.unfinishedBytes).toBeLessThanOrEqual(maxBytes)
  const answer = await fetch(`${server.url}/api/notices`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"body":1}',
  })
  expect(answer.status).toBe(201)
  expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/^transport_lab_unfinished_bytes \d+$/m)
})

it('a body that comes byte by byte takes no more than its bytes, and is taken', async () => {
  const server = await serve('--publish-token', 'x')
  const body = JSON.stringify({ body: 'é'.repeat(30_000) })
  const { socket } = send(server, `${head}Authorization: Bearer x\r\nTransfer-Encoding: chunked\r\n\r\n`)
  const bytes = [...Buffer.from(body)]
  const chunks = bytes.map(byte => Buffer.concat([Buffer.from('1\r\n'), Buffer.from([byte]), Buffer.from('\r\n')]))
  socket.write(Buffer.concat(chunks.slice(0, -1)))
  while (server.status().queued.unfinishedBytes < bytes.length - 1) await new Promise(resolve => setTimeout(resolve, 5))
  expect(server.status().queued.unfinishedBytes).toBeLessThanOrEqual(2 * bytes.length)
  socket.write(Buffer.concat([chunks.at(-1)!, Buffer.from('0\r\n\r\n')]))
  await once(socket, 'data')
  expect(server.log.after(0).entries[0]?.json).toContain(`"body":"${'é'.repeat(30_000)}"`)
  expect(server.status().queued.unfinishedBytes).toBe(0)
})

it('a body that does not end, and a head that does not, are answered 408 in time', async () => {
  const server = await serve('--header-timeout-ms', '200', '--body-timeout-ms', '400')
  expect(await send(server, `${head}Content-Length: 10\r\n\r\n{`).answer).toMatch(/^HTTP\/1.1 408 /)
  expect(await send(server, head).answer).toMatch(/^HTTP\/1.1 408 /)
  expect(server.status().queued.unfinishedBytes).toBe(0)
})

it('a body whose connection ends early leaves nothing', async () => {
  const server = await serve()
  const { socket } = send(server, `${head}Content-Length: 1000000\r\n\r\n${'x'.repeat(100_000)}`)
  while (server.status().queued.unfinishedBytes < 100_000) await new Promise(resolve => setTimeout(resolve, 5))
  socket.destroy()
  while (server.status().queued.unfinishedBytes > 0) await new Promise(resolve => setTimeout(resolve, 5))
})
