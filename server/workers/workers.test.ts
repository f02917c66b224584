// A server of several processes as it is run: one port, one stream, and whatever happens to one of them.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { Client } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { nodeNetwork } from '../../client/network/node.ts'
import { clientTransports } from '../../client/transports/index.ts'
import type { Missed, Notice } from '../protocol.ts'
import type { Status } from '../status.ts'

const program = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url))
const transports = Object.keys(clientTransports) as (keyof typeof clientTransports)[]

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Running {
  readonly child: ChildProcess
  readonly url: string
  readonly socketPath: string
  readonly ended: Promise<[code: number | null, stdout: string, stderr: string]>
  status(): Promise<Status>
}

function spawnServer(...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, LAB_PUBLISH_TOKEN: undefined } })
  cleanups.push(() => child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  const url = new Promise<string>(resolve =>
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      const found = /https?:\S+/.exec(stdout)
      if (found) resolve(found[0])
    }),
  )
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close').then(([code]) => [code, stdout, stderr] as [number | null, string, string])
  return { child, url, ended }
}

/** A server with workers, and a control socket. */
async function serve(workers: number, ...args: string[]): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-workers-test-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  const socketPath = join(folder, 'control.sock')
  const { child, url, ended } = spawnServer(
    '--port',
    '0',
    '--workers',
    String(workers),
    '--control',
    socketPath,
    ...args,
  )
  const control = new Client('http://localhost', { socketPath })
  cleanups.push(() => control.destroy())
  const status = async () => {
    const { body } = await control.request({ path: '/api/status', method: 'GET' })
    return (await body.json()) as Status
  }
  return { child, url: await url, socketPath, ended, status }
}

/** One request on a connection of its own: whichever worker takes it. */
async function ask(url: string, path: string, bodies?: readonly unknown[]) {
  const client = new Client(url)
  try {
    const { statusCode, body } = await client.request(
      bodies
        ? {
            path,
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(bodies),
          }
        : { path, method: 'GET' },
    )
    return { status: statusCode, body: (await body.json()) as Record<string, unknown> }
  } finally {
    await client.destroy()
  }
}

const publish = async (url: string, bodies: readonly unknown[]): Promise<{ cursor: string; seqs: number[] }> => {
  const { status, body } = await ask(
    url,
    '/api/notices',
    bodies.map(body => ({ body })),
  )
  expect(status).toBe(201)
  return body as unknown as { cursor: string; seqs: number[] }
}

interface Reader {
  readonly notices: Notice[]
  readonly gaps: Missed[]
  cursor: string | undefined
  isOpen: boolean
}

/** Polls of one session would meet now this worker, now that one: nothing keeps a client's connections together. */
const byFrames = { transportOptions: { over: 'frames' } } as const

async function read(name: keyof typeof clientTransports, url: string, after?: string): Promise<Reader> {
  const { subscribe } = await clientTransports[name].load()
  const abort = new AbortController()
  cleanups.push(() => abort.abort())
  const reader: Reader = { notices: [], gaps: [], cursor: after, isOpen: false }
  subscribe({
    baseUrl: url,
    network: nodeNetwork(),
    signal: abort.signal,
    pollIntervalMs: 50,
    random: () => 0.1,
    ...(name === 'socket-io' && byFrames),
    ...(after !== undefined && { after }),
    onNotice: (notice, cursor) => {
      reader.notices.push(notice)
      reader.cursor = cursor
    },
    onGap: (missed, cursor) => {
      reader.gaps.push(missed)
      reader.cursor = cursor
    },
    onState: state => {
      if (state === 'open') reader.isOpen = true
    },
  })
  return reader
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1)
const seqsOf = ({ notices }: Reader): number[] => notices.map(({ seq }) => seq)
const patience = { timeout: 15_000, interval: 10 }

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
const pidsOf = ({ workers }: Status): number[] => workers!.map(({ pid }) => pid)

/** Does `connect` once for each worker, with all others stopped: who takes a connection is the kernel's choice, and can be one worker for all. */
async function withEach<Result>(pids: readonly number[], connect: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (const pid of pids) {
    const others = pids.filter(other => other !== pid)
    for (const other of others) process.kill(other, 'SIGSTOP')
    try {
      results.push(await connect())
    } finally {
      for (const other of others) process.kill(other, 'SIGCONT')
    }
  }
  return results
}

describe('with two workers', () => {
  const EACH = 6
  let server: Running

  it('all subscribers of every transport get every notice once and in order, whichever worker took it', async () => {
    server = await serve(2)
    const pids = pidsOf(await server.status())
    const halves = await withEach(pids, async () => {
      const half = await Promise.all(transports.flatMap(name => upTo(EACH / 2).map(() => read(name, server.url))))
      await expect.poll(() => half.every(({ isOpen }) => isOpen), patience).toBe(true)
      return half
    })
    const readers = halves.flat()
    // Polls come now and then; what is pushed to is there for good, on both workers.
    const { workers, process: whole } = await server.status()
    expect(workers).toHaveLength(2)
    const pushed = transports.filter(name => !name.includes('polling'))
    for (const { open } of workers!) expect(open).toBeGreaterThanOrEqual((pushed.length * EACH) / 2)
    expect(whole.cpuUs).toBeGreaterThan(workers!.reduce((sum, { cpuUs }) => sum + cpuUs, 0))

    const published = await Promise.all(
      upTo(60).map(n =>
        publish(server.url, [
          { n, of: 'first' },
          { n, of: 'second' },
        ]),
      ),
    )
    // One numbering: each pair is a pair, and none is used twice.
    for (const { seqs } of published) expect(seqs[1]).toBe(seqs[0]! + 1)
    expect(published.flatMap(({ seqs }) => seqs).sort((a, b) => a - b)).toEqual(upTo(120))
    await expect.poll(() => readers.every(({ notices }) => notices.length >= 120), patience).toBe(true)
    for (const reader of readers) {
      expect(seqsOf(reader)).toEqual(upTo(120))
      expect(reader.gaps).toEqual([])
    }
    const bodies = JSON.stringify(readers[0]!.notices)
    for (const { notices } of readers) expect(JSON.stringify(notices)).toBe(bodies)

    // Counted once over both, for whoever asks.
    const { transports: counted, log } = await server.status()
    for (const name of pushed) expect(counted[name]!.notices, name).toBe(EACH * 120)
    expect(log).toMatchObject({ held: 120, cursor: expect.stringMatching(/\.120$/) })
    const { body } = await ask(server.url, '/api/status')
    const asked = body as unknown as Status
    expect(pidsOf(asked).sort()).toEqual(workers!.map(({ pid }) => pid).sort())
    for (const name of pushed) expect(asked.transports[name]!.notices).toBe(EACH * 120)
  })

  it('each counts its own connections, so that all together hold as many as all of them may', async () => {
    server = await serve(2, '--max-connections', '7', '--requests-per-second', '9')
    await withEach(pidsOf(await server.status()), () => read('websocket', server.url))
    await expect.poll(async () => (await server.status()).limits.subscribers, patience).toBe(2)
    expect((await server.status()).limits).toMatchObject({
      connections: 2,
      maxConnections: 14,
      maxSubscribers: 14,
      perAddress: { requestsPerSecond: 18, publishesPerSecond: 2000 },
    })
  })

  it('a publish id is remembered whichever worker is asked, and the control socket publishes into the same stream', async () => {
    server = await serve(2)
    const once = [{ body: 'once', id: 'a-1' }]
    const answers = await Promise.all(upTo(8).map(() => ask(server.url, '/api/notices', once)))
    expect(answers.map(({ body }) => body.seqs)).toEqual(Array(8).fill([1]))
    const reader = await read('websocket', server.url, 'earliest')
    const control = new Client('http://localhost', { socketPath: server.socketPath })
    cleanups.push(() => control.destroy())
    const beforeNs = process.hrtime.bigint()
    const { statusCode, body } = await control.request({
      path: '/api/notices',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '[{"body":"once","id":"a-1"},{"body":"by control"}]',
    })
    const answer = (await body.json()) as { seqs: number[]; appendedNs: string }
    expect([statusCode, answer.seqs]).toEqual([201, [1, 2]])
    expect(BigInt(answer.appendedNs)).toBeGreaterThan(beforeNs)
    await expect.poll(() => reader.notices.map(({ body }) => body), patience).toEqual(['once', 'by control'])
    const metrics = await control.request({ path: '/metrics', method: 'GET' })
    expect(await metrics.body.text()).toContain('transport_lab_log_held 2')
    const elsewhere = await control.request({ path: '/api/sse', method: 'GET' })
    expect(elsewhere.statusCode).toBe(404)
    expect(((await elsewhere.body.json()) as { detail: string }).detail).toContain('subscribers come by the port')
  })

  it('a worker that is killed is replaced: its subscribers go on elsewhere, and the new one has the whole stream', async () => {
    server = await serve(2)
    const first = await publish(server.url, upTo(20))
    const before = first.cursor.replace(/\d+$/, '0')
    const readers = await Promise.all(
      transports.flatMap(name => upTo(4).map(() => read(name, server.url, first.cursor))),
    )
    await expect.poll(() => readers.every(({ isOpen }) => isOpen), patience).toBe(true)
    const pids = pidsOf(await server.status())
    process.kill(pids[0]!, 'SIGKILL')
    await expect.poll(() => isAlive(pids[0]!), patience).toBe(false)
    for (const n of upTo(10)) await publish(server.url, [n])
    await expect.poll(() => readers.every(({ notices }) => notices.length >= 10), patience).toBe(true)
    await expect.poll(async () => pidsOf(await server.status()).length, patience).toBe(2)
    await publish(server.url, ['and on'])
    await expect.poll(() => readers.every(({ notices }) => notices.length >= 11), patience).toBe(true)
    for (const reader of readers) {
      expect(seqsOf(reader)).toEqual(upTo(31).slice(20))
      expect(reader.gaps).toEqual([])
    }

    // Now only the new one is left, with what was published before it was there.
    process.kill(pids[1]!, 'SIGSTOP')
    try {
      const { body } = await ask(server.url, `/api/short-polling?after=${before}`)
      expect((body.notices as Notice[]).map(({ seq }) => seq)).toEqual(upTo(31))
      expect(body.missed).toBe(0)
    } finally {
      process.kill(pids[1]!, 'SIGCONT')
    }
    server.child.kill('SIGTERM')
    const [code, , stderr] = await server.ended
    expect(code).toBe(0)
    expect(stderr).toContain(`worker ${pids[0]} ended (SIGKILL); another one takes its place`)
  })

  it('what is gone is told as of one server, also by a worker that never had it', async () => {
    server = await serve(2, '--log-capacity', '10')
    const { cursor } = await publish(server.url, [0])
    await publish(server.url, upTo(50))
    process.kill(pidsOf(await server.status())[0]!, 'SIGKILL')
    await expect.poll(async () => pidsOf(await server.status()).length, patience).toBe(2)
    for (const name of transports) {
      const reader = await read(name, server.url, cursor)
      await expect.poll(() => reader.notices.length, patience).toBe(10)
      expect(reader.gaps).toEqual([40])
      expect(seqsOf(reader)).toEqual(upTo(51).slice(41))
    }
    const ahead = await ask(server.url, `/api/short-polling?after=${cursor.replace(/\d+$/, '99')}`)
    expect(ahead.status).toBe(400)
  })
})

describe('the end', () => {
  it('at SIGTERM is orderly for all, and leaves nothing behind', async () => {
    const { child, url, socketPath, ended, status } = await serve(3)
    const polls = upTo(6).map(() => ask(url, '/api/long-polling'))
    await expect.poll(async () => (await status()).transports['long-polling']!.requests, patience).toBe(6)
    const pids = pidsOf(await status())
    expect(existsSync(socketPath)).toBe(true)
    child.kill('SIGTERM')
    for (const { status, body } of await Promise.all(polls)) expect([status, body.notices]).toEqual([200, []])
    const [code, stdout, stderr] = await ended
    // Had one been cut, stderr would say so.
    expect([code, stdout.trim().split('\n').length, stderr.trim()]).toEqual([0, 1, 'SIGTERM: stopping'])
    expect(pids.filter(isAlive)).toEqual([])
    expect(existsSync(socketPath)).toBe(false)
  })

  it('of the primary is the end of its workers, also where nobody told them', async () => {
    const { child, status } = await serve(2)
    const pids = pidsOf(await status())
    child.kill('SIGKILL')
    await expect.poll(() => pids.filter(isAlive), patience).toEqual([])
  })

  it('comes at once where the port is taken, in the words of a server without workers', async () => {
    const busy = createServer().listen(0, '127.0.0.1')
    await once(busy, 'listening')
    cleanups.push(() => busy.close())
    const { port } = busy.address() as AddressInfo
    const [alone, several] = await Promise.all(
      ['1', '2'].map(workers => spawnServer('--port', String(port), '--workers', workers).ended),
    )
    expect(several).toEqual(alone)
    expect(several).toEqual([3, '', expect.stringContaining(`127.0.0.1:${port} is in use`)])
  })

  it.each(['0', '65', 'two'])('comes with exit code 2 and a sentence for %j workers', async workers => {
    const [code, stdout, stderr] = await spawnServer('--workers', workers).ended
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.trim()).toBe(`--workers must be a whole number from 1 to 64, got "${workers}"`)
  })

  it('comes too where somebody asks for the backplane of the workers', async () => {
    const [code, , stderr] = await spawnServer('--backplane', 'primary').ended
    expect(code).toBe(2)
    expect(stderr).toContain('--backplane must begin with one of memory')
    const [, help] = await spawnServer('--help').ended
    expect(help).not.toContain('primary')
  })
})

it('shows one certificate, whichever worker takes the connection', async () => {
  const { url, status } = await serve(2, '--tls', 'self-signed')
  const pids = pidsOf(await status())
  const shown = await withEach(pids, async () => {
    const socket = connectTls({ port: Number(new URL(url).port), host: '127.0.0.1', rejectUnauthorized: false })
    cleanups.push(() => socket.destroy())
    await once(socket, 'secureConnect')
    return socket.getPeerCertificate().fingerprint256
  })
  for (const { open } of (await status()).workers!) expect(open).toBe(1)
  expect(shown[0]).toMatch(/^[0-9A-F:]{95}$/)
  expect(shown).toEqual([shown[0], shown[0]])
})
