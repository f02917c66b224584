// Client addresses: towards one server, each has as many connections as the system has local ports; all of 127.0.0.0/8 is this machine (Linux).

/** Addresses that connections are spread over where one is not enough: 127.0.0.1 to 127.0.0.250. */
export const CLIENT_ADDRESSES = 250
/** Of its ports, an address is given so many: the last ones are slow to find, and some may be held by what has just ended. */
const USED_SHARE = 0.9

/** Where the subscriber at `place` of `clients` connects from; undefined = wherever the system likes, as long as one address is enough. */
export function clientAddress(place: number, clients: number, portsPerAddress: number | null): string | undefined {
  if (portsPerAddress === null) return undefined
  const each = Math.max(1, Math.floor(portsPerAddress * USED_SHARE))
  return clients <= each ? undefined : `127.0.0.${1 + Math.floor(place / each)}`
}

/** Connections from this machine to one server on it, at most; null = unknown. */
export const connectionsFromHere = (portsPerAddress: number | null, platform = process.platform): number | null =>
  portsPerAddress === null || platform !== 'linux'
    ? portsPerAddress
    : Math.max(1, Math.floor(portsPerAddress * USED_SHARE)) * CLIENT_ADDRESSES
