// A process that this one started: how it ended is told with the last of what it wrote, and it is ended by pid and waited for.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

export interface Supervised {
  readonly process: ChildProcess
  /** Whether it has ended, by itself or not. */
  isGone(): boolean
  /** The error of its end, once it has ended, by itself or not. */
  readonly ended: Promise<Error>
  /** Rejects with that error once it ends by itself; never settles where `end` was called first. */
  readonly died: Promise<never>
  /** Ends it by signal and waits until it is gone. */
  end(signal?: NodeJS.Signals): Promise<void>
}

export interface SuperviseOptions {
  /** The error of its end; `how` is the signal or exit code, with the last of what it wrote. */
  readonly errorOf: (how: string) => Error
  /** How it is told to end, SIGTERM unless said otherwise. */
  readonly endsBy?: NodeJS.Signals
}

/** How much of what it wrote is kept, characters. */
const KEPT = 4000

/** Supervises `child`, whose output is read wherever it is piped. */
export function supervise(child: ChildProcess, { errorOf, endsBy = 'SIGTERM' }: SuperviseOptions): Supervised {
  let written = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      written = (written + text).slice(-KEPT)
    })
  let isEnding = false
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null
  const ended = once(child, 'exit').then(() => {
    const how = child.signalCode ?? `exit code ${child.exitCode}`
    return errorOf(`(${how})${written.trim() === '' ? '' : `: ${written.trim()}`}`)
  })
  const died = ended.then(error => {
    if (!isEnding) throw error
    return new Promise<never>(() => {})
  })
  died.catch(() => {})
  return {
    process: child,
    isGone,
    ended,
    died,
    async end(signal = endsBy) {
      isEnding = true
      if (!isGone()) {
        // A stopped process takes no signal but SIGKILL until it is continued.
        child.kill('SIGCONT')
        child.kill(signal)
      }
      await ended
    },
  }
}
