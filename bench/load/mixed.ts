// A load process with subscribers of every transport at once, behind links that are cut now and then; it publishes too, and keeps account by sequence numbers.

import { nodeNetwork } from '../../client/network/node.ts'
import { entryOf } from '../../client/transports/index.ts'
import { seededRandom } from '../../results/random.ts'
import { parseCursor, paths } from '../../server/protocol.ts'
import { type Link, startLink } from '../link/link.ts'
import { serveParent } from '../machine/child.ts'
import { controlPoster, type Poster } from './post.ts'
import { loadBody } from './schedule.ts'

export interface MixedOrder {
  /** Each subscriber connects to the next one in turn. */
  readonly urls: readonly string[]
  readonly transports: readonly string[]
  /** Subscribers of each transport. */
  readonly clients: number
  readonly pollIntervalMs: number
  readonly waitMs: number
  readonly seed: number
}

export interface MixedPublish {
  readonly socketPath: string
  readonly ratePerSecond: number
  readonly bodyBytes: number
}

/** Of the subscribers of one transport, since they began. */
export interface MixedAccount {
  readonly delivered: number
  /** Holes in what came, and what they were told was gone. */
  readonly lost: number
  readonly doubled: number
  /** Attempts after a failure. */
  readonly retries: number
}

export type MixedCalls = {
  /** Subscribes all; settles once each knows where it stands. */
  open: { argument: MixedOrder; result: void }
  /** Publishes until it is told to stop. */
  publish: { argument: MixedPublish; result: void }
  /** Cuts one of the links every `everyMs` on average, for up to two seconds, until it is told to stop. */
  cut: { argument: { readonly everyMs: number; readonly seed: number }; result: void }
  /** Nothing more is published or cut; settles once what was under way is published, with how often what was, and why posts were given up. */
  stop: {
    argument: null
    result: { readonly published: number; readonly cuts: number; readonly unpublished: readonly string[] }
  }
  /** Settles once every subscriber has everything up to `seq`, or after `timeoutMs`; what is missing then counts as lost. */
  drain: { argument: { readonly seq: number; readonly timeoutMs: number }; result: void }
  account: { argument: null; result: Readonly<Record<string, MixedAccount>> }
  /** Why subscribers were closed for good. */
  closed: { argument: null; result: readonly string[] }
}

/** Links towards each server: a cut takes so much of its subscribers. */
const LINKS_EACH = 4
const CUT_MS = { min: 50, max: 2000 }
/** Now and then many large ones come at once: what readers that stop leave lying. */
const BURST = { everyMs: 10_000, notices: 16, bodyBytes: 60_000 }
const OPEN_WITHIN_MS = 20_000
/** How often a post is tried, and how soon again. */
const TRIES = 50
const RETRY_MS = 200

interface Subscriber {
  readonly transport: string
  epoch: string
  /** Undefined until it knows where it stands. */
  seq: number | undefined
  delivered: number
  lost: number
  doubled: number
}

const subscribers: Subscriber[] = []
const links: Link[] = []
const tallies = new Map<string, { retries: number }>()
const closed = new Set<string>()
const timers = new Set<NodeJS.Timeout>()
let published = 0
let ids = 0
const underWay = new Set<Promise<void>>()
/** Why posts were given up. */
const unpublished = new Set<string>()
let cuts = 0
let isStopped = false
const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

function later(ms: number, act: () => void): void {
  const timer = setTimeout(() => {
    timers.delete(timer)
    act()
  }, ms)
  timers.add(timer)
}

async function open({ urls, transports, clients, pollIntervalMs, waitMs, seed }: MixedOrder): Promise<void> {
  const servers: Link[][] = []
  for (const url of urls) {
    const target = { host: '127.0.0.1', port: Number(new URL(url).port) }
    const ofServer = await Promise.all(
      Array.from({ length: LINKS_EACH }, (_, i) => startLink({ target, rttMs: 0, seed: seed + i })),
    )
    servers.push(ofServer)
    links.push(...ofServer)
  }
  const { newSubscriberTally } = await import('../../client/transports/transport.ts')
  const random = seededRandom(seed)
  for (const transport of transports) {
    const entry = entryOf(transport)
    if (!entry) throw new Error(`no client for the transport ${JSON.stringify(transport)}`)
    const { subscribe } = await entry.load()
    const tally = newSubscriberTally()
    tallies.set(transport, tally)
    for (let i = 0; i < clients; i++) {
      const ofServer = servers[i % servers.length]!
      const link = ofServer[Math.floor(i / servers.length) % LINKS_EACH]!
      const self: Subscriber = { transport, epoch: '', seq: undefined, delivered: 0, lost: 0, doubled: 0 }
      subscribers.push(self)
      subscribe({
        baseUrl: `http://127.0.0.1:${link.port}`,
        network: nodeNetwork(),
        signal: new AbortController().signal,
        pollIntervalMs,
        waitMs,
        phaseMs: random() * pollIntervalMs,
        tally,
        onPosition: cursor => stand(self, cursor),
        onNotice: ({ seq }) => arrived(self, seq),
        onGap(missed, cursor) {
          // How many another epoch has cost nobody can say: each time counts as one.
          self.lost += missed ?? 1
          stand(self, cursor)
        },
        onState(state, reason) {
          if (state === 'closed') closed.add(`${transport}: ${reason ?? 'closed'}`)
        },
      })
    }
  }
  const deadline = performance.now() + OPEN_WITHIN_MS
  while (subscribers.some(({ seq }) => seq === undefined)) {
    if (performance.now() > deadline) {
      const missing = subscribers.filter(({ seq }) => seq === undefined).map(({ transport }) => transport)
      throw new Error(
        `not open within ${OPEN_WITHIN_MS / 1000} s: ${[...new Set(missing)].join(', ')} ${[...closed].join('; ')}`,
      )
    }
    await wait(10)
  }
}

function stand(self: Subscriber, cursor: string): void {
  const { epoch, seq } = parseCursor(cursor)!
  self.epoch = epoch
  self.seq = seq
}

function arrived(self: Subscriber, seq: number): void {
  const last = self.seq
  if (last !== undefined && seq <= last) {
    self.doubled++
    return
  }
  if (last !== undefined) self.lost += seq - last - 1
  self.seq = seq
  self.delivered++
}

function publish({ socketPath, ratePerSecond, bodyBytes }: MixedPublish): void {
  const idle: Poster[] = []
  /** Tried again under the same ids, as a publisher should: each counts once. */
  const post = async (bodies: readonly string[]): Promise<void> => {
    const text = `[${bodies.map(body => `{"body":${body},"id":"soak-${ids++}"}`).join(',')}]`
    let failure = ''
    for (let tries = 0; tries < TRIES; tries++) {
      if (tries > 0) await wait(RETRY_MS)
      const poster = idle.pop() ?? controlPoster(socketPath)
      try {
        const answer = await poster.post(paths.notices, text)
        idle.push(poster)
        if (answer.status === 201) {
          published += bodies.length
          return
        }
        failure = `${answer.status} ${answer.text}`
      } catch (error) {
        poster.close()
        failure = (error as Error).message
      }
    }
    unpublished.add(failure)
  }
  const send = (bodies: readonly string[]): void => {
    const posting = post(bodies).finally(() => underWay.delete(posting))
    underWay.add(posting)
  }
  const begunMs = performance.now()
  let sent = 0
  let nextBurstMs = BURST.everyMs
  const tick = (): void => {
    const elapsedMs = performance.now() - begunMs
    const due = Math.floor((elapsedMs / 1000) * ratePerSecond)
    if (due > sent) send(Array.from({ length: due - sent }, () => loadBody(sent++, bodyBytes)))
    if (elapsedMs > nextBurstMs) {
      nextBurstMs += BURST.everyMs
      send(Array.from({ length: BURST.notices }, (_, i) => loadBody(i, BURST.bodyBytes)))
    }
    if (!isStopped) later(1000 / ratePerSecond / 2, tick)
  }
  tick()
}

function cut({ everyMs, seed }: MixedCalls['cut']['argument']): void {
  const random = seededRandom(seed)
  const next = (): void =>
    later(everyMs * (0.5 + random()), () => {
      const link = links[Math.floor(random() * links.length)]!
      link.cut()
      cuts++
      later(CUT_MS.min + random() * (CUT_MS.max - CUT_MS.min), () => link.heal())
      next()
    })
  next()
}

serveParent<MixedCalls>({
  open,
  publish,
  cut,
  async stop() {
    isStopped = true
    for (const timer of timers) clearTimeout(timer)
    timers.clear()
    for (const link of links) link.heal()
    await Promise.all(underWay)
    return { published, cuts, unpublished: [...unpublished] }
  },
  async drain({ seq, timeoutMs }) {
    const deadline = performance.now() + timeoutMs
    while (subscribers.some(each => each.seq! < seq) && performance.now() < deadline) await wait(20)
    for (const each of subscribers) each.lost += Math.max(0, seq - each.seq!)
  },
  account() {
    const accounts: Record<string, { delivered: number; lost: number; doubled: number; retries: number }> = {}
    for (const { transport, delivered, lost, doubled } of subscribers) {
      accounts[transport] ??= { delivered: 0, lost: 0, doubled: 0, retries: tallies.get(transport)!.retries }
      const sum = accounts[transport]
      sum.delivered += delivered
      sum.lost += lost
      sum.doubled += doubled
    }
    return accounts
  },
  closed: () => [...closed],
})
