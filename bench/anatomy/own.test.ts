// Of what passed the tap, a capture has its transport's bytes and those of the page's publishing.
import { describe, expect, test } from 'vitest'
import type { CapturedChunk } from '../../client/anatomy/capture.ts'
import { toBytes } from '../../client/codecs/bytes.ts'
import type { Count } from '../../server/anatomy/wire.ts'
import { ownOf } from './own.ts'
import type { TappedConnection } from './tap.ts'

const up = (text: string): CapturedChunk => ({ way: 'up', atMs: 1, bytes: toBytes(text) })
const down = (text: string): CapturedChunk => ({ way: 'down', atMs: 2, bytes: toBytes(text) })
const get = (target: string) => up(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`)
const connection = (serverPort: number, ...chunks: CapturedChunk[]): TappedConnection => ({
  openedMs: 0,
  closedMs: 9,
  closedBy: 'client',
  chunks,
  serverPort,
})
const count = (port: number, isMixed = false): Count => ({ port, bytesIn: 10, bytesOut: 20, isMixed })
const ok = down('HTTP/1.1 200 OK\r\n\r\n')
const own = (connections: TappedConnection[], counts: Count[], isSecure = false) =>
  ownOf(connections, counts, 'some-transport', isSecure)
const chunksOf = ({ connections }: ReturnType<typeof ownOf>) => connections.map(({ chunks }) => chunks)

describe("a capture's own bytes", () => {
  test('are its deliveries and publishes, counted as the server did', () => {
    const [polls, posts] = [
      connection(1, get('/api/some-transport?after=x'), ok, get('/api/some-transport/?y'), ok),
      connection(2, up('POST /api/notices HTTP/1.1\r\n\r\n'), ok),
    ]
    expect(own([polls, posts], [count(1), count(2), count(3)])).toEqual({
      connections: [polls, posts].map(({ serverPort: _, ...rest }) => rest),
      counted: { upBytes: 20, downBytes: 40 },
    })
  })

  test('are not what other requests brought, nor connections that brought nothing', () => {
    const all = [
      connection(1, get('/favicon.ico'), ok),
      connection(2),
      connection(3, get('/api/some-transport-2'), ok),
      connection(4, get('/api/some-transport'), ok),
    ]
    const found = own(all, [count(1, true), count(2), count(3, true), count(4)])
    expect(chunksOf(found)).toEqual([all[3]!.chunks])
    expect(found.counted).toEqual({ upBytes: 10, downBytes: 20 })
  })

  test('are taken from between others where a connection carries both, and are not counted then', () => {
    const poll = [get('/api/some-transport'), up('rest of it'), ok, down('rest')]
    const [before, after] = [
      [get('/assets/x.js'), ok],
      [up('POST /api/anatomy/captures/end HTTP/1.1\r\n'), ok],
    ]
    const mixed = connection(1, ...before, ...poll, ...after)
    expect(own([mixed], [count(1, true)])).toEqual({ connections: [{ openedMs: 0, chunks: poll }] })
    // How it ended is told of one that ended with them.
    const late = connection(1, ...before, ...poll)
    expect(own([late], [count(1, true)])).toEqual({
      connections: [{ openedMs: 0, closedMs: 9, closedBy: 'client', chunks: poll }],
    })
  })

  test('are not counted where the server does not know the connection', () => {
    expect(own([connection(1, get('/api/some-transport'))], []).counted).toBeUndefined()
  })

  test('of TLS are all bytes of connections that the server knows nothing else of', () => {
    const [one, other] = [connection(1, up('\x16\x03'), down('\x16')), connection(2, up('GET / HTTP/1.1'))]
    expect(chunksOf(own([one, other], [count(1), count(2, true)], true))).toEqual([one.chunks])
  })
})
