// Answers and method checks with nothing but what node:http and node:http2 give, so that a Router works with Express around it and without.
import type { IncomingMessage, ServerResponse } from 'node:http'
import express, { type Router } from 'express'
import type { Access } from './access.ts'
import { methodNotAllowed } from './problem.ts'

export type Handler = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>

export interface Answering {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers with `text`; nothing is to be kept by a cache unless `headers` say otherwise. */
export function sendText(
  res: ServerResponse,
  type: string,
  text: string,
  { status = 200, headers = {} }: Answering = {},
): void {
  res.writeHead(status, {
    'Content-Type': type,
    'Cache-Control': 'no-store',
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  })
  res.end(text)
}

export const sendJson = (res: ServerResponse, value: unknown, answering?: Answering): void =>
  sendText(res, 'application/json; charset=utf-8', JSON.stringify(value), answering)

/** Serves `path` with `handler` for these methods, and refuses every other one with 405: by itself a Router answers HEAD with GET's handler,
 * which on a stream never ends. What `handler` throws or rejects with goes to the Router's error handling. */
export function serve(router: Router, path: string, methods: readonly string[], handler: Handler): void {
  const allowed = methods.join(', ')
  router.all(path, (req, res) => {
    if (!methods.includes(req.method)) throw methodNotAllowed(req, allowed)
    return handler(req, res)
  })
}

/** As `serve`, for pages of other origins too: OPTIONS is answered. */
export function serveOrigins(
  access: Access,
  router: Router,
  path: string,
  methods: readonly string[],
  handler: Handler,
): void {
  const allowed = [...methods, 'OPTIONS']
  serve(router, path, allowed, (req, res) => {
    if (req.method === 'OPTIONS') return access.preflight(req, res, allowed.join(', '))
    return handler(req, res)
  })
}

/** Answers with the file `name`, a path below `root` as it stands in a URL; `next` is called where there is none, or with an error. */
export type SendFile = (
  req: IncomingMessage,
  res: ServerResponse,
  name: string,
  next: (error?: unknown) => void,
) => void

/** Files below `root`, with everything that belongs to them (types, ranges, validators). */
export function fileSender(root: string, cacheControl: string): SendFile {
  const files = express.static(root, {
    index: false,
    redirect: false,
    cacheControl: false,
    setHeaders: res => void res.setHeader('Cache-Control', cacheControl),
  })
  return (req, res, name, next) => {
    const { url } = req
    req.url = `/${name}`
    files(req as express.Request, res as express.Response, (error: unknown) => {
      req.url = url!
      next(error)
    })
  }
}
