// Which addresses are this machine's own for itself.
import { isIPv4 } from 'node:net'
import { plainAddress } from './address.ts'

/** Whether an address, or the name localhost, stays within this machine. A name that only begins like such an address does not. */
export const isLoopback = (host: string): boolean => {
  const address = plainAddress(host)
  return address === 'localhost' || address === '::1' || (address.startsWith('127.') && isIPv4(address))
}
