// Child processes of the bench: forked, asked over IPC, gone with their parent.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

export interface Child<Calls extends CallMap> {
  readonly process: ChildProcess
  /** Asks the child. Rejects with the child's error, or where it ends before it answers. */
  call<Name extends keyof Calls & string>(name: Name, argument: Calls[Name]['argument']): Promise<Calls[Name]['result']>
  /** Ends the child by signal and waits for it. */
  end(signal?: NodeJS.Signals): Promise<void>
}

export type CallMap = Record<string, { argument: unknown; result: unknown }>

export type Handlers<Calls extends CallMap> = {
  readonly [Name in keyof Calls]: (
    argument: Calls[Name]['argument'],
  ) => Calls[Name]['result'] | Promise<Calls[Name]['result']>
}

interface Question {
  readonly ask: number
  readonly name: string
  readonly argument: unknown
}

interface Reply {
  readonly reply: number
  readonly result?: unknown
  readonly error?: string
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
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let next = 0
  let stderr = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4000)
  })
  child.on('message', (message: Reply) => {
    const asked = waiting.get(message.reply)
    if (!asked) return
    waiting.delete(message.reply)
    if (message.error !== undefined) asked.reject(new Error(message.error))
    else asked.resolve(message.result)
  })
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null
  const gone = (): Error =>
    new Error(
      `process ${child.pid} ended (${child.signalCode ?? `exit code ${child.exitCode}`})${stderr ? `: ${stderr.trim()}` : ''}`,
    )
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(gone())
    waiting.clear()
  })

  return {
    process: child,
    call: (name, argument) =>
      new Promise((resolve, reject) => {
        if (isGone()) return reject(gone())
        const ask = next++
        waiting.set(ask, { resolve: resolve as (value: unknown) => void, reject })
        child.send({ ask, name, argument } satisfies Question, error => {
          if (error && waiting.delete(ask)) reject(error)
        })
      }),
    async end(signal = 'SIGTERM') {
      if (isGone()) return
      const exited = once(child, 'exit')
      child.kill(signal)
      await exited
    },
  }
}

/** In the child: answers its parent's calls until the parent is gone. */
export function serveParent<Calls extends CallMap>(handlers: Handlers<Calls>): void {
  process.on('message', async ({ ask, name, argument }: Question) => {
    let answer: Reply
    try {
      answer = { reply: ask, result: await handlers[name]!(argument) }
    } catch (error) {
      answer = { reply: ask, error: (error as Error).message }
    }
    if (process.connected) process.send!(answer)
  })
  // Not an orderly exit: there is nothing here to put in order, and no thread to wait for.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
}
