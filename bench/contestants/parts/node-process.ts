// A contestant in Node: one file, forked, which tells its port once it listens.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { serverError } from '../../cli/exit.ts'
import type { RunningContestant } from '../contestant.ts'

const START_MS = 10_000

/** Starts the compiled `entry` with `args`. Throws ExitError 4 where it does not listen within 10 s. */
export async function startNodeProcess(entry: URL, args: readonly string[] = []): Promise<RunningContestant> {
  const child = fork(entry, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached: true })
  const ended = once(child, 'exit')
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
  }
  let timer: NodeJS.Timeout | undefined
  try {
    const port = await new Promise<number>((resolve, reject) => {
      timer = setTimeout(() => reject(serverError(`${entry.pathname} did not listen within 10 s`)), START_MS)
      child.once('message', message => resolve((message as { port: number }).port))
      void ended.then(([code]) => reject(serverError(`${entry.pathname} ended with ${code} before it listened`)))
    })
    return { port, pids: [child.pid!], end }
  } catch (error) {
    await end()
    throw error
  } finally {
    clearTimeout(timer)
  }
}
