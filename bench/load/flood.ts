// A load process that only counts: its subscribers, and publishing to them on a schedule or as fast as it goes.
import { serveParent } from '../machine/child.ts'
import { createPoster, type Poster } from './post.ts'
import { loadBody } from './schedule.ts'
import { createSubscribers, originOf, type SubscribersOrder } from './subscribers.ts'

export interface FloodPublish {
  readonly port: number
  readonly path: string
  readonly takes: 'array' | 'single'
  /** When posts are due, ms from now, ascending. */
  readonly dueMs: Float64Array
  readonly perPost: number
  readonly bodyBytes: number
}

export interface FloodReport {
  /** Notices that reached a subscriber, or answers of short polls. */
  readonly delivered: number
  readonly expected: number
  readonly elapsedMs: number
  /** From the answer to the last post until everyone had everything. */
  readonly behindMs: number
  readonly cpuShare: number
  readonly failures: readonly string[]
}

export type FloodCalls = {
  /** Subscribes all; settles once every one is open and nothing more arrives. */
  open: { argument: SubscribersOrder; result: void }
  /** Publishes, and settles once every subscriber has every notice, or nothing has come for a while. */
  publish: { argument: FloodPublish; result: FloodReport }
  /** Publishes for `forMs` as fast as it goes: the next post as soon as one is answered. Everything is waited for. */
  flatOut: { argument: Omit<FloodPublish, 'dueMs'> & { readonly forMs: number }; result: FloodReport }
  /** Polls on every connection each `intervalMs`, for `forMs`. In a closed loop the load process would be the faster one against a slow server and sleep
   * between answers, and waking it is the server's work: 20 µs a poll more or less, by chance. */
  poll: { argument: { forMs: number; intervalMs: number }; result: FloodReport }
}

const STUCK_MS = 5000
/** Share of polls that may be left out: a timer that ran late asks for several at once. */
const MAX_LEFT_OUT = 0.1
const PUBLISH_CONNECTIONS = 16

const subscribers = createSubscribers()
const failures = new Set<string>()
let clients = 0
const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

function open(order: SubscribersOrder): Promise<void> {
  clients = order.clients
  return subscribers.open(order)
}

const idlePosters: Poster[] = []
let posters = 0

async function publish(order: FloodPublish): Promise<FloodReport> {
  const { dueMs, perPost, takes, bodyBytes, path } = order
  const from = subscribers.delivered
  const begunMs = performance.now()
  const before = process.cpuUsage()
  const waiting: string[] = []
  let underWay = 0
  const send = (poster: Poster, text: string): void => {
    underWay++
    poster
      .post(path, text)
      .then(
        ({ status }) => void (status >= 300 && failures.add(`a POST was answered with ${status}`)),
        (error: Error) => void failures.add(error.message),
      )
      .then(() => {
        underWay--
        const next = waiting.shift()
        if (next === undefined) idlePosters.push(poster)
        else send(poster, next)
      })
  }
  const post = (index: number): void => {
    const bodies = Array.from({ length: perPost }, (_, i) => `{"body":${loadBody(index * perPost + i, bodyBytes)}}`)
    const text =
      takes === 'array' ? `[${bodies.join(',')}]` : `{"seq":${index},"at":${Date.now()},${bodies[0]!.slice(1)}`
    const poster =
      idlePosters.pop() ?? (posters++ < PUBLISH_CONNECTIONS ? createPoster(originOf(order.port)) : undefined)
    if (poster) send(poster, text)
    else waiting.push(text)
  }
  for (let next = 0; next < dueMs.length; ) {
    const leftMs = dueMs[next]! - (performance.now() - begunMs)
    if (leftMs > 0) await wait(Math.ceil(leftMs))
    const nowMs = performance.now() - begunMs
    while (next < dueMs.length && dueMs[next]! <= nowMs) post(next++)
  }
  while (underWay > 0) await wait(1)
  const expected = dueMs.length * perPost * clients
  const publishedMs = performance.now()
  while (subscribers.delivered - from < expected && sinceNews(publishedMs) < STUCK_MS) await wait(5)
  return reportOf(from, expected, begunMs, before, publishedMs)
}

/** Posts under way at once: enough that the server never waits for one, few enough that none waits for long. */
const POSTS_AT_ONCE = 4

async function flatOut({
  port,
  path,
  takes,
  perPost,
  bodyBytes,
  forMs,
}: FloodCalls['flatOut']['argument']): Promise<FloodReport> {
  if (takes === 'single') throw new Error('only a server that takes arrays is published to flat out')
  const from = subscribers.delivered
  const begunMs = performance.now()
  const before = process.cpuUsage()
  let posted = 0
  const lane = async (): Promise<void> => {
    const poster = createPoster(originOf(port))
    while (performance.now() - begunMs < forMs) {
      const bodies = Array.from({ length: perPost }, (_, i) => `{"body":${loadBody(posted * perPost + i, bodyBytes)}}`)
      posted++
      const { status } = await poster.post(path, `[${bodies.join(',')}]`)
      if (status >= 300) failures.add(`a POST was answered with ${status}`)
    }
    poster.close()
  }
  await Promise.all(Array.from({ length: POSTS_AT_ONCE }, lane))
  const expected = posted * perPost * clients
  const publishedMs = performance.now()
  while (subscribers.delivered - from < expected && sinceNews(publishedMs) < STUCK_MS) await wait(1)
  return reportOf(from, expected, begunMs, before, publishedMs)
}

async function poll({ forMs, intervalMs }: FloodCalls['poll']['argument']): Promise<FloodReport> {
  const from = subscribers.delivered
  const begunMs = performance.now()
  const before = process.cpuUsage()
  const stop = subscribers.startPolls(intervalMs)
  await wait(forMs)
  const stopped = stop()
  const report = reportOf(from, subscribers.delivered - from, begunMs, before)
  // The last answers are let in before the next polls begin.
  const leftOut = await stopped
  const share = leftOut / (leftOut + report.delivered)
  if (share <= MAX_LEFT_OUT) return report
  const failure = `${(100 * share).toFixed(0)} % of the polls were not sent, since the ones before were not answered`
  return { ...report, failures: [...report.failures, failure] }
}

/** ms since something came, or since `publishedMs` where nothing has come after it. */
const sinceNews = (publishedMs: number): number => performance.now() - Math.max(publishedMs, subscribers.lastMs)

function reportOf(
  from: number,
  expected: number,
  begunMs: number,
  before: NodeJS.CpuUsage,
  publishedMs = performance.now(),
): FloodReport {
  const { user, system } = process.cpuUsage(before)
  const elapsedMs = performance.now() - begunMs
  return {
    delivered: subscribers.delivered - from,
    expected,
    elapsedMs,
    behindMs: performance.now() - publishedMs,
    cpuShare: (user + system) / 1000 / elapsedMs,
    failures: [...subscribers.failures, ...failures],
  }
}

serveParent<FloodCalls>({ open, publish, flatOut, poll })
