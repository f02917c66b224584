import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { RunningServer } from './app.ts'
import { appendLarge, testServers } from './servers.fixture.ts'

const { serve, stops } = testServers()

const handshake =
  'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
const of = ({ status }: RunningServer, transport: string) => status().transports[transport]!

interface Reading {
  readonly seqs: number[]
  closed: boolean
}

/** Everything from the earliest notice on; `onNotice` is told of each. */
const readers: Record<string, (server: RunningServer, onNotice: () => void) => Reading> = {
  websocket({ url }, onNotice) {
    const reading: Reading = { seqs: [], closed: false }
    const ws = new WebSocket(`${url.replace('http', 'ws')}/api/websocket?after=earliest`)
    stops.push(() => ws.terminate())
    ws.on('message', data => {
      const { seq } = JSON.parse(String(data)) as { seq?: number }
      if (seq === undefined) return
      reading.seqs.push(seq)
      onNotice()
    })
    ws.on('close', () => {
      reading.closed = true
    })
    return reading
  },
  sse({ port }, onNotice) {
    const reading: Reading = { seqs: [], closed: false }
    const socket = connect(port, '127.0.0.1').setEncoding('utf8')
    stops.push(() => socket.destroy())
    socket.write('GET /api/sse?after=earliest HTTP/1.1\r\nHost: localhost\r\n\r\n')
    let rest = ''
    socket.on('data', chunk => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        const seq = /^data: \{"seq":(\d+)/.exec(line)?.[1]
        if (seq === undefined) continue
        reading.seqs.push(Number(seq))
        onNotice()
      }
    })
    socket.on('close', () => {
      reading.closed = true
    })
    return reading
  },
}

describe.each(['prepared', 'send'])('a subscriber far behind, with writes %s', writes => {
  it.each(Object.keys(readers))('on %s gets everything while more is published', async transport => {
    const server = await serve('--writes', writes, '--log-bytes', '100000000')
    appendLarge(server, 1000)
    // One more for each twenty that it gets, for as long as it is behind.
    let more = 0
    let count = 0
    const reading = readers[transport]!(server, () => {
      if (++count % 20 !== 0 || more === 50) return
      more++
      appendLarge(server, 1)
    })
    while (reading.seqs.length < 1050 && !reading.closed) await new Promise(resolve => setTimeout(resolve, 5))
    expect(reading.seqs).toEqual(Array.from({ length: 1050 }, (_, i) => i + 1))
    expect(of(server, transport).slowClosed).toBe(0)
  })

  it.each([
    ['websocket', `GET /api/websocket?after=earliest HTTP/1.1\r\nHost: localhost\r\n${handshake}\r\n`],
    ['sse', 'GET /api/sse?after=earliest HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ])('on %s is closed where it stops reading', async (transport, text) => {
    const server = await serve('--writes', writes, '--max-queue-bytes', '1000000')
    appendLarge(server, 1000)
    const socket = connect(server.port, '127.0.0.1').on('error', () => {})
    stops.push(() => socket.destroy())
    socket.pause()
    socket.write(text)
    while (of(server, transport).requests === 0) await new Promise(resolve => setTimeout(resolve, 5))
    for (let i = 0; i < 500 && of(server, transport).slowClosed === 0; i++) {
      appendLarge(server, 1)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    expect(of(server, transport).slowClosed).toBe(1)
  })
})
