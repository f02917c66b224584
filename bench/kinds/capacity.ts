// Capacities: how many polls, connects or deliveries a second one server process does, and how many subscribers it serves in time.
import type { Cell } from '../../results/cell.ts'
import type { Scenario } from '../../results/scenario.ts'
import { blankCell, judged } from '../cell/blank-cell.ts'
import { serverUse } from '../cell/counts.ts'
import { withServer } from '../cell/with-server.ts'
import type { Contestant, Dialect } from '../contestants/contestant.ts'
import { contestants } from '../contestants/index.ts'
import { requestText } from '../contestants/requests.ts'
import type { FloodCalls } from '../load/flood.ts'
import type { HammerCalls } from '../load/hammer.ts'
import { type Child, startChild } from '../machine/child.ts'
import { pinCell } from '../machine/cores.ts'
import { type ServerUnderTest, serverArgsOf, startServerProcess } from '../machine/server-process.ts'
import { type DriverOrder, type KindDriver, onTransport } from './kind.ts'
import { measureSlo } from './search/slo.ts'

const HAMMER = new URL('../load/hammer.js', import.meta.url)
const FLOOD = new URL('../load/flood.js', import.meta.url)
/** Share of a core from which the server is what limits; below it the load process is. */
const FULL = 0.95

/** One cell. Throws ExitError 4 where the server dies, and what `signal` was aborted with. */
export function measureCapacity(order: DriverOrder): Promise<Cell> {
  const { seeks } = order.scenario
  if (seeks === undefined) throw new Error(`${order.scenario.id} must say which capacity it seeks`)
  return seeks === 'subscribers' ? measureSlo(order) : measureRate(order, seekers[seeks])
}

interface Found {
  readonly count: number
  readonly elapsedMs: number
  readonly cpuShare: number
  readonly failures: number
}

/** Prepares, and gives what then goes as fast as it goes for a while. */
type Seek = (
  server: ServerUnderTest,
  order: DriverOrder,
  start: StartLoad,
) => Promise<(forMs: number) => Promise<Found>>
type StartLoad = <Calls extends HammerCalls | FloodCalls>(entry: URL) => Promise<Child<Calls>>

function measureRate(order: DriverOrder, seek: Seek): Promise<Cell> {
  const { scenario } = order
  const blank = blankCell(order)
  return withServer(
    order,
    () => startServerProcess(serverArgsOf(scenario)),
    async (server, start) => {
      const startLoad: StartLoad = async <Calls extends HammerCalls | FloodCalls>(entry: URL) => {
        const child = await start(() => startChild<Calls>(entry))
        await pinCell(scenario, [server.process.pid!], [child.process.pid!])
        return child
      }
      const flatOut = await seek(server, order, startLoad)
      await flatOut(scenario.warmupMs)
      const before = await server.status(true)
      const found = await flatOut(scenario.windowMs)
      const use = serverUse(before, await server.status())
      const serverShare = use.cpuUs / 1000 / found.elapsedMs
      const cell: Cell = {
        ...blank,
        windowMs: found.elapsedMs,
        server: use,
        capacity: {
          value: (found.count * 1000) / found.elapsedMs,
          isLowerBound: serverShare < FULL * (scenario.workers ?? 1),
          serverShare,
          clientShare: found.cpuShare,
        },
      }
      return judged(cell, found.failures === 0 ? [] : [`${found.failures} requests failed at full load`])
    },
  )
}

function dialectOf(transport: string): Dialect {
  const dialect = (contestants.lab as Contestant).dialects[transport]
  if (dialect) return dialect
  throw new Error(`no dialect for the transport ${JSON.stringify(transport)}`)
}

/** Polls are answered at once, also where there is nothing. */
const neverHeld = (dialect: Dialect): Dialect => ({ ...dialect, path: dialect.path.replace(/waitMs=\d+/, 'waitMs=0') })

const seekers: Record<Exclude<NonNullable<Scenario['seeks']>, 'subscribers'>, Seek> = {
  async polls(server, { transport, scenario, headers }, start) {
    const { path } = neverHeld(dialectOf(transport))
    // Polls for what comes after the newest notice, never held: each is answered at once, with nothing.
    const url = new URL(path.replace(/[?&]after=\{after\}/, ''), server.url)
    const { cursor } = (await (await fetch(url)).json()) as { cursor: string }
    url.searchParams.set('after', cursor)
    const hammer = await start<HammerCalls>(HAMMER)
    const order = { url: url.href, connections: scenario.clients, headers: headers.request }
    return forMs => hammer.call('polls', { ...order, forMs })
  },
  async connects(server, { transport, scenario }, start) {
    const hammer = await start<HammerCalls>(HAMMER)
    const order = { origin: server.url, request: requestText(neverHeld(dialectOf(transport))), lanes: scenario.clients }
    return forMs => hammer.call('connects', { ...order, forMs })
  },
  async deliveries(server, { transport, scenario }, start) {
    const { clients, perPost = 1, bodyBytes } = scenario
    const flood = await start<FloodCalls>(FLOOD)
    const port = Number(new URL(server.url).port)
    await flood.call('open', { port, dialect: dialectOf(transport), clients })
    const order = { port, ...contestants.lab.publish, perPost, bodyBytes }
    return async forMs => {
      const { delivered, failures, ...report } = await flood.call('flatOut', { ...order, forMs })
      return { ...report, count: delivered, failures: failures.length }
    }
  },
}

/** Cells of a search for the most subscribers, about. */
const SEARCH_CELLS = 16

export const kind = {
  measure: onTransport(measureCapacity),
  isTimed: true,
  roundMs: ({ seeks }, { cellMs, transports }) => (seeks === 'subscribers' ? SEARCH_CELLS : 1) * transports * cellMs,
} satisfies KindDriver
