// Connections held at once: as many as are wanted on one port of one server with workers, told of a notice all together, and what they take.

import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Cell } from '../../results/cell.ts'
import { sum } from '../../results/sums.ts'
import type { Status } from '../../server/status.ts'
import { blankCell, judged } from '../cell/blank-cell.ts'
import { withServer } from '../cell/with-server.ts'
import { machineError, serverError } from '../cli/exit.ts'
import type { Contestant } from '../contestants/contestant.ts'
import { contestants } from '../contestants/index.ts'
import { requestText } from '../contestants/requests.ts'
import type { HoldCalls } from '../load/hold.ts'
import { controlPoster, publishNotice } from '../load/post.ts'
import { loadBody } from '../load/schedule.ts'
import { type Child, startChild } from '../machine/child.ts'
import { spread } from '../machine/cores.ts'
import { type KernelMemory, readKernelMemory } from '../machine/kernel.ts'
import { checkHold } from '../machine/preflight.ts'
import { readPortRange } from '../machine/provenance.ts'
import { type ServerUnderTest, startServerProcess } from '../machine/server-process.ts'
import { type DriverOrder, type KindDriver, onTransport } from './kind.ts'

const HOLD = new URL('../load/hold.js', import.meta.url)
/** Ports below the lowest that a system hands out by itself, above those that need rights or are somebody's. */
const LOW_PORTS = { from: 20_000, to: 32_000 }
/** Notices that all are told of, one after the other. */
const BROADCASTS = 5
const BROADCAST_MS = 30_000
/** Slower than any machine that could be meant, so that the run ends. */
const OPEN_MS = { base: 30_000, each: 4 }
const CLOSE_MS = 5000
/** For every worker to tell its status: with hundreds of thousands of connections, pings alone fill its core. */
const STATUS_MS = 60_000
/** Client addresses that are filled to the last port, and the ports of each that are the system's own choice: it is the system that says that
 * there is none left. */
const FILLED = 2
const SYSTEM_CHOICE = 150

/** One cell. Throws ExitError 4 where the server dies, and what `signal` was aborted with. */
export async function measureHold(order: DriverOrder): Promise<Cell> {
  const { scenario, transport } = order
  const { workers } = scenario
  if (workers === undefined) throw new Error(`${scenario.id} must say how many workers the server has`)
  const dialect = (contestants.lab as Contestant).dialects[transport]
  if (dialect?.kind !== 'frames')
    throw new Error(`only frames are held, and the transport ${JSON.stringify(transport)} has none`)
  const blank = blankCell(order)
  const request = requestText(dialect)
  const startServer = async () => startServerProcess(['--workers', String(workers), '--port', String(await lowPort())])
  return withServer(order, startServer, async (server, start) => {
    // As many load processes as workers: both hold the same number, under the same limit of descriptors.
    const startHold = () => start(() => startChild<HoldCalls>(HOLD))
    const loads = await Promise.all(Array.from({ length: workers }, startHold))
    await spread([server.process.pid!, ...loads.map(({ process }) => process.pid!)])
    // Cut by the clients, no connection leaves a port in TIME_WAIT behind.
    const cut = () => Promise.all(loads.map(load => load.call('close', null).catch(() => {})))
    await start(() => ({ end: () => Promise.race([cut(), wait(CLOSE_MS, undefined, { ref: false })]) }))
    return hold(order, blank, server, loads, request)
  })
}

async function hold(
  { scenario }: DriverOrder,
  blank: Cell,
  server: ServerUnderTest,
  loads: readonly Child<HoldCalls>[],
  request: string,
): Promise<Cell> {
  const begunMs = performance.now()
  const wanted = scenario.clients
  const range = await readPortRange()
  const portsPerAddress = range ? range.high - range.low + 1 : null
  const addresses = freshAddresses(portsPerAddress === null ? 1 : Math.ceil(wanted / portsPerAddress) + 1)
  const named = range ? portsOf(range) : []
  const all = <Name extends keyof HoldCalls & string>(name: Name, argument: HoldCalls[Name]['argument']) =>
    Promise.all(loads.map(load => load.call(name, argument)))

  const [rest, kernelBefore, loadsBefore] = [
    await statusOf(server, loads.length),
    await readKernelMemory(),
    await all('held', null),
  ]
  const openedMs = performance.now()
  const reports = await Promise.all(
    loads.map((load, index) =>
      load.call('open', {
        origin: server.url,
        request,
        addresses,
        ports: named.filter((_, place) => place % loads.length === index),
        toTheLast: FILLED,
        wanted: share(wanted, index, loads.length),
        forMs: OPEN_MS.base + OPEN_MS.each * wanted,
      }),
    ),
  )
  const connectMs = performance.now() - openedMs
  const opened = await statusOf(server, loads.length)
  // What is read of memory then is held, and not in passing.
  await wait(scenario.warmupMs)
  const [settled, kernelAfter, loadsAfter] = [
    await statusOf(server, loads.length),
    await readKernelMemory(),
    await all('held', null),
  ]

  const poster = controlPoster(server.socketPath)
  const broadcasts: { reached: number; lastMs: number | null }[] = []
  let held = 0
  try {
    for (let total = 1; total <= BROADCASTS; total++) {
      held = sum(await all('held', null), ({ open }) => open)
      const appendedNs = await publishNotice(poster, loadBody(total, scenario.bodyBytes))
      const had = await all('received', { total, untilNs: appendedNs + BigInt(BROADCAST_MS) * 1_000_000n })
      const lastNs = had
        .map(part => part.lastNs)
        .sort((a, b) => (a < b ? -1 : 1))
        .at(-1)!
      const reached = sum(had, part => part.reached)
      broadcasts.push({ reached, lastMs: reached < held ? null : Number(lastNs - appendedNs) / 1e6 })
    }
  } finally {
    poster.close()
  }
  const ended = await all('held', null)
  held = sum(ended, ({ open }) => open)
  const after = await statusOf(server, loads.length)

  const failures = [...new Set(ended.flatMap(part => part.failures))]
  const endedBy = reports.flatMap(report => report.endedBy ?? [])[0] ?? (held < wanted ? failures[0] : undefined)
  const delivered = sum(broadcasts, ({ reached }) => reached)
  const expected = held * BROADCASTS
  const reasons = delivered < expected ? [`${expected - delivered} of ${expected} notices did not arrive`] : []
  const cell: Cell = {
    ...blank,
    windowMs: performance.now() - begunMs,
    published: BROADCASTS,
    expected,
    delivered: Math.min(delivered, expected),
    lost: Math.max(0, expected - delivered),
    noticesWritten: delivered,
    writes: delivered,
    connectionsOpened: held,
    connectMs,
    server: {
      cpuUs: after.process.cpuUs - rest.process.cpuUs,
      rssBytes: settled.process.rssBytes,
      rssBeforeBytes: rest.process.rssBytes,
      loopDelayP99Ms: after.process.eventLoopDelayP99Ms,
    },
    hold: {
      wanted,
      held,
      ...(endedBy !== undefined && { endedBy }),
      portsPerAddress,
      addresses: addresses.map((_, index) => ({
        opened: sum(reports, report => report.addresses[index]!.opened),
        isExhausted: reports.some(report => report.addresses[index]!.isExhausted),
      })),
      perWorker: workersOf(settled).map(({ open }) => open),
      broadcasts,
      workerBytes: grown(ofWorkers(rest).rssBytes, ofWorkers(settled).rssBytes),
      loadBytes: grown(
        sum(loadsBefore, ({ rssBytes }) => rssBytes),
        sum(loadsAfter, ({ rssBytes }) => rssBytes),
      ),
      kernel: kernelBefore && kernelAfter ? kernelGrowth(kernelBefore, kernelAfter) : null,
      connectCpuUs: {
        primary: grown(ofPrimary(rest), ofPrimary(opened)),
        workers: grown(ofWorkers(rest).cpuUs, ofWorkers(opened).cpuUs),
      },
    },
  }
  return judged(cell, reasons)
}

/** The status with every worker in it: one that is busy for seconds is left out of what the server answers then. Throws where one stays out. */
async function statusOf(server: ServerUnderTest, workers: number): Promise<Status> {
  const untilMs = performance.now() + STATUS_MS
  for (;;) {
    const status = await server.status()
    if (workersOf(status).length === workers) return status
    if (performance.now() > untilMs)
      throw serverError(
        `${workersOf(status).length} of ${workers} workers told their status within ${STATUS_MS / 1000} s`,
      )
  }
}

const grown = (before: number, after: number): number => Math.max(0, Math.round(after - before))
const share = (wanted: number, index: number, parts: number): number =>
  Math.round((wanted * (index + 1)) / parts) - Math.round((wanted * index) / parts)

/** Each worker; a server without any is its own. */
const workersOf = ({ workers, transports, process }: Status) =>
  workers ?? [{ ...process, open: sum(Object.values(transports), ({ open }) => open) }]
const ofWorkers = (status: Status) => ({
  cpuUs: sum(workersOf(status), ({ cpuUs }) => cpuUs),
  rssBytes: sum(workersOf(status), ({ rssBytes }) => rssBytes),
})
/** CPU of the primary alone, µs. */
const ofPrimary = (status: Status): number => status.process.cpuUs - ofWorkers(status).cpuUs

const kernelGrowth = (before: KernelMemory, after: KernelMemory) => ({
  slabBytes: grown(before.slabBytes, after.slabBytes),
  tcpBytes: grown(before.tcpBytes, after.tcpBytes),
})

/** Ports of a range that the load processes name themselves. */
const portsOf = ({ low, high }: { readonly low: number; readonly high: number }): number[] =>
  Array.from({ length: Math.max(0, high - low + 1 - SYSTEM_CHOICE) }, (_, index) => low + index)

/** Client addresses that nobody has used lately: a port in TIME_WAIT would be missing. All of 127.0.0.0/8 is this machine on Linux. */
function freshAddresses(count: number): string[] {
  if (process.platform !== 'linux') return ['127.0.0.1']
  const network = `127.${randomInt(1, 255)}.${randomInt(0, 256)}`
  return Array.from({ length: count }, (_, index) => `${network}.${index + 1}`)
}

/** A free port outside of those that the system hands out by itself: in their range it would be one of them. */
async function lowPort(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = randomInt(LOW_PORTS.from, LOW_PORTS.to)
    const server = createServer()
    const isFree = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    await new Promise(resolve => server.close(resolve))
    return port
  }
  throw machineError(`no port from ${LOW_PORTS.from} to ${LOW_PORTS.to} is free`)
}

export const kind = { measure: onTransport(measureHold), check: checkHold } satisfies KindDriver
