// The control socket of a server with workers: publishing straight into the stream, and what all of them say of themselves.
import { createServer, type Server } from 'node:http'
import express from 'express'
import { createAccess } from '../access.ts'
import type { Backplane } from '../backplanes/backplane.ts'
import { documentRoutes } from '../documents.ts'
import { Problem, quote, sendProblem } from '../problem.ts'
import type { Publishing } from '../publishing.ts'
import type { Status, StatusWish } from '../status.ts'
import { streamRoutes } from '../stream-routes.ts'
import { pathOf } from '../target.ts'

export interface ControlParts {
  readonly publishing: Publishing
  readonly backplane: Backplane
  readonly status: (wish: StatusWish) => Promise<Status>
}

/** A server that does not listen yet. Delivery is the workers' alone. */
export function createControlServer({ publishing, backplane, status }: ControlParts): Server {
  const access = createAccess([])
  const isTrusted = (): boolean => true
  const publisherOf = () => ({ isTrusted: true, isForeign: false })
  const router = express.Router()
  router.use(
    streamRoutes({ deliveries: {}, publishing, access, claim: () => {}, publisherOf, awaitReader: () => {} }).router,
  )
  router.use(documentRoutes({ access, backplane, status, isTrusted, isStopping: () => false }))
  return createServer((req, res) =>
    router(req as express.Request, res as express.Response, (error: unknown) =>
      sendProblem(
        res,
        error ??
          new Problem(
            404,
            `nothing is served at ${quote(pathOf(req.url!))} here; with --workers, subscribers come by the port`,
          ),
      ),
    ),
  )
}
