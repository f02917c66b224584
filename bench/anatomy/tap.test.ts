// The tap on real sockets: what passes during a capture is kept to the byte, and nothing else.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { bytesOf } from '../../client/anatomy/capture.ts'
import { endAll, ends, listen, until } from '../link/link.fixture.ts'
import { startTap, type TapOptions } from './tap.ts'

afterEach(endAll)

/** A tap before a server that says everything twice; `open` connects through it. */
async function tapped(more: Partial<TapOptions> = {}) {
  const ofServer: Socket[] = []
  const server = createServer(socket => {
    ofServer.push(socket)
    socket.on('data', chunk => socket.write(Buffer.concat([chunk, chunk])))
  })
  const tap = await startTap({ target: { host: '127.0.0.1', port: await listen(server) }, ...more })
  ends.push(() => tap.close())
  const open = async () => {
    const socket = connect(tap.port, '127.0.0.1')
    ends.push(() => socket.destroy())
    socket.on('error', () => {})
    let got = ''
    socket.setEncoding('latin1').on('data', text => (got += text))
    await once(socket, 'connect')
    return {
      socket,
      async say(text: string) {
        const before = got.length
        socket.write(text)
        await until(() => got.length === before + 2 * text.length)
      },
    }
  }
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
  return { tap, open, ofServer, text }
}

const MAX_BYTES = 20_000

describe('the tap', () => {
  test('keeps both directions of what opens during a capture, with times and ends', async () => {
    const { tap, open, ofServer, text } = await tapped()
    const clock = tap.begin()
    const one = await open()
    await one.say('abc')
    const other = await open()
    await other.say('x')
    await one.say('d')
    one.socket.end()
    await once(one.socket, 'close')
    await tap.quiet()
    const lastMs = clock()
    const { connections, lastedMs, isFull } = tap.end()
    expect(isFull).toBe(false)
    expect(lastedMs).toBeGreaterThanOrEqual(lastMs)
    expect(connections.map(each => [text(bytesOf(each, 'up')), text(bytesOf(each, 'down'))])).toEqual([
      ['abcd', 'abcabcdd'],
      ['x', 'xx'],
    ])
    const [first, second] = connections
    expect([first!.closedBy, second!.closedBy, second!.closedMs]).toEqual(['client', undefined, undefined])
    const times = [first!.openedMs, ...first!.chunks.map(({ atMs }) => atMs), first!.closedMs!]
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(first!.closedMs).toBeLessThanOrEqual(lastedMs)
    // One that is closed has no port any more.
    expect(second!.serverPort).toBe(ofServer[1]!.remotePort)
  })

  test('says who ended a connection', async () => {
    const { tap, open, ofServer } = await tapped()
    tap.begin()
    const { socket, say } = await open()
    await say('a')
    ofServer[0]!.end()
    await once(socket, 'close')
    await tap.quiet()
    expect(tap.end().connections[0]!.closedBy).toBe('server')
  })

  test('ends what was open before a capture, but for the connection that asked for it, and keeps nothing of either', async () => {
    const { tap, open, ofServer } = await tapped()
    const [asking, idle] = [await open(), await open()]
    await asking.say('begin')
    await idle.say('earlier')
    const gone = once(idle.socket, 'close')
    tap.begin(ofServer[0]!.remotePort)
    await gone
    await asking.say('goes on')
    expect(tap.end().connections).toEqual([])
  })

  test('ends what it kept where a capture ends, but for the connection that asked for it', async () => {
    const { tap, open, ofServer } = await tapped()
    tap.begin()
    const [kept, asking] = [await open(), await open()]
    await kept.say('a')
    await asking.say('end')
    const gone = once(kept.socket, 'close')
    expect(tap.end(ofServer[1]!.remotePort).connections.map(({ closedBy }) => closedBy)).toEqual([undefined, undefined])
    await gone
    await asking.say('goes on')
  })

  test('keeps nothing between captures, and throws where none is ended', async () => {
    const { tap, open } = await tapped()
    expect(() => tap.end()).toThrow('nothing is captured: begin comes before end')
    tap.begin()
    tap.end()
    const { say } = await open()
    await say('unheard')
    expect(() => tap.end()).toThrow('nothing is captured')
    tap.begin()
    expect(tap.end()).toMatchObject({ connections: [], isFull: false })
  })

  test.each([
    ['many bytes', (say: (text: string) => Promise<void>) => say('x'.repeat(MAX_BYTES))],
    [
      'very many pieces',
      async (say: (text: string) => Promise<void>) => {
        for (let i = 0; i * 128 < MAX_BYTES; i++) await say('x')
      },
    ],
  ])('stops to keep more once that would be too much, and goes on to pass it: %s', async (_of, speak) => {
    let full = 0
    const { tap, open } = await tapped({ maxBytes: MAX_BYTES, onFull: () => full++ })
    tap.begin()
    const { say } = await open()
    await speak(say)
    const { connections, isFull } = tap.end()
    expect([isFull, full]).toEqual([true, 1])
    const kept = connections.flatMap(({ chunks }) => chunks)
    expect(kept.reduce((sum, { bytes }) => sum + bytes.length + 128, 0)).toBeLessThanOrEqual(MAX_BYTES)
    expect(full).toBe(1)
  })

  test('passes on what nobody captures', async () => {
    const { open } = await tapped()
    const { say } = await open()
    await say('hello')
  })
})
