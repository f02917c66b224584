// Fleets as they are measured: real servers, HAProxy and Redis, with a server killed and Redis stopped in the window; nothing is left behind.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Cell } from '../../results/cell.ts'
import type { Scenario } from '../../results/scenario.ts'
import { exitCodes } from '../cli/exit.ts'
import { readProfile } from '../profiles/profile.ts'
import { scenarioOf } from '../scenarios.ts'

const compiled = (name: string) => new URL(`../../dist/bench/${name}.js`, import.meta.url).href
const { measureCell } = (await import(compiled('kinds/delivery'))) as typeof import('../kinds/delivery.ts')
const { measureSessions } = (await import(compiled('kinds/sessions'))) as typeof import('../kinds/sessions.ts')
const { measureDeploy } = (await import(compiled('kinds/deploy'))) as typeof import('../kinds/deploy.ts')
const { startFleet } = (await import(compiled('fleet/fleet'))) as typeof import('./fleet.ts')
const { startPublisher } = (await import(
  compiled('load/publisher-process')
)) as typeof import('../load/publisher-process.ts')

let folder: string
let childrenBefore: string[]
const system = { folder: process.env.TMPDIR, path: process.env.PATH }

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-fleet-test-'))
  process.env.TMPDIR = folder
  childrenBefore = await children()
})

/** However it ended: no process, no folder. */
afterEach(async () => {
  if (system.folder === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = system.folder
  process.env.PATH = system.path
  const left = { children: await children(), files: await readdir(folder) }
  await rm(folder, { recursive: true, force: true })
  expect(left).toEqual({ children: childrenBefore, files: [] })
})

async function children(): Promise<string[]> {
  const listed = promisify(execFile)('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)])
  const own = String(listed.child.pid)
  const { stdout } = await listed
  return stdout
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && line.split(' ')[0] !== own)
}

const three = (more: Partial<Scenario>): Scenario =>
  scenarioOf({
    clients: 6,
    ratePerSecond: 20,
    pollIntervalMs: 100,
    warmupMs: 200,
    windowMs: 3000,
    servers: 3,
    balancer: 'haproxy',
    backplane: 'redis',
    ...more,
  })

async function measured(
  scenario: Scenario,
  transport: string,
  more: { signal?: AbortSignal; keep?: (name: string, text: string) => Promise<void> } = {},
): Promise<Cell> {
  const { publisher } = await startPublisher()
  const measure = scenario.kind === 'deploy' ? measureDeploy : measureCell
  try {
    return await measure({
      scenario,
      transport,
      round: 0,
      order: 0,
      seed: 7,
      headers: await readProfile('bare'),
      publisher,
      signal: new AbortController().signal,
      ...more,
    })
  } finally {
    await publisher.end('SIGKILL')
  }
}

const account = ({ expected, lost, duplicated, outOfOrder }: Cell) => ({
  expected: expected > 0,
  lost,
  duplicated,
  outOfOrder,
})
const whole = { expected: true, lost: 0, duplicated: 0, outOfOrder: 0 }

test.each(['long-polling', 'websocket'])(
  'a server that is killed costs %s nothing, and those it had come back elsewhere',
  async transport => {
    const kept: string[] = []
    const fault = { kind: 'kill-server', atMs: 800, forMs: 0 } as const
    const cell = await measured(three({ fault }), transport, { keep: async (name, text) => void kept.push(name, text) })
    expect(account(cell)).toEqual(whole)
    expect(cell.fleet!.map(({ name }) => name)).toEqual(['server-1', 'server-2', 'server-3'])
    for (const { noticesWritten } of cell.fleet!) expect(noticesWritten).toBeGreaterThan(0)
    expect(cell.besides!.map(({ name }) => name)).toEqual(['haproxy', 'redis'])
    const { affected, ms, atMs } = cell.recovery!
    expect(affected).toBeGreaterThan(0)
    expect(ms).toHaveLength(affected)
    // A timer may be a millisecond early.
    expect(atMs).toBeGreaterThan(798)
    expect(cell.arrivals).toHaveLength(30)
    expect(kept[0]).toMatch(/^haproxy-.*\.cfg$/)
    expect(kept[1]).toContain('server server-3 127.0.0.1:')
  },
)

test('a Redis that stands still costs Streams nothing, once it goes on', async () => {
  const cell = await measured(three({ fault: { kind: 'pause-backplane', atMs: 500, forMs: 1000 } }), 'sse')
  expect(account(cell)).toEqual(whole)
  const { atMs, untilMs } = cell.recovery!
  expect(untilMs - atMs).toBeGreaterThan(998)
  // Nothing can arrive in the middle of it.
  const quiet = cell.arrivals!.filter(([at]) => at > atMs + 200 && at < untilMs - 200)
  expect(quiet.map(([, arrivals]) => arrivals)).toEqual(quiet.map(() => 0))
})

test('without a balancer, subscribers go to the servers in turn', async () => {
  const { balancer: _, ...scenario } = three({ windowMs: 1000 })
  const cell = await measured(scenario as Scenario, 'websocket')
  expect(account(cell)).toEqual(whole)
  expect(cell.fleet!.map(({ open }) => open)).toEqual([2, 2, 2])
})

test('over TLS that ends at HAProxy, every transport of a fleet has everything', async () => {
  for (const transport of ['short-polling', 'websocket'])
    expect(account(await measured(three({ windowMs: 800, tls: true }), transport))).toEqual(whole)
})

test('a session is kept with its server by a cookie, and lost without one', async () => {
  const scenario = three({ kind: 'sessions', ratePerSecond: 0, servers: 2, transports: ['socket-io'] })
  const order = { transport: 'socket-io', round: 0, order: 0, seed: 7, headers: await readProfile('bare') }
  const { signal } = new AbortController()
  const turns = await measureSessions({ ...order, scenario, signal })
  expect(turns.sessions!.requests).toBe(120)
  expect(turns.sessions!.refused).toBeGreaterThan(0)
  expect(turns.sessions!.refused).toBeLessThan(120)
  const kept = await measureSessions({ ...order, scenario: { ...scenario, sticky: 'cookie' }, signal })
  expect(kept.sessions).toEqual({ requests: 120, refused: 0 })
})

test('a fleet that is stopped in its window ends with all its parts', async () => {
  const controller = new AbortController()
  const measuring = measured(three({ windowMs: 20_000 }), 'websocket', { signal: controller.signal })
  measuring.catch(() => {})
  await expect
    .poll(async () => (await children()).filter(line => /haproxy/.test(line)).length, { timeout: 20_000 })
    .toBe(1)
  controller.abort(new Error('stopped by hand'))
  await expect(measuring).rejects.toThrow('stopped by hand')
})

test('a fleet of which a part does not end in order ends with all its parts, and says so', async () => {
  const fleet = await startFleet(three({}))
  // No part can remove its folder where there is a file in the place of the one that they are all in.
  const aside = `${folder}-aside`
  await rename(folder, aside)
  await writeFile(folder, '')
  try {
    await expect(fleet.end('SIGKILL')).rejects.toThrow(/^ENOTDIR: .*transport-lab-haproxy-/)
    expect(await children()).toEqual(childrenBefore)
  } finally {
    await rm(folder)
    await rm(aside, { recursive: true })
    await mkdir(folder)
  }
})

/** A fleet is started, and then each of its servers once more. */
const PATIENCE_MS = 90_000

/** Two servers, so that a subscriber is cut at most twice. */
const deploy = (restart: 'drain' | 'kill', more: Partial<Scenario> = {}): Scenario =>
  three({ kind: 'deploy', restart, clients: 8, servers: 2, windowMs: 500, ...more })

/** Pids of servers that were started anew, on the port that the one before had. */
const restarted = async (): Promise<number[]> =>
  (await children()).filter(line => /main\.js .*--port [1-9]/.test(line)).map(line => Number.parseInt(line, 10))

describe('a deploy', { timeout: PATIENCE_MS }, () => {
  test.each([
    ['drain', 'websocket'],
    ['drain', 'sse'],
    ['kill', 'websocket'],
  ] as const)(
    'of servers that are restarted in turn (%s) costs %s nothing, and each subscriber a cut or two',
    async (how, transport) => {
      const kept: string[] = []
      const cell = await measured(deploy(how), transport, { keep: async (_, text) => void kept.push(text) })
      expect(account(cell)).toEqual(whole)
      const { cuts, away, awayMeanMs, awayMaxMs, open } = cell.deploy!
      // Those of the first server go to the second, and are cut with it.
      expect(cuts).toEqual([0, 4, 4])
      expect(away).toBe(0)
      expect(awayMaxMs).toBeGreaterThanOrEqual(awayMeanMs!)
      expect(open).toEqual([8, 0])
      expect(kept[0]).toMatch(/stats socket .* level admin/)
    },
  )

  test.each(['short-polling', 'long-polling'])(
    'fails no poll of %s where its server is drained before',
    async transport => {
      // Long polls are held when the server is told to end: a notice would have sent them elsewhere.
      const cell = await measured(deploy('drain', { ratePerSecond: 2, schedule: 'periodic' }), transport)
      expect(account(cell)).toEqual(whole)
      expect(cell.deploy).toMatchObject({ cuts: [8], away: 0, awayMeanMs: null })
      expect(cell.retries).toBe(0)
    },
  )

  test('of sessions that stick to their server loses nothing', async () => {
    const cell = await measured(deploy('drain', { sticky: 'cookie' }), 'socket-io')
    expect(account(cell)).toEqual(whole)
    expect(cell.deploy).toMatchObject({ cuts: [0, 4, 4], away: 0 })
  })

  test('that is stopped while a server starts anew ends with all its parts', async () => {
    const controller = new AbortController()
    const measuring = measured(deploy('drain'), 'websocket', { signal: controller.signal })
    measuring.catch(() => {})
    await expect.poll(async () => (await restarted()).length, { timeout: PATIENCE_MS, interval: 20 }).toBe(1)
    controller.abort(new Error('stopped by hand'))
    await expect(measuring).rejects.toThrow('stopped by hand')
  })

  test('whose server dies once it was restarted tells so', async () => {
    const measuring = measured(deploy('kill'), 'sse')
    measuring.catch(() => {})
    await expect.poll(async () => (await restarted()).length, { timeout: PATIENCE_MS, interval: 20 }).toBe(2)
    process.kill((await restarted())[0]!, 'SIGKILL')
    await expect(measuring).rejects.toMatchObject({
      exitCode: exitCodes.server,
      message: expect.stringContaining('the server died (SIGKILL)'),
    })
  })
})

test('a program that is not installed is named, with the line that installs it', async () => {
  process.env.PATH = folder
  for (const scenario of [three({ backplane: 'redis' }), deploy('drain')])
    await expect(measured(scenario, 'sse')).rejects.toMatchObject({ exitCode: exitCodes.machine })
})
