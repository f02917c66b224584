// Which host names this server answers to. A page of a foreign name that was made to point here (DNS rebinding) asks with that name as Host, and
// what it asks is of the same origin for its browser.
import type { IncomingMessage } from 'node:http'
import { networkInterfaces } from 'node:os'
import { plainAddress } from './address.ts'
import { isLoopback } from './loopback.ts'
import { Problem, quote } from './problem.ts'
import { paths } from './protocol.ts'
import { authorityOf, pathOf } from './target.ts'

export interface Hosts {
  /** Throws Problem 421 for a request to a name that is not this server's. `/healthz` and `/readyz` answer to any: balancers ask as they please. */
  check(req: IncomingMessage): void
}

/** How long the machine's addresses are taken for what they were. */
const ADDRESSES_MS = 5000
/** Texts remembered as this server's: each port makes another one. */
const MAX_KNOWN = 1000

/** The name or address of `NAME[:PORT]` as URLs write it, an IPv6 one without brackets, and IPv4 within it as IPv4; undefined where it is none. */
export function nameIn(authority: string): string | undefined {
  const url = `http://${authority}`
  if (/[/?#@\\\s]/.test(authority) || !URL.canParse(url)) return undefined
  return plainAddress(new URL(url).hostname.replace(/^\[|\]$|\.$/g, ''))
}

/** Served are loopback, this machine's addresses, and `names`. */
export function createHosts(names: readonly string[]): Hosts {
  const own = new Set(names.map(name => nameIn(name.includes(':') ? `[${name}]` : name) ?? name.toLowerCase()))
  const known = new Set<string>()
  let addresses = new Set<string>()
  let readMs = Number.NEGATIVE_INFINITY

  function isOfMachine(address: string): boolean {
    if (performance.now() - readMs > ADDRESSES_MS) {
      readMs = performance.now()
      addresses = new Set(Object.values(networkInterfaces()).flatMap(list => (list ?? []).map(each => each.address)))
    }
    return addresses.has(address)
  }

  function isServed(host: string, { localAddress = '' }: IncomingMessage['socket']): boolean {
    const name = nameIn(host)
    if (name === undefined) return false
    return (
      isLoopback(name) ||
      name.endsWith('.localhost') ||
      own.has(name) ||
      name === plainAddress(localAddress) ||
      isOfMachine(name)
    )
  }

  return {
    check(req) {
      const host = authorityOf(req.url!) ?? req.headers.host
      // HTTP/1.0 has none, and no browser speaks that.
      if (host === undefined || known.has(host)) return
      if (!isServed(host, req.socket)) {
        const path = pathOf(req.url!)
        if (path === paths.health || path === paths.ready) return
        throw new Problem(
          421,
          `this server answers to its own addresses and to --host-name, got the host ${quote(host)}`,
        )
      }
      if (known.size >= MAX_KNOWN) known.clear()
      known.add(host)
    },
  }
}
