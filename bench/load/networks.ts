// The network of each subscriber of a load process: the header profile on it, and the client address it comes from.
import { nodeNetwork } from '../../client/network/node.ts'
import type { Network } from '../../client/transports/transport.ts'
import { fromHere, type HeaderProfile } from '../profiles/profile.ts'
import { clientAddress } from './addresses.ts'

export interface NetworksOrder {
  readonly baseUrl: string
  /** Subscribers of the cell, in all its load processes. */
  readonly clients: number
  /** Local ports a client address has; null = as many as needed. */
  readonly portsPerAddress: number | null
  readonly keepAliveThresholdMs?: number | undefined
  readonly headers: HeaderProfile
}

/** Whether subscribers connect by https and wss. */
export const isSecure = (baseUrl: string): boolean => baseUrl.startsWith('https:')

/** By place in the cell: subscribers, of up to `connections` each, take another client address where the ports of one run out. */
export function networksOf(order: NetworksOrder, connections = 1): (place: number) => Network {
  const settings = {
    headers: fromHere(order.headers.request, order.baseUrl),
    upgradeHeaders: fromHere(order.headers.upgrade, order.baseUrl),
    // The server under test made its certificate itself.
    ...(isSecure(order.baseUrl) && { tls: { rejectUnauthorized: false } }),
    ...(order.keepAliveThresholdMs !== undefined && { keepAliveTimeoutThresholdMs: order.keepAliveThresholdMs }),
  }
  const networks = new Map<string | undefined, Network>()
  return place => {
    const address = clientAddress(place * connections, order.clients * connections, order.portsPerAddress)
    let network = networks.get(address)
    if (!network) {
      network = nodeNetwork(address === undefined ? settings : { ...settings, localAddress: address })
      networks.set(address, network)
    }
    return network
  }
}
