// HTTP/1.1 GETs on one kept-alive connection, with as little work per poll as Node allows: what the client spends on a poll, the last
// subscriber of a broadcast waits for, so a load process that is slower than the server measures itself.
import { connect as connectPlain, type NetConnectOpts, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { Cancel, ResponseHandlers } from '../transports/transport.ts'
import { type BodyReader, createBodyReader } from './http-body.ts'

export interface HttpOptions {
  readonly localAddress?: string | undefined
  readonly socketPath?: string | undefined
  /** false = a fresh connection for each request. */
  readonly keepAlive: boolean
  /** An idle connection is given up this long before the server's `Keep-Alive: timeout` says the server will. */
  readonly thresholdMs: number
  readonly tls?: { readonly rejectUnauthorized?: boolean } | undefined
}

export interface Http {
  /** Sends a GET; the one before must be over. `headers` is the text after Host and Connection, each line ended by CR LF. */
  get(path: string, headers: string, handlers: ResponseHandlers): Cancel
  /** Cuts the connection; no handler runs afterwards. */
  close(): void
}

const CONNECT_TIMEOUT_MS = 10_000
/** Head of an answer (RFC 9112 sets no bound; servers send a few hundred bytes). */
const MAX_HEAD_BYTES = 64 * 1024
const END_OF_HEAD = Buffer.from('\r\n\r\n')
/** All plain sockets read into one buffer: a read is handed on before the next one of any socket. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)

interface Exchange {
  readonly handlers: ResponseHandlers
  over: boolean
}

/** A connection to `origin`, made when it is needed. */
export function createHttp(origin: URL, options: HttpOptions): Http {
  const isSecure = origin.protocol === 'https:'
  const port = Number(origin.port || (isSecure ? 443 : 80))
  const hostname = origin.hostname.replace(/^\[|\]$/g, '')
  const connection = options.keepAlive ? 'keep-alive' : 'close'
  const rest = ` HTTP/1.1\r\nHost: ${origin.host}\r\nConnection: ${connection}\r\n`
  let socket: Socket | undefined
  let exchange: Exchange | undefined
  let body: BodyReader | undefined
  let head: Buffer | undefined
  /** When the idle connection is too old to be used again (performance.now). */
  let staleAtMs = 0
  let isLast = false
  let closed = false
  let connectTimer: ReturnType<typeof setTimeout> | undefined

  function drop(): void {
    const dropped = socket
    socket = undefined
    head = undefined
    body = undefined
    clearTimeout(connectTimer)
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
    const whole = head ? Buffer.concat([head, chunk]) : chunk
    const end = whole.indexOf(END_OF_HEAD)
    if (end < 0) {
      if (whole.length > MAX_HEAD_BYTES) throw new Error(`the answer's head is longer than ${MAX_HEAD_BYTES} bytes`)
      head = Buffer.from(whole)
      return undefined
    }
    head = undefined
    const text = whole.toString('latin1', 0, end)
    const left = whole.subarray(end + 4)
    if (!/^HTTP\/1\.[01] [1-5][0-9][0-9](?: |\r|$)/.test(text))
      throw new Error(`the answer is not HTTP/1.1: ${JSON.stringify(text.slice(0, 40))}`)
    const status = (text.charCodeAt(9) - 48) * 100 + (text.charCodeAt(10) - 48) * 10 + text.charCodeAt(11) - 48
    // Interim answers (RFC 9110 §15.2) precede the one that counts.
    if (status < 200) return left
    const header = (name: string): string | null => headerIn(text, name)
    body = createBodyReader(status, header)
    isLast =
      !options.keepAlive || body.untilClose || text.startsWith('HTTP/1.0') || /close/i.test(header('connection') ?? '')
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
    const target = options.socketPath === undefined ? { host: hostname, port } : { path: options.socketPath }
    const common = { ...target, localAddress: options.localAddress, noDelay: true }
    let opened: Socket
    if (isSecure) {
      const settings: ConnectionOptions = {
        ...common,
        ...options.tls,
        servername: /^[\d.]+$|:/.test(hostname) ? '' : hostname,
      }
      opened = connectTls(settings)
      opened.on('data', chunk => {
        if (opened === socket) read(chunk)
      })
    } else
      opened = connectPlain({
        ...common,
        onread: {
          buffer: readBuffer,
          callback: length => {
            if (opened === socket) read(readBuffer.subarray(0, length))
            return true
          },
        },
      } as NetConnectOpts)
    connectTimer = setTimeout(() => {
      if (opened === socket) fail(new Error(`no connection within ${CONNECT_TIMEOUT_MS / 1000} s`))
    }, CONNECT_TIMEOUT_MS)
    opened.once(isSecure ? 'secureConnect' : 'connect', () => {
      if (opened === socket) clearTimeout(connectTimer)
    })
    opened.on('error', error => {
      if (opened === socket) fail(error)
    })
    opened.on('end', () => {
      if (opened !== socket) return
      // Without a length, the end of the connection is the end of the answer (RFC 9112 §6.3).
      if (exchange && body?.untilClose) finish()
      else if (exchange) fail(new Error('the other side closed the connection'))
      else drop()
    })
    opened.on('close', () => {
      if (opened === socket) fail(new Error('the connection was closed'))
    })
    return opened
  }

  return {
    get(path, headers, handlers) {
      const current: Exchange = { handlers, over: closed }
      if (!closed) {
        if (exchange) throw new Error('a GET is still under way on this connection')
        if (socket && (performance.now() >= staleAtMs || socket.destroyed)) drop()
        exchange = current
        socket ??= open()
        socket.write(`GET ${path}${rest}${headers}\r\n`, 'latin1')
      }
      return () => {
        if (current.over) return
        current.over = true
        if (exchange === current) {
          exchange = undefined
          drop()
        }
      }
    },
    close() {
      closed = true
      if (exchange) exchange.over = true
      exchange = undefined
      drop()
    },
  }
}

/** Value of a header in the text of a head, or null; names are compared without case. Repeated headers are joined by a comma. */
export function headerIn(head: string, name: string): string | null {
  let found: string | null = null
  const wanted = name.toLowerCase()
  let at = head.indexOf('\r\n')
  while (at >= 0) {
    const from = at + 2
    const end = head.indexOf('\r\n', from)
    const colon = from + wanted.length
    if (head.charCodeAt(colon) === 58 && head.slice(from, colon).toLowerCase() === wanted) {
      const value = head.slice(colon + 1, end < 0 ? undefined : end).trim()
      found = found === null ? value : `${found}, ${value}`
    }
    at = end
  }
  return found
}
