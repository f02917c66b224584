// `ws`'s server with this server's bounds: what one connection may make it keep, and how long a closing one may take.
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import { CLOSE_WITHIN_MS } from './feed.ts'

const bounds = {
  /** Pongs that a peer may leave unread; one more ping ends its connection. */
  maxPendingAutoPongs: 60,
  /** Frames of one message, empty ones included. */
  maxFragments: 1024,
  /** Reads that one frame may come in. */
  maxBufferedChunks: 8192,
  closeTimeout: CLOSE_WITHIN_MS,
}

/** Also what Engine.IO takes as its `wsEngine`. */
export class BoundedWebSocketServer<T extends typeof WebSocket = typeof WebSocket> extends WebSocketServer<T> {
  constructor(options: ServerOptions<T> = {}) {
    super({ ...options, ...bounds })
  }
}
