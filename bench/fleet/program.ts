// A program that is not ours (nginx, HAProxy, Redis, RabbitMQ): started on a free port with its files in a folder of its own, and ended by pid.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { delimiter, isAbsolute, join } from 'node:path'
import { machineError, serverError } from '../cli/exit.ts'
import { supervise } from '../machine/supervise.ts'

export interface ProgramOrder {
  /** As people know it, for messages. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The port of 127.0.0.1 it listens on once it is up. */
  readonly port: number
  /** Debian's packages, for the remedy where it is not installed. */
  readonly packages: string
  /** How it is told to end; it is waited for. */
  readonly endsBy?: NodeJS.Signals
  readonly startMs?: number
}

export interface Program {
  readonly process: ChildProcess
  /** Rejects with ExitError 4 once it ends by itself. */
  readonly died: Promise<never>
  end(signal?: NodeJS.Signals): Promise<void>
}

/** Where `command` is on the PATH, or whether it is there as a path; undefined = nowhere. */
export const findProgram = (command: string, path = process.env.PATH ?? ''): string | undefined => {
  const folders = isAbsolute(command) ? ['/'] : [...path.split(delimiter), '/usr/sbin', '/sbin']
  return folders.map(folder => join(folder, command)).find(file => existsSync(file))
}

/** Throws ExitError 3 with the line that installs it, where `command` is not there. */
export function needProgram(name: string, command: string, packages: string): string {
  const path = findProgram(command)
  if (path !== undefined) return path
  throw machineError(`${name} is not installed`, `npm run setup, or: apt-get install ${packages}`)
}

/** Free ports of 127.0.0.1, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  await Promise.all(servers.map(server => new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))))
  const ports = servers.map(server => (server.address() as { port: number }).port)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}

/** Ends what is left of a process group whose leader is gone: a program that was killed leaves its own processes behind, which go on writing. */
function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch (error) {
    // Nobody is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/**
 * Starts a program and settles once it listens. Where this process is killed, the kernel ends the program too (Linux). Throws ExitError 3 where
 * it is not installed, 4 where it ends or does not listen in time.
 */
export async function startProgram(order: ProgramOrder): Promise<Program> {
  const { name, command, args, port, endsBy = 'SIGTERM', startMs = 10_000 } = order
  const path = needProgram(name, command, order.packages)
  const leash = process.platform === 'linux' ? findProgram('setpriv') : undefined
  // A group of its own: Ctrl-C in the terminal is for the bench alone, which then ends its programs in order.
  const options: SpawnOptions = {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...order.env },
  }
  const child: ChildProcess = leash
    ? spawn(leash, ['--pdeathsig', endsBy.replace('SIG', ''), '--', path, ...args], options)
    : spawn(path, [...args], options)
  const supervised = supervise(child, { errorOf: how => serverError(`${name} ended ${how}`), endsBy })
  const { died } = supervised
  const end = async (signal?: NodeJS.Signals): Promise<void> => {
    await supervised.end(signal)
    endGroup(child.pid!)
  }
  try {
    await Promise.race([listening(name, port, startMs), died])
    return { process: child, died, end }
  } catch (error) {
    await end('SIGKILL')
    throw error
  }
}

/** Settles once something listens on the port. Throws ExitError 4 where nothing does within `withinMs`. */
export async function listening(name: string, port: number, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  while (performance.now() < deadline) {
    const isUp = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1')
      const tell = (up: boolean) => () => {
        socket.destroy()
        resolve(up)
      }
      socket.once('connect', tell(true)).once('error', tell(false))
    })
    if (isUp) return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw serverError(`${name} did not listen on port ${port} within ${withinMs / 1000} s`)
}
