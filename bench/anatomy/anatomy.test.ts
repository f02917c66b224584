// The anatomy as somebody starts it: the real program, what it prints and serves, and what it leaves behind.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { anatomyPaths } from '../../server/anatomy/wire.ts'
import { paths } from '../../server/protocol.ts'
import { exitCodes } from '../cli/exit.ts'
import { freePorts } from '../fleet/program.ts'
import { parseAnatomyOptions } from './options.ts'

const program = fileURLToPath(new URL('../../dist/bench/anatomy.js', import.meta.url))
const patience = { timeout: 20_000, interval: 25 }
let folder: string
const cleanups: (() => unknown)[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-anatomy-cli-test-'))
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  await rm(folder, { recursive: true, force: true })
})

/** Runs it with temporary files of its own: they can be seen to be gone. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, NO_COLOR: '1', TMPDIR: folder, ...env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }))
  cleanups.push(async () => {
    child.kill('SIGINT')
    await ended
  })
  return {
    pid: child.pid!,
    ended,
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    /** The page's address, once it is up. */
    async up(): Promise<URL> {
      await expect.poll(() => stdout + stderr, patience).toMatch(/Ctrl-C ends it/)
      return new URL(/anatomy {2}(\S+)/.exec(stdout)![1]!)
    },
    said: () => stdout,
  }
}

const childrenOf = (pid: number): number[] => {
  try {
    return execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
      .map(Number)
  } catch {
    return []
  }
}
const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('npm run anatomy', () => {
  test('serves the API through the tap, under the address that it prints, to this machine alone', async () => {
    const [port] = await freePorts(1)
    const { up } = start(['--port', String(port)], { LAB_PUBLISH_TOKEN: 'secret' })
    const url = await up()
    expect(url.href).toBe(`http://127.0.0.1:${port}${anatomyPaths.page}`)
    expect(await (await fetch(new URL(anatomyPaths.state, url))).json()).toMatchObject({ canCapture: true })
    // Whatever the environment says, a page can publish.
    const published = await fetch(new URL(paths.notices, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url.origin },
      body: '{"body":1}',
    })
    expect(published.status).toBe(201)
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends in order at %s, also while something is captured, and leaves nothing',
    async signal => {
      const { up, pid, ended, signal: send } = start([])
      const url = await up()
      const begun = await fetch(new URL(anatomyPaths.captures, url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"transport":"sse"}',
      })
      expect(begun.status).toBe(201)
      const children = childrenOf(pid)
      expect(children.length).toBe(1)
      send(signal)
      expect(await ended).toMatchObject({ code: exitCodes.ok, stderr: '' })
      expect(children.filter(isThere)).toEqual([])
      expect(await readdir(folder)).toEqual([])
      await expect(fetch(url)).rejects.toThrow()
    },
  )

  test('ends where it is stopped while it starts', async () => {
    const { pid, ended, signal, said } = start([])
    await expect.poll(said, patience).toMatch(/starting/)
    await expect.poll(() => childrenOf(pid).length, patience).toBe(1)
    const children = childrenOf(pid)
    signal('SIGINT')
    expect((await ended).code).toBe(exitCodes.ok)
    expect(children.filter(isThere)).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })

  test('ends with code 4 where its server dies', async () => {
    const { up, pid, ended } = start([])
    await up()
    for (const child of childrenOf(pid)) process.kill(child, 'SIGKILL')
    const { code, stderr } = await ended
    expect([code, stderr]).toEqual([exitCodes.server, expect.stringMatching(/^the server died \(SIGKILL\)\n$/)])
    expect(await readdir(folder)).toEqual([])
  })

  test('takes the next port where one is taken, and says so', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    cleanups.push(() => taken.close())
    const { port } = taken.address() as { port: number }
    const { up, said } = start(['--port', String(port)])
    const url = await up()
    expect(Number(url.port)).toBeGreaterThan(port)
    expect(said()).toContain(`port ${port} is taken, using ${url.port}`)
  })

  test('speaks TLS where it is asked to', async () => {
    const { up, said } = start(['--tls'])
    expect((await up()).protocol).toBe('https:')
    expect(said()).toMatch(/certificate was made just now/)
  })
})

describe('its options', () => {
  test('have defaults', () => {
    expect(parseAnatomyOptions([])).toEqual({
      port: 8080,
      tls: false,
      record: false,
      out: 'client/anatomy/recordings',
      color: true,
      help: false,
    })
    expect(parseAnatomyOptions(['--record', '--out', 'x', '--no-color'])).toMatchObject({ out: 'x', color: false })
  })

  test.each([
    [['--prot', '1'], 'unknown option "--prot": did you mean "--port"?'],
    [['--lan'], /^unknown option "--lan"/],
    [['--port', 'many'], '--port must be a whole number from 1 to 65535, got "many"'],
    [['--port', '0'], '--port must be a whole number from 1 to 65535, got "0"'],
    [['now'], 'the anatomy takes options only, got "now"'],
    [['--record', '--tls'], '--record captures TLS as well, so --tls must not stand beside it'],
    [['--out', 'x'], '--out says where --record writes to, got "x" without it'],
    [['--tls=yes'], /^Option '--tls' does not take an argument/],
  ])('%j are refused in a sentence', (args, says) => {
    expect(() => parseAnatomyOptions(args)).toThrow(expect.objectContaining({ exitCode: exitCodes.usage }))
    expect(() => parseAnatomyOptions(args)).toThrow(says)
  })

  test('are told by --help, and refused with code 2', async () => {
    const help = await start(['--help']).ended
    expect(help).toMatchObject({
      code: exitCodes.ok,
      stderr: '',
      stdout: expect.stringMatching(/^Usage: npm run anatomy/),
    })
    expect(await start(['--prot']).ended).toMatchObject({ code: exitCodes.usage, stdout: '' })
  })
})
