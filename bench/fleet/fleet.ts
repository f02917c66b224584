// The fleet under test: several servers on one backplane, behind a balancer or not, asked as if they were one server.
import type { Scenario } from '../../results/scenario.ts'
import { selfSigned } from '../../server/certificate.ts'
import type { Status } from '../../server/status.ts'
import { sumOf } from '../../server/workers/sum.ts'
import { cpuUsOf, rssOf } from '../machine/kernel.ts'
import { type ServerUnderTest, serverArgsOf, startServerProcess } from '../machine/server-process.ts'
import { type BackplaneProgram, fleetBackplaneOf } from './backplanes.ts'
import { type Balancer, startHaproxy } from './haproxy.ts'
import type { ServerStatus } from './statuses.ts'

/** Each client's connection is one from HAProxy to a server too; a Socket.IO subscriber has two for a while. */
const CONNECTIONS_EACH = 2
const SPARE_CONNECTIONS = 200
/** From the balancer's last request to a server until that server is told to end: requests that were under way are answered. */
const UNDER_WAY_MS = 100
/** How long the balancer may take to find a restarted server up. */
const UP_WITHIN_MS = 5000

export interface Fleet extends ServerUnderTest {
  /** Where subscribers connect: the balancer, or each server in turn. */
  readonly urls: readonly string[]
  /** Each server's status; of one that was killed, the last that is known. */
  statuses(): Promise<readonly ServerStatus[]>
  /** What runs besides the servers. */
  readonly besides: readonly { readonly name: string; readonly pid: number }[]
  /** Of everything that is the server's side. */
  readonly pids: readonly number[]
  /** Ends one server by SIGKILL, not the one that is published to. */
  killServer(): Promise<void>
  /**
   * Restarts one server, from 0, on its port; settles with its new pid once the balancer gives it requests again. `drain`: the balancer sends it
   * nothing new any more, and it ends in order; `kill`: SIGKILL, which the balancer has to find out. Throws where the fleet was not started to be
   * restarted, and ExitError 4 where the server does not come up again.
   */
  restartServer(index: number, how: 'drain' | 'kill'): Promise<number>
  /** Stops the backplane's process for so long. Throws where there is none. */
  pauseBackplane(forMs: number): Promise<void>
  /** The balancer's configuration; undefined without one. */
  readonly configuration: string | undefined
}

/** Whether a scenario asks for more than one plain server. */
export const isFleet = ({ servers, balancer, backplane }: Scenario): boolean =>
  servers !== undefined || balancer !== undefined || backplane !== undefined

export interface FleetPurpose {
  /** Its servers are to be restarted: what is published then goes to one more that subscribers cannot reach, and that stays. */
  readonly isRestarted?: boolean
}

/** Starts all of it. Throws ExitError 3 where a program is not installed, 4 where a part does not come up. */
export async function startFleet(scenario: Scenario, { isRestarted = false }: FleetPurpose = {}): Promise<Fleet> {
  const { servers: count = 1, balancer: kind, sticky, backplane: name = 'memory', tls = false, clients } = scenario
  let isEnding = false
  /** The restart under way; never rejects. */
  let restarting: Promise<unknown> = Promise.resolve()
  const end = async (signal?: NodeJS.Signals): Promise<void> => {
    isEnding = true
    // Whatever one of them throws, the others are ended.
    const settled = await Promise.allSettled([balancer?.end()])
    settled.push(...(await Promise.allSettled([...servers, entrance].map(server => server?.end(signal)))))
    // A server that was being started meanwhile is ended by its restart.
    await restarting
    settled.push(...(await Promise.allSettled([backplane?.end()])))
    const failed = settled.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined
    if (failed) throw failed.reason
  }
  const servers: ServerUnderTest[] = []
  let args: readonly string[] = []
  let entrance: ServerUnderTest | undefined
  let backplane: BackplaneProgram | undefined
  let balancer: Balancer | undefined
  try {
    backplane = await fleetBackplaneOf(name).start?.()
    const url = backplane ? backplane.url.replace(/^[a-z]+:/, `${name}:`) : name
    // TLS ends at the balancer, where there is one.
    args = [...serverArgsOf(kind ? { ...scenario, tls: false } : scenario), '--backplane', url]
    // One after the other: the first makes the stream that the others find.
    if (isRestarted) entrance = await startServerProcess(args)
    for (let i = 0; i < count; i++) servers.push(await startServerProcess(args))
    if (kind) {
      const pem = tls ? await selfSigned(['localhost', '127.0.0.1']) : undefined
      balancer = await startHaproxy({
        servers: servers.map(({ url }, index) => ({ name: nameOf(index), address: new URL(url).host })),
        isSticky: sticky === 'cookie',
        isAdministered: isRestarted,
        maxConnections: clients * CONNECTIONS_EACH + SPARE_CONNECTIONS,
        pem: pem && `${pem.cert}\n${pem.key}\n`,
      })
    }
  } catch (error) {
    // Why it did not start is the news, not what went wrong as it ended.
    await end('SIGKILL').catch(() => {})
    throw error
  }

  const killed = new Set<ServerUnderTest>()
  const known = new Map<ServerUnderTest, Status>()
  const statusOf = async (server: ServerUnderTest, reset = false): Promise<Status> => {
    try {
      if (!killed.has(server)) known.set(server, await server.status(reset))
    } catch (error) {
      // It was killed while it was asked.
      if (!killed.has(server)) throw error
    }
    return known.get(server)!
  }
  const [first] = servers as [ServerUnderTest]
  const publishedTo = entrance ?? first
  let fail: (error: unknown) => void = () => {}
  const died = new Promise<never>((_, reject) => {
    fail = reject
  })
  died.catch(() => {})
  const all = [...servers, ...(entrance ? [entrance] : [])]
  for (const part of [...all, ...(balancer ? [balancer] : []), ...(backplane ? [backplane] : [])]) part.died.catch(fail)

  async function restart(index: number, how: 'drain' | 'kill'): Promise<number> {
    const old = servers[index]
    if (!isRestarted || !balancer || !old) throw new Error(`server ${index} of this fleet cannot be restarted`)
    const name = nameOf(index)
    if (how === 'drain') {
      await balancer.setState(name, 'drain')
      await new Promise(resolve => setTimeout(resolve, UNDER_WAY_MS))
    }
    await old.end(how === 'drain' ? 'SIGTERM' : 'SIGKILL')
    if (isEnding) throw new Error(`the fleet ended while ${name} was restarted`)
    const server = await startServerProcess([...args, '--port', new URL(old.url).port])
    if (isEnding) {
      await server.end('SIGKILL')
      throw new Error(`the fleet ended while ${name} was restarted`)
    }
    servers[index] = server
    server.died.catch(fail)
    if (how === 'drain') await balancer.setState(name, 'ready')
    await balancer.untilUp(name, UP_WITHIN_MS)
    return server.process.pid!
  }

  return {
    url: balancer?.url ?? first.url,
    urls: balancer ? [balancer.url] : servers.map(({ url }) => url),
    socketPath: publishedTo.socketPath,
    process: publishedTo.process,
    async status(reset) {
      return sumOf(await Promise.all(servers.map(server => statusOf(server, reset))))
    },
    statuses: () =>
      Promise.all(servers.map(async (server, index) => ({ name: nameOf(index), status: await statusOf(server) }))),
    collectedHeapBytes: async () => {
      const heaps = await Promise.all(servers.map(server => server.collectedHeapBytes()))
      return heaps.reduce((sum, bytes) => sum + bytes, 0)
    },
    besides: [
      ...(balancer ? [{ name: kind!, pid: balancer.pid }] : []),
      ...(backplane ? [{ name, pid: backplane.pid }] : []),
    ],
    pids: [
      ...all.map(({ process }) => process.pid!),
      ...(balancer ? [balancer.pid] : []),
      ...(backplane ? [backplane.pid] : []),
    ],
    async killServer() {
      const victim = servers.at(-1)!
      if (victim === publishedTo) throw new Error('a fleet of one has no server to spare')
      await statusOf(victim)
      killed.add(victim)
      await victim.end('SIGKILL')
    },
    restartServer(index, how) {
      const restarted = restart(index, how)
      restarting = restarted.catch(() => {})
      return restarted
    },
    async pauseBackplane(forMs) {
      if (!backplane) throw new Error(`the backplane ${name} is no process of its own to pause`)
      await backplane.pause()
      try {
        await new Promise(resolve => setTimeout(resolve, forMs))
      } finally {
        backplane.resume()
      }
    },
    configuration: balancer?.configuration,
    died,
    end,
  }
}

export interface FleetReading {
  readonly servers: readonly ServerStatus[]
  readonly besides: readonly { readonly name: string; readonly cpuUs: number; readonly rssBytes: number }[]
}

/** What every part of the fleet has used and done so far; undefined for none. */
export async function readFleet(fleet: Fleet | undefined): Promise<FleetReading | undefined> {
  if (!fleet) return undefined
  const besides = fleet.besides.map(async ({ name, pid }) => ({
    name,
    cpuUs: await cpuUsOf([pid]),
    rssBytes: await rssOf([pid]),
  }))
  return { servers: await fleet.statuses(), besides: await Promise.all(besides) }
}

const nameOf = (index: number): string => `server-${index + 1}`
