// HTTP/1.1 requests on one kept-alive connection, with as little work per poll as Node allows: what the client spends on a poll, the last
// subscriber of a broadcast waits for, so a load process that is slower than the server measures itself.
import type { Socket } from 'node:net'
import type { Cancel, ResponseHandlers } from '../transports/transport.ts'
import { createHeadReader } from './head.ts'
import { type BodyReader, createBodyReader } from './http-body.ts'
import { openSocket, type SocketOptions } from './socket.ts'

export interface HttpOptions extends SocketOptions {
  /** false = a fresh connection for each request. */
  readonly keepAlive: boolean
  /** An idle connection is given up this long before the server's `Keep-Alive: timeout` says the server will. */
  readonly thresholdMs: number
}

export interface Http {
  /** Sends a GET; the one before must be over. `headers` is the text after Host and Connection, each line ended by CR LF. */
  get(path: string, headers: string, handlers: ResponseHandlers): Cancel
  /** Sends a POST of JSON text, in the same way. */
  post(path: string, headers: string, json: string, handlers: ResponseHandlers): Cancel
  /** Cuts the connection; no handler runs afterwards. */
  close(): void
}

interface Exchange {
  readonly handlers: ResponseHandlers
  over: boolean
}

/** A connection to `origin`, made when it is needed. */
export function createHttp(origin: URL, options: HttpOptions): Http {
  const connection = options.keepAlive ? 'keep-alive' : 'close'
  const rest = ` HTTP/1.1\r\nHost: ${origin.host}\r\nConnection: ${connection}\r\n`
  let socket: Socket | undefined
  let exchange: Exchange | undefined
  let body: BodyReader | undefined
  let head = createHeadReader()
  /** When the idle connection is too old to be used again (performance.now). */
  let staleAtMs = 0
  let isLast = false
  let closed = false

  function drop(): void {
    const dropped = socket
    socket = undefined
    head = createHeadReader()
    body = undefined
    dropped?.destroy()
  }

  /** The exchange failed; its socket is gone. */
  function fail(error: Error): void {
    const failed = exchange
    exchange = undefined
    drop()
    if (!failed || failed.over) return
    failed.over = true
    failed.handlers.onError(error)
  }

  function finish(): void {
    const finished = exchange!
    exchange = undefined
    body = undefined
    if (isLast) drop()
    finished.over = true
    finished.handlers.onEnd()
  }

  /** Takes what was read; `chunk` is only valid during the call. */
  function read(chunk: Buffer): void {
    let rest: Buffer | undefined = chunk
    while (rest && rest.length > 0) {
      // Bytes that nobody asked for: the connection is out of step.
      if (!exchange) return drop()
      try {
        rest = body ? readBody(body, rest) : readHead(rest)
      } catch (error) {
        return fail(error as Error)
      }
    }
  }

  function readBody(reader: BodyReader, chunk: Buffer): Buffer | undefined {
    const current = exchange!
    const left = reader.read(chunk, piece => current.handlers.onData(piece))
    // A handler may have cancelled, or the answer may go on.
    if (exchange !== current) return undefined
    if (!reader.done) return undefined
    finish()
    return left
  }

  function readHead(chunk: Buffer): Buffer | undefined {
    const read = head.read(chunk)
    if (!read) return undefined
    const { left } = read
    const { status, header, isOld } = read.head
    // Interim answers (RFC 9110 §15.2) precede the one that counts.
    if (status < 200) return left
    body = createBodyReader(status, header)
    isLast = !options.keepAlive || body.untilClose || isOld || /close/i.test(header('connection') ?? '')
    const hint = isLast ? undefined : /timeout=(\d+)/i.exec(header('keep-alive') ?? '')
    staleAtMs = hint
      ? performance.now() + Math.max(0, Number(hint[1]) * 1000 - options.thresholdMs)
      : Number.POSITIVE_INFINITY
    const current = exchange!
    current.handlers.onHead(status, header)
    if (exchange !== current) return undefined
    if (body.done) finish()
    return left
  }

  function open(): Socket {
    const opened: Socket = openSocket(origin, options, {
      onRead(chunk) {
        if (opened === socket) read(chunk)
      },
      onEnd() {
        if (opened !== socket) return
        // Without a length, the end of the connection is the end of the answer (RFC 9112 §6.3).
        if (exchange && body?.untilClose) finish()
        else if (exchange) fail(new Error('the other side closed the connection'))
        else drop()
      },
      onFailure(error) {
        if (opened === socket) fail(error)
      },
    })
    return opened
  }

  function send(text: string, encoding: 'latin1' | 'utf8', handlers: ResponseHandlers): Cancel {
    const current: Exchange = { handlers, over: closed }
    if (!closed) {
      if (exchange) throw new Error('a request is still under way on this connection')
      if (socket && (performance.now() >= staleAtMs || socket.destroyed)) drop()
      exchange = current
      socket ??= open()
      socket.write(text, encoding)
    }
    return () => {
      if (current.over) return
      current.over = true
      if (exchange === current) {
        exchange = undefined
        drop()
      }
    }
  }

  return {
    get: (path, headers, handlers) => send(`GET ${path}${rest}${headers}\r\n`, 'latin1', handlers),
    post(path, headers, json, handlers) {
      const length = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n`
      return send(`POST ${path}${rest}${headers}${length}\r\n${json}`, 'utf8', handlers)
    },
    close() {
      closed = true
      if (exchange) exchange.over = true
      exchange = undefined
      drop()
    },
  }
}
