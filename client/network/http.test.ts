// Our own HTTP/1.1 against answers of every framing, cut anywhere, and against servers that break its rules.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { headerIn } from './head.ts'
import { createHttp } from './http.ts'
import { createBodyReader } from './http-body.ts'

/** A server that answers the n-th request it reads with `answer(n)`, each piece in a write of its own; null = it ends the connection. */
async function serve(answer: (request: number) => readonly (string | null)[]) {
  let requests = 0
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer({ noDelay: true }, socket => {
    connections++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', async () => {
      for (const piece of answer(requests++)) {
        if (piece === null) socket.end()
        else await new Promise(resolve => socket.write(piece, 'latin1', resolve))
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  })
  const http = createHttp(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), {
    keepAlive: true,
    thresholdMs: 1000,
  })
  onTestFinished(http.close)
  const get = () =>
    new Promise<string>(resolve => {
      let text = ''
      http.get('/', 'X-Test: 1\r\n', {
        onHead: (status, header) => {
          text = `${status} ${header('x-mark') ?? '-'} `
        },
        onData: chunk => {
          text += Buffer.from(chunk).toString('latin1')
        },
        onEnd: () => resolve(text),
        onError: error => resolve(`error: ${error.message}`),
      })
    })
  return { get, connections: () => connections }
}

const ok = 'HTTP/1.1 200 OK\r\nX-Mark: m\r\n'

describe('a body', () => {
  test('ends by its length, and the connection is used again', async () => {
    const { get, connections } = await serve(() => [`${ok}Content-Length: 5\r\n\r\nhello`])
    expect([await get(), await get(), connections()]).toEqual(['200 m hello', '200 m hello', 1])
  })

  test('ends by its chunks, with extensions and trailers, however the answer is cut', async () => {
    const whole = `${ok}Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n \r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n`
    for (let at = 1; at < whole.length; at += 7) {
      const { get, connections } = await serve(() => [whole.slice(0, at), whole.slice(at)])
      expect([await get(), await get(), connections()]).toEqual(['200 m hello 0123456789', '200 m hello 0123456789', 1])
    }
  })

  test('ends with the connection where it has no length, and the next request opens another one', async () => {
    const { get, connections } = await serve(() => [`${ok}\r\nhel`, 'lo', null])
    expect([await get(), await get(), connections()]).toEqual(['200 m hello', '200 m hello', 2])
  })

  test('that is cut short is an error, not an end', async () => {
    const { get } = await serve(() => [`${ok}Content-Length: 9\r\n\r\nhello`, null])
    expect(await get()).toMatch(/^error: .*closed/)
  })

  test('of 204 is empty', async () => {
    const { get } = await serve(() => ['HTTP/1.1 204 No Content\r\n\r\n'])
    expect(await get()).toBe('204 - ')
  })

  test('is the same under any re-chunking of its chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 40 }), { maxLength: 6 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        (pieces, cuts) => {
          const parts = pieces.map(piece => Buffer.from(piece))
          const wire = Buffer.concat([
            ...parts.flatMap(part => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]),
            Buffer.from('0\r\n\r\nNEXT'),
          ])
          const reader = createBodyReader(200, name => (name === 'transfer-encoding' ? 'chunked' : null))
          const got: Uint8Array[] = []
          let at = 0
          let behind = 0
          for (const cut of cuts) {
            if (reader.done || at >= wire.length) break
            behind = reader.read(wire.subarray(at, at + cut), piece => got.push(piece))?.length ?? 0
            at = Math.min(wire.length, at + cut)
          }
          expect(reader.done).toBe(true)
          expect(Buffer.concat(got)).toEqual(Buffer.concat(parts))
          expect(wire.length - at + behind).toBe(4)
        },
      ),
    )
  })
})

describe('an answer', () => {
  test('may be preceded by interim ones', async () => {
    const { get } = await serve(() => [
      'HTTP/1.1 103 Early Hints\r\nX-Mark: early\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n',
      `${ok}Content-Length: 1\r\n\r\nx`,
    ])
    expect(await get()).toBe('200 m x')
  })

  test('with Connection: close, or of HTTP/1.0, is the last on its connection', async () => {
    for (const head of ['HTTP/1.1 200 OK\r\nConnection: close\r\n', 'HTTP/1.0 200 OK\r\n']) {
      const { get, connections } = await serve(() => [`${head}Content-Length: 1\r\n\r\nx`])
      expect([await get(), await get(), connections()]).toEqual(['200 - x', '200 - x', 2])
    }
  })

  test('whose Keep-Alive hint is within the threshold leaves a connection that is not used again', async () => {
    const { get, connections } = await serve(request => [
      `${ok}Keep-Alive: timeout=${request === 0 ? 1 : 5}\r\nContent-Length: 1\r\n\r\nx`,
    ])
    await get()
    await get()
    expect(connections()).toBe(2)
    await get()
    expect(connections()).toBe(2)
  })

  test.each([
    ['is not HTTP', 'SSH-2.0-x\r\n\r\n', 'not HTTP/1.1'],
    [
      'has a length that is none',
      `${ok}Content-Length: many\r\n\r\n`,
      'content-length must be a whole number, got "many"',
    ],
    [
      'has a chunk without a size',
      `${ok}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      "a chunk's size must be a hexadecimal number",
    ],
    ['has a chunk longer than it says', `${ok}Transfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n`, 'longer than it says'],
    ['has a head without end', `${ok}X: ${'y'.repeat(70_000)}`, 'head is longer than'],
  ])('that %s is an error, and the next request gets a connection of its own', async (_what, text, words) => {
    const { get, connections } = await serve(request => [request === 0 ? text : `${ok}Content-Length: 1\r\n\r\nx`])
    expect(await get()).toContain(words)
    expect([await get(), connections()]).toEqual(['200 m x', 2])
  })

  test('that nobody asked for costs the connection', async () => {
    const { get, connections } = await serve(request => [
      `${ok}Content-Length: 1\r\n\r\nx${request === 0 ? 'HTTP/1.1 200 OK\r\n\r\n' : ''}`,
    ])
    expect([await get(), await get(), connections()]).toEqual(['200 m x', '200 m x', 2])
  })
})

test('headers are found without regard to case, whole names only, repeated ones joined', () => {
  const head = 'HTTP/1.1 200 OK\r\nX-A: 1\r\nAA: 2\r\nset-x:  3 \r\nSET-X: 4'
  expect(['a', 'aa', 'x-a', 'Set-X', 'missing'].map(name => headerIn(head, name))).toEqual([
    null,
    '2',
    '1',
    '3, 4',
    null,
  ])
})
