// One cell: one transport under one scenario in one round, on a fresh server process, measured once.
import type { Cell } from '../../results/cell.ts'
import { derivedSeed } from '../../results/random.ts'
import { paths } from '../../server/protocol.ts'
import type { Status } from '../../server/status.ts'
import { blankCell } from '../cell/blank-cell.ts'
import { countsOf } from '../cell/counts.ts'
import { type Readings, recordCell, windowOf } from '../cell/record.ts'
import { judge } from '../cell/validity.ts'
import { withServer } from '../cell/with-server.ts'
import type { Contestant } from '../contestants/contestant.ts'
import { fleetBackplaneOf } from '../fleet/backplanes.ts'
import { inflict } from '../fleet/fault.ts'
import { type Fleet, isFleet, readFleet, startFleet } from '../fleet/fleet.ts'
import type { LinkOptions } from '../link/link.ts'
import { type LinkProcess, startLinkProcess } from '../link/process.ts'
import { type LoadGroup, startLoad } from '../load/group.ts'
import { publishSchedule, RUN_IN_MS, withRunIn } from '../load/schedule.ts'
import type { StalledCalls } from '../load/stalled.ts'
import { startChild } from '../machine/child.ts'
import { pin, pinCell } from '../machine/cores.ts'
import { readIpCounters } from '../machine/kernel.ts'
import { type ServerUnderTest, serverArgsOf, startServerProcess } from '../machine/server-process.ts'
import { isEmulated } from '../scenarios.ts'
import type { DriverOrder, EngineParts, KindDriver } from './kind.ts'

export interface CellOrder
  extends DriverOrder<string | null>,
    Pick<EngineParts, 'publisher'>,
    Partial<Omit<EngineParts, 'publisher'>> {
  /** A server to measure instead of ours: see `startServerProcess`. */
  readonly contestant?: URL
  /** Only what the server took is of interest, so that a load that is late spoils nothing. */
  readonly isCostOnly?: boolean
}

const STALLED = new URL('../load/stalled.js', import.meta.url)
/** From the order to publish to the schedule's zero: time enough for every process to be told. */
const LEAD_MS = 100
/** How finely a window with a fault in it is told. */
const SLICE_MS = 100
/** How long publishing is tried again beyond the fault. */
const INSIST_MS = 10_000
/** How often open connections and requests are read within the window. */
const TIMELINE_MS = 500

/** Measures one cell. Throws ExitError 4 where the server dies, and what `signal` was aborted with. */
export function measureCell(order: CellOrder): Promise<Cell> {
  const { scenario, transport } = order
  const blank = blankCell(order)
  const startServer = async (): Promise<ServerUnderTest | Fleet> =>
    isFleet(scenario) ? startFleet(scenario) : startServerProcess(serverArgsOf(scenario), order.contestant)
  return withServer(order, startServer, async (server, start) => {
    const fleet = 'pids' in server ? server : undefined
    if (fleet?.configuration) await order.keep?.(`haproxy-${scenario.id}.cfg`, fleet.configuration)
    const load = transport === null ? undefined : await start(() => startLoad(scenario.clients))
    await pinCell(scenario, fleet?.pids ?? [server.process.pid!], load?.pids ?? [])
    let link: LinkProcess | undefined
    if (load && isEmulated(scenario)) {
      link = await start(() => startLinkProcess(linkOptions(order, server)))
      await pin(link.pid, 'load')
    }
    if (transport !== null && scenario.stalledReaders) {
      const { contestants } = await import('../contestants/index.ts')
      const dialect = (contestants.lab as Contestant).dialects[transport]!
      const stalled = await start(() => startChild<StalledCalls>(STALLED))
      await pin(stalled.process.pid!, 'load')
      const port = Number(new URL(server.url).port)
      await stalled.call('open', { port, dialect, readers: scenario.stalledReaders })
    }
    try {
      const readings = await measure(order, { server, fleet, load, link })
      const { isLossy = false } = fleetBackplaneOf(scenario.backplane ?? 'memory')
      const { isCostOnly = false } = order
      return judge(recordCell(blank, readings), { ...readings, plannedMs: scenario.windowMs, isLossy, isCostOnly })
    } catch (error) {
      if (!(error instanceof NotOpen)) throw error
      // A transport that cannot connect here is a finding; the others are measured all the same.
      return { ...blank, status: 'failed', reasons: [error.message] }
    }
  })
}

/** Subscribers could not connect. */
class NotOpen extends Error {}

const subscribeAll = (load: LoadGroup, order: Parameters<LoadGroup['subscribe']>[0]): Promise<number> =>
  load.subscribe(order).catch((error: Error) => {
    throw new NotOpen(error.message)
  })

const linkOptions = ({ scenario, seed, round }: CellOrder, { url }: ServerUnderTest): LinkOptions => ({
  target: { host: new URL(url).hostname, port: Number(new URL(url).port) },
  rttMs: scenario.rttMs,
  jitterMs: scenario.jitterMs ?? 0,
  ...(scenario.bandwidthKBps !== undefined && { bandwidthKBps: scenario.bandwidthKBps }),
  seed: derivedSeed(seed, scenario.id, round, 'link'),
})

interface Parts {
  readonly server: ServerUnderTest
  readonly fleet: Fleet | undefined
  readonly load: LoadGroup | undefined
  readonly link: LinkProcess | undefined
}

const nowNs = (): bigint => process.hrtime.bigint()
const ms = (value: number): bigint => BigInt(Math.round(value * 1e6))
const until = (ns: bigint): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, Math.max(0, Number(ns - nowNs()) / 1e6)))

async function measure(
  { scenario, transport, round, seed, headers, publisher, onLive }: CellOrder,
  { server, fleet, load, link }: Parts,
): Promise<Readings> {
  const { warmupMs, windowMs } = scenario
  const schedule = {
    kind: scenario.schedule,
    ratePerSecond: scenario.ratePerSecond,
    durationMs: warmupMs + windowMs,
    stratified: scenario.stratified,
    // All transports of a round get the same schedule, so that they can be paired.
    seed: derivedSeed(seed, scenario.id, round),
  }
  const intendedMs = withRunIn(publishSchedule(schedule), scenario)
  const untilWindowMs = (intendedMs.length > 0 ? RUN_IN_MS : 0) + warmupMs
  await publisher.call('connect', { socketPath: server.socketPath })
  const atRest = await server.status()
  const connectMs =
    load && transport !== null
      ? await subscribeAll(load, {
          transport,
          // The relay carries what it is given, TLS too.
          baseUrls: link ? [`${new URL(server.url).protocol}//127.0.0.1:${link.port}`] : (fleet?.urls ?? [server.url]),
          clients: scenario.clients,
          notices: intendedMs.length,
          pollIntervalMs: scenario.pollIntervalMs,
          waitMs: scenario.waitMs,
          limit: scenario.limit,
          pollTimer: scenario.pollTimer,
          transportOptions: scenario.transportOptions?.[transport],
          keepAliveThresholdMs: scenario.keepAliveThresholdMs,
          clientLibrary: scenario.clientLibrary,
          seed: derivedSeed(seed, scenario.id, round, transport),
          headers,
        })
      : null

  const startNs = nowNs() + ms(LEAD_MS)
  const windowFromNs = startNs + ms(untilWindowMs)
  const windowToNs = windowFromNs + ms(windowMs)
  const watched = load?.watch({
    startNs,
    windowFromNs,
    windowToNs,
    intendedMs,
    floorEveryMs: scenario.floor === false ? undefined : Math.max(10, 1000 / Math.max(scenario.ratePerSecond, 1)),
    naive:
      scenario.naiveEveryMs === undefined
        ? undefined
        : { url: server.url, path: paths.health, everyMs: scenario.naiveEveryMs },
  })
  const published = publisher.call('publish', {
    intendedMs,
    ratePerSecond: scenario.ratePerSecond,
    bodyBytes: scenario.bodyBytes,
    socketPath: server.socketPath,
    startNs,
    // Where publishing may be refused for a while, every notice is wanted in the end.
    isShared: fleetBackplaneOf(scenario.backplane ?? 'memory').start !== undefined,
    ...(scenario.fault && { insistMs: scenario.fault.forMs + INSIST_MS }),
  })
  // Both are awaited after the window; a cell that is stopped within it ends their processes and waits for neither.
  for (const call of [watched, published]) call?.catch(() => {})

  await until(windowFromNs)
  const before = await server.status(true)
  const lateMs = Number(nowNs() - windowFromNs) / 1e6
  const ipBefore = await readIpCounters()
  await link?.stats(true)
  const beforeNs = nowNs()
  const stalled =
    scenario.stallMs === undefined ? undefined : stall(server, windowFromNs + ms(windowMs / 2), scenario.stallMs)
  const fleetBefore = await readFleet(fleet)
  const happening = fleet && scenario.fault && inflict(fleet, scenario.fault, windowFromNs)
  happening?.catch(() => {})
  const timeline: Cell['timeline'] = []
  const readTimeline = (status: Status): void => {
    const counts = countsOf(status, transport)
    const first = countsOf(before, transport)
    timeline.push([Math.round(Number(nowNs() - beforeNs) / 1e6), counts.open, counts.requests - first.requests])
  }
  readTimeline(before)
  for (let at = TIMELINE_MS; at < windowMs; at += TIMELINE_MS) {
    await until(windowFromNs + ms(at))
    // A stopped server answers nobody, the bench included.
    if (stalled) continue
    readTimeline(await server.status())
    if (load && onLive) onLive(await load.live())
  }
  await until(windowToNs)
  await stalled
  const happened = await happening
  const fleetAfter = await readFleet(fleet)
  const ipAfter = await readIpCounters()
  const after = await server.status()
  const afterNs = nowNs()
  readTimeline(after)
  const linkStats = await link?.stats()

  const publishing = await published
  await watched
  const slices = { fromMs: untilWindowMs, toMs: untilWindowMs + windowMs, everyMs: SLICE_MS }
  const window = { ...windowOf(publishing, untilWindowMs), ...(scenario.fault && { slices }) }
  const readings = {
    atRest,
    before,
    after,
    windowMs: Number(afterNs - beforeNs) / 1e6,
    lateMs,
    ip: ipBefore && ipAfter && { before: ipBefore, after: ipAfter },
    timeline,
    connectMs,
    publishing,
    window,
    link: linkStats,
    fleet: fleetBefore && fleetAfter && { before: fleetBefore, after: fleetAfter },
    happened: happened && { ...happened, windowFromMs: untilWindowMs },
  }
  if (!load) return { ...readings, report: undefined }
  // T + 3 RTT + 2 s: longer than any transport may take for the last notice.
  const timeoutMs = scenario.pollIntervalMs + 3 * scenario.rttMs + 2000
  await load.drain({ total: intendedMs.length, timeoutMs })
  return { ...readings, report: await load.report(window) }
}

/** Stops the server's process at `atNs` for `stallMs`: what a garbage collection or a busy host does, only longer. */
async function stall(server: ServerUnderTest, atNs: bigint, stallMs: number): Promise<void> {
  await until(atNs)
  server.process.kill('SIGSTOP')
  await new Promise(resolve => setTimeout(resolve, stallMs))
  server.process.kill('SIGCONT')
}

export const kind = {
  measure: measureCell,
  isTimed: true,
  subtractsPublishing: true,
  // Draining ends with the last notice: for pollers that takes up to an interval.
  roundMs: ({ pollIntervalMs }, { cellMs, transports, isPublishingAlone }) =>
    (transports + (isPublishingAlone ? 1 : 0)) * cellMs + pollIntervalMs,
} satisfies KindDriver
