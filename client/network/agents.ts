// Agents for a library that makes its own requests from Node: they come from our address, as our profile, and all end at once.
import { type AgentOptions, type ClientRequest, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { Duplex } from 'node:stream'
import type { LibraryNetwork } from '../transports/transport.ts'
import type { HeaderList } from './headers.ts'
import type { SocketOptions } from './socket.ts'

export interface AgentsOrder extends SocketOptions {
  readonly keepAlive: boolean
  readonly headers: HeaderList
  readonly upgradeHeaders: HeaderList
}

/** What the agents of one subscriber tell, and ask. */
interface Watch {
  isDropped(): boolean
  onSocket(socket: Duplex): void
  onReuse(request: ClientRequest): void
}

/** Node's agent, with its two documented hooks told to `watch` besides doing what they do. */
const watched = (Agent: typeof HttpAgent, watch: Watch) =>
  class extends Agent {
    override createConnection(
      options: Parameters<HttpAgent['createConnection']>[0],
      callback?: Parameters<HttpAgent['createConnection']>[1],
    ): Duplex | null | undefined {
      if (watch.isDropped()) {
        // Of a stream that nobody looks at: with an error there is none.
        callback?.(new Error('the connection was given up'), new Duplex())
        return undefined
      }
      const socket = super.createConnection(options, callback)
      if (socket) watch.onSocket(socket)
      return socket
    }
    override reuseSocket(socket: Duplex, request: ClientRequest): void {
      super.reuseSocket(socket, request)
      watch.onReuse(request)
    }
  }

/** The agents of one subscriber to `origin`. */
export function libraryNetwork(origin: URL, order: AgentsOrder): LibraryNetwork {
  const { localAddress, socketPath, tls, keepAlive, headers, upgradeHeaders } = order
  const sockets = new Set<Duplex>()
  let isDropped = false
  let onLost = (_error: Error): void => {}
  const Agent = watched(origin.protocol === 'https:' ? HttpsAgent : HttpAgent, {
    // Refused with an error that is no reset: on one of those its XMLHttpRequest asks again, at once and without end.
    isDropped: () => isDropped,
    onSocket(socket) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    },
    // A library may take the reset of a kept connection as a reason to ask again, and never end the request that it then makes: nothing would
    // come of it, and nothing would be said.
    onReuse: request => void request.once('error', error => process.nextTick(() => isDropped || onLost(error))),
  })

  const place = {
    noDelay: true,
    ...(localAddress !== undefined && { localAddress }),
    ...(socketPath !== undefined && { path: socketPath, socketPath }),
    ...tls,
  } as AgentOptions
  return {
    node: {
      // As in a browser: requests share kept connections, a WebSocket has its own.
      requests: { agent: new Agent({ ...place, keepAlive }), headers: Object.fromEntries(headers) },
      upgrades: { agent: new Agent(place), headers: Object.fromEntries(upgradeHeaders) },
    },
    onLost(listener) {
      onLost = listener
    },
    drop() {
      isDropped = true
      for (const socket of sockets) socket.destroy()
    },
  }
}
