// Subscribers of any contestant that only count: streams and polls over raw connections, with as little work per notice as there can be.
import type { Socket } from 'node:net'
import { createHttp } from '../../client/network/http.ts'
import { openSocket } from '../../client/network/socket.ts'
import { maskedFrame, opcodes } from '../../server/frames.ts'
import type { Dialect } from '../contestants/contestant.ts'
import { pathOf, requestText } from '../contestants/requests.ts'
import { connectOnce } from './connect-once.ts'
import { countCompressed, countNotices } from './count.ts'

export interface SubscribersOrder {
  readonly port: number
  readonly dialect: Dialect
  readonly clients: number
  /** Streams are not kept: like polls, each is opened when it is asked for, and reset once it has begun. */
  readonly isAnew?: boolean
}

/** What all of them together have had. */
export interface Subscribers {
  /** Notices that reached one, or answers of short polls. */
  readonly delivered: number
  /** When the last one did (performance.now). */
  readonly lastMs: number
  readonly failures: ReadonlySet<string>
  /** Subscribes all; settles once every one is open and nothing more arrives. */
  open(order: SubscribersOrder): Promise<void>
  /** Short polls on every connection, or a stream anew, each `intervalMs`, spread evenly, until it is called off; settles once the last answers are in, with the polls
   * that were left out because the one before was not answered yet. */
  startPolls(intervalMs: number): () => Promise<number>
}

const OPEN_AT_ONCE = 100
/** Nothing has come for so long: it is over. */
const QUIET_MS = 300
const ANSWERS_WITHIN_MS = 5000
/** A server that pings ends a WebSocket that does not answer; the answer may come unasked (RFC 6455 §5.5.3), so nobody here looks for pings. */
const PONG_EVERY_MS = 10_000
const PONG_SLOTS = 100

const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
export const originOf = (port: number): URL => new URL(`http://127.0.0.1:${port}`)

export function createSubscribers(): Subscribers {
  let delivered = 0
  let lastMs = 0
  const failures = new Set<string>()
  const polls: (() => boolean)[] = []
  const ponging: Socket[] = []
  /** Polls that were not answered yet. */
  let asked = 0

  const count = (notices: number): void => {
    delivered += notices
    lastMs = performance.now()
  }

  /** A stream's socket; settles with what lies behind the head of its answer. */
  function openStream(
    { port, dialect }: SubscribersOrder,
    onBody: (chunk: Buffer, socket: Socket) => void,
  ): Promise<Socket> {
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
            resolve(socket)
            if (head.length > end + 4) onBody(Buffer.from(head.slice(end + 4), 'latin1'), socket)
          },
          onEnd: () => fail(new Error('a stream was ended')),
          onFailure: fail,
        },
      )
      socket.write(requestText(dialect))
    })
  }

  /** Spread over the interval, so that no turn of the loop writes to all at once. */
  function pongNow(slot = 0): void {
    for (let i = slot; i < ponging.length; i += PONG_SLOTS)
      ponging[i]!.write(maskedFrame(opcodes.pong, Buffer.alloc(0)))
    setTimeout(pongNow, PONG_EVERY_MS / PONG_SLOTS, (slot + 1) % PONG_SLOTS).unref()
  }

  async function openFrames(order: SubscribersOrder): Promise<void> {
    if (order.dialect.extensions !== undefined) return openCompressed(order)
    const state = { matched: 0 }
    const { joinsWith } = order.dialect
    let isJoined = joinsWith === undefined
    const opened = await openStream(order, (chunk, socket) => {
      count(countNotices(state, chunk))
      if (isJoined) return
      isJoined = true
      socket.write(maskedFrame(opcodes.text, Buffer.from(joinsWith!)))
    })
    if (ponging.length === 0) pongNow()
    ponging.push(opened)
  }

  async function openCompressed(order: SubscribersOrder): Promise<void> {
    const state = { left: 0, head: Buffer.alloc(0) }
    await openStream(order, chunk => count(countCompressed(state, chunk)))
  }

  async function openEvents(order: SubscribersOrder): Promise<void> {
    const state = { matched: 0 }
    await openStream(order, chunk => count(countNotices(state, chunk)))
  }

  /** A place that opens a stream and resets it, each time it is polled. */
  async function openAnew({ port, dialect }: SubscribersOrder): Promise<void> {
    const origin = originOf(port)
    const request = requestText(dialect)
    let isAsked = false
    polls.push(() => {
      if (isAsked) return false
      isAsked = true
      asked++
      connectOnce(origin, request).then(isAnswered => {
        isAsked = false
        asked--
        if (isAnswered) delivered++
        else failures.add('a stream did not begin')
      })
      return true
    })
  }

  /** A poller; short ones wait for `poll`, long ones poll on by themselves. */
  async function openPolls({ port, dialect }: SubscribersOrder): Promise<void> {
    const http = createHttp(originOf(port), { keepAlive: true, thresholdMs: 1000 })
    const isHeld = dialect.kind === 'held polls'
    let after = ''
    let headers = ''
    let isAsked = false
    /** Gives false where the poll before is not answered yet. */
    const poll = (): boolean => {
      if (isAsked) return false
      let text = ''
      isAsked = true
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
          isAsked = false
          asked--
          if (dialect.next === 'cursor') after = /"cursor":"?([^",}]*)/.exec(text)?.[1] ?? after
          if (isHeld) count(text.split('"seq":').length - 1)
          else delivered++
          if (isHeld) poll()
        },
        onError: error => failures.add(error.message),
      })
      return true
    }
    polls.push(poll)
    if (isHeld) {
      poll()
      // The request goes out in this turn of the loop; a pause lets the server take it before the next hundred.
      await wait(5)
    }
  }

  return {
    get delivered() {
      return delivered
    },
    get lastMs() {
      return lastMs
    },
    failures,
    async open(order) {
      const { dialect, clients, isAnew } = order
      const openStreams = dialect.kind === 'frames' ? openFrames : openEvents
      const openOne = isAnew ? openAnew : dialect.kind.endsWith('polls') ? openPolls : openStreams
      for (let begun = 0; begun < clients; begun += OPEN_AT_ONCE)
        await Promise.all(Array.from({ length: Math.min(OPEN_AT_ONCE, clients - begun) }, () => openOne(order)))
      do await wait(QUIET_MS)
      while (performance.now() - lastMs < QUIET_MS)
    },
    startPolls(intervalMs) {
      const begunMs = performance.now()
      let isOver = false
      let due = 0
      let leftOut = 0
      const ask = (): void => {
        if (isOver) return
        const dueNow = ((performance.now() - begunMs) / intervalMs) * polls.length
        while (due < dueNow) if (!polls[due++ % polls.length]!()) leftOut++
        setTimeout(ask, 1)
      }
      ask()
      return async () => {
        isOver = true
        const deadline = performance.now() + ANSWERS_WITHIN_MS
        while (asked > 0 && performance.now() < deadline) await wait(1)
        return leftOut
      }
    },
  }
}
