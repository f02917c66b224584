// What strangers were found to freeze or kill a server with, each in its smallest form, against one with a heap of 256 MB: it goes on, others are
// served meanwhile, and it has not grown beyond a bound. What is refused, and how, is tested beside the code that does.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, open, rm, symlink } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { demoPaths } from './demo/wire.ts'
import { maskedFrame, opcodes } from './frames.ts'
import type { PollAnswer } from './protocol.ts'
import type { Status } from './status.ts'

const program = fileURLToPath(new URL('../dist/server/main.js', import.meta.url))
const MIB = 1024 * 1024
const MOST_QUEUED_BYTES = 64 * MIB
/** Heap and queues as they are set, bodies that have not ended (32 MiB), and what a process takes by itself. */
const MOST_RSS_BYTES = (256 + 64 + 32 + 160) * MIB

let folder = ''
let child: ChildProcess
let url: URL
let said = ''
/** What the process took before the attack. */
let restBytes = 0
const sockets = new Set<Socket>()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-attacks-test-'))
  await mkdir(join(folder, 'results'))
  const control = join(folder, 'inner', 'control.sock')
  child = spawn(
    process.execPath,
    [
      '--max-old-space-size=256',
      program,
      ...['--port', '0', '--control', control, '--results', join(folder, 'results')],
      ...['--max-queued-bytes', String(MOST_QUEUED_BYTES)],
      // What is asked of it here is more than it would take of anybody; and while it is busy, a connection of somebody else's is not closed as idle.
      ...['--keep-alive-ms', '600000'],
      ...['--publishes-per-second', '1000000'],
    ],
    { env: { ...process.env, LAB_PUBLISH_TOKEN: undefined } },
  )
  said = ''
  child.stderr!.setEncoding('utf8').on('data', text => (said += text))
  const [text] = await once(child.stdout!.setEncoding('utf8'), 'data')
  url = new URL(/https?:\S+/.exec(String(text))![0])
  await settle()
})

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  await rm(folder, { recursive: true, force: true })
})

const status = async (): Promise<Status> => (await (await fetch(new URL('/api/status', url))).json()) as Status
const settle = async (): Promise<void> => {
  restBytes = (await status()).process.rssBytes
}
const turn = (ms = 5): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** A connection that sends `text`. */
function send(text: string | Buffer): Socket {
  const socket = connect(Number(url.port), '127.0.0.1').on('error', () => {})
  sockets.add(socket.once('close', () => sockets.delete(socket)))
  socket.write(text)
  return socket
}

const closed = (socket: Socket): Promise<void> =>
  new Promise(resolve => {
    if (socket.destroyed) resolve()
    else socket.once('close', () => resolve())
  })

/** One that reads nothing. */
const deaf = (text: string | Buffer): Socket => send(text).pause()

/** Writes all of it, as far as the other end takes it. */
const written = (socket: Socket, bytes: Buffer): Promise<void> =>
  new Promise(resolve => {
    socket.once('close', resolve)
    socket.write(bytes, () => resolve())
  })

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
const handshake = (path: string): string =>
  get(path).replace(
    /\r\n$/,
    'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )

const publish = (body: string): Promise<Response> =>
  fetch(new URL('/api/notices', url), { method: 'POST', headers: { 'content-type': 'application/json' }, body })

/** Fills the log with so many notices of 60 kB. */
async function fill(count: number): Promise<void> {
  const notice = JSON.stringify({ body: 'x'.repeat(60_000) })
  for (let left = count; left > 0; left -= 16) {
    const { status } = await publish(`[${Array(Math.min(16, left)).fill(notice).join(',')}]`)
    expect(status).toBe(201)
  }
  await settle()
}

/** It lives, has written nothing, serves somebody else, and has not grown beyond its bound. */
async function expectWell(): Promise<void> {
  const { seqs } = (await (await publish('{"body":"for somebody else"}')).json()) as { seqs: number[] }
  const after = `${(await status()).log.cursor.split('.')[0]}.${seqs[0]! - 1}`
  const { notices } = (await (await fetch(new URL(`/api/short-polling?after=${after}`, url))).json()) as PollAnswer
  expect(notices[0]).toMatchObject({ seq: seqs[0], body: 'for somebody else' })
  const { process: own, queued } = await status()
  // LAB_FIGURES=1 prints what server/README.md says of them.
  if (process.env.LAB_FIGURES)
    console.log(`${Math.round((own.rssBytes - restBytes) / MIB)} MiB more: ${expect.getState().currentTestName}`)
  expect(own.rssBytes).toBeLessThan(MOST_RSS_BYTES)
  expect(queued.bytes).toBeLessThanOrEqual(MOST_QUEUED_BYTES)
  expect(said).toBe('')
  expect(child.exitCode).toBeNull()
}

describe('one request whose work is more than its size', () => {
  it.each([
    [
      'thousands of numbers in each of a thousand notices',
      `[${Array(1000)
        .fill(`{"body":[${Array(90).fill(123456789).join(',')}]}`)
        .join(',')}]`,
    ],
    [
      'runs of digits',
      `[${Array(16)
        .fill(`{"body":"${'9'.repeat(60_000)}"}`)
        .join(',')}]`,
    ],
    ['one number of a million digits', `{"body":${'1'.repeat(1_000_000)}}`],
    ['brackets within each other', `{"body":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
    ['as many keys as there is room for', `{"body":{${Array.from({ length: 9000 }, (_, i) => `"${i}":0`).join(',')}}}`],
  ])('%s', async (_what, body) => {
    const answer = publish(body)
    // Somebody else is not made to wait for it as long as it was.
    await expectWell()
    expect((await answer).status).toBeLessThan(500)
  })
})

describe('a connection that makes the server keep what it sends', () => {
  it('fragments without end or content', async () => {
    const first = maskedFrame(opcodes.text, Buffer.from('x'))
    first[0]! &= 0x7f
    const empty = maskedFrame(opcodes.continuation, Buffer.alloc(0))
    empty[0]! &= 0x7f
    const socket = send(handshake('/api/websocket')).resume()
    await written(socket, Buffer.concat([first, ...Array<Buffer>(500_000).fill(empty)]))
    await closed(socket)
    await expectWell()
  })

  it.each(['/api/websocket', '/api/socket-io/?EIO=4&transport=websocket'])(
    'pings whose pongs it does not read, on %s',
    async path => {
      const pings = Buffer.concat(Array<Buffer>(100_000).fill(maskedFrame(opcodes.ping, Buffer.alloc(125))))
      const socket = deaf(handshake(path))
      for (let i = 0; i < 5 && !socket.destroyed; i++) await written(socket, pings)
      await closed(socket)
      await expectWell()
    },
  )

  it('publish ids', async () => {
    for (let from = 0; from < 120_000; from += 1000) {
      const ids = Array.from({ length: 1000 }, (_, i) => `{"body":1,"id":"${String(from + i).padStart(64, 'i')}"}`)
      expect((await publish(`[${ids.join(',')}]`)).status).toBe(201)
    }
    await expectWell()
  })

  it('sessions of Socket.IO', async () => {
    let got = 0
    let refused = 0
    const socket = send('').setEncoding('latin1')
    for (let i = 0; i < 2000 && !socket.destroyed; i++) {
      socket.write(get('/api/socket-io/?EIO=4&transport=polling'))
      const [answer] = (await once(socket, 'data')) as [string]
      if (answer.startsWith('HTTP/1.1 200')) got++
      else refused++
    }
    expect(got).toBeLessThanOrEqual(200)
    expect(refused).toBeGreaterThan(0)
    await expectWell()
  })

  it('bodies that do not end', async () => {
    const head =
      'POST /api/notices HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n'
    for (let i = 0; i < 300; i++) await written(send(head).resume(), Buffer.alloc(990_000, 'x'))
    expect((await status()).queued.unfinishedBytes).toBeLessThanOrEqual(32 * MIB)
    await expectWell()
  })

  it('frames of 16 MB to a page of the demo', async () => {
    const engine = new WebSocket(`ws+unix://${join(folder, 'inner', 'control.sock')}:${demoPaths.engine}`)
    await once(engine, 'open')
    engine.send(JSON.stringify({ start: { startedAtMs: Date.now(), token: 'x', code: 'WXYZ', joinUrls: [] } }))
    while (!((await (await fetch(new URL(demoPaths.state, url))).json()) as { isLive: boolean }).isLive) await turn()
    const half = maskedFrame(opcodes.text, Buffer.alloc(16 * MIB)).subarray(0, 15 * MIB)
    for (let i = 0; i < 40; i++) await written(send(handshake(demoPaths.telemetry)).resume(), half)
    await expectWell()
    engine.terminate()
  })
})

describe('requests side by side on one connection', () => {
  it('for a thousand assets leave no descriptor open', async () => {
    const page = await (await fetch(new URL('/', url))).text()
    const asset = /\/assets\/[^"]+/.exec(page)![0]
    const descriptors = (): number => readdirSync(`/proc/${child.pid}/fd`).length
    const before = process.platform === 'linux' ? descriptors() : 0
    deaf(get(asset).repeat(1000))
    await turn(500)
    await expectWell()
    // Files are closed in their own time.
    if (process.platform === 'linux') while (descriptors() > before + 20) await turn(50)
  })

  it('that poll for all that a full log holds', async () => {
    await fill(1120)
    for (let i = 0; i < 10; i++) deaf(get('/api/short-polling?after=earliest&limit=10000').repeat(72))
    deaf(get('/api/short-polling?after=earliest&limit=10000').repeat(200))
    await turn(500)
    await expectWell()
  })

  it('that are held, a hundred thousand of them', async () => {
    const { cursor } = (await status()).log
    const socket = send(get(`/api/long-polling?waitMs=60000&after=${cursor}`).repeat(100_000)).resume()
    await closed(socket)
    await expectWell()
  })
})

describe('answers that nobody reads', () => {
  it.each(['short-polling', 'long-polling'])('by a hundred who poll (%s)', async transport => {
    await fill(320)
    for (let i = 0; i < 100; i++) deaf(get(`/api/${transport}?after=earliest&limit=10000`).repeat(20))
    await turn(500)
    await expectWell()
  })

  it.each(['/api/sse', '/api/websocket', '/api/socket-io/?EIO=4&transport=websocket'])(
    'by a hundred who listen at %s',
    async path => {
      const join = maskedFrame(opcodes.text, Buffer.from('40'))
      for (let i = 0; i < 100; i++)
        deaf(
          path === '/api/sse'
            ? get(path)
            : Buffer.concat([Buffer.from(handshake(path)), path.includes('EIO') ? join : Buffer.alloc(0)]),
        )
      await fill(480)
      await expectWell()
    },
  )
})

describe('files', () => {
  it.runIf(process.platform !== 'win32')(
    'that lead out of the folder of runs, never end, or are too large',
    async () => {
      const runs = join(folder, 'results')
      for (const name of ['link', 'pipe', 'large']) await mkdir(join(runs, name))
      await symlink('/etc/passwd', join(runs, 'link', 'run.json'))
      await once(spawn('mkfifo', [join(runs, 'pipe', 'run.json')]), 'exit')
      const large = await open(join(runs, 'large', 'run.json'), 'w')
      await large.truncate(300e6)
      await large.close()
      const { unreadable } = (await (await fetch(new URL('/api/runs', url))).json()) as { unreadable: { id: string }[] }
      expect(unreadable.map(({ id }) => id).sort()).toEqual(['large', 'link', 'pipe'])
      for (const id of ['link', 'pipe', 'large'])
        expect((await fetch(new URL(`/api/runs/${id}`, url))).status).toBe(404)
      await expectWell()
      child.kill('SIGTERM')
      await once(child, 'exit')
      expect(child.exitCode).toBe(0)
    },
  )
})

describe('what clients leave behind', () => {
  it('is nothing in the log where they break off at any point', async () => {
    const post =
      'POST /api/notices HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50000\r\n\r\n'
    for (const text of [
      'G',
      get('/api/status'),
      post,
      `${post}{"body":`,
      get('/api/sse'),
      handshake('/api/websocket').slice(0, 90),
      handshake('/api/websocket'),
      get('/api/long-polling'),
    ])
      for (let i = 0; i < 20; i++) {
        const socket = send(text)
        await once(socket, 'connect')
        await turn(1)
        socket.resetAndDestroy()
      }
    await expectWell()
  })

  it('a control socket of a server that was killed is taken over by the next', async () => {
    const control = join(folder, 'inner', 'control.sock')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(existsSync(control)).toBe(true)
    child = spawn(process.execPath, [program, '--port', '0', '--control', control])
    child.stderr!.setEncoding('utf8').on('data', text => (said += text))
    const [text] = await once(child.stdout!.setEncoding('utf8'), 'data')
    url = new URL(/https?:\S+/.exec(String(text))![0])
    await expectWell()
  })
})

it('a foreign name that was made to point here is not answered', async () => {
  for (const [path, more] of [
    ['/api/status', ''],
    ['/api/runs', ''],
    ['/api/sse', ''],
    [
      '/api/websocket',
      'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
    ],
  ] as const) {
    const socket = send(`GET ${path} HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n${more}\r\n`)
    const [answer] = await once(socket.setEncoding('latin1'), 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 421 /)
  }
  await expectWell()
})
