// The kernel's own counters of what crossed the network, for bytes at the level of IP (Linux only).
import { readFile } from 'node:fs/promises'

export interface IpCounters {
  /** Bytes of IP packets received by this host; on loopback every packet sent is received once. */
  readonly bytes: number
  /** TCP segments received. */
  readonly segments: number
}

/** Counters of the whole host since it started, or undefined elsewhere than on Linux. */
export async function readIpCounters(): Promise<IpCounters | undefined> {
  try {
    const [netstat, snmp] = await Promise.all([
      readFile('/proc/net/netstat', 'utf8'),
      readFile('/proc/net/snmp', 'utf8'),
    ])
    return { bytes: counter(netstat, 'IpExt', 'InOctets'), segments: counter(snmp, 'Tcp', 'InSegs') }
  } catch {
    return undefined
  }
}

export interface KernelMemory {
  /** Objects of the kernel: sockets, files, their inodes, poll entries (`Slab` of /proc/meminfo). */
  readonly slabBytes: number
  /** Buffers of TCP sockets (`TCP: … mem` of /proc/net/sockstat, pages of 4096 B). */
  readonly tcpBytes: number
}

const PAGE_BYTES = 4096

/** What the kernel has taken for itself by now, or undefined elsewhere than on Linux. */
export async function readKernelMemory(): Promise<KernelMemory | undefined> {
  try {
    const [meminfo, sockstat] = await Promise.all([
      readFile('/proc/meminfo', 'utf8'),
      readFile('/proc/net/sockstat', 'utf8'),
    ])
    return {
      slabBytes: Number(/^Slab: +(\d+) kB$/m.exec(meminfo)![1]) * 1024,
      tcpBytes: Number(/^TCP: .*\bmem (\d+)/m.exec(sockstat)![1]) * PAGE_BYTES,
    }
  } catch {
    return undefined
  }
}

/** One value of a table whose rows come in pairs: names, then numbers, both behind `GROUP:`. Throws where it is not there. */
export function counter(text: string, group: string, name: string): number {
  const [names, values] = text.split('\n').filter(line => line.startsWith(`${group}: `))
  const value = values?.split(' ')[names?.split(' ').indexOf(name) ?? -1]
  if (value === undefined) throw new Error(`the kernel counts no ${group}.${name}`)
  return Number(value)
}
