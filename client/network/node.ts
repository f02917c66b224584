// Lean networking for subscribers in Node: one connection each, our own HTTP/1.1 for requests, `ws` for WebSockets; no pools, no fetch.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { connect as connectPipe } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type ClientOptions, WebSocket } from 'ws'
import { reasonOf } from '../reason.ts'
import type {
  Cancel,
  Connection,
  Network,
  ResponseHandlers,
  WebSocketHandle,
  WebSocketHandlers,
} from '../transports/transport.ts'
import { flatHeaders, type HeaderList, type Headers, headerList } from './headers.ts'
import { createHttp } from './http.ts'

export interface NodeNetworkOptions {
  /** Address to connect from, for example `127.0.0.2`. */
  readonly localAddress?: string
  /** false = a fresh connection for each request (default true). */
  readonly keepAlive?: boolean
  /** An idle connection is given up this long before the server's `Keep-Alive: timeout` says the server will (default 1000). */
  readonly keepAliveTimeoutThresholdMs?: number
  /** Unix socket or named pipe to connect to; the base URL then only gives the Host. */
  readonly socketPath?: string
  /** Sent with every request, in this order, after Host and Connection. Hop-by-hop, Host and Sec-WebSocket-… entries are left out. */
  readonly headers?: Headers
  /** Sent with WebSocket handshakes instead of `headers`. */
  readonly upgradeHeaders?: Headers
  readonly tls?: { readonly rejectUnauthorized?: boolean }
}

/** A notice is at most 64 KiB of JSON and its envelope. */
const maxFrameBytes = 1024 * 1024
const maxRefusalBytes = 64 * 1024

/** Networking from this process. Every `connect` is one subscriber's own connection. */
export function nodeNetwork(options: NodeNetworkOptions = {}): Network {
  const extra = headerList(options.headers)
  const extraOfUpgrades = options.upgradeHeaders ? headerList(options.upgradeHeaders) : extra
  return {
    connect: baseUrl => connect(originOf(baseUrl), options, extra, extraOfUpgrades),
  }
}

/** Header lines from `[name, value, …]`. Throws where one could not stand in a request. */
function headerText(flat: readonly string[]): string {
  let text = ''
  for (let i = 0; i < flat.length; i += 2) {
    const line = `${flat[i]}: ${flat[i + 1]}`
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\r\n\0]*$/.test(line))
      throw new TypeError(`a header must be one line, got ${JSON.stringify(line)}`)
    text += `${line}\r\n`
  }
  return text
}

function originOf(baseUrl: string): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '' && url.hash === '') return url
  throw new TypeError(`baseUrl must be an http or https origin without a path, got "${baseUrl}"`)
}

function connect(origin: URL, options: NodeNetworkOptions, extra: HeaderList, extraOfUpgrades: HeaderList): Connection {
  let closed = false
  const sockets = new Set<WebSocketHandle>()
  const http = createHttp(origin, {
    keepAlive: options.keepAlive ?? true,
    thresholdMs: options.keepAliveTimeoutThresholdMs ?? 1000,
    localAddress: options.localAddress,
    socketPath: options.socketPath,
    tls: options.tls,
  })
  const extraText = headerText(flatHeaders(extra))

  const get = (path: string, handlers: ResponseHandlers, headers?: Headers): Cancel =>
    http.get(path, headers ? headerText(flatHeaders(extra, headers)) : extraText, handlers)

  function webSocket(path: string, handlers: WebSocketHandlers): WebSocketHandle {
    const handle = openWebSocket(origin, options, extraOfUpgrades, handlers, path, () => sockets.delete(handle))
    sockets.add(handle)
    return handle
  }

  function close(): void {
    if (closed) return
    closed = true
    for (const socket of sockets) socket.close()
    http.close()
  }

  return { get, webSocket, close }
}

const headerOf = (headers: IncomingHttpHeaders) => (name: string) => headers[name]?.toString() ?? null

function openWebSocket(
  origin: URL,
  options: NodeNetworkOptions,
  extra: HeaderList,
  handlers: WebSocketHandlers,
  path: string,
  onGone: () => void,
): WebSocketHandle {
  const secure = origin.protocol === 'https:'
  const { socketPath: pipe, localAddress, tls } = options
  const settings: ClientOptions = {
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
    headers: { Host: origin.host, ...Object.fromEntries(extra) },
    localAddress,
    ...tls,
  }
  if (pipe !== undefined) {
    const servername = origin.hostname
    settings.createConnection = () => (secure ? connectTls({ path: pipe, servername, ...tls }) : connectPipe(pipe))
  }
  const socket = new WebSocket(`${secure ? 'wss' : 'ws'}://${origin.host}${path}`, settings)
  let over = false
  let failure = ''

  function last(): boolean {
    if (over) return false
    over = true
    onGone()
    return true
  }

  socket.on('open', () => over || handlers.onOpen())
  socket.on('ping', () => over || handlers.onPing())
  socket.on('message', (data, isBinary) => {
    if (over) return
    if (!isBinary) return handlers.onText(data.toString())
    handle.close(1003)
    handlers.onClose(1003, 'a binary frame arrived, and the protocol has only text')
  })
  socket.on('unexpected-response', (_, response: IncomingMessage) => {
    const { statusCode = 0, headers } = response
    let body = Buffer.alloc(0)
    const refused = () => {
      if (!last()) return
      // Only this ends what `ws` has under way; it reports an error and a close, which nobody hears any more.
      socket.terminate()
      handlers.onRefused(statusCode, headerOf(headers), body.toString())
    }
    response.on('data', (chunk: Buffer) => {
      if (body.length < maxRefusalBytes) body = Buffer.concat([body, chunk])
    })
    response.on('end', refused)
    // Cut in the middle of its explanation, it is a refusal all the same.
    response.on('error', refused)
  })
  // Without a listener it would end the process, also after the subscriber is gone. A connection error is followed by a close;
  // after broken framing `ws` would wait up to 30 s for the other side's Close, so that is ended here (its own Close is sent by now).
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failure = reasonOf(error)
    const code = framingCode(error.code)
    if (code === undefined || !last()) return
    socket.terminate()
    handlers.onClose(code, failure)
  })
  socket.on('close', (code, reason) => {
    if (last()) handlers.onClose(code, reason.length > 0 ? reason.toString() : failure)
  })

  const handle: WebSocketHandle = {
    seesPings: true,
    send: text => socket.send(text),
    close(code = 1000) {
      if (!last()) return
      // The Close frame is written before this returns; waiting for the other side's would keep the socket for up to 30 s.
      if (socket.readyState === WebSocket.OPEN) socket.close(code)
      socket.terminate()
    },
  }
  return handle
}

/** The close code for what `ws` found wrong with a frame, undefined where it was not about a frame. */
function framingCode(code: string | undefined): number | undefined {
  if (!code?.startsWith('WS_ERR_')) return undefined
  if (code === 'WS_ERR_INVALID_UTF8') return 1007
  return code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' || code.startsWith('WS_ERR_TOO_MANY') ? 1009 : 1002
}
