// Networking of the platform: fetch with a streamed body, and WebSocket. For pages; also runs in Node where both are global.
import { reasonOf } from '../reason.ts'
import type {
  Cancel,
  Connection,
  LibraryNetwork,
  Network,
  ResponseHandlers,
  Surroundings,
  WebSocketHandle,
  WebSocketHandlers,
} from '../transports/transport.ts'

/**
 * The browser decides which connection carries what; the subscriber's own one is the exchange it has under way. `cache` as in fetch: Chromium
 * sends one request for an address at a time and lets the others wait for its answer's head, unless they are told to pass by its cache.
 */
export const browserNetwork = (options: { readonly cache?: RequestCache } = {}): Network => ({
  connect: baseUrl => connect(baseUrl, options.cache),
})

function connect(baseUrl: string, cache?: RequestCache): Connection {
  const underWay = new Set<Cancel>()
  let closed = false

  function get(path: string, handlers: ResponseHandlers, headers?: Readonly<Record<string, string>>): Cancel {
    const controller = new AbortController()
    let over = closed
    const cancel = () => {
      over = true
      underWay.delete(cancel)
      controller.abort()
    }

    async function run(): Promise<void> {
      try {
        // Redirects are shown, not followed: the answer of another address is not what was asked for. The cache needs no order:
        // answers are marked no-store, and asking for it again would add two headers to every request that is measured.
        const response = await fetch(new URL(path, baseUrl), {
          headers,
          redirect: 'manual',
          signal: controller.signal,
          ...(cache && { cache }),
        })
        if (over) return
        handlers.onHead(response.status, name => response.headers.get(name))
        const reader = response.body?.getReader()
        while (reader && !over) {
          const { done, value } = await reader.read()
          if (over) return
          if (done) break
          handlers.onData(value)
        }
      } catch (error) {
        if (over) return
        cancel()
        handlers.onError(error instanceof Error ? error : new Error(reasonOf(error)))
        return
      }
      if (over) return
      over = true
      underWay.delete(cancel)
      handlers.onEnd()
    }

    if (!over) {
      underWay.add(cancel)
      void run()
    }
    return cancel
  }

  function webSocket(path: string, handlers: WebSocketHandlers): WebSocketHandle {
    const url = new URL(path, baseUrl)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    const socket = new WebSocket(url)
    let over = false
    const last = () => {
      if (over) return false
      over = true
      underWay.delete(cancel)
      return true
    }
    const cancel = () => handle.close()
    const handle: WebSocketHandle = {
      send: text => socket.send(text),
      close(code = 1000) {
        // A page may send 1000 and 3000–4999 only.
        if (last()) socket.close(code === 1000 || code >= 3000 ? code : undefined)
      },
    }
    socket.onopen = () => over || handlers.onOpen()
    socket.onmessage = event => {
      if (over) return
      if (typeof event.data === 'string') return handlers.onText(event.data)
      handle.close()
      handlers.onClose(1003, 'a binary frame arrived, and the protocol has only text')
    }
    socket.onclose = event => {
      if (last()) handlers.onClose(event.code, event.reason)
    }
    underWay.add(cancel)
    return handle
  }

  const surroundings = new AbortController()
  function onSurroundings(listener: (what: Surroundings) => void): void {
    // Not in Node, nor in a worker, which has no view.
    if (typeof document === 'undefined') return
    const { signal } = surroundings
    for (const type of ['online', 'offline']) addEventListener(type, () => listener('network'), { signal })
    const onView = (): void => {
      if (document.visibilityState === 'visible') listener('view')
    }
    document.addEventListener('visibilitychange', onView, { signal })
  }

  function close(): void {
    closed = true
    surroundings.abort()
    for (const cancel of underWay) cancel()
  }

  // The platform has no connection to give away: the library closes what it opened.
  const library = (): LibraryNetwork => ({ drop() {} })

  return { get, webSocket, library, onSurroundings, close }
}
