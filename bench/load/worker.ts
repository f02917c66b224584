// A load process: holds the subscribers of one cell through client/transports, times every notice, and watches its own saturation.
import { entryOf, type TransportName } from '../../client/transports/index.ts'
import { newSubscriberTally, type SubscriberTally, type TransportOptions } from '../../client/transports/transport.ts'
import type { Distribution } from '../../results/estimate.ts'
import { derivedSeed } from '../../results/random.ts'
import type { Notice } from '../../server/protocol.ts'
import { serveParent } from '../machine/child.ts'
import type { HeaderProfile } from '../profiles/profile.ts'
import { type Account, type AccountReport, newAccount, type WindowOfNotices } from './account.ts'
import { isSecure, networksOf } from './networks.ts'
import { type Outage, type OutageWatch, watchOutages } from './outages.ts'
import { type ClientUse, noUse, type OwnWatch, type WatchOrder, watchOwn } from './own-watch.ts'
import { type PollWatch, watchPolls } from './phases.ts'
import { type LoadBody, pollPhases } from './schedule.ts'

export interface SubscribeOrder {
  readonly transport: string
  /** Where they connect, each to the next one in turn. */
  readonly baseUrls: readonly string[]
  /** Subscribers of the cell, in all its load processes. */
  readonly clients: number
  /** Those that are this process's: places [from, to) of them. */
  readonly share: { readonly from: number; readonly to: number }
  /** Local ports a client address has; null = as many as needed. */
  readonly portsPerAddress: number | null
  /** Notices of the schedule; 0 when nothing is published. */
  readonly notices: number
  readonly pollIntervalMs: number
  readonly waitMs: number
  /** Let the holds of long polls end spread over waitMs, as they would for subscribers that came at different times. */
  readonly spreadHolds?: boolean
  /** Most notices a polling answer carries; absent = the server's default. */
  readonly limit?: number | undefined
  readonly pollTimer?: 'fixed-rate' | 'after-answer' | undefined
  readonly transportOptions?: TransportOptions | undefined
  readonly keepAliveThresholdMs?: number | undefined
  readonly clientLibrary?: 'stock' | undefined
  readonly seed: number
  readonly headers: HeaderProfile
}

export interface WorkerReport {
  readonly account: AccountReport
  readonly tally: SubscriberTally
  readonly gaps: number
  readonly use: ClientUse
  readonly floor: Distribution | undefined
  readonly naive: Distribution | undefined
  /** Where in the interval the pollers at fixed times polled last, in [0, 1); undefined where there are none. */
  readonly pollPhases: readonly number[] | undefined
  /** Of subscribers that lost their stream within the window, the first time of each. */
  readonly outages: readonly Outage[]
  /** Why subscribers closed, each reason once. */
  readonly failures: readonly string[]
}

export type WorkerCalls = {
  /** Subscribes all and settles once every one is open; gives the ms it took. */
  subscribe: { argument: SubscribeOrder; result: number }
  /** Says where the schedule begins and when the window lies (CLOCK_MONOTONIC), so that the process watches itself in it. */
  watch: { argument: WatchOrder; result: void }
  live: { argument: null; result: { delivered: number; p50Ms: number | null } }
  /** Waits until all `total` notices are everywhere, at most `timeoutMs`; gives whether they are. */
  drain: { argument: { total: number; timeoutMs: number }; result: boolean }
  report: { argument: WindowOfNotices; result: WorkerReport }
  /** By subscriber, its outages from `fromMs` on, on the clock of the schedule. */
  outages: { argument: { fromMs: number }; result: Outage[][] }
  /** By subscriber, how long its stream stood still at most (`Account.standstills`). */
  standstills: { argument: WindowOfNotices; result: Float64Array }
  /** Ends all subscriptions. */
  close: { argument: null; result: void }
}

/** Subscriptions begun each 10 ms: connecting is not what is measured, and must not overflow the server's queue. */
const LAUNCH_PER_10_MS = 20
/** A handshake of TLS takes about 2 ms of CPU at either end, and those that wait for theirs are given up after a while. */
const SECURE_LAUNCH_PER_10_MS = 3
/** All must be open within the first, and the second for each of them. */
const CONNECT_MS = { all: 20_000, each: 10 }
const MOST_REASONS = 3

const abort = new AbortController()
const failures = new Set<string>()
const recent = new Float64Array(512).fill(Number.NaN)
let recentCount = 0
let account: Account = newAccount(0, 0)
let tally: SubscriberTally = newSubscriberTally()
let gaps = 0
let intendedMs: Float64Array = new Float64Array(0)
let startNs = process.hrtime.bigint()
let own: Pick<OwnWatch, 'use' | 'floor' | 'naive'> = { use: noUse, floor: undefined, naive: undefined }
let polls: PollWatch | undefined
let outages: OutageWatch = watchOutages(0, () => 0)
let windowFromMs = 0
let phasesOfPolls: readonly number[] | undefined

async function subscribe(order: SubscribeOrder): Promise<number> {
  const begunMs = performance.now()
  const entry = entryOf(order.transport)
  if (!entry) throw new Error(`no client for the transport ${JSON.stringify(order.transport)}`)
  const subscribe = order.clientLibrary
    ? (await import('../contestants/stock-clients.ts')).stockClients[order.transport as TransportName]
    : (await entry.load()).subscribe
  if (!subscribe) throw new Error(`no stock client for the transport ${JSON.stringify(order.transport)}`)
  const servers = order.baseUrls.map(baseUrl => ({
    baseUrl,
    networkFrom: networksOf({ ...order, baseUrl }, entry.connections),
  }))
  // Drawn for the whole cell, so that they are even over it however it is parted.
  const { from, to } = order.share
  const clients = to - from
  const phases = pollPhases(order.clients, order.pollIntervalMs, order.seed).subarray(from, to)
  const holds = order.spreadHolds
    ? pollPhases(order.clients, order.waitMs, derivedSeed(order.seed, 'holds')).subarray(from, to)
    : undefined
  account = newAccount(clients, order.notices)
  const watched = watchPolls(clients, order.pollIntervalMs)
  polls = watched
  outages = watchOutages(clients, () => Number(process.hrtime.bigint() - startNs) / 1e6)
  let open = 0
  const withinMs = CONNECT_MS.all + CONNECT_MS.each * clients
  await new Promise<void>((resolve, reject) => {
    const tooLong = setTimeout(
      () =>
        reject(
          new Error(
            `${clients - open} of ${clients} subscribers were not open within ${withinMs / 1000} s: ${[...failures].slice(0, MOST_REASONS).join('; ') || 'no answer'}`,
          ),
        ),
      withinMs,
    )
    const begin = (who: number): void => {
      let isOpen = false
      const { baseUrl, networkFrom } = servers[(from + who) % servers.length]!
      subscribe({
        baseUrl,
        network: watched.network(networkFrom(from + who), who),
        signal: abort.signal,
        pollIntervalMs: order.pollIntervalMs,
        // Who asks for a phase polls at fixed times; no other transport does. With a timer that restarts, phases drift as they are meant to.
        get phaseMs() {
          if (order.pollTimer !== 'after-answer') watched.haveFixedTimes()
          return phases[who]!
        },
        waitMs: order.waitMs,
        ...(order.limit !== undefined && { limit: order.limit }),
        ...(order.pollTimer !== undefined && { pollTimer: order.pollTimer }),
        ...(order.transportOptions && { transportOptions: order.transportOptions }),
        ...(holds && { firstWaitMs: Math.ceil(holds[who]!) }),
        tally,
        onNotice: (notice: Notice) => receive(who, notice),
        onGap: () => gaps++,
        onState: (state, reason) => {
          outages.changed(who, state)
          // When the next attempt comes is another matter each time.
          if (reason !== undefined) failures.add(reason.replace(/; next attempt in \d+ ms$/, ''))
          if (state !== 'open' || isOpen) return
          isOpen = true
          if (++open === clients) {
            clearTimeout(tooLong)
            resolve()
          }
        },
      })
    }
    let next = 0
    const atOnce = order.baseUrls.some(isSecure) ? SECURE_LAUNCH_PER_10_MS : LAUNCH_PER_10_MS
    const launch = (): void => {
      for (let i = 0; i < atOnce && next < clients; i++) begin(next++)
      if (next < clients) setTimeout(launch, 10)
    }
    launch()
  })
  return performance.now() - begunMs
}

function receive(who: number, { seq, body }: Notice): void {
  const atMs = Number(process.hrtime.bigint() - startNs) / 1e6
  const { i } = body as LoadBody
  account.arrived(who, i, seq, atMs)
  // One in eight is enough to show the median while the cell runs.
  if ((recentCount & 7) === 0) recent[(recentCount >> 3) & 511] = atMs - (intendedMs[i] ?? Number.NaN)
  recentCount++
}

async function watch(order: WatchOrder): Promise<void> {
  startNs = order.startNs
  windowFromMs = Number(order.windowFromNs - startNs) / 1e6
  intendedMs = order.intendedMs
  const { fromMs, ...watched } = await watchOwn(order)
  phasesOfPolls = polls?.phasesSince(fromMs)
  own = watched
}

function live(): WorkerCalls['live']['result'] {
  const sorted = [...recent].filter(ms => !Number.isNaN(ms)).sort((a, b) => a - b)
  return { delivered: account.delivered, p50Ms: sorted[Math.floor(sorted.length / 2)] ?? null }
}

async function drain({ total, timeoutMs }: { total: number; timeoutMs: number }): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while (!account.isComplete(total)) {
    if (performance.now() > deadline) return false
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  return true
}

serveParent<WorkerCalls>({
  subscribe,
  watch,
  live,
  drain,
  report: window => ({
    account: account.report(window),
    tally,
    gaps,
    ...own,
    pollPhases: phasesOfPolls,
    outages: outages.since(windowFromMs),
    failures: [...failures],
  }),
  outages: ({ fromMs }) => outages.ofEach(fromMs),
  standstills: window => account.standstills(window),
  async close() {
    abort.abort()
    tally = newSubscriberTally()
    // One turn for the sockets to be given back.
    await new Promise(resolve => setImmediate(resolve))
  },
})
