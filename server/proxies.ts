// Whose request it is: the address that limits count it for, also where proxies that are trusted to name it stand before the server.
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import { groupsOf, plainAddress } from './address.ts'

export interface Proxies {
  readonly isEmpty: boolean
  isTrusted(address: string): boolean
  /** For whom the trusted proxy `peer` asks: of the hops in `forwarded`, X-Forwarded-For, the last one that is no trusted proxy. What stands before
   * it, its sender may have made up. Where that is no address, the proxy that says so. */
  clientOf(peer: string, forwarded: string | undefined): string
}

/** Proxies behind each other are few; a header may have thousands of hops. */
const MAX_HOPS = 16

/** `ADDRESS` or `ADDRESS/PREFIX`, or undefined. */
export function networkIn(text: string): { address: string; prefix: number } | undefined {
  const [, address = '', length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  if (isIP(address) === 0 || address.includes('%')) return undefined
  const plain = plainAddress(address)
  const most = isIPv4(plain) ? 32 : 128
  // A prefix of IPv4 within IPv6 counts the bits before it too.
  const before = isIPv4(plain) && isIPv6(address) ? 96 : 0
  const prefix = length === undefined ? most : Number(length) - before
  return prefix < 0 || prefix > most ? undefined : { address: plain, prefix }
}

/** `trusted`: addresses and networks, as `networkIn` takes them. */
export function createProxies(trusted: readonly string[]): Proxies {
  const list = new BlockList()
  for (const text of trusted) {
    const { address, prefix } = networkIn(text)!
    list.addSubnet(address, prefix, familyOf(address))
  }
  const isEmpty = trusted.length === 0
  const isTrusted = (address: string): boolean =>
    !isEmpty && isIP(address) !== 0 && list.check(address.replace(/%.*/, ''), familyOf(address))

  return {
    isEmpty,
    isTrusted,
    clientOf(peer, forwarded = '') {
      let client = peer
      let end = forwarded.length
      for (let hops = 0; hops < MAX_HOPS && end > 0; hops++) {
        const comma = forwarded.lastIndexOf(',', end - 1)
        const address = addressIn(forwarded.slice(comma + 1, end))
        if (address === undefined) break
        client = address
        if (!isTrusted(address)) break
        end = comma
      }
      return client
    },
  }
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6')

/** The address of a hop: some proxies add a port to it. */
function addressIn(hop: string): string | undefined {
  const text = hop.trim()
  const bare = isIPv6(text) ? text : text.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1')
  return isIP(bare) === 0 ? undefined : plainAddress(bare)
}

/** What an address is counted as: IPv4 by itself; IPv6 by its /64, any address of which its owner can take. Link-local ones share one for the whole
 * link and are counted by themselves. */
export function countedAs(address: string): string {
  const plain = plainAddress(address)
  if (!isIPv6(plain)) return plain
  const groups = groupsOf(plain)
  if ((groups[0]! & 0xffc0) === 0xfe80) return plain
  return `${groups
    .slice(0, 4)
    .map(group => group.toString(16))
    .join(':')}::/64`
}
