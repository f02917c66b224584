import type { ServerResponse } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { encodeEvent, encodeNotice, encodePosition } from '../server/protocol.ts'
import { record, type Script, scriptedServer } from './scripted-server.fixture.ts'
import { subscribe as sse } from './transports/sse.ts'
import type { Subscription } from './transports/transport.ts'

const body = (seq: number) => JSON.stringify(`n${seq} ✓ 😀\n`)

const begin = (response: ServerResponse) => void response.writeHead(200, { 'content-type': 'text/event-stream' })

async function serve(script: Script) {
  const server = await scriptedServer(script)
  onTestFinished(server.close)
  return server
}

function follow(options: Partial<Subscription> & { baseUrl: string }) {
  const recorder = record(sse, options)
  onTestFinished(recorder.stop)
  return recorder
}

describe('SSE', () => {
  test('reads a stream that is cut in the middle of characters, lines and events', async () => {
    const text = [
      encodeEvent('e.0', encodePosition('e.0', 0), 'hello'),
      ...[1, 2].map(seq => encodeEvent(`e.${seq}`, encodeNotice(seq, 1, body(seq)))),
    ].join('')
    const server = await serve({
      http(_, response) {
        begin(response)
        const bytes = Buffer.from(text.replaceAll('\n', '\r\n'))
        let at = 0
        const next = () => void (at < bytes.length && response.write(bytes.subarray(at, ++at), next))
        next()
      },
    })
    const seen = follow({ baseUrl: server.baseUrl })
    await seen.until(() => seen.notices.length === 2)
    expect(seen.notices.map(notice => notice.body)).toEqual(['n1 ✓ 😀\n', 'n2 ✓ 😀\n'])
    expect(server.requests[0]!.headers.accept).toBe('text/event-stream')
  })

  test('discards an event that was cut, and gets it again whole', async () => {
    const event = encodeEvent('e.1', encodeNotice(1, 1, '"whole"'))
    const server = await serve({
      http(_, response, index) {
        begin(response)
        response.write(encodeEvent('e.0', encodePosition('e.0', 0), 'hello'))
        if (index === 0) response.end(event.slice(0, -1))
        else response.write(event)
      },
    })
    const seen = follow({ baseUrl: server.baseUrl })
    await seen.until(() => seen.notices.length === 1)
    expect(seen.tally).toMatchObject({ requests: 2, deliveries: 1, duplicates: 0 })
  })
})
