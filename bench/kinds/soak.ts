// Two servers of one stream under everything at once for long: subscribers of every transport that are cut off, readers that stop, attacks, and one of
// the servers started again now and then. The other one is read.
import { setTimeout as wait } from 'node:timers/promises'
import type { Cell } from '../../results/cell.ts'
import { derivedSeed, seededRandom } from '../../results/random.ts'
import { parseCursor } from '../../server/protocol.ts'
import { blankCell, judged } from '../cell/blank-cell.ts'
import { countsOf, difference, serverUse } from '../cell/counts.ts'
import { withServer } from '../cell/with-server.ts'
import { type Contestant, isStream } from '../contestants/contestant.ts'
import { contestants } from '../contestants/index.ts'
import { type Pair, startPair } from '../fleet/pair.ts'
import type { AttackCalls } from '../load/attacks.ts'
import type { MixedAccount, MixedCalls } from '../load/mixed.ts'
import type { StalledCalls } from '../load/stalled.ts'
import { startChild } from '../machine/child.ts'
import { pin } from '../machine/cores.ts'
import { descriptorsOf } from '../machine/kernel.ts'
import { type ServerUnderTest, serverArgsOf } from '../machine/server-process.ts'
import type { KindDriver, RoundOrder } from './kind.ts'

const MIXED = new URL('../load/mixed.js', import.meta.url)
const ATTACKS = new URL('../load/attacks.js', import.meta.url)
const STALLED = new URL('../load/stalled.js', import.meta.url)
/** Held by the logs, so that they are full, and grow no more, before the window begins. */
const LOG_CAPACITY = 1000
/** The server ends a reader that has stopped once much waits for it; then there has to be another one. */
const STALL_EVERY_MS = 60_000
/** How long subscribers may take to have everything once nothing is disturbed any more: the longest pause between two attempts, and some. */
const DRAIN_MS = 30_000
const SETTLE_MS = 1000

type Soak = NonNullable<Cell['soak']>

/** Cells of all transports, over the same time. Throws ExitError 3 where the backplane's program is not installed, 4 where a part dies that
 * should not, and what `signal` was aborted with. */
export async function measureSoak(order: RoundOrder & { readonly transports: readonly string[] }): Promise<Cell[]> {
  const { scenario, transports, round, seed } = order
  const { readEveryMs, cutEveryMs, restartEveryMs, attackEveryMs, stalledReaders = 0, clients } = scenario
  if (!readEveryMs) throw new Error(`${scenario.id} must say how often memory is read`)
  const startedAt = new Date().toISOString()
  const seedOf = (part: string): number => derivedSeed(seed, scenario.id, round, part)
  const startServers = (): Promise<Pair> =>
    startPair({
      backplane: scenario.backplane ?? 'redis',
      args: [...serverArgsOf(scenario), '--log-capacity', String(LOG_CAPACITY)],
      execArgv: ['--expose-gc'],
    })
  return withServer(order, startServers, async (pair, start) => {
    const { stays, urls, pids } = pair
    const { dialects } = contestants.lab as Contestant
    const load = await start(() => startChild<MixedCalls>(MIXED))
    const attacks = await start(() => startChild<AttackCalls>(ATTACKS))
    const stalled = await start(() => startChild<StalledCalls>(STALLED))
    for (const pid of pids) await pin(pid, 'server')
    for (const child of [load, attacks, stalled]) await pin(child.process.pid!, 'load')
    const atRest = await stays.status()
    const { pollIntervalMs, waitMs, ratePerSecond, bodyBytes } = scenario
    await load.call('open', { urls, transports, clients, pollIntervalMs, waitMs, seed: seedOf('subscribers') })
    const fromSeq = await headOf(stays)
    await load.call('publish', { socketPath: stays.socketPath, ratePerSecond, bodyBytes })
    if (cutEveryMs) await load.call('cut', { everyMs: cutEveryMs, seed: seedOf('cuts') })
    if (attackEveryMs)
      await attacks.call('begin', {
        ports: urls.map(portOf),
        dialects,
        everyMs: attackEveryMs,
        seed: seedOf('attacks'),
      })
    const over = new AbortController()
    const restarting = restartEveryMs
      ? restart(pair, restartEveryMs, seedOf('restarts'), over.signal)
      : Promise.resolve(0)
    const streams = Object.values(dialects).filter(isStream)
    const stalling = every(STALL_EVERY_MS, over.signal, async () => {
      for (const dialect of streams)
        await stalled.call('open', { port: portOf(stays.url), dialect, readers: stalledReaders }).catch(() => {})
    })
    const trouble = new Promise<never>((_, reject) => {
      for (const going of [restarting, stalling]) going.catch(reject)
    })
    trouble.catch(() => {})

    await wait(scenario.warmupMs)
    const before = await stays.status(true)
    const began = await load.call('account', null)
    const begunMs = performance.now()
    const elapsedMs = (): number => performance.now() - begunMs
    const readings: Readonly<Record<string, Soak['readings']>> = Object.fromEntries(transports.map(name => [name, []]))
    const read = async (): Promise<void> => {
      const accounts = await load.call('account', null)
      const heapBytes = await stays.collectedHeapBytes()
      const { rssBytes } = (await stays.status()).process
      const descriptors = (await descriptorsOf(stays.process.pid!)) ?? null
      const atMs = Math.round(elapsedMs())
      for (const name of transports) {
        const { lost, doubled } = since(began[name]!, accounts[name]!)
        readings[name]!.push({ atMs, heapBytes, rssBytes, descriptors, lost, doubled })
      }
    }
    await read()
    while (elapsedMs() < scenario.windowMs) {
      await Promise.race([wait(Math.min(readEveryMs, scenario.windowMs - elapsedMs())), trouble])
      await read()
    }
    const after = await stays.status()
    const windowMs = elapsedMs()

    over.abort()
    const tried = await attacks.call('stop', null)
    const { published, cuts, unpublished } = await load.call('stop', null)
    const restarts = await restarting
    await stalling
    // What was posted last is on its way.
    await wait(SETTLE_MS)
    const toSeq = await headOf(stays)
    await load.call('drain', { seq: toSeq, timeoutMs: DRAIN_MS })
    const accounts = await load.call('account', null)
    const closed = await load.call('closed', null)
    return transports.map((transport, place) => {
      const { delivered, lost, doubled, retries } = accounts[transport]!
      const counts = difference(countsOf(before, transport), countsOf(after, transport))
      const cell: Cell = {
        ...blankCell({ scenario, transport, round, order: place, startedAt }),
        windowMs,
        published: toSeq - fromSeq,
        expected: (toSeq - fromSeq) * clients,
        delivered,
        lost,
        duplicated: doubled,
        retries,
        connectionsOpened: counts.opened,
        bytesIn: counts.bytesIn,
        bytesOut: counts.bytesOut,
        server: serverUse(before, after, atRest),
        soak: { readings: readings[transport]!, cuts, restarts, attacks: { ...tried } },
      }
      return judged(cell, [
        ...closed.filter(reason => reason.startsWith(`${transport}:`)),
        ...(published === 0 ? ['nothing was published'] : []),
        ...unpublished.map(why => `a post was given up: ${why}`),
      ])
    })
  })
}

const portOf = (url: string): number => Number(new URL(url).port)

const headOf = async (server: ServerUnderTest): Promise<number> => parseCursor((await server.status()).log.cursor)!.seq

const since = (began: MixedAccount, now: MixedAccount) => ({
  lost: now.lost - began.lost,
  doubled: now.doubled - began.doubled,
})

/** Acts now and then again, until it is told to stop; settles after the last time. */
async function every(ms: number, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await act()
    await wait(ms, undefined, { signal }).catch(() => {})
  }
}

/** Starts the other server again every so often; gives how often it was. */
async function restart(pair: Pair, everyMs: number, seed: number, signal: AbortSignal): Promise<number> {
  const random = seededRandom(seed)
  for (let times = 0; ; times++) {
    await wait(everyMs * (0.5 + random()), undefined, { signal }).catch(() => {})
    if (signal.aborted) return times
    await pair.restart()
  }
}

export const kind = {
  measureTogether: measureSoak,
  roundMs: ({ warmupMs, windowMs }) => warmupMs + windowMs + DRAIN_MS / 10,
} satisfies KindDriver
