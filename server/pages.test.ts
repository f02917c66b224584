import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pages } from './pages.ts'
import { sendProblem } from './problem.ts'

let root: string
let server: Server
let port: number

interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly text: string
}

/** Sends the path as it is: `fetch` would tidy it up. */
const ask = (path: string, method = 'GET'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, agent: false }, res => {
      let text = ''
      res.setEncoding('utf8')
      res.on('data', chunk => (text += chunk))
      res.on('end', () => resolve({ status: res.statusCode!, headers: res.headers, text }))
    })
      .on('error', reject)
      .end()
  })

const list = async () => JSON.parse((await ask('/api/runs')).text)

const document = (startedAt: string, more: object = {}) => ({
  format: 'transport-lab-run',
  version: 1,
  status: 'complete',
  startedAt,
  experiment: 'delivery',
  transports: ['one', 'two'],
  ...more,
})

async function put(folder: string, content: unknown): Promise<string> {
  const path = join(root, folder)
  await mkdir(path, { recursive: true })
  await writeFile(join(path, 'run.json'), typeof content === 'string' ? content : JSON.stringify(content))
  return join(path, 'run.json')
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'pages-'))
  await mkdir(join(root, 'web', 'viewer'), { recursive: true })
  await mkdir(join(root, 'web', 'assets'))
  await writeFile(join(root, 'web', 'viewer', 'index.html'), '<!doctype html><title>the page</title>')
  await writeFile(join(root, 'web', 'assets', 'index-abc.js'), 'export {}')
  await writeFile(join(root, 'secret.json'), 'secret')
  await put('secret', { hidden: true })
  const app = express()
  app.use(
    pages({
      distDir: join(root, 'web'),
      resultsDir: join(root, 'results'),
      samplesDir: join(root, 'samples'),
    }),
  )
  app.use(((error, _req, res, _next) => sendProblem(res, error)) satisfies express.ErrorRequestHandler)
  server = app.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  port = (server.address() as AddressInfo).port
})

afterAll(async () => {
  await new Promise(resolve => server.close(resolve))
  await rm(root, { recursive: true })
})

beforeEach(async () => {
  for (const folder of ['results', 'samples']) await rm(join(root, folder), { recursive: true, force: true })
})

describe('the list of runs', () => {
  it('is empty where nothing was measured', async () => {
    expect(await list()).toEqual({ runs: [], unreadable: [] })
  })

  it('has the newest first and what came with the lab last, with what one chooses by', async () => {
    await put('results/a-older', document('2026-01-01T00:00:00.000Z'))
    await put(
      'results/b-newer',
      document('2026-02-01T00:00:00.000Z', {
        name: 'mine',
        status: 'running',
        cells: [],
        roundsDone: 2,
        scenarios: [
          { id: 'x', clients: 100, ratePerSecond: 10, pollIntervalMs: 1000, rttMs: 0, kind: 'delivery' },
          { id: 'y', kind: 'idle' },
          null,
        ],
      }),
    )
    await put('samples/delivery', document('2026-03-01T00:00:00.000Z'))
    await put('samples/peers', document('2026-04-01T00:00:00.000Z'))
    await put('samples/claims', document('2026-03-02T00:00:00.000Z'))
    const { runs } = await list()
    expect(runs).toEqual([
      {
        id: 'b-newer',
        name: 'mine',
        status: 'running',
        startedAt: '2026-02-01T00:00:00.000Z',
        experiment: 'delivery',
        transports: ['one', 'two'],
        roundsDone: 2,
        loads: 1,
        load: { clients: 100, ratePerSecond: 10, pollIntervalMs: 1000, rttMs: 0 },
      },
      // What has no such numbers is listed without them.
      expect.objectContaining({ id: 'a-older', roundsDone: 0, loads: 0 }),
      // The one that a page opens with where nothing was measured here, and then by age.
      expect.objectContaining({ id: 'delivery', isSample: true }),
      expect.objectContaining({ id: 'peers', isSample: true }),
      expect.objectContaining({ id: 'claims', isSample: true }),
    ])
    expect(runs[0]).not.toHaveProperty('isSample')
  })

  it('passes over a run that ended before its first round: no page opens on it', async () => {
    await put('results/measured', document('2026-01-01T00:00:00.000Z', { roundsDone: 1 }))
    await put('results/stopped', document('2026-02-01T00:00:00.000Z', { status: 'partial', roundsDone: 0 }))
    const { runs, unreadable } = await list()
    expect(runs.map(({ id }: { id: string }) => id)).toEqual(['measured'])
    expect(unreadable).toEqual([])
  })

  it('sets apart what cannot be read, with the reason, and passes over what is no run', async () => {
    await put('results/broken', '{')
    await put('results/foreign', { format: 'something else' })
    await put('results/future', document('x', { version: 3 }))
    await put('results/odd', document('x', { transports: [1] }))
    await put('results/Upper', document('x'))
    await mkdir(join(root, 'results', 'empty'))
    const { runs, unreadable } = await list()
    expect(runs).toEqual([])
    expect(
      Object.fromEntries(unreadable.map(({ id, reason }: { id: string; reason: string }) => [id, reason])),
    ).toEqual({
      broken: expect.stringContaining('not JSON'),
      foreign: '"format" must be "transport-lab-run", got "something else"',
      future: '"version" must be 1 or 2, got 3',
      odd: '"transports" must be at most 100 texts of at most 1000 characters, got [1]',
    })
  })

  it('takes nothing but a file of its own that is no larger than a run, and says the same by id', async () => {
    await put('results/own', document('2026-01-01T00:00:00.000Z'))
    const runs = join(root, 'results')
    const fresh = async (id: string) => {
      await mkdir(join(runs, id))
      return join(runs, id, 'run.json')
    }
    await symlink(join(root, 'secret', 'run.json'), await fresh('link-out'))
    await symlink('/dev/zero', await fresh('link-device'))
    await symlink(join(root, 'secret'), join(runs, 'folder-out'))
    await symlink(join(runs, 'own', 'run.json'), await fresh('link-in'))
    await symlink(join(runs, 'nowhere'), await fresh('link-nowhere'))
    await mkdir(await fresh('folder'))
    execFileSync('mkfifo', [await fresh('pipe')])
    const large = await fresh('large')
    await writeFile(large, '')
    await truncate(large, 256e6 + 1)
    const { runs: found, unreadable } = await list()
    expect(found.map(({ id }: { id: string }) => id).sort()).toEqual(['link-in', 'own'])
    const reasons = Object.fromEntries(unreadable.map(({ id, reason }: { id: string; reason: string }) => [id, reason]))
    expect(reasons).toEqual({
      'link-out': 'run.json is a link to outside the folder of runs',
      'link-device': 'run.json is a link to outside the folder of runs',
      folder: 'run.json is no regular file',
      pipe: 'run.json is no regular file',
      large: 'run.json has 256000001 bytes, more than 256000000',
    })
    for (const [id, reason] of Object.entries(reasons)) {
      const { status, text } = await ask(`/api/runs/${id}`)
      expect([status, JSON.parse(text).detail]).toEqual([404, `the run "${id}" cannot be read: ${reason}`])
    }
    for (const id of ['folder-out', 'link-nowhere']) expect((await ask(`/api/runs/${id}`)).status).toBe(404)
    expect(JSON.parse((await ask('/api/runs/link-in')).text)).toEqual(document('2026-01-01T00:00:00.000Z'))
    const { status, headers, text } = await ask('/api/runs/own', 'HEAD')
    expect([status, headers['content-length'], text]).toEqual([
      200,
      String(JSON.stringify(document('2026-01-01T00:00:00.000Z')).length),
      '',
    ])
  })

  it.runIf(process.platform === 'linux')('is read once for all who ask at the same time', async () => {
    const bytes = 500_000
    for (let i = 0; i < 6; i++)
      await put(`results/large-${i}`, document('2026-11-20T10:00:00.000Z', { filler: 'x'.repeat(bytes) }))
    const readBytes = async () => Number(/rchar: (\d+)/.exec(await readFile('/proc/self/io', 'utf8'))![1])
    const before = await readBytes()
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask('/api/runs')))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect((await readBytes()) - before).toBeLessThan(2 * 6 * bytes)
  })

  it('sees a run that changed, and forgets one that is gone', async () => {
    const path = await put('results/live', document('2026-01-01T00:00:00.000Z', { status: 'running' }))
    expect((await list()).runs[0].status).toBe('running')
    await put('results/live', document('2026-01-01T00:00:00.000Z', { status: 'partial' }))
    await utimes(path, 1, 1)
    expect((await list()).runs[0].status).toBe('partial')
    await rm(join(root, 'results', 'live'), { recursive: true })
    expect((await list()).runs).toEqual([])
  })
})

describe('the claims of all runs', () => {
  const claims = async () => JSON.parse((await ask('/api/claims')).text).claims
  const judged = (id: string, verdict: string) => ({ id, verdict, claim: `of ${id}` })

  it('are each there once: what decides first, then of a run of ones own, then the newest', async () => {
    await put(
      'results/older',
      document('2026-01-01T00:00:00.000Z', { claims: [judged('a', 'refuted'), judged('b', 'refuted')] }),
    )
    await put(
      'results/newer',
      document('2026-02-01T00:00:00.000Z', { claims: [judged('a', 'qualified'), judged('c', 'inconclusive')] }),
    )
    await put(
      'samples/all',
      document('2026-03-01T00:00:00.000Z', {
        claims: [judged('c', 'measured'), judged('b', 'measured'), judged('d', 'inconclusive')],
      }),
    )
    expect(await claims()).toEqual([
      { run: 'newer', startedAt: '2026-02-01T00:00:00.000Z', claim: judged('a', 'qualified') },
      { run: 'older', startedAt: '2026-01-01T00:00:00.000Z', claim: judged('b', 'refuted') },
      { run: 'all', startedAt: '2026-03-01T00:00:00.000Z', isSample: true, claim: judged('c', 'measured') },
      { run: 'all', startedAt: '2026-03-01T00:00:00.000Z', isSample: true, claim: judged('d', 'inconclusive') },
    ])
  })

  it('are left out where they are none, or more than is kept of a run', async () => {
    await put('results/odd', document('2026-01-01T00:00:00.000Z', { claims: [judged('a', 'refuted'), { id: 1 }] }))
    await put('results/text', document('2026-01-01T00:00:00.000Z', { claims: 'none' }))
    const long = { ...judged('b', 'refuted'), why: 'x'.repeat(600_000) }
    await put('results/large', document('2026-01-01T00:00:00.000Z', { claims: [long] }))
    await put('results/mine', document('2026-01-01T00:00:00.000Z', { claims: [judged('c', 'refuted')] }))
    expect((await claims()).map(({ claim }: { claim: { id: string } }) => claim.id)).toEqual(['c'])
    expect((await list()).runs).toHaveLength(4)
  })
})

describe('a run', () => {
  it('is served as it is', async () => {
    await put('results/mine', document('2026-01-01T00:00:00.000Z', { cells: ['<script>'] }))
    const { status, headers, text } = await ask('/api/runs/mine')
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(JSON.parse(text)).toEqual(document('2026-01-01T00:00:00.000Z', { cells: ['<script>'] }))
  })

  it.each([
    ['UTF-8 with a mark', (text: string) => Buffer.from(`\ufeff${text}`)],
    ['UTF-16', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ])('as other systems write it is served as UTF-8: %s', async (_, encoded) => {
    const path = await put('results/mine', '')
    await writeFile(path, encoded(JSON.stringify(document('2026-01-01T00:00:00.000Z', { name: 'é' }))))
    expect(JSON.parse((await ask('/api/runs/mine')).text)).toMatchObject({ name: 'é' })
    expect((await list()).runs[0]).toMatchObject({ name: 'é' })
  })

  it.each([
    '/api/runs/..%2fsecret',
    '/api/runs/%2e%2e%2fsecret',
    '/api/runs/..',
    '/api/runs/%2e%2e',
    '/api/runs/a%00b',
    '/api/runs/A',
    `/api/runs/${'a'.repeat(81)}`,
    '/api/runs/../secret',
    '/api/runs/%2fetc%2fpasswd',
    '/api/runs/%E0%A4%A',
  ])('is never found outside the folder of runs: %s', async path => {
    const { status, text } = await ask(path)
    expect([400, 404]).toContain(status)
    expect(text).not.toContain('hidden')
  })

  it('is not kept open for one who asked for it many times and went', async () => {
    await put('results/mine', document('2026-01-01T00:00:00.000Z', { cells: ['x'.repeat(1e6)] }))
    const openNow = async () => {
      const links = await Promise.all(
        (await readdir('/proc/self/fd')).map(fd => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
      )
      return links.filter(link => link.endsWith('/mine/run.json')).length
    }
    const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    const before = timers()
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.pause()
    socket.write('GET /api/runs/mine HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(8))
    if (process.platform === 'linux') await expect.poll(openNow, { timeout: 5000 }).toBeGreaterThan(1)
    socket.destroy()
    if (process.platform === 'linux') await expect.poll(openNow, { timeout: 10_000 }).toBe(0)
    // Nor is anything that would look after it for ever.
    await expect.poll(timers, { timeout: 10_000 }).toBeLessThanOrEqual(before + 1)
  })

  it('that was asked for behind another answer, by one who went, is not kept in memory either', async () => {
    await put('results/small', document('2026-11-21T08:00:00.000Z'))
    const timers = (): number => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    const before = timers()
    const two = 'GET /api/runs HTTP/1.1\r\nHost: x\r\n\r\nGET /api/runs/small HTTP/1.1\r\nHost: x\r\n\r\n'
    for (let i = 0; i < 50; i++) {
      const socket = connect(port, '127.0.0.1').resume()
      socket.end(two)
      await new Promise(resolve => socket.once('close', resolve))
    }
    await expect.poll(timers, { timeout: 10_000, interval: 50 }).toBeLessThan(before + 10)
  })

  it('that is not there is a 404 that names it', async () => {
    const { status, text } = await ask('/api/runs/gone')
    expect([status, JSON.parse(text).detail]).toEqual([404, 'there is no run "gone" here'])
  })

  it('is only read', async () => {
    const { status, headers } = await ask('/api/runs', 'POST')
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD'])
  })
})

describe('the pages', () => {
  it('come with a policy that allows nothing inline and nothing from elsewhere', async () => {
    const { status, headers, text } = await ask('/')
    expect([status, text]).toEqual([200, '<!doctype html><title>the page</title>'])
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    })
    expect(headers).not.toHaveProperty('strict-transport-security')
  })

  it('are each at their own path, with the same policy', async () => {
    for (const [path, file] of Object.entries({ '/anatomy': 'anatomy', '/demo': 'demo' })) {
      await mkdir(join(root, 'web', file), { recursive: true })
      await writeFile(join(root, 'web', file, 'index.html'), `<!doctype html><title>${file}</title>`)
      const { status, headers, text } = await ask(path)
      expect([status, text]).toEqual([200, `<!doctype html><title>${file}</title>`])
      expect(String(headers['content-security-policy'])).toContain("default-src 'none'")
    }
  })

  it('have assets that browsers may keep, and give away no other file', async () => {
    const { status, headers } = await ask('/assets/index-abc.js')
    expect([status, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable'])
    for (const path of ['/assets/..%2f..%2fsecret.json', '/assets/../../secret.json', '/secret.json', '/assets/'])
      expect((await ask(path)).status, path).not.toBe(200)
  })

  it('say how to get them where they were not built', async () => {
    await rm(join(root, 'web', 'viewer', 'index.html'))
    const { status, text } = await ask('/')
    expect([status, JSON.parse(text).detail]).toEqual([503, 'the pages are not built yet: npm run build'])
  })
})
