// What the plain servers of this folder share: notices as a tutorial would make them, and their port told to the parent.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

let seq = 0

/** The text of the next notice. */
export const nextNotice = (body: unknown): string => JSON.stringify({ seq: ++seq, at: Date.now(), body })

export const newest = (): number => seq

/** The texts of a request's notices, `[{"body":…},…]`. */
export const noticesOf = (request: readonly { readonly body: unknown }[]): string[] =>
  request.map(({ body }) => nextNotice(body))

/** Listens on a free port of loopback, and ends with its parent. */
export function listen(server: Server): void {
  server.keepAliveTimeout = 60_000
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () =>
    process.send!({ port: (server.address() as AddressInfo).port }),
  )
  process.on('disconnect', () => process.exit())
}
