// What the server says of itself, as routes: status, clock, health, readiness and metrics.
import type { IncomingMessage } from 'node:http'
import express from 'express'
import type { Access } from './access.ts'
import type { Backplane } from './backplanes/backplane.ts'
import { nowMs } from './clock.ts'
import { Problem } from './problem.ts'
import { paths } from './protocol.ts'
import { sendJson, sendText, serveOrigins } from './respond.ts'
import { exposition, type Status, type StatusWish } from './status.ts'
import { type Query, queryOf } from './target.ts'

export interface DocumentParts {
  readonly access: Access
  readonly backplane: Backplane
  readonly status: (wish: StatusWish) => Status | Promise<Status>
  /** Only over the control socket may a status collect the heap or start the loop-delay figure over. */
  readonly isTrusted: (req: IncomingMessage) => boolean
  readonly isStopping: () => boolean
}

export function documentRoutes({ access, backplane, status, isTrusted, isStopping }: DocumentParts): express.Router {
  const router = express.Router({ caseSensitive: true, strict: true })
  const document = (path: string, of: (query: Query, isTrusted: boolean) => unknown): void =>
    serveOrigins(access, router, path, ['GET'], async (req, res) => {
      const found = await of(queryOf(req.url!), isTrusted(req))
      if (typeof found === 'string') sendText(res, 'text/plain; version=0.0.4; charset=utf-8', found)
      else sendJson(res, found)
    })
  document(paths.status, (query, isTrusted) =>
    status({
      collectHeap: isTrusted && query.get('collect') === 'heap',
      resetLoopDelay: isTrusted && query.get('reset') === 'loopDelay',
    }),
  )
  document(paths.time, () => ({ nowMs: nowMs() }))
  document(paths.health, () => ({ status: 'ok' }))
  document(paths.ready, () => {
    const { healthy, detail } = backplane.health()
    if (isStopping()) throw new Problem(503, 'the server is stopping', { 'Retry-After': '1' })
    if (!healthy) throw new Problem(503, `the backplane is away: ${detail ?? backplane.name}`, { 'Retry-After': '1' })
    return { status: 'ready' }
  })
  document(paths.metrics, async () => exposition(await status({})))
  return router
}
