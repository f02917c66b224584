// A port for the demo: the first that is free, also where another program is quicker.
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { freePorts } from '../fleet/program.ts'
import { lanAddresses, startFrom } from './addresses.ts'

const HOST = '127.0.0.1'
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listen(port: number): Promise<number> {
  const server = createServer()
  servers.push(server)
  server.listen({ host: HOST, port })
  await once(server, 'listening')
  return port
}

test('the next one is taken where another program takes a free one before it is listened on', async () => {
  const [from] = await freePorts(1)
  const tried: number[] = []
  const got = await startFrom(from!, HOST, async port => {
    tried.push(port)
    if (tried.length <= 2) await listen(port)
    return listen(port)
  })
  expect(tried).toHaveLength(3)
  expect(tried[0]).toBeGreaterThanOrEqual(from!)
  expect(tried).toEqual([...new Set(tried)].sort((a, b) => a - b))
  expect(got).toBe(tried.at(-1))
})

const at = (...addresses: string[]) =>
  addresses.map(address => ({
    address,
    family: address.includes(':') ? ('IPv6' as const) : ('IPv4' as const),
    internal: address.startsWith('127.'),
  }))

test.each([
  [
    'Linux',
    {
      lo: at('127.0.0.1', '::1'),
      docker0: at('172.17.0.1'),
      'br-3f2a91c0d1e2': at('172.18.0.1'),
      virbr0: at('192.168.122.1'),
      tailscale0: at('100.101.102.103'),
      wg0: at('10.6.0.2'),
      tun0: at('10.8.0.6'),
      enp3s0: at('169.254.7.7', '203.0.113.9', '192.168.1.5', 'fe80::1'),
      wlp2s0: at('192.168.1.6'),
    },
    ['192.168.1.6', '192.168.1.5', '203.0.113.9'],
    ['169.254.7.7'],
  ],
  [
    'macOS',
    {
      lo0: at('127.0.0.1'),
      utun4: at('10.9.0.2'),
      bridge100: at('192.168.64.1'),
      awdl0: at('169.254.1.1'),
      en0: at('10.0.1.7'),
    },
    ['10.0.1.7'],
    ['169.254.1.1'],
  ],
  [
    'Windows',
    {
      'vEthernet (WSL (Hyper-V firewall))': at('172.28.16.1'),
      'VirtualBox Host-Only Network': at('192.168.56.1'),
      'Ethernet 2': at('10.1.1.4'),
      'Wi-Fi': at('10.1.1.5'),
      'Loopback Pseudo-Interface 1': at('127.0.0.1'),
    },
    ['10.1.1.5', '10.1.1.4'],
    ['192.168.56.1'],
  ],
  [
    'a machine that names its networks as it likes',
    { docker0: at('172.17.0.1'), room: at('10.2.0.3') },
    ['10.2.0.3'],
    ['172.17.0.1'],
  ],
])('the address that a phone in the room can reach comes first: %s', (_system, interfaces, first, last) => {
  const addresses = lanAddresses(interfaces)
  expect(addresses.slice(0, first.length)).toEqual(first)
  expect(addresses.slice(-last.length)).toEqual(last)
  expect(addresses).not.toContain('127.0.0.1')
  expect(addresses.some(address => address.includes(':'))).toBe(false)
})

test('what fails for another reason is not tried again', async () => {
  const [from] = await freePorts(1)
  const tried: number[] = []
  const start = async (port: number): Promise<never> => {
    tried.push(port)
    throw new Error('no lanes')
  }
  await expect(startFrom(from!, HOST, start)).rejects.toThrow('no lanes')
  expect(tried).toHaveLength(1)
})
