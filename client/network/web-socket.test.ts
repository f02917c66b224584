// Handshakes that go wrong, and what is done about it, against a server that answers whatever it is told.
import { createHash } from 'node:crypto'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { nodeNetwork } from './node.ts'

/** A server that answers each handshake with what `answer` makes of its key, and gives what it reads afterwards. */
async function serve(answer: (accept: string, socket: Socket) => string) {
  const read: Buffer[] = []
  let gone = (): void => {}
  const closed = new Promise<void>(resolve => {
    gone = resolve
  })
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.on('close', gone)
    socket.once('data', chunk => {
      const key = /sec-websocket-key: (\S+)/i.exec(chunk.toString())![1]!
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      socket.write(answer(accept, socket), 'latin1')
      socket.on('data', more => read.push(more))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, read, closed }
}

/** Opens a WebSocket and gives what happens until it is over. */
function events(baseUrl: string, onText: (socket: { send(text: string): void; close(): void }) => void = () => {}) {
  return new Promise<string[]>(resolve => {
    const seen: string[] = []
    const connection = nodeNetwork().connect(baseUrl)
    onTestFinished(() => connection.close())
    const socket = connection.webSocket('/x', {
      onOpen: () => seen.push('open'),
      onText(text) {
        seen.push(text)
        onText(socket)
      },
      onPing: () => seen.push('ping'),
      onRefused: (status, header, body) => resolve([...seen, `refused ${status} ${header('x-why')} ${body}`]),
      onClose: (code, reason) => resolve([...seen, `closed ${code} ${reason}`]),
    })
  })
}

const agreed = (accept: string, more = '') =>
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${more}\r\n`

test.each([
  ['another key', () => agreed('AAAAAAAAAAAAAAAAAAAAAAAAAAA='), /^closed 1006 Sec-WebSocket-Accept must be \S+=/],
  ['an extension', (accept: string) => agreed(accept, 'Sec-WebSocket-Extensions: x\r\n'), /^closed 1006 .*not asked/],
  ['no Upgrade', (accept: string) => agreed(accept).replace('Upgrade: websocket\r\n', ''), /without "Upgrade: /],
  ['no Connection', (accept: string) => agreed(accept).replace('Connection: Upgrade\r\n', ''), /without "Connection: /],
  ['no HTTP', () => 'SSH-2.0-x\r\n\r\n', /^closed 1006 the answer is not HTTP/],
  ['a refusal', () => 'HTTP/1.1 403 No\r\nX-Why: because\r\nContent-Length: 2\r\n\r\nno', /^refused 403 because no$/],
  [
    'a refusal by chunks',
    () => 'HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n',
    /^refused 503 null no$/,
  ],
  ['a redirect', () => 'HTTP/1.1 302 Go\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n', /^refused 302/],
] as const)('a handshake answered with %s is not taken for one', async (_, answer, expected) => {
  const server = await serve(answer)
  const seen = await events(server.baseUrl)
  expect(seen).toHaveLength(1)
  expect(seen[0]).toMatch(expected)
  await server.closed
})

test('a refusal cut short is still one', async () => {
  const server = await serve((_, socket) => {
    setImmediate(() => socket.end())
    return 'HTTP/1.1 401 No\r\nContent-Length: 100\r\n\r\nhalf'
  })
  expect(await events(server.baseUrl)).toEqual(['refused 401 null half'])
})

test('an interim answer comes before the one that counts; frames may come with it', async () => {
  const server = await serve(accept => `HTTP/1.1 103 Early\r\n\r\n${agreed(accept)}\x81\x02hi\x89\x00\x88\x02\x03\xe8`)
  expect(await events(server.baseUrl)).toEqual(['open', 'hi', 'ping', 'closed 1000 '])
  await server.closed
  // A pong, and the Close with its own code, both masked.
  const read = Buffer.concat(server.read)
  expect([read[0], read[1], read[6], read[7]]).toEqual([0x8a, 0x80, 0x88, 0x82])
})

test('a server that goes without a Close is closed with 1006', async () => {
  const server = await serve((accept, socket) => {
    setImmediate(() => socket.end())
    return agreed(accept)
  })
  expect(await events(server.baseUrl)).toEqual(['open', 'closed 1006 '])
})

test('what is sent goes out masked, and nothing is heard after closing', async () => {
  const server = await serve(accept => `${agreed(accept)}\x81\x01a\x81\x01b`)
  const seen = events(server.baseUrl, socket => {
    socket.send('up')
    socket.close()
  })
  await server.closed
  const read = Buffer.concat(server.read)
  expect([read[0], read[1]]).toEqual([0x81, 0x82])
  expect([read[8], read[9]]).toEqual([0x88, 0x82])
  expect(await Promise.race([seen, 'nothing more'])).toBe('nothing more')
})
