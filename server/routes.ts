// The hot routes: delivery and publishing, found by their path before the app is asked, since app.handle slows Node's own req and res.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Access } from './access.ts'
import { pathOf, queryOf } from './parameters.ts'
import { methodNotAllowed, sendProblem } from './problem.ts'
import { paths } from './protocol.ts'
import type { Publishing } from './publishing.ts'
import { type Delivery, pathsOf } from './transports/transport.ts'

export interface RouteParts {
  readonly deliveries: Readonly<Record<string, Delivery>>
  readonly publishing: Publishing
  readonly access: Access
  /** Says whose the connection's bytes are from here on. */
  readonly claim: (req: IncomingMessage, transport: string) => void
  readonly isTrusted: (req: IncomingMessage) => boolean
}

type Handler = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>

/** Some methods on one path: OPTIONS is answered, every other method refused, and whatever is thrown becomes a problem. */
const only = (access: Access, methods: readonly string[], handler: Handler) => {
  const allowed = [...methods, 'OPTIONS'].join(', ')
  return (req: IncomingMessage, res: ServerResponse): void => {
    try {
      access.allow(req, res)
      if (req.method === 'OPTIONS') return access.preflight(req, res, allowed)
      if (!methods.includes(req.method!)) throw methodNotAllowed(req, allowed)
      const done = handler(req, res)
      if (done instanceof Promise) done.catch(error => sendProblem(res, error))
    } catch (error) {
      sendProblem(res, error)
    }
  }
}

/** The handler of a request's path; undefined where the path is the app's. */
export type Routes = (req: IncomingMessage) => ((req: IncomingMessage, res: ServerResponse) => void) | undefined

export function createRoutes({ deliveries, publishing, access, claim, isTrusted }: RouteParts): Routes {
  const byPath = new Map([
    [paths.notices as string, only(access, ['POST'], (req, res) => publishing.handle(req, res, isTrusted(req)))],
  ])
  for (const [name, delivery] of Object.entries(deliveries)) {
    const { handle, methods = ['GET'] } = delivery
    if (!handle) continue
    const handler = only(access, methods, (req, res) => {
      claim(req, name)
      return handle(req, res, queryOf(req.url!))
    })
    for (const path of pathsOf(name, delivery)) byPath.set(path, handler)
  }
  return req => byPath.get(pathOf(req.url!))
}
