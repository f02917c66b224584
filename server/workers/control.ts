// The control socket of a server with workers: publishing straight into the stream, and what all of them say of themselves.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Backplane } from '../backplanes/backplane.ts'
import { methodNotAllowed, Problem, quote, sendProblem } from '../problem.ts'
import { paths } from '../protocol.ts'
import type { Publishing } from '../publishing.ts'
import { exposition, type Status, type StatusWish } from '../status.ts'

export interface ControlParts {
  readonly publishing: Publishing
  readonly backplane: Backplane
  readonly status: (wish: StatusWish) => Promise<Status>
}

/** A server that does not listen yet. Delivery is the workers' alone. */
export function createControlServer({ publishing, backplane, status }: ControlParts): Server {
  const documents: Record<string, (query: URLSearchParams) => Promise<object | string> | object> = {
    [paths.status]: query =>
      status({ collectHeap: query.get('collect') === 'heap', resetLoopDelay: query.get('reset') === 'loopDelay' }),
    [paths.metrics]: async () => exposition(await status({})),
    [paths.time]: () => ({ nowMs: performance.timeOrigin + performance.now() }),
    [paths.health]: () => ({ status: 'ok' }),
    [paths.ready]() {
      const { healthy, detail } = backplane.health()
      if (!healthy) throw new Problem(503, `the backplane is away: ${detail ?? backplane.name}`, { 'Retry-After': '1' })
      return { status: 'ready' }
    },
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(req.url!, 'http://localhost')
    if (pathname === paths.notices) {
      if (req.method !== 'POST') throw methodNotAllowed(req, 'POST')
      return publishing.handle(req, res, true)
    }
    const document = Object.hasOwn(documents, pathname) ? documents[pathname]! : undefined
    if (!document)
      throw new Problem(
        404,
        `nothing is served at ${quote(pathname)} here; with --workers, subscribers come by the port`,
      )
    if (req.method !== 'GET') throw methodNotAllowed(req, 'GET')
    const found = await document(searchParams)
    const isText = typeof found === 'string'
    const body = Buffer.from(isText ? found : JSON.stringify(found))
    res.writeHead(200, {
      'Content-Type': isText ? 'text/plain; version=0.0.4; charset=utf-8' : 'application/json; charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Length': body.length,
    })
    res.end(body)
  }

  return createServer((req, res) => void answer(req, res).catch(error => sendProblem(res, error)))
}
