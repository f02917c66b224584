// The only 'upgrade' listener: routes WebSockets by path, refuses those that nobody serves, ignores other offers. Two listeners would answer each other's sockets.
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Access } from './access.ts'
import { ignoreOffer, offersWebSocket } from './offers.ts'
import { Problem, quote, refuse } from './problem.ts'
import { pathOf, queryOf } from './target.ts'
import { type Delivery, pathsOf } from './transports/transport.ts'

export type UpgradeHandler = (req: IncomingMessage, socket: Socket, head: Buffer) => void | Promise<void>

/** An upgrade that is no transport's; one that `isTrusted` is there over the control socket only. */
export interface ExtraUpgrade {
  readonly handler: UpgradeHandler
  readonly isTrusted: boolean
}

export interface UpgradeParts {
  readonly upgrades: ReadonlyMap<string, ExtraUpgrade>
  readonly isTrusted: (req: IncomingMessage) => boolean
  /** Throws Problem for a request that is not to be looked at further. `socket` is what it is to have. */
  readonly admit: (req: IncomingMessage, socket: Socket) => void
  readonly deliveries: Readonly<Record<string, Delivery>>
  readonly access: Access
  readonly claim: (req: IncomingMessage, transport: string) => void
  /** An earlier request of the connection is unanswered. */
  readonly isBusy: (socket: Socket) => boolean
  readonly isStopping: () => boolean
}

function destroyIt(this: Socket): void {
  this.destroy()
}

export function routeUpgrades(
  server: Server,
  { deliveries, upgrades, isTrusted, admit, access, claim, isBusy, isStopping }: UpgradeParts,
): void {
  const byPath = new Map<string, [string, NonNullable<Delivery['upgrade']>]>()
  for (const [name, delivery] of Object.entries(deliveries)) {
    const { upgrade } = delivery
    if (upgrade) for (const path of pathsOf(name, delivery)) byPath.set(path, [name, upgrade])
  }

  server.on('upgrade', (req: IncomingMessage, stream, head) => {
    const socket = stream as Socket
    // Until a WebSocket takes over, an error on the socket has no other listener and would end the process.
    socket.on('error', destroyIt)
    // The answer to come would be written into what the connection has become, and a refusal be read as that answer.
    if (isBusy(socket)) return void socket.destroy()
    try {
      if (isStopping()) throw new Problem(503, 'the server is stopping', { 'Retry-After': '1' })
      if (!offersWebSocket(req)) {
        socket.removeListener('error', destroyIt)
        return ignoreOffer(server, req, socket, head)
      }
      admit(req, socket)
      const path = pathOf(req.url!)
      const extra = upgrades.get(path)
      if (extra && (!extra.isTrusted || isTrusted(req))) {
        const done = extra.handler(req, socket, head)
        if (done instanceof Promise) done.catch(error => refuse(socket, error))
        return
      }
      const route = byPath.get(path)
      if (!route) throw new Problem(404, `nothing is upgraded at ${quote(path)}`)
      access.checkUpgrade(req)
      const [name, upgrade] = route
      claim(req, name)
      const done = upgrade(req, socket, head, queryOf(req.url!))
      if (done instanceof Promise) done.catch(error => refuse(socket, error))
    } catch (error) {
      refuse(socket, error)
    }
  })
}
