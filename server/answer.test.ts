import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createReader } from './answer.ts'
import type { RunningServer } from './app.ts'
import { createBackplane } from './backplanes/memory.ts'
import { createLog, toEntry } from './log.ts'
import type { PollAnswer } from './protocol.ts'
import { appendLarge, testServers, until } from './servers.fixture.ts'
import { createStream } from './stream.ts'
import { createTurns } from './turns.ts'

const { serve, stops } = testServers()

const MIB = 1024 * 1024
const open = ({ status }: RunningServer, transport: string): number => status().transports[transport]!.open

describe.each(['short-polling', 'long-polling'])('an answer of %s', transport => {
  it('ends at about 1 MiB, and its cursor leads through all the rest', async () => {
    const server = await serve()
    appendLarge(server, 100)
    const seqs: number[] = []
    for (let after = `${server.log.epoch}.0`; seqs.length < 100; ) {
      const text = await (await fetch(`${server.url}/api/${transport}?after=${after}&limit=10000`)).text()
      expect(text.length).toBeLessThan(1.01 * MIB)
      const { cursor, notices } = JSON.parse(text) as PollAnswer
      after = cursor
      seqs.push(...notices.map(({ seq }) => seq))
    }
    expect(seqs).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
  })

  it('carries a notice in any case', async () => {
    const server = await serve('--max-queue-bytes', '1024')
    appendLarge(server, 2)
    const answer = await fetch(`${server.url}/api/${transport}?after=earliest`)
    expect(((await answer.json()) as PollAnswer).notices.map(({ seq }) => seq)).toEqual([1])
  })

  it('that is not read is ended after --answer-timeout-ms', async () => {
    const server = await serve('--answer-timeout-ms', '300')
    appendLarge(server, 100)
    const socket = connect(server.port, '127.0.0.1').on('error', () => {})
    stops.push(() => socket.destroy())
    socket.pause()
    // More than the kernel takes.
    socket.write(`GET /api/${transport}?after=earliest HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(40))
    await until(() => open(server, transport) === 1)
    await until(() => open(server, transport) === 0)
  })
})

it('of a turn that comes when its client has gone is not made', async () => {
  const log = createLog('e', { capacity: 100, capacityBytes: MIB, coalesce: false })
  log.append([toEntry(1, 0, '"x"')])
  const backplane = await createBackplane({ url: 'memory', openLog: () => log })
  const turns = createTurns()
  const readAnswer = createReader({ stream: createStream(log, backplane), turns, maxQueueBytes: MIB })
  const start = { epoch: 'e', seq: 0, missed: 0 }
  const counts: number[] = []
  const server = createServer(async (req, res) => {
    turns.spend(8 * MIB)
    const answer = readAnswer(res, start, 10)
    if (req.url === '/gone') req.socket.destroy()
    counts.push((await answer).count)
    res.end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  stops.push(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await expect(fetch(`${url}/gone`)).rejects.toThrow()
  await fetch(url)
  expect(counts).toEqual([0, 1])
})

describe('a held poll', () => {
  it('answered by what one turn of the loop brings ends at about 1 MiB too', async () => {
    const server = await serve()
    const held = Array.from({ length: 3 }, async () =>
      (await fetch(`${server.url}/api/long-polling?limit=10000`)).text(),
    )
    await until(() => server.status().transports['long-polling']!.requests === 3)
    appendLarge(server, 40)
    for (const text of await Promise.all(held)) {
      expect(text.length).toBeLessThan(1.01 * MIB)
      const { cursor, notices } = JSON.parse(text) as PollAnswer
      expect(cursor).toBe(`${server.log.epoch}.${notices.length}`)
    }
  })

  it('may wait for longer than an answer may, behind other polls and in front of them', async () => {
    const server = await serve('--answer-timeout-ms', '100')
    const poll = 'GET /api/long-polling?waitMs=600 HTTP/1.1\r\nHost: localhost\r\n\r\n'
    const socket = connect(server.port, '127.0.0.1').setEncoding('utf8')
    stops.push(() => socket.destroy())
    let got = ''
    socket.on('data', chunk => (got += chunk))
    socket.write(poll.repeat(3))
    while ([...got.matchAll(/"notices":\[\]/g)].length < 3) await new Promise(resolve => socket.once('data', resolve))
    socket.write(poll)
    while ([...got.matchAll(/"notices":\[\]/g)].length < 4) await new Promise(resolve => socket.once('data', resolve))
  })
})

it('a connection that asks for nothing is closed after --keep-alive-ms', async () => {
  const server = await serve('--keep-alive-ms', '10')
  const socket = connect(server.port, '127.0.0.1')
  stops.push(() => socket.destroy())
  const closed = new Promise(resolve => socket.once('close', resolve))
  socket.resume().write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await closed
})
