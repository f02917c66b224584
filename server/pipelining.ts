// Requests of one HTTP/1.1 connection that come before the earlier ones are answered: how many are worked on, and how many may wait.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** Requests of a connection that are worked on at once. */
export const MAX_WORKED = 8
/** Further ones that wait their turn; one more ends the connection. */
export const MAX_WAITING = 64
/** While more than this of an answer waits for its reader, no further request of its connection is begun. */
const MAX_UNREAD_BYTES = 64 * 1024

export interface Pipelining {
  /** Takes each request of a connection, in order. */
  take(req: IncomingMessage, res: ServerResponse): void
  /** Whether a request of the connection is still to be answered. */
  isAwaited(socket: Duplex): boolean
  /** Whether one is that has arrived as a whole: whatever is written now would be taken for its answer. */
  isBusy(socket: Duplex): boolean
}

type Request = readonly [IncomingMessage, ServerResponse]

/** A connection that had a request which was not answered at once. */
interface Line {
  /** The answer to its newest request of those. */
  last: ServerResponse
  /** Requests under way that came behind an unanswered one. */
  worked: number
  /** Nothing is read or made for them. */
  readonly waiting: Request[]
  /** The newest of those under way that has a body. */
  withBody: Request | undefined
}

/** Puts `handle` behind the rule. A request that comes by itself passes through; what it is answered with at once leaves nothing behind.
 * `awaitReader` is told of each request whose answer is to be read in time. */
export function createPipelining(
  handle: (req: IncomingMessage, res: ServerResponse) => void,
  awaitReader: (req: IncomingMessage) => void,
): Pipelining {
  const lines = new WeakMap<Duplex, Line>()

  function remember(socket: Duplex, last: ServerResponse): Line {
    let line = lines.get(socket)
    if (line) line.last = last
    else {
      line = { last, worked: 0, waiting: [], withBody: undefined }
      lines.set(socket, line)
    }
    return line
  }

  function begin(req: IncomingMessage, res: ServerResponse): void {
    // Nothing here reads the body of a GET: it would be kept for as long as the answer is held.
    if (req.method === 'GET' && hasBody(req)) req.resume()
    handle(req, res)
  }

  function work(line: Line, req: IncomingMessage, res: ServerResponse): void {
    line.worked++
    // Whoever leaves off reading a body leaves the request without it.
    const { socket } = req
    res.once('close', () => {
      line.worked--
      if (line.withBody?.[0] === req) line.withBody = undefined
      // One that is gone takes its requests with it.
      if (socket.destroyed) line.waiting.length = 0
      const next = line.waiting.shift()
      if (next) work(line, ...next)
    })
    begin(req, res)
    if (!hasBody(req)) return
    line.withBody = [req, res]
    // What was refused unread would stay until the answers before are gone.
    setImmediate(discardRefused, line.withBody)
  }

  /** Pausing the socket would not stop the parser, which delivers all that the last read brought: this has to be short. */
  function queue(req: IncomingMessage, res: ServerResponse): void {
    const { socket } = req
    if (socket.destroyed) return
    const isToWait = isHeldUp(lines.get(socket))
    const line = remember(socket, res)
    awaitReader(req)
    // The first one under way is no pipelined one.
    const isFull = line.worked >= MAX_WORKED - 1
    const isOneMore = hasBody(req)
      ? isFull || line.waiting.length > 0 || (line.withBody !== undefined && isUnread(line.withBody))
      : line.waiting.length >= MAX_WAITING
    if (isOneMore) {
      line.waiting.length = 0
      socket.destroy()
    } else if (isFull || (isToWait && !hasBody(req))) line.waiting.push([req, res])
    else work(line, req, res)
  }

  return {
    take(req, res) {
      // Behind an unanswered request of its connection a response has no socket yet.
      if (res.socket === null) return queue(req, res)
      begin(req, res)
      if (!res.writableEnded) remember(req.socket, res)
      else if (res.writableLength > 0) awaitReader(req)
    },
    isAwaited(socket) {
      const line = lines.get(socket)
      return line !== undefined && !line.last.writableFinished
    },
    isBusy(socket) {
      const line = lines.get(socket)
      return line !== undefined && !line.last.writableFinished && (line.worked > 0 || line.last.req.complete)
    },
  }
}

/** Others wait already, or the newest answer for its reader. There is one that is worked on then, whose end begins the next. */
function isHeldUp(line: Line | undefined): boolean {
  if (!line || line.worked === 0) return false
  return line.waiting.length > 0 || (line.last.writableEnded && line.last.writableLength > MAX_UNREAD_BYTES)
}

function discardRefused([req, res]: Request): void {
  if (res.writableEnded) req.resume()
}

/** Its body arrives, and nobody takes it. */
function isUnread(request: Request): boolean {
  discardRefused(request)
  const [req] = request
  return req.readableFlowing === null && !req.readableEnded && req.listenerCount('readable') === 0
}

/** No parser waits for a body where neither header is. */
const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
