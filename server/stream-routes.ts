// The stream's endpoints as an express.Router: delivery on every transport that answers requests, and publishing.
import type { IncomingMessage } from 'node:http'
import express from 'express'
import type { Access } from './access.ts'
import { paths } from './protocol.ts'
import type { Publisher, Publishing } from './publishing.ts'
import { serve, serveOrigins } from './respond.ts'
import { queryOf } from './target.ts'
import { type Delivery, pathsOf } from './transports/transport.ts'

export interface StreamRouteParts {
  readonly deliveries: Readonly<Record<string, Delivery>>
  readonly publishing: Publishing
  readonly access: Access
  /** Says whose the connection's bytes are from here on. */
  readonly claim: (req: IncomingMessage, transport: string) => void
  readonly publisherOf: (req: IncomingMessage) => Publisher
  /** Ends the connection where the answer is not read in time. */
  readonly awaitReader: (req: IncomingMessage) => void
}

export interface StreamRoutes {
  readonly router: express.Router
  /** The paths that the router answers. */
  readonly paths: ReadonlySet<string>
}

/** Its handlers take a request as node:http gives it: the router may be called with Express's app around it or without. */
export function streamRoutes({
  deliveries,
  publishing,
  access,
  claim,
  publisherOf,
  awaitReader,
}: StreamRouteParts): StreamRoutes {
  const router = express.Router({ caseSensitive: true, strict: true })
  const served = new Set<string>()
  for (const [name, delivery] of Object.entries(deliveries)) {
    const { handle, methods = ['GET'] } = delivery
    if (!handle) continue
    for (const path of pathsOf(name, delivery)) {
      served.add(path)
      serveOrigins(access, router, path, methods, (req, res) => {
        claim(req, name)
        return handle(req, res, queryOf(req.url!))
      })
    }
  }
  served.add(paths.notices)
  // No preflight: pages of other origins may not publish.
  serve(router, paths.notices, ['POST', 'OPTIONS'], (req, res) => {
    awaitReader(req)
    if (req.method === 'POST') return publishing.handle(req, res, publisherOf(req))
    res.writeHead(204, { Allow: 'POST, OPTIONS' }).end()
  })
  return { router, paths: served }
}
