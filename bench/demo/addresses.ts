// Where the demo is reached: a port that is free, and this machine's addresses in its networks.
import { createServer } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { machineError } from '../cli/exit.ts'

const TRIES = 50

/**
 * What `start` gives on the first free port from `from` on. Where another program takes a port between its finding and the listening, the next one.
 * Rejects as `start` does where its port is not at fault, and with ExitError 3 where 50 in a row are taken.
 */
export async function startFrom<Started>(
  from: number,
  host: string,
  start: (port: number) => Promise<Started>,
): Promise<Started> {
  for (;;) {
    const port = await freePortFrom(from, host)
    try {
      return await start(port)
    } catch (error) {
      if (await isFree(port, host)) throw error
    }
  }
}

async function freePortFrom(from: number, host: string): Promise<number> {
  for (let port = from; port < from + TRIES && port <= 65_535; port++) if (await isFree(port, host)) return port
  throw machineError(`none of the ports ${from} to ${from + TRIES - 1} is free`, 'name another one with --port')
}

const isFree = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code === 'EADDRINUSE') resolve(false)
      else if (code === 'EACCES') reject(machineError(`not allowed to listen on port ${port}; name one from 1024 on`))
      else reject(machineError(message))
    })
    server.listen({ host, port }, () => server.close(() => resolve(true)))
  })

const isPrivate = (address: string): boolean => /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address)

/** Networks within the machine, and those that lead elsewhere than into the room: containers, virtual machines, VPNs. By the names that Linux, macOS
 * and Windows give them. */
const ELSEWHERE =
  /^(docker|br-|virbr|veth|vnet|vmnet|vboxnet|lxc|lxd|podman|cni|flannel|cali|bridge\d{3}|tun|tap|wg|utun|ipsec|ppp|tailscale|zt|nebula|nordlynx|proton|awdl|llw|anpi)|vEthernet|VirtualBox|VMware|Hyper-V|WSL|VPN|Tailscale|WireGuard|ZeroTier|TAP-Windows|OpenVPN/i
const WIRELESS = /^(wl|ath|ra\d)|wi-?fi|wireless|wlan/i
const WIRED = /^(en|eth|em\d|bond|br\d)|ethernet/i
/** That a machine gives itself where nobody gave it one (RFC 3927), and that overlays give (RFC 6598, Tailscale). */
const isLinkLocal = (address: string): boolean => address.startsWith('169.254.')
const isShared = (address: string): boolean => /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(address)

/** How unlikely it is that a phone in the room reaches an address. */
function remoteness(name: string, address: string): number {
  if (isLinkLocal(address)) return 5
  if (ELSEWHERE.test(name) || isShared(address)) return 4
  const rank = WIRELESS.test(name) ? 0 : WIRED.test(name) ? 1 : 2
  return isPrivate(address) ? rank : rank + 0.5
}

/** IPv4 addresses that others may reach this machine by, the likeliest for a phone in the room first. */
export const lanAddresses = (
  interfaces: NodeJS.Dict<Pick<NetworkInterfaceInfo, 'address' | 'family' | 'internal'>[]> = networkInterfaces(),
): readonly string[] =>
  Object.entries(interfaces)
    .flatMap(([name, list = []]) => list.map(each => ({ name, ...each })))
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .sort((a, b) => remoteness(a.name, a.address) - remoteness(b.name, b.address))
    .map(({ address }) => address)
