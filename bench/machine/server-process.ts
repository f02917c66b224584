// The server under test: a fresh process for each cell, asked over its control socket only, so that the measured network carries subscribers alone.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Client } from 'undici'
import type { Scenario } from '../../results/scenario.ts'
import type { Status } from '../../server/status.ts'
import { serverError } from '../cli/exit.ts'
import { makeFolder, removeFolder } from './folders.ts'
import { supervise } from './supervise.ts'

export interface ServerUnderTest {
  readonly url: string
  readonly socketPath: string
  readonly process: ChildProcess
  /** The status document; `reset` starts its loop-delay figure over. */
  status(reset?: boolean): Promise<Status>
  /** Bytes of the heap right after a collection; the server must have been started with --expose-gc. */
  collectedHeapBytes(): Promise<number>
  /** Rejects once the server ends by itself. */
  readonly died: Promise<never>
  /** Ends it by signal, SIGTERM unless said otherwise, and removes its control folder. */
  end(signal?: NodeJS.Signals): Promise<void>
}

/** The server's words for a scenario over TLS. */
export const tlsArgs = ({ tls = false }: Pick<Scenario, 'tls'>): string[] => (tls ? ['--tls', 'self-signed'] : [])

/** The options of a server under a scenario. */
export const serverArgsOf = (scenario: Scenario): string[] => [
  '--coalesce',
  scenario.coalesce ? 'on' : 'off',
  '--burn-us',
  String(scenario.burnUs ?? 0),
  ...(scenario.express === undefined ? [] : ['--express', scenario.express]),
  ...(scenario.writes === undefined ? [] : ['--writes', scenario.writes]),
  ...(scenario.workers === undefined ? [] : ['--workers', String(scenario.workers)]),
  ...tlsArgs(scenario),
]

/** How long a server may take to be ready, and how much longer for each of its workers: they share the machine while they start. */
const READY_MS = 10_000
const READY_PER_WORKER_MS = 2000
const workersOf = (args: readonly string[]): number =>
  args.includes('--workers') ? Number(args[args.indexOf('--workers') + 1]) : 0

const OURS = new URL('../../server/main.js', import.meta.url)

/**
 * Starts a server on a free port of 127.0.0.1: ours, or a contestant, a compiled file that is to be measured in its place. A contestant takes
 * the options of `server/main` (`--port 0 --control PATH` and `args`), sends its parent `{listening: {url}}` once it is ready, and serves
 * publishing and status on the control socket as the protocol says. Throws ExitError 4 where it does not come up in time.
 */
export async function startServerProcess(
  args: readonly string[] = [],
  contestant: URL = OURS,
  execArgv: readonly string[] = [],
): Promise<ServerUnderTest> {
  const folder = await makeFolder('server')
  const socketPath = join(folder, 'control.sock')
  const child = spawn(
    process.execPath,
    [...execArgv, fileURLToPath(contestant), '--port', '0', '--control', socketPath, ...args],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      detached: true,
    },
  )
  const supervised = supervise(child, { errorOf: how => serverError(`the server died ${how}`) })
  const { ended, died } = supervised

  const end = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    await Promise.all([supervised.end(signal), client?.destroy()])
    await removeFolder(folder)
  }

  let client: Client | undefined
  try {
    const { url } = await listening(child, ended, READY_MS + workersOf(args) * READY_PER_WORKER_MS)
    // A fifth of what starting the bench would take, also where it only tells its options.
    const { Client } = await import('undici')
    client = new Client('http://localhost', { socketPath })
    const control = client
    const ask = async (query: string): Promise<Status> => {
      try {
        const { body } = await control.request({ path: `/api/status${query}`, method: 'GET' })
        return (await body.json()) as Status
      } catch (error) {
        // Where the socket broke because the process is gone, its end is the news.
        const exit = await Promise.race([ended, new Promise<undefined>(resolve => setTimeout(resolve, 200))])
        throw exit ?? serverError('the server did not answer on its control socket', undefined, error)
      }
    }
    return {
      url,
      socketPath,
      process: child,
      status: (reset = false) => ask(reset ? '?reset=loopDelay' : ''),
      // A second collection takes what the first one's finalisers let go.
      collectedHeapBytes: async () => {
        await ask('?collect=heap')
        return (await ask('?collect=heap')).process.heapBytes
      },
      died,
      end,
    }
  } catch (error) {
    await end('SIGKILL')
    throw error
  }
}

async function listening(child: ChildProcess, ended: Promise<Error>, withinMs: number): Promise<{ url: string }> {
  return new Promise((resolve, reject) => {
    const tooLong = () => reject(serverError(`the server was not ready within ${withinMs / 1000} s`))
    const timer = setTimeout(tooLong, withinMs)
    child.once('message', (message: { listening: { url: string } }) => {
      clearTimeout(timer)
      resolve(message.listening)
    })
    void ended.then(error => {
      clearTimeout(timer)
      reject(error)
    })
  })
}
