// Where numbers come from: the machine's fingerprint and the run's id. No host name, user name or path is kept.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import os from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Fingerprint } from '../../results/format.ts'
import { measuredPackages } from '../../results/packages.ts'

const run = promisify(execFile)

const sysctlNames = [
  'net.core.somaxconn',
  'net.core.rmem_max',
  'net.core.wmem_max',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_tw_reuse',
  'net.ipv4.tcp_max_syn_backlog',
  'net.ipv4.tcp_congestion_control',
  'net.ipv4.tcp_mem',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]

/** What was measured on. Git fields are null outside a checkout, `fileLimit` (hard limit of open files) where there is none;
 * `sysctls` is empty elsewhere than on Linux. `folder`: where this
 * file is, `bench/` or `dist/bench/`. */
export async function fingerprint(folder = dirname(dirname(fileURLToPath(import.meta.url)))): Promise<Fingerprint> {
  const [system, packages, git, fileLimit, sysctls] = await Promise.all([
    osName(),
    packageVersions(folder),
    gitState(folder),
    hardFileLimit(),
    readSysctls(),
  ])
  return {
    cpu: os.cpus()[0]?.model.trim().replace(/\s+/g, ' ') || 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    os: system,
    kernel: `${os.type()} ${os.release()}`,
    node: process.version,
    packages,
    ...git,
    fileLimit,
    sysctls,
  }
}

/** `20261122-195800-delivery`: sorts by time (UTC) and fits a folder name and the schema of a run. */
export function runId(date: Date, experiment: string): string {
  const stamp = date.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')
  const words = experiment
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
  return words === '' ? stamp : `${stamp}-${words}`
}

async function osName(): Promise<string> {
  const release = await textOf('/etc/os-release')
  const pretty = release && /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(release)?.[1]
  // os.version() on Linux is the build line of the kernel, which may name the host it was built on.
  return pretty || (process.platform === 'linux' ? 'Linux' : `${os.version()}`)
}

/** Those of the measured packages that are installed. */
async function packageVersions(folder: string): Promise<Record<string, string>> {
  const found = await Promise.all(
    Object.keys(measuredPackages).map(async name => [name, await installedVersion(folder, name)] as const),
  )
  return Object.fromEntries(found.filter((entry): entry is readonly [string, string] => entry[1] !== undefined))
}

/** Walks up as Node does; the package's own manifest is often hidden from `require` by its `exports`. */
async function installedVersion(folder: string, name: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    const manifest = await textOf(join(at, 'node_modules', name, 'package.json'))
    if (manifest !== undefined) return (JSON.parse(manifest) as { version?: string }).version
    if (dirname(at) === at) return undefined
  }
}

async function gitState(folder: string): Promise<Pick<Fingerprint, 'gitRevision' | 'gitDirty'>> {
  const above = dirname(folder)
  const root = basename(above) === 'dist' ? dirname(above) : above
  const git = async (...args: string[]) => (await run('git', ['-C', root, ...args], { timeout: 5000 })).stdout.trim()
  try {
    // An unpacked archive inside somebody else's checkout must not borrow that checkout's revision.
    await git('ls-files', '--error-unmatch', 'results/format.ts')
    return { gitRevision: await git('rev-parse', 'HEAD'), gitDirty: (await git('status', '--porcelain')) !== '' }
  } catch {
    return { gitRevision: null, gitDirty: null }
  }
}

/** The hard limit of open files of a process, null where there is none (Windows, "unlimited"). Node raises the soft one itself. */
export async function hardFileLimit(): Promise<number | null> {
  if (process.platform === 'win32') return null
  try {
    const limit = Number((await run('sh', ['-c', 'ulimit -Hn'], { timeout: 5000 })).stdout.trim())
    return Number.isSafeInteger(limit) ? limit : null
  } catch {
    return null
  }
}

/** Kernel settings of the network by name; empty elsewhere than on Linux. */
export async function readSysctls(): Promise<Record<string, string>> {
  const found = await Promise.all(
    sysctlNames.map(
      async name =>
        [name, (await textOf(`/proc/sys/${name.replaceAll('.', '/')}`))?.trim().replace(/\s+/g, ' ')] as const,
    ),
  )
  return Object.fromEntries(found.filter((entry): entry is readonly [string, string] => entry[1] !== undefined))
}

/** Local ports a client address may use towards one server; null where it cannot be known. */
export async function readLocalPorts(): Promise<number | null> {
  // The range that RFC 6335 §6 sets aside, where the system does not say.
  if (process.platform !== 'linux') return 65_535 - 49_152 + 1
  const range = await readPortRange()
  return range ? range.high - range.low + 1 : null
}

/** The local ports that the system hands out by itself; undefined elsewhere than on Linux. */
export async function readPortRange(): Promise<{ low: number; high: number } | undefined> {
  const [low, high] = (await textOf('/proc/sys/net/ipv4/ip_local_port_range'))?.trim().split(/\s+/).map(Number) ?? []
  return low !== undefined && high !== undefined ? { low, high } : undefined
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
