// What a raw connection sends to a contestant: the handshake of a WebSocket, or a GET.
import { randomBytes } from 'node:crypto'
import type { Dialect } from './contestant.ts'

/** Path and query of a dialect; `after` is what the last answer said comes next, '' before the first. */
export const pathOf = ({ path }: Dialect, after: string): string =>
  after === '' ? path.replace(/[?&]after=\{after\}/, '') : path.replace('{after}', after)

/** The text of a request that opens a connection of this dialect. */
export function requestText(dialect: Dialect): string {
  const start = `GET ${pathOf(dialect, '')} HTTP/1.1\r\nHost: 127.0.0.1\r\n`
  if (dialect.kind === 'events') return `${start}Accept: text/event-stream\r\n\r\n`
  if (dialect.kind !== 'frames') return `${start}\r\n`
  const key = randomBytes(16).toString('base64')
  const offer = dialect.extensions === undefined ? '' : `Sec-WebSocket-Extensions: ${dialect.extensions}\r\n`
  return `${start}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${offer}\r\n`
}
