// The hot router: delivery and publishing, called by the HTTP server before the app, since app.handle slows Node's own req and res.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Router } from 'express'
import type { Access } from './access.ts'
import { queryOf } from './parameters.ts'
import { methodNotAllowed, sendProblem } from './problem.ts'
import { deliveryPath, paths } from './protocol.ts'
import type { Publishing } from './publishing.ts'
import type { Delivery } from './transports/transport.ts'

export interface RouteParts {
  readonly deliveries: Readonly<Record<string, Delivery>>
  readonly publishing: Publishing
  readonly access: Access
  /** Says whose the connection's bytes are from here on. */
  readonly claim: (req: IncomingMessage, transport: string) => void
  readonly isTrusted: (req: IncomingMessage) => boolean
}

type Handler = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>

/** One method on one path: OPTIONS is answered, every other method refused, and whatever is thrown becomes a problem. */
const only = (access: Access, method: string, handler: Handler) => {
  const allowed = `${method}, OPTIONS`
  return (req: IncomingMessage, res: ServerResponse): void => {
    try {
      access.allow(req, res)
      if (req.method === 'OPTIONS') return access.preflight(req, res, allowed)
      if (req.method !== method) throw methodNotAllowed(req, allowed)
      const done = handler(req, res)
      if (done instanceof Promise) done.catch(error => sendProblem(res, error))
    } catch (error) {
      sendProblem(res, error)
    }
  }
}

export function createRoutes({ deliveries, publishing, access, claim, isTrusted }: RouteParts): Router {
  const router = Router({ caseSensitive: true, strict: true })
  for (const [name, { handle }] of Object.entries(deliveries)) {
    if (!handle) continue
    router.all(
      deliveryPath(name),
      only(access, 'GET', (req, res) => {
        claim(req, name)
        return handle(req, res, queryOf(req.url!))
      }),
    )
  }
  router.all(
    paths.notices,
    only(access, 'POST', (req, res) => publishing.handle(req, res, isTrusted(req))),
  )
  return router
}
