// The drivers in a browser as they are run: compiled, with the real Chromium and the real server, at small sizes.
import { execFile } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Status } from '../../server/status.ts'
import { exitCodes } from '../cli/exit.ts'
import { scenarioOf } from '../scenarios.ts'
import type { DriverOrder } from './kind.ts'

const compiled = (name: string) => new URL(`../../dist/bench/kinds/${name}.js`, import.meta.url).href
const { measureHidden } = (await import(compiled('hidden'))) as typeof import('./hidden.ts')
const { measureStage } = (await import(compiled('stage'))) as typeof import('./stage.ts')
const { measureTabs } = (await import(compiled('tabs'))) as typeof import('./tabs.ts')

// A browser of its own for each, with seven pages.
vi.setConfig({ testTimeout: 60_000 })

const { CHROMIUM: systemChromium, TMPDIR: systemFolder } = process.env
let folder: string
let controller: AbortController

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-browser-test-'))
  // The browser's profile and the server's control folder go there: they can be seen to be gone.
  process.env.TMPDIR = folder
})
afterAll(async () => {
  restore('TMPDIR', systemFolder)
  await rm(folder, { recursive: true, force: true })
})

beforeEach(() => {
  controller = new AbortController()
})

/** However a driver ended: no process, no folder, no listener on its signal. */
afterEach(async () => {
  restore('CHROMIUM', systemChromium)
  await expect.poll(() => processesWith(folder)).toEqual([])
  expect(await readdir(folder)).toEqual([])
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
})

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name]
  else process.env[name] = value
}

/** Processes that have all of `words` in their command line; parents first. */
async function processesWith(...words: string[]): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-eo', 'pid=,args=', '--sort=pid'], { maxBuffer: 2 ** 24 })
  const lines = stdout.split('\n').filter(line => words.every(word => line.includes(word)))
  return lines.map(line => Number.parseInt(line, 10))
}

const orderOf = (scenario: DriverOrder['scenario'], transport: string): DriverOrder => ({
  scenario,
  transport,
  round: 2,
  order: 1,
  seed: 7,
  headers: { recordedWith: 'none', request: {}, upgrade: {} },
  signal: controller.signal,
})

/** Long enough for whatever is answered at all. */
const tabs = scenarioOf({ kind: 'tabs', clients: 7, ratePerSecond: 0, windowMs: 2000 })
const hidden = scenarioOf({
  kind: 'hidden',
  clients: 1,
  ratePerSecond: 20,
  pollIntervalMs: 100,
  warmupMs: 0,
  windowMs: 1200,
})

test('six tabs of one browser have an event stream, and with them open no other request is answered', async () => {
  const cell = await measureTabs(orderOf(tabs, 'sse'))
  expect(cell).toMatchObject({ transport: 'sse', round: 2, status: 'ok', published: 7, delivered: 27, lost: 0 })
  expect(cell.browser).toMatch(/^Chromium \d+/)
  expect(cell.tabs!.map(({ open, held, received }) => [open, held, received])).toEqual(
    [1, 2, 3, 4, 5, 6, 6].map(count => [count, count, count]),
  )
  expect(cell.tabs!.map(({ askedMs }) => askedMs !== null)).toEqual([true, true, true, true, true, false, false])
})

test('seven have a WebSocket, and other requests go on', async () => {
  const { tabs: rungs, windowMs } = await measureTabs(orderOf({ ...tabs, windowMs: 5000 }, 'websocket'))
  expect(rungs!.map(({ held, received }) => [held, received])).toEqual([1, 2, 3, 4, 5, 6, 7].map(n => [n, n]))
  const asked = rungs!.flatMap(({ askedMs }) => askedMs ?? [])
  expect(asked).toHaveLength(7)
  // One after the other, within the cell.
  for (const askedMs of asked) expect(askedMs).toBeGreaterThan(0)
  expect(asked.reduce((sum, askedMs) => sum + askedMs)).toBeLessThan(windowMs)
})

test('a page behind another tab polls at most once a second, and misses nothing', async () => {
  const cell = await measureHidden(orderOf(hidden, 'short-polling'))
  expect(cell).toMatchObject({ status: 'ok', lost: 0, delivered: cell.published })
  const { visible, hidden: behind } = cell.hidden!
  expect(visible.received + behind.received).toBe(cell.published)
  expect(behind.interval!.medianMs).toBeGreaterThan(900)
  expect(behind.delay!.maxMs).toBeGreaterThan(hidden.pollIntervalMs)
  expect(visible.polls).toBeGreaterThan(behind.polls)
})

test('a page that has been hidden for long goes on polling once a second where its timer begins with the answer', async () => {
  const cell = await measureHidden(
    orderOf({ ...hidden, hiddenForMs: 1000, pollTimer: 'after-answer' }, 'short-polling'),
  )
  expect(cell).toMatchObject({ status: 'ok', lost: 0, delivered: cell.published })
  expect(cell.hidden!.hidden.interval!.maxMs).toBeLessThan(30_000)
  expect(cell.hidden!.slowedAfterMs).toBe(null)
})

test('streams are timed in both, and poll nothing', async () => {
  const { hidden: spells, status } = await measureHidden(orderOf({ ...hidden, windowMs: 300 }, 'websocket'))
  expect(status).toBe('ok')
  for (const { published, received, polls, interval } of [spells!.visible, spells!.hidden]) {
    expect(received).toBe(published)
    expect([polls, interval]).toEqual([0, null])
  }
})

const longTabs = () => measureTabs(orderOf({ ...tabs, windowMs: 20_000 }, 'sse'))
const longHidden = () => measureHidden(orderOf({ ...hidden, windowMs: 8000 }, 'sse'))

/** Settles once a page of the browser has its stream; gives the browser's pid. */
async function browserPid(): Promise<number> {
  // Seven pages are loaded before one of them subscribes, which takes long beside other browsers.
  await expect.poll(openStreams, { timeout: 45_000 }).toBeGreaterThan(0)
  return (await processesWith(`--user-data-dir=${folder}`))[0]!
}

/** Event streams that the driver's server has open; 0 while there is no server. */
async function openStreams(): Promise<number> {
  const names = await readdir(folder)
  const socketPath = names.map(name => join(folder, name, 'control.sock')).find(existsSync)
  if (socketPath === undefined) return 0
  const client = new Client('http://localhost', { socketPath })
  try {
    const { body } = await client.request({ path: '/api/status', method: 'GET' })
    return ((await body.json()) as Status).transports.sse!.open
  } catch {
    return 0
  } finally {
    await client.destroy()
  }
}

test('a browser that dies is told as such', async () => {
  const driving = longTabs()
  driving.catch(() => {})
  process.kill(await browserPid(), 'SIGKILL')
  await expect(driving).rejects.toMatchObject({
    exitCode: exitCodes.server,
    message: expect.stringContaining('Chromium ended (SIGKILL)'),
  })
  // What it had no time to take away itself.
  for (const name of await readdir(folder))
    if (name.startsWith('org.chromium.')) await rm(join(folder, name), { recursive: true })
})

test('a driver stops when told to, with the reason given', async () => {
  const driving = longHidden()
  driving.catch(() => {})
  await browserPid()
  controller.abort(new Error('stopped by hand'))
  await expect(driving).rejects.toThrow('stopped by hand')
})

test.each([
  ['tabs', longTabs],
  ['a hidden tab', longHidden],
])('%s do not begin where there is no Chromium, and say what to install', async (_, drive) => {
  process.env.CHROMIUM = join(folder, 'nowhere')
  await expect(drive()).rejects.toMatchObject({
    exitCode: exitCodes.machine,
    message: expect.stringContaining('Chromium is not installed'),
    remedy: expect.stringContaining('apt-get install chromium'),
  })
})

test('the stage draws a class of phones that lose nothing, and counts its frames in each second', async () => {
  const scenario = scenarioOf({
    kind: 'stage',
    clients: 5,
    ratePerSecond: 5,
    pollIntervalMs: 250,
    rttMs: 50,
    warmupMs: 0,
    windowMs: 2000,
  })
  const cell = await measureStage(orderOf(scenario, 'websocket'))
  expect(cell).toMatchObject({ status: 'ok', lost: 0, windowMs: 2000 })
  const { phones, events, frames, longestMs } = cell.stage!
  expect(phones).toBe(5)
  // Each phone has had something, and each lane tells of it.
  expect(cell.delivered).toBeGreaterThanOrEqual(phones)
  expect(events).toBeGreaterThan(10)
  expect(frames).toHaveLength(2)
  // So many frames fill the window only if the longest of them is as long as the mean.
  const drawn = frames[0]! + frames[1]!
  expect(drawn).toBeGreaterThan(0)
  expect(longestMs * drawn).toBeGreaterThanOrEqual(2000)
  expect(longestMs).toBeLessThanOrEqual(2000 + longestMs / drawn)
})
