// Two servers of one stream that subscribers connect to by turns: one stays, and the other is started again where it was.
import { type ServerUnderTest, startServerProcess } from '../machine/server-process.ts'
import { fleetBackplaneOf } from './backplanes.ts'

export interface Pair {
  /** The one that stays; what is published goes to it. */
  readonly stays: ServerUnderTest
  readonly urls: readonly [stays: string, other: string]
  /** Of the servers and their backplane, as they were started first. */
  readonly pids: readonly number[]
  /** Ends the other one in order, and starts it where it was. Throws ExitError 4 where it does not come up. */
  restart(): Promise<void>
  /** Rejects once a part ends by itself. */
  readonly died: Promise<never>
  end(signal?: NodeJS.Signals): Promise<void>
}

export interface PairOrder {
  /** A backplane that servers can share. */
  readonly backplane: string
  /** Options of both servers, and of their Node. */
  readonly args: readonly string[]
  readonly execArgv: readonly string[]
}

/** Throws ExitError 3 where the backplane's program is not installed, 4 where a part does not come up. */
export async function startPair({ backplane: name, args, execArgv }: PairOrder): Promise<Pair> {
  const { start } = fleetBackplaneOf(name)
  if (!start) throw new Error(`servers do not share the backplane ${JSON.stringify(name)}`)
  const backplane = await start()
  const url = backplane.url.replace(/^[a-z]+:/, `${name}:`)
  const servers: ServerUnderTest[] = []
  const startServer = (...last: string[]): Promise<ServerUnderTest> =>
    startServerProcess(['--backplane', url, ...args, ...last], undefined, execArgv)
  let isEnding = false
  /** The restart under way; never rejects. */
  let restarting: Promise<unknown> = Promise.resolve()
  const end = async (signal?: NodeJS.Signals): Promise<void> => {
    isEnding = true
    // What is being started meanwhile is ended by its restart.
    await restarting
    await Promise.all(servers.map(server => server.end(signal)))
    await backplane.end()
  }
  try {
    // One after the other: the first makes the stream that the other finds.
    for (let i = 0; i < 2; i++) servers.push(await startServer())
  } catch (error) {
    await end('SIGKILL')
    throw error
  }
  const [stays, other] = servers as [ServerUnderTest, ServerUnderTest]
  let fail: (error: unknown) => void = () => {}
  const died = new Promise<never>((_, reject) => {
    fail = reject
  })
  died.catch(() => {})
  for (const part of [stays, other, backplane]) part.died.catch(fail)

  async function restart(): Promise<void> {
    await servers[1]!.end()
    if (isEnding) return
    const next = await startServer('--port', new URL(other.url).port)
    servers[1] = next
    next.died.catch(fail)
  }

  return {
    stays,
    urls: [stays.url, other.url],
    pids: [stays.process.pid!, other.process.pid!, backplane.pid],
    restart() {
      const restarted = restart()
      restarting = restarted.catch(() => {})
      return restarted
    },
    died,
    end,
  }
}
