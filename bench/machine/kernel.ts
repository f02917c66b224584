// What the kernel counts (Linux only): packets that crossed the network, and time and memory of processes.
import { readdir, readFile } from 'node:fs/promises'

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

/** Connections for which a listener's queue had no room since the host started, or undefined elsewhere than on Linux. */
export async function readListenOverflows(): Promise<number | undefined> {
  try {
    return counter(await readFile('/proc/net/netstat', 'utf8'), 'TcpExt', 'ListenOverflows')
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

/** The kernel's unit of CPU time in /proc (USER_HZ), µs: a window of 4 s is read to a few percent at least. */
const TICK_US = 10_000

/** Time on a CPU of these processes with all their threads, µs (Linux). */
export async function cpuUsOf(pids: readonly number[]): Promise<number> {
  let ticks = 0
  for (const pid of pids) {
    // Behind the name, which may hold spaces, field 3 comes first; utime and stime are 14 and 15.
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks * TICK_US
}

/** Descriptors that a process has open, or undefined elsewhere than on Linux. */
export const descriptorsOf = (pid: number): Promise<number | undefined> =>
  readdir(`/proc/${pid}/fd`).then(
    names => names.length,
    () => undefined,
  )

/** Resident memory of these processes (Linux). */
export async function rssOf(pids: readonly number[]): Promise<number> {
  let bytes = 0
  for (const pid of pids) {
    const text = await readFile(`/proc/${pid}/status`, 'utf8')
    bytes += Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1] ?? 0) * 1024
  }
  return bytes
}
