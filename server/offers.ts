// Offers to change the protocol that nobody here takes, h2c first of all: they are ignored (RFC 9110 §7.8), and the request is answered.
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

const tokensIn = (value: string): string[] => value.split(',').map(token => token.trim().toLowerCase())

/** Whether an upgrade request offers the one protocol that is served. */
export const offersWebSocket = ({ headers }: IncomingMessage): boolean =>
  /(^|,)\s*websocket\s*(,|$)/i.test(headers.upgrade ?? '')

/** Hop by hop, and for the offer alone. */
const offering = ['upgrade', 'http2-settings']

/** A request's head as it came, without its offer. */
function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i]!, rawHeaders[i + 1]!]
    const key = name.toLowerCase()
    if (offering.includes(key)) continue
    const left = key === 'connection' ? tokensIn(value).filter(token => !offering.includes(token)) : [value]
    if (left.length > 0) lines.push(`${name}: ${left.join(', ')}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** Hands the connection of an `upgrade` event back to its server as one that has just come, with the same request but no offer in it. Node asks nobody
 * whether to take an offer before it lets go of the connection; from 22.21 on there is an option, which 20 does not know. Whoever listens to the
 * server's connections meets this one again. */
export function ignoreOffer(server: Server, req: IncomingMessage, socket: Socket, head: Buffer): void {
  socket.unshift(Buffer.concat([Buffer.from(headOf(req), 'latin1'), head]))
  server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket)
}
