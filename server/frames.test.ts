// What is built here is read by `ws`, on both ends.
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { closePayload, frameBytes, maskedFrame, opcodes, textFrame, textFrames } from './frames.ts'

const stops: (() => unknown)[] = []
afterEach(() => {
  for (const stop of stops.splice(0).reverse()) stop()
})

async function listen(): Promise<{ sockets: WebSocketServer; port: number }> {
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  stops.push(() => sockets.close())
  await once(sockets, 'listening')
  return { sockets, port: (sockets.address() as AddressInfo).port }
}

const texts = ['', 'x', 'x'.repeat(125), 'y'.repeat(126), 'é'.repeat(30_000), 'z'.repeat(65_535), 'z'.repeat(70_000)]
const entries = texts.map(json => ({ json, bytes: Buffer.byteLength(json) }))

/** The first `count` messages. */
function messagesOf(ws: WebSocket, count: number): Promise<string[]> {
  const got: string[] = []
  return new Promise((resolve, reject) => {
    ws.once('error', reject)
    ws.on('message', (data, isBinary) => {
      got.push(isBinary ? 'binary' : String(data))
      if (got.length === count) resolve(got)
    })
  })
}

test('a client reads text frames of every length of head, and they have the length that is told', async () => {
  const { sockets, port } = await listen()
  const opened = once(sockets, 'connection')
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
  stops.push(() => client.terminate())
  const got = messagesOf(client, texts.length + 1)
  const [, { socket }] = (await opened) as [WebSocket, IncomingMessage]
  const frames = textFrames(entries)
  expect(frames.length).toBe(entries.reduce((sum, { bytes }) => sum + frameBytes(bytes), 0))
  socket.write(frames)
  socket.write(textFrame('ä'))
  expect(await got).toEqual([...texts, 'ä'])
})

test('a server reads masked frames of every length of head, and a Close', async () => {
  const { sockets, port } = await listen()
  const opened = once(sockets, 'connection')
  const socket = connect(port, '127.0.0.1')
  stops.push(() => socket.destroy())
  socket
    .resume()
    .write(
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
  const [server] = (await opened) as [WebSocket]
  const got = messagesOf(server, texts.length)
  const closed = once(server, 'close')
  for (const text of texts) socket.write(maskedFrame(opcodes.text, Buffer.from(text)))
  expect(await got).toEqual(texts)
  socket.write(maskedFrame(opcodes.close, closePayload(1008, 'é'.repeat(100))))
  const [code, reason] = await closed
  expect([code, String(reason)]).toEqual([1008, 'é'.repeat(61)])
})
