// IP addresses as text: each may be written in many ways.
import { isIPv6 } from 'node:net'

/** The eight groups of an IPv6 address, which may end as an IPv4 one is written. */
export function groupsOf(address: string): number[] {
  const text = address.replace(/%.*/, '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a, b, c, d] = bytes.map(Number)
    return `${((a! << 8) | b!).toString(16)}:${((c! << 8) | d!).toString(16)}`
  })
  const [head, tail] = text
    .split('::')
    .map(part => (part === '' ? [] : part.split(':').map(group => parseInt(group, 16))))
  return tail ? [...head!, ...Array<number>(8 - head!.length - tail.length).fill(0), ...tail] : head!
}

/** An address in one form, as a socket gives it, but IPv4 within IPv6 as IPv4, however that is written; a name as it is. */
export function plainAddress(address: string): string {
  if (!isIPv6(address)) return address
  const groups = groupsOf(address)
  if (groups.findIndex(group => group !== 0) !== 5 || groups[5] !== 0xffff) return address.toLowerCase()
  return groups
    .slice(6)
    .flatMap(group => [group >> 8, group & 0xff])
    .join('.')
}
