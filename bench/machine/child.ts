// Child processes of the bench: forked, asked over IPC, gone with their parent.
import { type ChildProcess, fork } from 'node:child_process'
import { type CallMap, type Channel, createChannel, type Handlers, type Port } from '../../server/workers/channel.ts'
import { supervise } from './supervise.ts'

export interface Child<Calls extends CallMap> {
  readonly process: ChildProcess
  /** Asks the child. Rejects with the child's error, or with its end where it ends before it answers. */
  readonly call: Channel<Calls>['ask']
  /** Ends the child by signal and waits for it. */
  end(signal?: NodeJS.Signals): Promise<void>
}

/** Forks `entry` (a compiled file). Its stderr is kept and told with the error where it ends by itself. */
export function startChild<Calls extends CallMap>(
  entry: URL,
  args: readonly string[] = [],
  execArgv: readonly string[] = [],
): Child<Calls> {
  // A group of its own: Ctrl-C in the terminal is for the bench alone, which then ends its children in order.
  const child = fork(entry, [...args], {
    serialization: 'advanced',
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [...execArgv],
  })
  const { ended, end } = supervise(child, { errorOf: how => new Error(`process ${child.pid} ended ${how}`) })
  const { ask } = createChannel<Record<never, never>, Calls>(child as Port, {})
  return {
    process: child,
    call: (name, argument) =>
      ask(name, argument).catch(async (error: Error) => {
        throw child.connected ? error : await ended
      }),
    end,
  }
}

/** In the child: answers its parent's calls until the parent is gone. */
export function serveParent<Calls extends CallMap>(handlers: Handlers<Calls>): void {
  createChannel<Calls, Record<never, never>>(process as Port, handlers)
  // Not an orderly exit: there is nothing here to put in order, and no thread to wait for.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
}
