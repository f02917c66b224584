// Whether this machine can hold the run at all, asked before anything starts: open files, local ports, memory.
import { readFile } from 'node:fs/promises'
import os from 'node:os'
import { formatBytes } from '../../results/figures.ts'
import type { Scenario } from '../../results/scenario.ts'
import { machineError } from '../cli/exit.ts'
import { connectionsFromHere } from '../load/addresses.ts'
import { hardFileLimit, readLocalPorts } from './provenance.ts'

export interface Needs {
  /** Subscribers per transport, as typed. */
  readonly clients: number
  /** Most subscribers open at the same time on one server: `clients`, times the transports where they run side by side. */
  readonly openAtOnce: number
  /** Most connections in one process besides the server: those of a load process, or both sides of the relay's. */
  readonly perProcess: number
  /** Sockets one subscriber may hold at a time: 1, or 3 where the transport upgrades from polling. */
  readonly descriptorsPerClient: number
}

export interface Machine {
  /** Hard limit of open files of one process; null = none. */
  readonly fileLimit: number | null
  /** Local ports that may be used towards one server, over all client addresses; null = unknown. */
  readonly localPorts: number | null
  readonly availableBytes: number
  /** Files that the whole system may still open; null or absent = no limit known. */
  readonly systemFiles?: number | null
  /** Connections that the packet filter may still track; null or absent = it tracks none. */
  readonly trackable?: number | null
}

/** Files a process has open besides its subscribers: streams, pipes, epoll, modules being read, the control connection. */
export const ownDescriptors = 100

/** Both ends of a subscriber in user and kernel memory, on the generous side. */
const bytesPerClient = 100_000
/** Server, publisher, load process and bench with nobody connected. */
const ownBytes = 300_000_000
/** The same of connections that are only held, measured at 250,000 as 22 kB, and of each process that holds them. */
const bytesPerHeld = 30_000
const bytesPerProcess = 80_000_000
/** Processes that accept from one socket share it nearly evenly: the fullest of five had 1.1 times its part. */
const UNEVEN = 1.2

/** The limits of this machine. */
export async function readMachine(): Promise<Machine> {
  const [fileLimit, ports, files, tracked, mostTracked] = await Promise.all([
    hardFileLimit(),
    readLocalPorts(),
    numbersOf('/proc/sys/fs/file-nr'),
    numbersOf('/proc/sys/net/netfilter/nf_conntrack_count'),
    numbersOf('/proc/sys/net/netfilter/nf_conntrack_max'),
  ])
  return {
    systemFiles: files ? files[2]! - files[0]! : null,
    trackable: tracked?.[0] && mostTracked ? mostTracked[0]! - tracked[0] : null,
    fileLimit,
    localPorts: connectionsFromHere(ports),
    // Elsewhere than on Linux "free" leaves out what the system would give back at once.
    availableBytes: process.platform === 'linux' ? process.availableMemory() : os.totalmem() / 2,
  }
}

/** Numbers in a file of the kernel; undefined where there is none. */
async function numbersOf(path: string): Promise<number[] | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim().split(/\s+/).map(Number)
  } catch {
    return undefined
  }
}

/** Throws an error of exit code 3 where `machine` cannot hold so many connections by so many workers, and as many load processes. */
export function checkHold({ clients, workers = 1 }: Pick<Scenario, 'clients' | 'workers'>, machine: Machine): void {
  const what = `${clients} connections`
  const { fileLimit, localPorts, availableBytes, systemFiles = null, trackable = null } = machine
  const fewer = (most: number): string =>
    `npm run bench -- --experiment 65k --connections ${Math.max(1, Math.floor(most))}`

  const each = Math.ceil((clients / workers) * UNEVEN)
  const files = each + ownDescriptors
  if (fileLimit !== null && files > fileLimit) {
    const enough = Math.ceil((clients * UNEVEN) / Math.max(1, fileLimit - ownDescriptors))
    throw machineError(
      `${what} by ${workers} workers need ${files} open files in one process (${each} connections + ${ownDescriptors}); the hard limit is ${fileLimit}`,
      enough <= 64
        ? `let more processes share them: npm run bench -- --experiment 65k --connections ${clients} --workers ${enough}`
        : `raise it (as root: ulimit -Hn ${files}), or: ${fewer(((fileLimit - ownDescriptors) * 64) / UNEVEN)}`,
    )
  }
  if (localPorts !== null && clients > localPorts)
    throw machineError(
      `${what} need as many local ports towards one server; this machine has ${localPorts}`,
      fewer(localPorts),
    )
  if (systemFiles !== null && 2 * clients > systemFiles)
    throw machineError(
      `${what} need ${2 * clients} open files in the whole system, both ends of each; ${systemFiles} are left (fs.file-max)`,
      `raise it (as root: sysctl -w fs.file-max=${4 * clients}), or: ${fewer(systemFiles / 2)}`,
    )
  if (trackable !== null && clients > trackable)
    throw machineError(
      `${what} are tracked by the packet filter, which has room for ${trackable} (net.netfilter.nf_conntrack_max)`,
      `raise it (as root: sysctl -w net.netfilter.nf_conntrack_max=${2 * clients}), or: ${fewer(trackable)}`,
    )
  const fixed = ownBytes + 2 * workers * bytesPerProcess
  const memory = clients * bytesPerHeld + fixed
  if (memory > availableBytes)
    throw machineError(
      `${what} need about ${formatBytes(memory)} of memory (${formatBytes(bytesPerHeld)} each, both ends, and ${2 * workers} processes); ${formatBytes(availableBytes)} are available`,
      `end other programs, or: ${fewer((availableBytes - fixed) / bytesPerHeld)}`,
    )
}

/** Throws an error of exit code 3 that names the value, the rule and what to type instead. */
export function checkMachine(needs: Needs, machine: Machine): void {
  const { clients, openAtOnce, perProcess, descriptorsPerClient } = needs
  const sideBySide = Math.max(1, openAtOnce / clients)
  const fewer = (most: number) => {
    const affordable = Math.floor(most / sideBySide)
    return affordable >= 1 ? `npm run bench -- -c ${Math.min(affordable, clients - 1) || 1}` : 'a larger machine'
  }

  const inOneProcess = Math.max(openAtOnce, perProcess)
  const files = inOneProcess * descriptorsPerClient + ownDescriptors
  if (machine.fileLimit !== null && files > machine.fileLimit)
    throw machineError(
      `${clients} clients need ${files} open files in one process (${inOneProcess} connections × ${descriptorsPerClient} + ${ownDescriptors}); the hard limit is ${machine.fileLimit}`,
      `raise it (as root: ulimit -Hn ${files}; for a service: LimitNOFILE=${files}), or: ${fewer((machine.fileLimit - ownDescriptors) / descriptorsPerClient)}`,
    )

  const ports = openAtOnce * descriptorsPerClient
  const available = machine.localPorts
  if (available !== null && ports > available)
    throw machineError(
      `${clients} clients need ${ports} local ports towards one server (${openAtOnce} connections × ${descriptorsPerClient}); this machine has ${available}`,
      `widen them (as root: sysctl -w net.ipv4.ip_local_port_range="1024 65535"), or: ${fewer(available / descriptorsPerClient)}`,
    )

  const memory = openAtOnce * bytesPerClient + ownBytes
  if (memory > machine.availableBytes)
    throw machineError(
      `${clients} clients need about ${formatBytes(memory)} of memory (${openAtOnce} connections × ${formatBytes(bytesPerClient)} + ${formatBytes(ownBytes)}); ${formatBytes(machine.availableBytes)} are available`,
      `end other programs, or: ${fewer((machine.availableBytes - ownBytes) / bytesPerClient)}`,
    )
}
