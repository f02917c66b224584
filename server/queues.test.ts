import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { RunningServer } from './app.ts'
import { appendLarge, testServers, until } from './servers.fixture.ts'

const { serve, stops } = testServers()

/** A connection that sends `text` and reads nothing. */
function deaf({ port }: RunningServer, text: string): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  stops.push(() => socket.destroy())
  socket.pause()
  socket.write(text)
  return socket
}

const turn = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 5))

const of = ({ status }: RunningServer, transport: string) => status().transports[transport]!

describe('what waits over all connections', () => {
  it.each(['short-polling', 'long-polling'])('is bounded for answers of %s', async transport => {
    const maxBytes = 5_000_000
    const server = await serve('--max-queued-bytes', String(maxBytes))
    appendLarge(server, 100)
    // Each asks for more than the kernel takes; what waits for one of them stays far below the bound of one.
    const poll = `GET /api/${transport}?after=earliest HTTP/1.1\r\nHost: localhost\r\n\r\n`
    const sockets = Array.from({ length: 6 }, () => deaf(server, poll.repeat(30)))
    await until(() => of(server, transport).opened === 6 && of(server, transport).open < 6)
    expect(of(server, transport).open).toBeGreaterThan(0)
    expect(server.status().queued).toMatchObject({ maxBytes })
    expect(server.status().queued.bytes).toBeLessThanOrEqual(maxBytes)
    const answer = await fetch(`${server.url}/api/${transport}?after=earliest`)
    expect((await answer.text()).length).toBeGreaterThan(900_000)
    for (const socket of sockets) socket.destroy()
    await until(() => server.status().queued.bytes === 0)
  })

  it('is bounded for event streams: the fullest goes first, and who reads stays', async () => {
    const server = await serve('--max-queued-bytes', '200000', '--max-queue-bytes', String(1024 ** 3))
    for (let i = 0; i < 6; i++) deaf(server, 'GET /api/sse HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const ws = new WebSocket(`${server.url.replace('http', 'ws')}/api/websocket`)
    stops.push(() => ws.terminate())
    let got = -1
    ws.on('message', () => got++)
    await until(() => got === 0 && of(server, 'sse').open === 6)
    let published = 0
    for (; of(server, 'sse').slowClosed < 3 && published < 2000; published++) {
      appendLarge(server, 1)
      await until(() => got === published + 1)
    }
    expect(of(server, 'sse').slowClosed).toBeGreaterThanOrEqual(3)
    expect(of(server, 'websocket').slowClosed).toBe(0)
    expect(server.status().queued.bytes).toBeLessThanOrEqual(200_000)
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(metrics).toMatch(/^transport_lab_queued_bytes \d+$/m)
    expect(metrics).toMatch(/^transport_lab_queued_bytes_max 200000$/m)
  })

  it('counts once what is one buffer for all', async () => {
    const server = await serve('--max-queued-bytes', '60000000', '--max-queue-bytes', String(1024 ** 3))
    for (let i = 0; i < 6; i++) deaf(server, 'GET /api/sse HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await until(() => of(server, 'sse').open === 6)
    appendLarge(server, 400)
    await turn()
    await turn()
    appendLarge(server, 1)
    await turn()
    // Each of them has nearly all of 24 MB before it.
    expect(server.status().queued.bytes).toBeLessThan(30_000_000)
    expect(of(server, 'sse').slowClosed).toBe(0)
  })
})

describe('sessions of Socket.IO', () => {
  const path = '/api/socket-io/?EIO=4&transport=polling'

  it('that one connection begins with polls are 200 at most', async () => {
    const { url } = await serve()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    stops.push(() => agent.destroy())
    const ask = (): Promise<number> =>
      new Promise((resolve, reject) => {
        request(url + path, { agent }, res => res.resume().on('end', () => resolve(res.statusCode!)))
          .on('error', reject)
          .end()
      })
    const answers: number[] = []
    for (let i = 0; i < 210; i++) answers.push(await ask())
    expect(answers.filter(status => status === 200)).toHaveLength(200)
    expect(answers.slice(200)).toEqual(Array(10).fill(403))
    // Whatever else the query says.
    const both = `${path}&transport=websocket`.replace('polling&transport=websocket', 'websocket&transport=polling')
    const sly = await new Promise<number>(resolve =>
      request(url + both, { agent }, res => res.resume().on('end', () => resolve(res.statusCode!))).end(),
    )
    expect(sly).toBe(403)
    expect((await fetch(url + path)).status).toBe(200)
  })

  it('join once, however often they ask', async () => {
    const server = await serve()
    const { sid } = JSON.parse((await (await fetch(server.url + path)).text()).slice(1)) as { sid: string }
    const body = Array(1000).fill('40').join('\x1e')
    await (await fetch(`${server.url}${path}&sid=${sid}`, { method: 'POST', body })).text()
    const poll = async (): Promise<string> => (await fetch(`${server.url}${path}&sid=${sid}`)).text()
    let got = ''
    while (!got.includes('"hello"')) got += await poll()
    appendLarge(server, 1)
    while (!got.includes('"notice"')) got += await poll()
    expect(got.match(/"hello"|"notice"/g)).toEqual(['"hello"', '"notice"'])
    expect(server.status().transports['socket-io']!.notices).toBe(1)
  })

  it('that do not read their answers are ended, joined or not', async () => {
    const { url } = await serve()
    const { sid } = JSON.parse((await (await fetch(url + path)).text()).slice(1)) as { sid: string }
    const strange = Array(10_000).fill('40/x').join('\x1e')
    let status = 200
    for (let i = 0; i < 10 && status === 200; i++)
      status = (await fetch(`${url}${path}&sid=${sid}`, { method: 'POST', body: strange })).status
    expect(status).toBe(400)
  })
})
