// What waits in this process for those who do not read it: for how long, how much over all of them, and who goes when it is more.
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Smaller answers are not counted: a connection has few of them, and over TLS each one waits for a moment. */
const COUNTED_BYTES = 16 * 1024

export interface QueueLimits {
  /** Bytes that may wait over all connections. */
  readonly maxQueuedBytes: number
  /** An answer may wait so long without any of it being taken. */
  readonly answerTimeoutMs: number
}

/** What waits for one connection. */
export interface Queue {
  readonly bytes: number
  /** Gives it up at once, with its connection. */
  end(): void
}

/** A part of the server that has queues. */
export interface Share {
  /** No less than what waits. */
  readonly bytes: number
  /** Counts `bytes` anew; gives each queue that has something in it. */
  count(): readonly Queue[]
}

export interface Queues {
  /** To be told of an answer of so many bytes that has ended and not gone out yet. */
  hold(res: ServerResponse, bytes: number): void
  share(share: Share): void
  /** Ends the fullest for as long as more waits than may. To be called where something has been added. */
  check(): void
  /** What waits over all. */
  readonly bytes: number
  readonly maxBytes: number
}

export function createQueues({ maxQueuedBytes, answerTimeoutMs }: QueueLimits): Queues {
  const answers = createAnswers()
  const shares: Share[] = [answers.share]
  const bytesOfAll = (): number => {
    let sum = 0
    for (const { bytes } of shares) sum += bytes
    return sum
  }

  function check(): void {
    if (bytesOfAll() <= maxQueuedBytes) return
    const queues = shares.flatMap(share => share.count()).sort((a, b) => b.bytes - a.bytes)
    let bytes = bytesOfAll()
    for (const queue of queues) {
      if (bytes <= maxQueuedBytes) return
      bytes -= queue.bytes
      queue.end()
    }
  }

  return {
    hold(res, bytes) {
      // Behind an unanswered request a response has no socket of its own yet.
      const { socket } = res.req
      if (socket.destroyed) return
      socket.setTimeout(answerTimeoutMs)
      if (bytes < COUNTED_BYTES) return
      answers.add(socket, res, bytes)
      check()
    },
    share: share => void shares.push(share),
    check,
    maxBytes: maxQueuedBytes,
    get bytes() {
      for (const share of shares) share.count()
      return bytesOfAll()
    },
  }
}

/** Answers that wait, by the connections that they wait for. */
function createAnswers() {
  interface Waiting {
    count: number
    bytes: number
    forget(): void
  }
  const connections = new Map<Socket, Waiting>()
  let bytes = 0

  function waitingOf(socket: Socket): Waiting {
    const known = connections.get(socket)
    if (known) return known
    const waiting: Waiting = {
      count: 0,
      bytes: 0,
      forget() {
        if (!connections.delete(socket)) return
        bytes -= waiting.bytes
        socket.removeListener('close', waiting.forget)
      },
    }
    connections.set(socket, waiting)
    socket.once('close', waiting.forget)
    return waiting
  }

  const share: Share = {
    get bytes() {
      return bytes
    },
    count: () =>
      [...connections].map(([socket, waiting]) => ({
        bytes: waiting.bytes,
        end() {
          waiting.forget()
          socket.destroy()
        },
      })),
  }
  return {
    share,
    add(socket: Socket, res: ServerResponse, more: number): void {
      const waiting = waitingOf(socket)
      waiting.count++
      waiting.bytes += more
      bytes += more
      res.once('finish', () => {
        if (connections.get(socket) !== waiting) return
        waiting.bytes -= more
        bytes -= more
        if (--waiting.count === 0) waiting.forget()
      })
    },
  }
}
