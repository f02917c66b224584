// The server's contract: what a transport must offer.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Context } from '../context.ts'
import { deliveryPath } from '../protocol.ts'
import type { Query } from '../target.ts'

export interface Delivery {
  /** Methods that `handle` takes; absent = GET. */
  readonly methods?: readonly string[]
  /** Its library's clients put a slash behind the path: both are served. */
  readonly isSlashed?: boolean
  /** Answers a request on the transport's path. A throw or a rejection becomes a problem answer. */
  readonly handle?: (req: IncomingMessage, res: ServerResponse, query: Query) => void | Promise<void>
  /** Takes over an upgrade request on the transport's path. A throw or a rejection refuses it. */
  readonly upgrade?: (req: IncomingMessage, socket: Socket, head: Buffer, query: Query) => void | Promise<void>
  /** Orderly end: subscribers get what was appended, then are told goodbye; cuts what is left when `signal` aborts. Gives how many were cut. */
  drain(signal: AbortSignal): Promise<number>
}

/** The paths on which the transport `name` is served. */
export const pathsOf = (name: string, { isSlashed = false }: Delivery): readonly string[] =>
  isSlashed ? [deliveryPath(name), `${deliveryPath(name)}/`] : [deliveryPath(name)]

export type CreateDelivery = (context: Context) => Delivery
