// The publisher, a process of its own: posts on a precomputed schedule, open loop, over the control socket, and reports when each notice went.
import { paths } from '../../server/protocol.ts'
import { serveParent } from '../machine/child.ts'
import { createPoster, type Poster } from './post.ts'
import { loadBody } from './schedule.ts'

export interface PublishOrder {
  /** The server's control socket. */
  readonly socketPath: string
  readonly bodyBytes: number
  /** When notices are due, ms from the schedule's zero, ascending. */
  readonly intendedMs: Float64Array
  /** Of the window: decides how the publisher waits. */
  readonly ratePerSecond: number
  /** CLOCK_MONOTONIC of the schedule's zero. */
  readonly startNs: bigint
  /** Publish with ids, and again for so long where the server says that its backplane is away or does not know; absent = once, without. */
  readonly insistMs?: number
  /** Several servers append it, each at its own time, some before the one that was asked: a notice then counts as appended when it was sent. */
  readonly isShared?: boolean
}

/** One element per notice of the schedule; times in ms from startNs. */
export interface PublishReport {
  readonly intendedMs: Float64Array
  readonly sentMs: Float64Array
  /** NaN where it was not accepted. */
  readonly appendedMs: Float64Array
  readonly seqs: Float64Array
  readonly failures: readonly string[]
  /** Most posts that were under way at once. */
  readonly connections: number
}

export type PublisherCalls = {
  /** Settles once the process is up. */
  ready: { argument: null; result: void }
  /** Opens the connections ahead of time. */
  connect: { argument: { socketPath: string }; result: void }
  publish: { argument: PublishOrder; result: PublishReport }
  /** Leaves out what was not due yet: `publish` then reports the notices before it only. */
  stop: { argument: null; result: void }
}

/** Posts that may be under way at once; past it, notices wait for the next post and show as lag. */
const MAX_CONNECTIONS = 64
/** How long before a notice is due the publisher stops sleeping: a timer of whole ms comes up to 1.2 ms late. */
const SPIN_MS = 1.2
/** Up to this rate, waiting turn by turn costs a tenth of a core at most. */
const SPARSE_PER_SECOND = 120
/** From an answer that says "try again" to the next try. */
const AGAIN_MS = 100
/** Connections opened before the schedule begins: as many as wait while the server is stopped for a second. */
const READY_CONNECTIONS = 32

interface Pool {
  readonly idle: Poster[]
  readonly all: Poster[]
}

let pool: Pool = { idle: [], all: [] }
let poolPath = ''
let stop = (): void => {}

const newPoster = (socketPath: string): Poster => {
  const poster = createPoster(new URL('http://localhost'), { socketPath })
  pool.all.push(poster)
  return poster
}

async function connect({ socketPath }: { socketPath: string }): Promise<void> {
  if (poolPath === socketPath) return
  for (const poster of pool.all) poster.close()
  pool = { idle: [], all: [] }
  poolPath = socketPath
  // A request opens the connection, so that the first notice does not wait for it.
  await Promise.all(
    Array.from({ length: READY_CONNECTIONS }, async () => {
      const poster = newPoster(socketPath)
      await poster.open(paths.health)
      pool.idle.push(poster)
    }),
  )
}

async function publish(order: PublishOrder): Promise<PublishReport> {
  await connect(order)
  const { intendedMs } = order
  let total = intendedMs.length
  const sentMs = new Float64Array(total).fill(Number.NaN)
  const appendedMs = new Float64Array(total).fill(Number.NaN)
  const seqs = new Float64Array(total)
  const failures: string[] = []
  const sinceStartMs = (): number => Number(process.hrtime.bigint() - order.startNs) / 1e6
  let next = 0
  let underWay = 0
  let connections = 0
  stop = () => {
    total = next
  }
  const isSparse = order.ratePerSecond <= SPARSE_PER_SECOND

  await new Promise<void>(resolve => {
    const finishOrWait = (): void => {
      if (next >= total) {
        if (underWay === 0) resolve()
        return
      }
      // Timers have a grain of 1 ms and come late; where notices are far apart, the last stretch is waited out turn by turn.
      const leftMs = intendedMs[next]! - sinceStartMs()
      if (isSparse && leftMs <= SPIN_MS) setImmediate(spin)
      else setTimeout(isSparse ? spin : send, Math.max(0, isSparse ? Math.floor(leftMs - SPIN_MS) : Math.ceil(leftMs)))
    }

    const spin = (): void => {
      if (next >= total) finishOrWait()
      else if (intendedMs[next]! <= sinceStartMs()) send()
      else setImmediate(spin)
    }

    const send = (): void => {
      const now = sinceStartMs()
      const from = next
      while (next < total && intendedMs[next]! <= now) next++
      if (next > from) {
        const poster = pool.idle.pop() ?? (pool.all.length < MAX_CONNECTIONS ? newPoster(order.socketPath) : undefined)
        if (poster) post(poster, from, next)
        else {
          // Every connection is busy: what is due waits for the next chance, and the lag shows it.
          next = from
          setTimeout(send, 1)
          return
        }
      }
      finishOrWait()
    }

    const post = (poster: Poster, from: number, to: number): void => {
      underWay++
      connections = Math.max(connections, underWay)
      const bodies: string[] = []
      const { insistMs } = order
      for (let i = from; i < to; i++) {
        const id = insistMs === undefined ? '' : `"id":"${order.startNs}-${i}",`
        bodies.push(`{${id}"body":${loadBody(i, order.bodyBytes)}}`)
      }
      const sent = sinceStartMs()
      sentMs.fill(sent, from, to)
      let tries = 0
      const attempt = async (): Promise<Awaited<ReturnType<Poster['post']>>> => {
        tries++
        const answer = await poster.post(paths.notices, `[${bodies.join(',')}]`)
        // 503: nothing was published; 504: nobody knows, and only an id makes it safe to ask again (the protocol's page).
        const isPassing = answer.status === 503 || answer.status === 504
        if (!isPassing || insistMs === undefined || sinceStartMs() - sent > insistMs) return answer
        await new Promise(resolve => setTimeout(resolve, AGAIN_MS))
        return attempt()
      }
      attempt()
        .then(({ status, text }) => {
          if (status !== 201) throw new Error(`${status} ${text}`)
          const answer = JSON.parse(text) as { seqs: number[]; appendedNs: string }
          // Which of several tries it was is not known, so what came of it counts from the first.
          const appended = order.isShared || tries > 1 ? sent : Number(BigInt(answer.appendedNs) - order.startNs) / 1e6
          for (let i = from; i < to; i++) {
            appendedMs[i] = appended
            seqs[i] = answer.seqs[i - from]!
          }
        })
        .catch((error: Error) => failures.push(error.message))
        .finally(() => {
          underWay--
          pool.idle.push(poster)
          if (next >= total && underWay === 0) resolve()
        })
    }
    finishOrWait()
  })
  const untilStopped = (times: Float64Array): Float64Array => times.subarray(0, total)
  return {
    intendedMs: untilStopped(intendedMs),
    sentMs: untilStopped(sentMs),
    appendedMs: untilStopped(appendedMs),
    seqs: untilStopped(seqs),
    failures,
    connections,
  }
}

serveParent<PublisherCalls>({ ready: () => {}, connect, publish, stop: () => stop() })
