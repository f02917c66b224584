// The server as a program: what it says, what it exits with, and that it leaves nothing behind.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Agent, Client, request } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { type Certificate, selfSigned } from './certificate.ts'

const program = fileURLToPath(new URL('../dist/server/main.js', import.meta.url))

/** A file that is neither a certificate nor a key. */
const ours = fileURLToPath(import.meta.url)

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function start(...args: string[]): {
  child: ChildProcess
  ended: Promise<[code: number | null, stdout: string, stderr: string]>
  url: Promise<string>
} {
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
  return { child, ended, url }
}

describe('the server', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'says where it listens once it does, and ends in order at %s, its control socket gone',
    async signal => {
      const folder = await mkdtemp(join(tmpdir(), 'lab-main-test-'))
      cleanups.push(() => rm(folder, { recursive: true, force: true }))
      const socket = join(folder, 'control.sock')
      const { child, ended, url } = start('--port', '0', '--control', socket)
      const poll = fetch(`${await url}/api/long-polling`)
      while (
        !(await (await fetch(`${await url}/metrics`)).text()).includes('requests_total{transport="long-polling"} 1')
      )
        await new Promise(resolve => setImmediate(resolve))
      expect(existsSync(socket)).toBe(true)
      child.kill(signal)
      expect((await (await poll).json()).notices).toEqual([])
      const [code, stdout, stderr] = await ended
      expect([code, stdout.trim().split('\n').length, stderr.trim()]).toEqual([0, 1, `${signal}: stopping`])
      expect(existsSync(socket)).toBe(false)
    },
  )

  describe('with a certificate and a key', () => {
    const files = async () => {
      const folder = await mkdtemp(join(tmpdir(), 'lab-main-test-'))
      cleanups.push(() => rm(folder, { recursive: true, force: true }))
      const write = async (name: string, { cert, key }: Certificate) => {
        await writeFile(join(folder, `${name}.crt`), cert)
        await writeFile(join(folder, `${name}.key`), key)
        return [join(folder, `${name}.crt`), join(folder, `${name}.key`)] as const
      }
      return [await write('a', await selfSigned(['lab.test'])), await write('b', await selfSigned())] as const
    }

    it('serves https, and says so', async () => {
      const [[cert, key]] = await files()
      const { url } = start('--port', '0', '--tls-cert', cert, '--tls-key', key)
      const base = await url
      expect(base).toMatch(/^https:/)
      const dispatcher = new Agent({ connect: { ca: readFileSync(cert), servername: 'lab.test' } })
      cleanups.push(() => dispatcher.close())
      expect((await request(`${base}/healthz`, { dispatcher })).statusCode).toBe(200)
    })

    it.each([
      ['of another certificate', 'must be the key of the certificate', 0, 1, 1],
      ['that is a certificate', 'must be a private key in PEM, without a passphrase', 0, 0, 0],
    ] as const)('refuses a key %s', async (_, words, ofCert, ofKey, part) => {
      const made = await files()
      const [code, stdout, stderr] = await start('--tls-cert', made[ofCert][0], '--tls-key', made[ofKey][part]).ended
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(new RegExp(`^--tls-key ${words}.*got "[^"]+"\n$`))
    })
  })

  it('names a busy port and what to type instead, and prints no success', async () => {
    const busy = createServer().listen(0, '127.0.0.1')
    await once(busy, 'listening')
    cleanups.push(() => busy.close())
    const { port } = busy.address() as AddressInfo
    const [code, stdout, stderr] = await start('--port', String(port)).ended
    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toContain(`127.0.0.1:${port} is in use; choose another with --port`)
  })

  it.each([
    [['--port', '70000'], '--port must be a whole number from 0 to 65535, got "70000"'],
    [['--port', 'x'], 'got "x"'],
    [['--coalesce', 'maybe'], '--coalesce must be on or off, got "maybe"'],
    [['--heartbeat-ms', '16000'], '--heartbeat-ms must be a whole number from 100 to 15000, got "16000"'],
    [['--log-capacity', '0'], '--log-capacity must be'],
    [['--host', '0.0.0.0'], 'give --publish-token'],
    [['--allow-origin', 'example.org'], '--allow-origin must be an origin'],
    [['--backplane', 'kafka://x'], '--backplane must begin with one of memory'],
    [['--backplane', 'redis'], '--backplane redis must be a URL like redis://127.0.0.1:6379, got "redis"'],
    [['--backplane', 'memory://x'], '--backplane memory must be that word alone, got "memory://x"'],
    [['--tls', 'yes'], '--tls must be self-signed, got "yes"'],
    [['--tls-cert', 'a.pem'], '--tls-cert needs --tls-key beside it, got "a.pem" alone'],
    [['--tls-key', 'a.pem'], '--tls-key needs --tls-cert beside it, got "a.pem" alone'],
    [
      ['--tls', 'self-signed', '--tls-cert', 'a', '--tls-key', 'b'],
      '--tls self-signed must not stand beside --tls-cert',
    ],
    [
      ['--tls-cert', '/no/such', '--tls-key', ours],
      '--tls-cert must be a file that can be read, got "/no/such" (ENOENT)',
    ],
    [['--tls-cert', ours, '--tls-key', ours], '--tls-cert must be a certificate in PEM, got '],
    [['--nonsense'], 'unknown option "--nonsense"'],
    [['--prot', '3'], 'unknown option "--prot": did you mean "--port"?'],
    [['-p', '9'], 'unknown option "-p". See --help'],
    [['-x'], 'unknown option "-x". See --help'],
    [['stray'], 'stray'],
    [['--port'], '--port'],
  ])('ends with exit code 2 and a sentence for %j', async (args, words) => {
    const [code, stdout, stderr] = await start(...args).ended
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(words)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('refuses a control socket in a folder that others can enter', async () => {
    const [code, , stderr] = await start('--port', '0', '--control', '/tmp/lab-control-test.sock').ended
    expect(code).toBe(3)
    expect(stderr).toContain('mode 0700')
  })

  it('takes the control socket of a server that was killed, and leaves that of one that runs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lab-main-test-'))
    cleanups.push(() => rm(folder, { recursive: true, force: true }))
    const path = join(folder, 'control.sock')
    for (const more of [[], ['--workers', '2']]) {
      const killed = start('--port', '0', '--control', path, ...more)
      await killed.url
      killed.child.kill('SIGKILL')
      await killed.ended
      expect(existsSync(path)).toBe(true)
      const next = start('--port', '0', '--control', path, ...more)
      await next.url
      const [code, stdout, stderr] = await start('--port', '0', '--control', path, ...more).ended
      expect([code, stdout, stderr]).toEqual([
        3,
        '',
        `--control ${JSON.stringify(path)} is the socket of a server that runs; name another path\n`,
      ])
      const client = new Client('http://localhost', { socketPath: path })
      cleanups.push(() => client.destroy())
      expect((await client.request({ path: '/healthz', method: 'GET' })).statusCode).toBe(200)
      next.child.kill('SIGTERM')
      await next.ended
    }
    await writeFile(path, 'mine')
    const [code, , stderr] = await start('--port', '0', '--control', path).ended
    expect([code, stderr]).toEqual([
      3,
      `--control must be a path for a socket, got ${JSON.stringify(path)}, which is something else\n`,
    ])
    expect(readFileSync(path, 'utf8')).toBe('mine')
  })

  it('logs nothing of clients that go away in the middle of what they send or read', async () => {
    const { child, ended, url } = start('--port', '0')
    const port = Number(new URL(await url).port)
    const head = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`
    for (const text of [
      head('/api/notices'),
      head('/api/demo/phones'),
      head('/api/demo/act'),
      head('/api/socket-io/?EIO=4&transport=polling'),
      'GET /api/demo/recording HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'GET /api/runs/delivery HTTP/1.1\r\nHost: localhost\r\n\r\n',
    ])
      for (const end of ['destroy', 'resetAndDestroy'] as const) {
        const socket = connect(port, '127.0.0.1')
        socket.on('error', () => {})
        await once(socket, 'connect')
        socket.write(text)
        // Until the server has read it: an answer to a later request says so.
        await fetch(`${await url}/healthz`)
        socket[end]()
        await once(socket, 'close')
        await fetch(`${await url}/healthz`)
      }
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, expect.any(String), 'SIGTERM: stopping\n'])
  })

  it('prints its help', async () => {
    const [code, stdout] = await start('--help').ended
    expect(code).toBe(0)
    expect(stdout).toMatch(/Usage: npm start/)
  })
})
