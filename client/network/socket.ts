// A raw connection to an origin, plain or TLS. All plain sockets read into one buffer: a read is handed on before the next one of any socket.
import { connect as connectPlain, type NetConnectOpts, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'

export interface SocketOptions {
  readonly localAddress?: string | undefined
  /** Absent or 0 = the system's choice. */
  readonly localPort?: number | undefined
  readonly socketPath?: string | undefined
  readonly tls?: { readonly rejectUnauthorized?: boolean } | undefined
}

/** Handlers run until the socket is destroyed by whoever opened it, and never within the call that opens it. */
export interface SocketHandlers {
  /** `chunk` is only valid during the call. */
  onRead(chunk: Buffer): void
  /** The other side will send no more. */
  onEnd(): void
  /** It could not be made, broke, or was closed. */
  onFailure(error: Error): void
}

const CONNECT_TIMEOUT_MS = 10_000
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)

/** Host and port of an http or https origin, as sockets want them. */
const placeOf = (origin: URL, isSecure: boolean) => ({
  host: origin.hostname.replace(/^\[|\]$/g, ''),
  port: Number(origin.port || (isSecure ? 443 : 80)),
})

export function openSocket(origin: URL, options: SocketOptions, handlers: SocketHandlers): Socket {
  const isSecure = origin.protocol === 'https:'
  const { host, port } = placeOf(origin, isSecure)
  const target = options.socketPath === undefined ? { host, port } : { path: options.socketPath }
  const common = { ...target, localAddress: options.localAddress, localPort: options.localPort, noDelay: true }
  let socket: Socket
  if (isSecure) {
    // An address is no name that a server could choose a certificate by (RFC 6066 §3).
    const settings: ConnectionOptions = {
      ...common,
      ...options.tls,
      servername: /^[\d.]+$|:/.test(host) ? '' : host,
    }
    socket = connectTls(settings)
    socket.on('data', chunk => socket.destroyed || handlers.onRead(chunk))
  } else
    socket = connectPlain({
      ...common,
      onread: {
        buffer: readBuffer,
        callback: length => {
          if (!socket.destroyed) handlers.onRead(readBuffer.subarray(0, length))
          return true
        },
      },
    } as NetConnectOpts)
  let failed = false
  const fail = (error: Error): void => {
    if (failed) return
    failed = true
    handlers.onFailure(error)
  }
  // The socket's own timer goes with it, whoever destroys it.
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => fail(new Error(`no connection within ${CONNECT_TIMEOUT_MS / 1000} s`)))
  socket.once(isSecure ? 'secureConnect' : 'connect', () => socket.setTimeout(0))
  socket.on('error', fail)
  socket.on('end', () => socket.destroyed || handlers.onEnd())
  socket.on('close', () => fail(new Error('the connection was closed')))
  return socket
}
