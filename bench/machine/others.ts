// Who else had the cores: what processes that are none of the bench's took of them between two readings of /proc (Linux only).
import { readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { basename } from 'node:path'
import type { Cell } from '../../results/cell.ts'

export type Others = NonNullable<Cell['others']>

interface Process {
  readonly parent: number
  /** Tells two processes apart that had the same id one after the other. */
  readonly started: string
  /** The kernel's short name of the program. */
  readonly name: string
  /** CPU of its own, ticks. */
  readonly own: number
  /** CPU of its children that have ended, ticks. */
  readonly ended: number
}

export interface ProcessReading {
  readonly atMs: number
  readonly processes: ReadonlyMap<number, Process>
}

/** The kernel's unit of CPU time in /proc (USER_HZ). */
const TICK_MS = 10
/** PF_KTHREAD: what the kernel does itself is work for whoever asked for it, the bench included. */
const KERNEL_THREAD = 0x00200000
/** Takes in what nobody else does, of a container's processes too, which may have no parent. */
const INIT = 1
const allCores = cpus().length

/** Every process with the CPU it has taken so far, or undefined elsewhere than on Linux. At once, not piece by piece: what ends between two
 * pieces would be counted twice, or not at all. */
export function readProcesses(): ProcessReading | undefined {
  if (process.platform !== 'linux') return undefined
  const processes = new Map<number, Process>()
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) continue
    const text = textOf(pid, 'stat')
    // The name may hold spaces and parentheses.
    const [, name, rest] = (text && /^\d+ \((.*)\) (.*)$/s.exec(text)) || []
    if (name === undefined || rest === undefined) continue
    const fields = rest.split(' ')
    if (Number(fields[6]) & KERNEL_THREAD) continue
    processes.set(pid, {
      parent: Number(fields[1]),
      started: fields[19]!,
      name,
      own: Number(fields[11]) + Number(fields[12]),
      ended: Number(fields[13]) + Number(fields[14]),
    })
  }
  return { atMs: performance.now(), processes }
}

/** How many processes are named, and which share of the others' CPU makes one worth it. */
const NAMED = 4
const WORTH_NAMING = 0.1

/** What others than `root` and its descendants took of all cores from one reading to the other, 0 to 1, and who they were, the greediest first. */
export function othersBetween(before: ProcessReading, after: ProcessReading, root = process.pid): Others {
  const shares = [...sharesBetween(before, after, root)].sort(([, a], [, b]) => b - a)
  const share = shares.reduce((sum, [, each]) => sum + each, 0)
  const processes = shares
    .filter(([, each]) => each >= WORTH_NAMING * share)
    .slice(0, NAMED)
    .map(([pid, each]) => ({ name: programOf(pid, after.processes.get(pid)!), pid, share: each }))
  return { share, processes }
}

/**
 * The share of all cores of each process that took any, but for `root` and its descendants. What `root`'s own left behind when they ended belongs to
 * nobody: it becomes a child of one of `root`'s ancestors, whose ended children therefore do not count.
 */
export function sharesBetween(before: ProcessReading, after: ProcessReading, root: number): Map<number, number> {
  const ancestors = new Set([INIT, ...ancestorsOf(root, after.processes)])
  const ticks = new Map<number, number>()
  const add = (pid: number, more: number): void => void ticks.set(pid, (ticks.get(pid) ?? 0) + more)
  for (const [pid, now] of after.processes) {
    const then = sameIn(before, pid, now)
    const isOurs = isOf(root, pid, after.processes) || (then && isOf(root, pid, before.processes))
    if (isOurs || (!then && ancestors.has(now.parent))) continue
    add(pid, now.own - (then?.own ?? 0) + (ancestors.has(pid) ? 0 : now.ended - (then?.ended ?? 0)))
  }
  // Whoever ended in between is among the ended children of the nearest one that is left, with all it had taken before.
  for (const [pid, gone] of before.processes) {
    if (isOf(root, pid, before.processes) || isIn(after, pid, gone)) continue
    const heir = ancestorsOf(pid, before.processes).find(each => isIn(after, each, before.processes.get(each)!))
    if (heir !== undefined && ticks.has(heir) && !ancestors.has(heir)) add(heir, -gone.own - gone.ended)
  }
  const availableMs = (after.atMs - before.atMs) * allCores
  return new Map(
    [...ticks].flatMap(([pid, taken]) => (taken > 0 ? [[pid, (taken * TICK_MS) / availableMs] as const] : [])),
  )
}

const sameIn = ({ processes }: ProcessReading, pid: number, { started }: Process): Process | undefined => {
  const found = processes.get(pid)
  return found?.started === started ? found : undefined
}
const isIn = (reading: ProcessReading, pid: number, known: Process): boolean =>
  sameIn(reading, pid, known) !== undefined

/** Parent, its parent and so on. */
function ancestorsOf(pid: number, processes: ProcessReading['processes']): number[] {
  const found: number[] = []
  for (let at = processes.get(pid)?.parent; at !== undefined && processes.has(at) && !found.includes(at); ) {
    found.push(at)
    at = processes.get(at)!.parent
  }
  return found
}

const isOf = (root: number, pid: number, processes: ProcessReading['processes']): boolean =>
  pid === root || ancestorsOf(pid, processes).includes(root)

/** The program's name without the folder it lies in; as the kernel has it where the process is gone. Threads rename the kernel's. */
function programOf(pid: number, { name }: Process): string {
  const [first = ''] = (textOf(pid, 'cmdline') ?? '').split('\0')
  return basename(first.split(' ')[0]!) || name
}

/** A file of a process; undefined once it is gone. */
function textOf(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return undefined
  }
}
