// What the plain servers of this folder share: notices as a tutorial would make them, and their port told to the parent.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

let seq = 0

/** The text of the next notice. */
export const nextNotice = (body: unknown): string => JSON.stringify({ seq: ++seq, at: Date.now(), body })

export const newest = (): number => seq

/** The texts of a request's notices, `[{"body":…},…]`. */
export const noticesOf = (request: readonly { readonly body: unknown }[]): string[] =>
  request.map(({ body }) => nextNotice(body))

/** The notices of a POST without a framework, once all of it is here. */
export function onNotices(req: IncomingMessage, take: (texts: string[]) => void): void {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => take(noticesOf(JSON.parse(Buffer.concat(chunks).toString()))))
}

/** Whether there is something after what a poll's target asks for. */
export const isBehind = (target: string): boolean => Number(/after=(\d+)/.exec(target)?.[1] ?? seq) < seq

/** Answers a poll, with as little as Node's server needs. */
export function answerPoll(res: ServerResponse, notices: readonly string[], status = 200): void {
  const body = `{"cursor":"${seq}","missed":0,"notices":[${notices.join(',')}]}`
  res.writeHead(status, [
    'Content-Type',
    'application/json; charset=utf-8',
    'Cache-Control',
    'no-store',
    'Content-Length',
    String(Buffer.byteLength(body)),
  ])
  res.end(body)
}

/** Listens on a free port of loopback, and ends with its parent. */
export function listen(server: Server): void {
  server.keepAliveTimeout = 60_000
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () =>
    process.send!({ port: (server.address() as AddressInfo).port }),
  )
  process.on('disconnect', () => process.exit())
}
