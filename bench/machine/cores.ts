// Which core runs what: the server has the first one to itself, load and publisher share the rest, so that neither waits for the other's turn.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** Read once: a process that is pinned itself sees only its own. */
const available = availableParallelism()

export type Role = 'server' | 'load'

/** Cores of a role among `cores`, as taskset takes them; undefined where there are too few to part. */
export const coresOf = (role: Role, cores: number): string | undefined => {
  if (cores < 2) return undefined
  return role === 'server' ? '0' : cores === 2 ? '1' : `1-${cores - 1}`
}

/** Keeps a process and its threads on its role's cores. Gives whether it is so: elsewhere than on Linux, or where this process may not
 * use every core itself, everything stays as the system schedules it. */
export async function pin(pid: number, role: Role): Promise<boolean> {
  const cores = coresOf(role, available)
  if (process.platform !== 'linux' || cores === undefined) return false
  try {
    await run('taskset', ['-acp', cores, String(pid)])
    return true
  } catch {
    return false
  }
}

/** Lets a process, its threads and its children use every core, which none can that was started by a process that is pinned itself. */
async function unpin(pid: number): Promise<void> {
  if (process.platform !== 'linux') return
  try {
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'))
      .split(' ')
      .filter(Boolean)
      .map(Number)
    await run('taskset', ['-acp', `0-${available - 1}`, String(pid)])
    await Promise.all(children.map(unpin))
  } catch {
    // Gone, or no rights to it: it stays as it is.
  }
}

/** Lets the server with its workers and the load use every core. */
export const spread = async (pids: readonly number[]): Promise<void> => {
  await Promise.all(pids.map(unpin))
}

/** Pins server and load of a cell. With workers, which are to use every core, the system schedules all of them on all cores. */
export async function pinCell(
  { workers }: { readonly workers?: number | undefined },
  servers: readonly number[],
  loads: readonly number[],
): Promise<void> {
  if (workers !== undefined) return spread([...servers, ...loads])
  await Promise.all([...servers.map(pid => pin(pid, 'server')), ...loads.map(pid => pin(pid, 'load'))])
}

/**
 * Lets a process that sleeps nearly all the time run the moment it is due, before the others of its core: since Linux 6.6 a woken process waits
 * for the one that runs to finish its slice, up to 3 ms. All its threads have one priority and take turns: V8's collector asks the threads that help
 * it, and libuv's uv_async_close the thread that is in its way, again and again without ever sleeping, and one that went before the other would
 * keep the core for good. The process must be up; threads that it starts later are scheduled as the one that starts them.
 * Gives whether it is so: real-time scheduling takes CAP_SYS_NICE.
 */
export async function prefer(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return false
  try {
    await run('chrt', ['--all-tasks', '--rr', '--pid', '1', String(pid)])
    return true
  } catch {
    return false
  }
}
