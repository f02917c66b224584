// The load of one cell: its subscribers parted over as many processes as there are cores for, asked as if they were one.
import { availableParallelism } from 'node:os'
import { newSubscriberTally, type SubscriberTally } from '../../client/transports/transport.ts'
import type { Cell } from '../../results/cell.ts'
import { sum } from '../../results/sums.ts'
import { mergeDistributions } from '../histogram.ts'
import { type Child, startChild } from '../machine/child.ts'
import { readLocalPorts } from '../machine/provenance.ts'
import type { WindowOfNotices } from './account.ts'
import type { Outage } from './outages.ts'
import type { ClientUse, WatchOrder } from './own-watch.ts'
import { kuiperDistance } from './phases.ts'
import { mergeSlices } from './slices.ts'
import type { SubscribeOrder, WorkerCalls, WorkerReport } from './worker.ts'

/** What came of all subscribers. */
export interface LoadReport {
  readonly account: Omit<WorkerReport['account'], 'firstMs' | 'lastMs'> & {
    /** Last arrival less first, mean over the notices that reached all; null where none did. */
    readonly spreadMs: number | null
  }
  readonly tally: SubscriberTally
  readonly gaps: number
  /** CPU of all; share and loop delay of the one that was worst off. */
  readonly use: ClientUse
  readonly floor: Cell['floor']
  readonly naive: Cell['naive']
  readonly pollPhases: Cell['pollPhases']
  readonly outages: WorkerReport['outages']
  readonly failures: readonly string[]
}

export interface LoadGroup {
  readonly pids: readonly number[]
  /** As the calls of a load process, over all of them. */
  subscribe(order: Omit<SubscribeOrder, 'share' | 'portsPerAddress'>): Promise<number>
  watch(order: WatchOrder): Promise<void>
  live(): Promise<{ delivered: number; p50Ms: number | null }>
  drain(argument: { total: number; timeoutMs: number }): Promise<boolean>
  report(window: WindowOfNotices): Promise<LoadReport>
  outages(fromMs: number): Promise<Outage[][]>
  standstills(window: WindowOfNotices): Promise<number[]>
  end(): Promise<void>
}

const WORKER = new URL('./worker.js', import.meta.url)
/** Fewer are one process's work: a second one would only add a process. */
const CLIENTS_PER_PROCESS = 500

/** How many load processes `clients` subscribers are parted over: the server has one core, the rest are the load's. */
export const processesFor = (clients: number, cores = availableParallelism()): number =>
  Math.max(1, Math.min(cores - 1, Math.floor(clients / CLIENTS_PER_PROCESS)))

/** Starts the processes that will hold `clients` subscribers. */
export function startLoad(clients: number, processes = processesFor(clients)): LoadGroup {
  const workers = Array.from({ length: processes }, () => startChild<WorkerCalls>(WORKER))
  const all = <Result>(call: (worker: Child<WorkerCalls>, index: number) => Promise<Result>): Promise<Result[]> =>
    Promise.all(workers.map(call))
  const shareOf = (index: number) => ({
    from: Math.round((clients * index) / processes),
    to: Math.round((clients * (index + 1)) / processes),
  })
  return {
    pids: workers.map(({ process }) => process.pid!),
    async subscribe(order) {
      const portsPerAddress = await readLocalPorts()
      const ms = await all((worker, index) =>
        worker.call('subscribe', { ...order, share: shareOf(index), portsPerAddress }),
      )
      return Math.max(...ms)
    },
    async watch({ naive, ...order }) {
      // One closed loop is enough to show what it leaves out.
      await all((worker, index) => worker.call('watch', { ...order, ...(index === 0 && { naive }) }))
    },
    async live() {
      const parts = await all(worker => worker.call('live', null))
      const medians = parts.flatMap(({ p50Ms }) => p50Ms ?? []).sort((a, b) => a - b)
      return { delivered: sum(parts, part => part.delivered), p50Ms: medians[medians.length >> 1] ?? null }
    },
    async drain(argument) {
      const complete = await all((worker, index) => {
        const { from, to } = shareOf(index)
        return from === to ? Promise.resolve(true) : worker.call('drain', argument)
      })
      return complete.every(Boolean)
    },
    report: async window => mergeReports(await all(worker => worker.call('report', window))),
    outages: async fromMs => (await all(worker => worker.call('outages', { fromMs }))).flat(),
    standstills: async window =>
      (await all(worker => worker.call('standstills', window))).flatMap(longestMs => [...longestMs]),
    async end() {
      await all(worker => worker.end('SIGKILL'))
    },
  }
}

/** The report of all subscribers from those of their processes. Throws where there is none. */
export function mergeReports(parts: readonly WorkerReport[]): LoadReport {
  if (parts.length === 0) throw new Error('a load is at least one process')
  const accounts = parts.map(({ account }) => account)
  const tally = newSubscriberTally()
  for (const part of parts)
    for (const key of Object.keys(tally) as (keyof SubscriberTally)[]) tally[key] += part.tally[key]
  const of = (key: 'floor' | 'naive') => {
    const measured = parts.flatMap(part => part[key] ?? [])
    return measured.length > 0 ? mergeDistributions(measured).distribution() : undefined
  }
  const phases = parts.flatMap(part => (part.pollPhases ? [...part.pollPhases] : []))
  return {
    account: {
      expected: sum(accounts, ({ expected }) => expected),
      delivered: sum(accounts, ({ delivered }) => delivered),
      lost: sum(accounts, ({ lost }) => lost),
      duplicated: sum(accounts, ({ duplicated }) => duplicated),
      outOfOrder: sum(accounts, ({ outOfOrder }) => outOfOrder),
      latency: mergeDistributions(accounts.map(({ latency }) => latency)).distribution(),
      delivery: mergeDistributions(accounts.map(({ delivery }) => delivery)).distribution(),
      spreadMs: spreadOf(accounts),
      ...(accounts.every(({ slices }) => slices) && { slices: mergeSlices(accounts.map(({ slices }) => slices!)) }),
    },
    tally,
    gaps: sum(parts, ({ gaps }) => gaps),
    use: {
      cpuUs: sum(parts, ({ use }) => use.cpuUs),
      cpuShare: Math.max(...parts.map(({ use }) => use.cpuShare)),
      loopDelayP99Ms: Math.max(...parts.map(({ use }) => use.loopDelayP99Ms)),
    },
    floor: of('floor'),
    naive: of('naive'),
    pollPhases: phases.length > 0 ? { count: phases.length, kuiper: kuiperDistance(phases) } : undefined,
    outages: parts.flatMap(({ outages }) => outages),
    failures: [...new Set(parts.flatMap(({ failures }) => failures))],
  }
}

/** Over the notices that reached everyone in every process. */
function spreadOf(accounts: readonly WorkerReport['account'][]): number | null {
  const [some] = accounts.filter(({ expected }) => expected > 0)
  if (!some) return null
  let spreads = 0
  let complete = 0
  for (let i = 0; i < some.firstMs.length; i++) {
    // What is missing in one process is NaN, and so is everything it is compared with.
    let first = Number.POSITIVE_INFINITY
    let last = Number.NEGATIVE_INFINITY
    for (const { expected, firstMs, lastMs } of accounts) {
      if (expected === 0) continue
      first = Math.min(first, firstMs[i]!)
      last = Math.max(last, lastMs[i]!)
    }
    if (Number.isNaN(first)) continue
    complete++
    spreads += last - first
  }
  return complete > 0 ? spreads / complete : null
}
