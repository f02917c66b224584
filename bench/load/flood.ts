// A load process that only counts: subscribers of any contestant, and publishing on a schedule, with as little work per notice as there can be.
import type { Socket } from 'node:net'
import { createHttp, type Http } from '../../client/network/http.ts'
import { openSocket } from '../../client/network/socket.ts'
import { maskedFrame, opcodes } from '../../server/frames.ts'
import { serveParent } from '../child.ts'
import type { Dialect } from '../contestants/contestant.ts'
import { pathOf, requestText } from '../contestants/parts/requests.ts'
import { countNotices } from './count.ts'
import { createPoster, type Poster } from './post.ts'
import { loadBody } from './schedule.ts'

export interface FloodOrder {
  readonly port: number
  readonly dialect: Dialect
  readonly clients: number
}

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
  open: { argument: FloodOrder; result: void }
  /** Publishes, and settles once every subscriber has every notice, or nothing has come for a while. */
  publish: { argument: FloodPublish; result: FloodReport }
  /** Publishes for `forMs` as fast as it goes: the next post as soon as one is answered. Everything is waited for. */
  flatOut: { argument: Omit<FloodPublish, 'dueMs'> & { readonly forMs: number }; result: FloodReport }
  /** Polls in a closed loop on every connection for `forMs`. */
  poll: { argument: { forMs: number }; result: FloodReport }
}

const OPEN_AT_ONCE = 100
/** Nothing has come for so long: it is over. */
const QUIET_MS = 300
const STUCK_MS = 5000
const PUBLISH_CONNECTIONS = 16

let subscribers = 0
let delivered = 0
let lastMs = 0
const failures = new Set<string>()
const pollers: { readonly http: Http; poll(): void }[] = []
let isPolling = false
/** Short polls that were not answered yet. */
let asked = 0

const count = (notices: number): void => {
  delivered += notices
  lastMs = performance.now()
}
const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
const originOf = (port: number): URL => new URL(`http://127.0.0.1:${port}`)

async function open(order: FloodOrder): Promise<void> {
  const { dialect, clients } = order
  const openOne = dialect.kind === 'frames' ? openFrames : dialect.kind === 'events' ? openEvents : openPolls
  subscribers = clients
  for (let begun = 0; begun < clients; begun += OPEN_AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(OPEN_AT_ONCE, clients - begun) }, () => openOne(order)))
  do await wait(QUIET_MS)
  while (performance.now() - lastMs < QUIET_MS)
}

/** A stream's socket; settles with what lies behind the head of its answer. */
function openStream({ port, dialect }: FloodOrder, onBody: (chunk: Buffer, socket: Socket) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let head = ''
    let isOpen = false
    const fail = (error: Error): void => {
      failures.add(error.message)
      reject(error)
    }
    const socket = openSocket(
      originOf(port),
      {},
      {
        onRead(chunk) {
          if (isOpen) return onBody(chunk, socket)
          head += chunk.toString('latin1')
          const end = head.indexOf('\r\n\r\n')
          if (end < 0) return
          if (!/^HTTP\/1\.1 (101|200) /.test(head)) return fail(new Error(`refused: ${head.slice(0, 60)}`))
          isOpen = true
          resolve()
          if (head.length > end + 4) onBody(Buffer.from(head.slice(end + 4), 'latin1'), socket)
        },
        onEnd: () => fail(new Error('a stream was ended')),
        onFailure: fail,
      },
    )
    socket.write(requestText(dialect))
  })
}

function openFrames(order: FloodOrder): Promise<void> {
  const state = { matched: 0 }
  const isSocketIo = order.dialect.framing === 'socket.io'
  let isJoined = !isSocketIo
  return openStream(order, (chunk, socket) => {
    count(countNotices(state, chunk))
    if (isJoined) return
    isJoined = true
    // Engine.IO's message, Socket.IO's connect.
    socket.write(maskedFrame(opcodes.text, Buffer.from('40')))
  })
}

function openEvents(order: FloodOrder): Promise<void> {
  const state = { matched: 0 }
  return openStream(order, chunk => count(countNotices(state, chunk)))
}

/** A poller; short ones wait for `poll`, long ones poll on by themselves. */
async function openPolls({ port, dialect }: FloodOrder): Promise<void> {
  const http = createHttp(originOf(port), { keepAlive: true, thresholdMs: 1000 })
  const isHeld = dialect.kind === 'held polls'
  let after = ''
  let headers = ''
  const poll = (): void => {
    let text = ''
    asked++
    http.get(pathOf(dialect, after), headers, {
      onHead(status, header) {
        if (status !== 200) failures.add(`a poll was answered with ${status}`)
        if (dialect.next === 'validators')
          headers = `If-Modified-Since: ${header('last-modified')}\r\nIf-None-Match: ${header('etag')}\r\n`
      },
      onData(chunk) {
        text += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1')
      },
      onEnd() {
        asked--
        if (dialect.next === 'cursor') after = /"cursor":"([^"]*)"/.exec(text)?.[1] ?? after
        if (isHeld) count(text.split('"seq":').length - 1)
        else delivered++
        if (isHeld || isPolling) poll()
      },
      onError: error => failures.add(error.message),
    })
  }
  pollers.push({ http, poll })
  if (isHeld) {
    poll()
    // The request goes out in this turn of the loop; a pause lets the server take it before the next hundred.
    await wait(5)
  }
}

const idlePosters: Poster[] = []
let posters = 0

async function publish(order: FloodPublish): Promise<FloodReport> {
  const { dueMs, perPost, takes, bodyBytes, path } = order
  const from = delivered
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
  const expected = dueMs.length * perPost * subscribers
  const publishedMs = performance.now()
  lastMs = publishedMs
  while (delivered - from < expected && performance.now() - lastMs < STUCK_MS) await wait(5)
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
  const from = delivered
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
  const expected = posted * perPost * subscribers
  const publishedMs = performance.now()
  lastMs = publishedMs
  while (delivered - from < expected && performance.now() - lastMs < STUCK_MS) await wait(1)
  return reportOf(from, expected, begunMs, before, publishedMs)
}

async function poll({ forMs }: { forMs: number }): Promise<FloodReport> {
  const from = delivered
  const begunMs = performance.now()
  const before = process.cpuUsage()
  isPolling = true
  for (const poller of pollers) poller.poll()
  await wait(forMs)
  isPolling = false
  const report = reportOf(from, delivered - from, begunMs, before)
  // The last answers are let in before a next loop begins.
  const deadline = performance.now() + STUCK_MS
  while (asked > 0 && performance.now() < deadline) await wait(1)
  return report
}

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
    delivered: delivered - from,
    expected,
    elapsedMs,
    behindMs: performance.now() - publishedMs,
    cpuShare: (user + system) / 1000 / elapsedMs,
    failures: [...failures],
  }
}

serveParent<FloodCalls>({ open, publish, flatOut, poll })
