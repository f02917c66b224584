// The drivers of arrivals and of upstream messages as they are run: compiled, with the real server, link and load processes.
import { execFile } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import os, { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'undici'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { clientTransports } from '../../client/transports/index.ts'
import { websocketHeaderBytes } from '../../results/model-bytes.ts'
import type { Scenario } from '../../results/scenario.ts'
import type { Status } from '../../server/status.ts'
import { exitCodes } from '../cli/exit.ts'
import { FIRST_REF, frameText, postText } from '../load/message.ts'
import { scenarioOf } from '../scenarios.ts'
import type { DriverOrder } from './kind.ts'

const compiled = (name: string) => new URL(`../../dist/bench/${name}.js`, import.meta.url).href
const { measureConnect } = (await import(compiled('kinds/connect'))) as typeof import('./connect.ts')
const { measureCapacity } = (await import(compiled('kinds/capacity'))) as typeof import('./capacity.ts')
const { measureHold } = (await import(compiled('kinds/hold'))) as typeof import('./hold.ts')
const { measureSoak } = (await import(compiled('kinds/soak'))) as typeof import('./soak.ts')
const { startServerProcess } = (await import(
  compiled('machine/server-process')
)) as typeof import('../machine/server-process.ts')
const { measureStorm } = (await import(compiled('kinds/storm'))) as typeof import('./storm.ts')
const { measureUpstream } = (await import(compiled('kinds/upstream'))) as typeof import('./upstream.ts')

const storm = scenarioOf({
  kind: 'storm',
  clients: 40,
  ratePerSecond: 0,
  warmupMs: 0,
  windowMs: 20_000,
  reconnectWindowMs: 300,
  backlog: 511,
})
const RTT_MS = 100
const arrival = scenarioOf({
  kind: 'connect',
  clients: 3,
  ratePerSecond: 0,
  bodyBytes: 64,
  pollIntervalMs: 400,
  rttMs: RTT_MS,
})
const upstream = (windowMs: number) =>
  scenarioOf({ kind: 'upstream', clients: 1, ratePerSecond: 0, bodyBytes: 64, warmupMs: 100, windowMs })

let folder: string
let controller: AbortController
let childrenBefore: string[]
const systemFolder = process.env.TMPDIR

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-drivers-test-'))
  // The server's control folder goes there: it can be found, and be seen to be gone.
  process.env.TMPDIR = folder
  controller = new AbortController()
  childrenBefore = await children()
})

/** However a driver ended: no process of its own, no folder, no listener on its signal. */
afterEach(async () => {
  if (systemFolder === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = systemFolder
  const left = { children: await children(), files: await readdir(folder) }
  await rm(folder, { recursive: true, force: true })
  expect(left).toEqual({ children: childrenBefore, files: [] })
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
})

/** What runs as a child of this process, but for what lists it. */
async function children(): Promise<string[]> {
  const listed = promisify(execFile)('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)])
  const own = String(listed.child.pid)
  const { stdout } = await listed
  return stdout
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && line.split(' ')[0] !== own)
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

/** The status of the driver's server, once it is as `isReached` wants it. Throws where the driver ends before. */
async function serverOnce(driving: Promise<unknown>, isReached: (status: Status) => boolean): Promise<Status> {
  let isOver = false
  driving.catch(() => {}).finally(() => (isOver = true))
  while (!isOver) {
    const status = await statusIn(folder).catch(() => undefined)
    if (status && isReached(status)) return status
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  throw new Error('the driver ended before its server was as wanted')
}

async function statusIn(folder: string): Promise<Status> {
  const name = (await readdir(folder)).find(each => each.includes('-server-'))
  const client = new Client('http://localhost', { socketPath: join(folder, name!, 'control.sock') })
  try {
    const { body } = await client.request({ path: '/api/status', method: 'GET' })
    return (await body.json()) as Status
  } finally {
    await client.destroy()
  }
}

/** CPU time of something done so often within so long: at least a microsecond for each, and no more than all cores have. */
function expectPlausible(cpuUs: number, count: number, withinMs: number): void {
  expect(count).toBeGreaterThan(0)
  expect(cpuUs).toBeGreaterThanOrEqual(count)
  expect(cpuUs).toBeLessThanOrEqual(withinMs * 1000 * (os.availableParallelism() + 0.1))
}

test.each(['short-polling', 'sse', 'websocket'])(
  'a first notice takes two round trips and some hundred bytes by %s, anew and after a cut',
  async transport => {
    const cell = await measureConnect(orderOf(arrival, transport))
    expect(cell).toMatchObject({ transport, round: 2, order: 1, status: 'ok', published: 2, expected: 6, delivered: 6 })
    const { cold, resumed } = cell.first!
    // Each is timed from its own first packet: what lies between them, and before, is in neither.
    expect(cold.meanMs + resumed.meanMs).toBeLessThan(cell.windowMs)
    for (const { meanMs, maxMs, bytes } of [cold, resumed]) {
      expect(meanMs).toBeGreaterThanOrEqual(2 * RTT_MS)
      expect(maxMs).toBeGreaterThanOrEqual(meanMs)
      // Of one subscriber, with no headers but what HTTP needs, and a notice of 102 B.
      expect(bytes).toBeGreaterThan(200)
      expect(bytes).toBeLessThan(800)
    }
  },
)

test('a storm cuts all at once and tells when half, nearly all and all are back; what was published meanwhile is lost to none', async () => {
  const cell = await measureStorm(orderOf(storm, 'websocket'))
  expect(cell).toMatchObject({ status: 'ok', published: 1, expected: 40, delivered: 40, lost: 0, duplicated: 0 })
  const { clients, back, backP50Ms, backP99Ms, backAllMs, failures } = cell.storm!
  expect({ clients, back, failures }).toEqual({ clients: 40, back: 40, failures: 0 })
  // The last of 40 draws from 300 ms.
  expect(backAllMs).toBeGreaterThan(200)
  expect(backP50Ms).toBeLessThan(backAllMs!)
  expect(backP99Ms).toBeLessThanOrEqual(backAllMs!)
  expect(cell.connectionsOpened).toBe(40)
})

test('a storm has frames only, and none of a library', async () => {
  for (const transport of ['sse', 'socket-io'])
    await expect(measureStorm(orderOf(storm, transport))).rejects.toThrow('only plain frames come back in a storm')
})

test('a message by WebSocket is its frame, to the byte, and a short answer', async () => {
  const cell = await measureUpstream(orderOf(upstream(300), 'websocket'))
  const { messages, bytesIn, bytesOut } = cell.upstream!
  const payloadBytes = frameText(FIRST_REF, 64).length
  expect(bytesIn / messages).toBe(websocketHeaderBytes({ payloadBytes, masked: true }) + payloadBytes)
  // {"ref":100000,"seq":…} in a frame of its own.
  expect(bytesOut / messages).toBeGreaterThan('{"ref":100000,"seq":1}'.length + 2)
  expect(bytesOut / messages).toBeLessThan('{"ref":100000,"seq":100000}'.length + 2)
  expect(cell).toMatchObject({ transport: 'websocket', status: 'ok', published: messages })
  expect(cell.windowMs).toBeGreaterThanOrEqual(300)
  expectPlausible(cell.server.cpuUs, messages, cell.windowMs)
})

test('a message beside an event stream is a POST with a head, each as long as the other', async () => {
  const { upstream: sent, bytesIn } = await measureUpstream(orderOf(upstream(300), 'sse'))
  const { messages } = sent!
  expect(sent!.bytesIn / messages).toBeGreaterThan(postText(FIRST_REF, 64).length + 50)
  expect(sent!.bytesIn % messages).toBe(0)
  expect(sent!.bytesOut / messages).toBeGreaterThan(50)
  // The event stream itself asks nothing more.
  expect(bytesIn).toBe(sent!.bytesIn)
})

const capacity = (seeks: Scenario['seeks'], more: Partial<Scenario> = {}) =>
  scenarioOf({ kind: 'capacity', seeks, clients: 8, ratePerSecond: 0, warmupMs: 50, windowMs: 200, ...more })

test.each([
  ['polls', 'short-polling'],
  ['polls', 'long-polling'],
  ['connects', 'long-polling'],
  ['connects', 'sse'],
  ['connects', 'websocket'],
  ['deliveries', 'sse'],
  ['deliveries', 'websocket'],
] as const)('a capacity of %s is found by %s, with what each side used for it', async (seeks, transport) => {
  const cell = await measureCapacity(orderOf(capacity(seeks, { perPost: 10 }), transport))
  expect(cell).toMatchObject({ transport, status: 'ok', reasons: [] })
  const { value, isLowerBound, serverShare, clientShare } = cell.capacity!
  // So many a second are a whole number in the window.
  const count = (value! * cell.windowMs) / 1000
  expect(count).toBeCloseTo(Math.round(count), 6)
  expectPlausible(cell.server.cpuUs, count, cell.windowMs)
  expect(serverShare).toBeCloseTo(cell.server.cpuUs / 1000 / cell.windowMs, 9)
  expectPlausible(clientShare! * cell.windowMs * 1000, count, cell.windowMs)
  expect(isLowerBound).toBe(serverShare! < 0.95)
})

test('the most subscribers in time are searched with cells of their own, which are kept; a bound that none keeps is kept by 0', async () => {
  const scenario = capacity('subscribers', { clients: 2, ratePerSecond: 50, sloMs: 0.001, pollIntervalMs: 50 })
  const { capacity: found } = await measureCapacity(orderOf(scenario, 'sse'))
  expect(found).toMatchObject({ value: 0, isLowerBound: found!.steps!.at(-1)!.outcome === 'client-bound' })
  expect(found!.steps!.map(({ clients }) => clients)).toEqual([2, 1])
  for (const { p99Ms } of found!.steps!) expect(p99Ms).toBeGreaterThan(0.001)
})

test('several processes on one port are one capacity, with the CPU of all', async () => {
  const cell = await measureCapacity(orderOf(capacity('deliveries', { perPost: 10, workers: 2 }), 'websocket'))
  expect(cell).toMatchObject({ status: 'ok', reasons: [] })
  expectPlausible(cell.server.cpuUs, (cell.capacity!.value! * cell.windowMs) / 1000, cell.windowMs)
  expect(cell.capacity!.isLowerBound).toBe(cell.capacity!.serverShare! < 2 * 0.95)
})

const held = scenarioOf({ kind: 'hold', clients: 40, ratePerSecond: 0, warmupMs: 500, windowMs: 0, workers: 2 })

test('connections are held by all workers together, and every notice reaches each of them', async () => {
  const begunMs = performance.now()
  const cell = await measureHold(orderOf(held, 'websocket'))
  const tookMs = performance.now() - begunMs
  expect(cell).toMatchObject({
    transport: 'websocket',
    status: 'ok',
    reasons: [],
    expected: 200,
    delivered: 200,
    lost: 0,
  })
  const { hold } = cell
  expect(hold).toMatchObject({ wanted: 40, held: 40 })
  expect(hold!.endedBy).toBeUndefined()
  expect(hold!.perWorker).toHaveLength(2)
  expect(hold!.perWorker.reduce((sum, open) => sum + open)).toBe(40)
  expect(hold!.addresses[0]).toEqual({ opened: 40, isExhausted: false })
  expect(hold!.broadcasts).toHaveLength(5)
  for (const { reached, lastMs } of hold!.broadcasts) {
    expect(reached).toBe(40)
    expect(lastMs).toBeGreaterThan(0)
  }
  expect(hold!.broadcasts.reduce((sum, { lastMs }) => sum + lastMs!, 0)).toBeLessThan(tookMs)
  expectPlausible(hold!.connectCpuUs.workers, 40, tookMs)
})

const soak = scenarioOf({
  kind: 'soak',
  clients: 4,
  ratePerSecond: 50,
  schedule: 'periodic',
  pollIntervalMs: 100,
  waitMs: 1000,
  warmupMs: 500,
  windowMs: 4000,
  readEveryMs: 500,
  cutEveryMs: 150,
  restartEveryMs: 1500,
  attackEveryMs: 100,
  stalledReaders: 1,
  servers: 2,
  backplane: 'redis',
})
const soakOn = (transports: readonly string[], more: Partial<typeof soak> = {}) => {
  const { scenario, ...rest } = orderOf({ ...soak, ...more }, transports[0]!)
  return measureSoak({ ...rest, scenario, transports })
}

test('under cuts, a restart and attacks subscribers of every transport lose nothing, and the server that stays is read', async () => {
  const transports = Object.keys(clientTransports)
  const cells = await soakOn(transports)
  expect(cells.map(({ transport }) => transport)).toEqual(transports)
  for (const cell of cells) {
    expect(cell).toMatchObject({ status: 'ok', reasons: [], lost: 0, duplicated: 0 })
    expect(cell.delivered).toBe(cell.expected)
    expect(cell.published).toBeGreaterThan(0)
    const { readings, cuts, restarts, attacks } = cell.soak!
    expect(cuts).toBeGreaterThan(0)
    expect(restarts).toBeGreaterThan(0)
    expect(Object.keys(attacks).length).toBeGreaterThan(0)
    expect(readings.at(-1)!.atMs).toBeGreaterThanOrEqual(soak.windowMs)
    for (const { heapBytes, rssBytes, descriptors } of readings) {
      expect(heapBytes).toBeGreaterThan(1e6)
      expect(rssBytes).toBeGreaterThan(heapBytes)
      if (process.platform === 'linux') expect(descriptors).toBeGreaterThan(10)
    }
  }
})

test('what is read of the heap is what a collection leaves of it', async () => {
  const server = await startServerProcess([], undefined, ['--expose-gc'])
  try {
    const collected = await server.collectedHeapBytes()
    let before = 0
    // Each answer leaves something behind; in a heap that was just collected, some hundred of them show.
    await expect
      .poll(async () => (before = (await server.status()).process.heapBytes), { timeout: 10_000, interval: 5 })
      .toBeGreaterThan(collected + 500_000)
    expect(await server.collectedHeapBytes()).toBeLessThan(before)
  } finally {
    await server.end()
  }
})

const isConnected = ({ transports }: Status) => (transports.websocket?.open ?? 0) > 0
const drivers = [
  ['arrivals', () => measureConnect(orderOf(arrival, 'websocket'))],
  ['upstream messages', () => measureUpstream(orderOf(upstream(8000), 'websocket'))],
  ['a capacity', () => measureCapacity(orderOf(capacity('deliveries', { windowMs: 8000 }), 'websocket'))],
  ['a soak', () => soakOn(['websocket'], { windowMs: 20_000, restartEveryMs: 60_000 })],
  ['a storm', () => measureStorm(orderOf({ ...storm, reconnectWindowMs: 8000 }, 'websocket'))],
  ['held connections', () => measureHold(orderOf({ ...held, warmupMs: 8000 }, 'websocket'))],
] as const

test.each(drivers)('a server that dies under %s is told as such', async (_, drive) => {
  const driving = drive()
  const { process: server } = await serverOnce(driving, isConnected)
  process.kill(server.pid, 'SIGKILL')
  await expect(driving).rejects.toMatchObject({
    exitCode: exitCodes.server,
    message: expect.stringContaining('the server died (SIGKILL)'),
  })
})

test.each(drivers)('%s stop when told to, with the reason given', async (_, drive) => {
  const driving = drive()
  await serverOnce(driving, isConnected)
  controller.abort(new Error('stopped by hand'))
  await expect(driving).rejects.toThrow('stopped by hand')
})

test('arrivals stop while their link is being opened', async () => {
  const driving = drivers[0][1]()
  // The first notice is held, and nobody has come yet.
  await serverOnce(driving, ({ log, transports }) => log.held === 1 && transports.websocket!.opened === 0)
  controller.abort(new Error('stopped by hand'))
  await expect(driving).rejects.toThrow('stopped by hand')
})

test.each(drivers)('%s do not begin once they were told to stop', async (_, drive) => {
  controller.abort(new Error('stopped before'))
  await expect(drive()).rejects.toThrow('stopped before')
})

test.each([
  ['arrivals', measureConnect, arrival],
  ['upstream messages', measureUpstream, upstream(300)],
  ['a capacity', measureCapacity, capacity('connects')],
] as const)('%s of a transport that does not exist are refused by its name', async (_, drive, scenario) => {
  await expect(drive(orderOf(scenario, 'pigeon'))).rejects.toThrow(/^no (client|dialect) for the transport "pigeon"$/)
})
