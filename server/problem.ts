// Errors as RFC 9457 problem details: `detail` names the parameter, the rule and the value, never a stack.
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { pathOf } from './target.ts'

/** A request that cannot be served; `detail` is a sentence for the one who sent it. */
export class Problem extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail)
    this.status = status
    this.headers = headers
  }
}

const MAX_QUOTED = 80

/** A value as it may stand in an error message: quoted, and no longer than a line. */
export const quote = (value: unknown): string => {
  const text = beginning(value, MAX_QUOTED)
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED - 3)}…` : text
}

/** JSON of a value, all of it or no less than its first `most` characters: it is a stranger's, and may be as deep and as wide as there is room for. */
function beginning(value: unknown, most: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, most))
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? String(value)
  const isList = Array.isArray(value)
  let text = isList ? '[' : '{'
  for (const [key, inner] of Object.entries(value)) {
    if (text.length > most) return text
    if (text.length > 1) text += ','
    if (!isList) text += `${JSON.stringify(key.slice(0, most))}:`
    text += beginning(inner, Math.max(0, most - text.length))
  }
  return text + (isList ? ']' : '}')
}

export const problemType = 'application/problem+json; charset=utf-8'

export const problemBody = ({ status, message }: Problem): string =>
  JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail: message })

/** Whatever was thrown, as a problem: an unexpected error is logged here and stays unnamed to the client. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const status = (error as { status?: unknown } | null)?.status
  // Express and its router throw errors with a 4xx status for a request they cannot parse (a bad percent escape, say).
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new Problem(status, `the request cannot be read: ${(error as Error).message}`)
  console.error(error)
  return new Problem(500, 'the server failed to answer; its log says why')
}

/** Answers with a problem, or cuts the connection where an answer has already begun. */
export function sendProblem(res: ServerResponse, error: unknown): void {
  const problem = toProblem(error)
  if (res.headersSent) {
    res.destroy()
    return
  }
  const body = problemBody(problem)
  res.writeHead(problem.status, {
    'Content-Type': problemType,
    'Cache-Control': 'no-store',
    'Content-Length': Buffer.byteLength(body),
    ...problem.headers,
  })
  res.end(body)
}

/** Answers on a raw socket (upgrade requests, unreadable requests) and closes it. */
export function refuse(socket: Duplex, error: unknown): void {
  const problem = toProblem(error)
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const body = problemBody(problem)
  const headers = {
    'Content-Type': problemType,
    'Cache-Control': 'no-store',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    ...problem.headers,
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.once('finish', () => socket.destroy())
  socket.end([`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`, ...head, '', body].join('\r\n'))
}

/** 405 for every method but those in `allow`. */
export const methodNotAllowed = (req: IncomingMessage, allow: string): Problem =>
  new Problem(405, `${req.method} is not served here; allowed: ${allow}`, { Allow: allow })

/** What a request gets that no route has answered, or whose route threw `error`. */
export function lastAnswer(req: IncomingMessage, res: ServerResponse, error?: unknown): void {
  sendProblem(res, error ?? new Problem(404, `nothing is served at ${quote(pathOf(req.url!))}`))
}
