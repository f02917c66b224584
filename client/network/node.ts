// Lean networking for subscribers in Node: one connection each, our own HTTP/1.1 and WebSocket; no pools, no fetch.
import type {
  Cancel,
  Connection,
  LibraryNetwork,
  Network,
  ResponseHandlers,
  WebSocketHandle,
  WebSocketHandlers,
} from '../transports/transport.ts'
import { libraryNetwork } from './agents.ts'
import { flatHeaders, type HeaderList, type Headers, headerList } from './headers.ts'
import { createHttp } from './http.ts'
import { openWebSocket } from './web-socket.ts'

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
const maxMessageBytes = 1024 * 1024

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
  const libraries = new Set<LibraryNetwork>()
  const http = createHttp(origin, {
    keepAlive: options.keepAlive ?? true,
    thresholdMs: options.keepAliveTimeoutThresholdMs ?? 1000,
    localAddress: options.localAddress,
    socketPath: options.socketPath,
    tls: options.tls,
  })
  const extraText = headerText(flatHeaders(extra))
  const upgradeText = headerText(flatHeaders(extraOfUpgrades))

  const get = (path: string, handlers: ResponseHandlers, headers?: Headers): Cancel =>
    http.get(path, headers ? headerText(flatHeaders(extra, headers)) : extraText, handlers)

  function webSocket(path: string, handlers: WebSocketHandlers): WebSocketHandle {
    const settings = { ...options, maxMessageBytes }
    const handle = openWebSocket(origin, path, upgradeText, settings, handlers, () => sockets.delete(handle))
    sockets.add(handle)
    return handle
  }

  function close(): void {
    if (closed) return
    closed = true
    for (const socket of sockets) socket.close()
    for (const network of libraries) network.drop()
    http.close()
  }

  function library(): LibraryNetwork {
    const keepAlive = options.keepAlive ?? true
    const network = libraryNetwork(origin, { ...options, keepAlive, headers: extra, upgradeHeaders: extraOfUpgrades })
    const drop = (): void => {
      libraries.delete(network)
      network.drop()
    }
    libraries.add(network)
    return { ...network, drop }
  }

  return { get, webSocket, library, close }
}
