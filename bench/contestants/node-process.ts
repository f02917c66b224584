// A contestant in Node: one file, forked, which tells its port once it listens.
import { fork } from 'node:child_process'
import { serverError } from '../cli/exit.ts'
import { supervise } from '../machine/supervise.ts'
import type { RunningContestant } from './contestant.ts'

const START_MS = 10_000

/** Starts the compiled `entry` with `args`. Throws ExitError 4 where it does not listen within 10 s. */
export async function startNodeProcess(entry: URL, args: readonly string[] = []): Promise<RunningContestant> {
  const child = fork(entry, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: true })
  const { died, end } = supervise(child, { errorOf: how => serverError(`${entry.pathname} ended ${how}`) })
  let timer: NodeJS.Timeout | undefined
  const listening = new Promise<number>((resolve, reject) => {
    timer = setTimeout(() => reject(serverError(`${entry.pathname} did not listen within 10 s`)), START_MS)
    child.once('message', message => resolve((message as { port: number }).port))
  })
  try {
    return { port: await Promise.race([listening, died]), pids: [child.pid!], died, end: () => end('SIGKILL') }
  } catch (error) {
    await end('SIGKILL')
    throw error
  } finally {
    clearTimeout(timer)
  }
}
