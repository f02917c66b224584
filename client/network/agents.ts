// Agents for a library that makes its own requests from Node: they come from our address, as our profile, and all end at once.
import { type AgentOptions, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import type { EngineNetwork } from '../transports/transport.ts'
import type { HeaderList } from './headers.ts'
import type { SocketOptions } from './socket.ts'

export interface AgentsOrder extends SocketOptions {
  readonly keepAlive: boolean
  readonly headers: HeaderList
  readonly upgradeHeaders: HeaderList
}

/** What engine.io-client takes to connect to `origin`. */
export function engineNetwork(origin: URL, order: AgentsOrder): EngineNetwork {
  const { localAddress, socketPath, tls, keepAlive, headers, upgradeHeaders } = order
  const sockets = new Set<Socket>()
  let dropped = false

  function agent(settings: AgentOptions): HttpAgent {
    const isSecure = origin.protocol === 'https:'
    const own = isSecure ? new HttpsAgent(settings) : new HttpAgent(settings)
    const connect = own.createConnection.bind(own)
    own.createConnection = (...given) => {
      if (dropped) throw new Error('the subscription is over')
      const socket = connect(...given) as Socket
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      return socket
    }
    // Without Node's mark of a request on a kept connection: its XMLHttpRequest takes a cut of a marked one as a reason to ask again,
    // and never ends the request it then makes, so that nothing would come of either.
    own.reuseSocket = socket => void (socket as Socket).ref()
    return own
  }

  const place = {
    noDelay: true,
    ...(localAddress !== undefined && { localAddress }),
    ...(socketPath !== undefined && { path: socketPath, socketPath }),
    ...tls,
  } as AgentOptions
  return {
    options: {
      perMessageDeflate: false,
      // Cookies are kept as a browser keeps those of its own origin: a balancer's is what makes sessions sticky.
      withCredentials: true,
      transportOptions: {
        // As in a browser: polls share kept connections, a WebSocket has its own.
        polling: { agent: agent({ ...place, keepAlive }), extraHeaders: Object.fromEntries(headers) },
        websocket: { agent: agent(place), extraHeaders: Object.fromEntries(upgradeHeaders) },
      },
    },
    drop() {
      dropped = true
      for (const socket of sockets) socket.destroy()
    },
  }
}
