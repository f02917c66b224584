// Does one port of one machine hold more than 65,536 WebSockets at once, and what is it that runs out?
import type { Cell } from '../../results/cell.ts'
import { estimateOf } from '../../results/statistics.ts'
import type { Options } from '../cli/options.ts'
import { overCells, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { figureOf, pointOf, rounded } from './judging/plainly.ts'

const TRANSPORT = 'websocket'
const CLAIMED = 65_536
/** Share by which a count of ports may be off: a listener of another program may have one of them. */
const TOLERANCE = 0.005
/** Of each worker, and of each load process beside it: well below what a process may have open, since they share them only nearly evenly. */
const CONNECTIONS_PER_WORKER = 14_000

const scenarioFor = ({ connections, workers, given }: Options) =>
  scenarioOf({
    kind: 'hold',
    clients: connections,
    ratePerSecond: 0,
    warmupMs: 1500,
    windowMs: 0,
    headerProfile: 'bare',
    workers: given.includes('workers')
      ? workers
      : Math.min(64, Math.max(4, Math.ceil(connections / CONNECTIONS_PER_WORKER))),
    transports: [TRANSPORT],
    publishingAlone: false,
    rounds: 1,
  })

export const experiment: Experiment = {
  question: 'Does one port hold more than 65,536 WebSockets at once, and what is it that runs out?',
  group: 'scale',
  isSeparate: true,
  plan: options => planOf(options, { scenarios: [scenarioFor(options)], rounds: 1 }),
  claims: [
    claimTest({
      id: '65k',
      claim: 'A server holds at most about 65,000 WebSockets',
      source: 'the course notes behind this project',
      prediction:
        'as many as are wanted (--connections, 70,000), all on one port: the limit is per client address, server address and server port',
      tolerance: `refuted by more than ${CLAIMED} open at once that all get the same notices; reproduced within 0.5 % of that many`,
      unit: 'connections',
      plainly: {
        reproduced: points => `No more than ${whole(figureOf(points, 'held'))} WebSockets could be open at once.`,
        refuted: points =>
          `${whole(figureOf(points, 'held'))} WebSockets were open at once on one port, and every notice reached all of them.`,
      },
      judge: judgeHeld,
    }),
    claimTest({
      id: 'ports-per-address',
      claim:
        'One client address has as many connections to one server port as it has local ports, and a second one as many again',
      source: "this lab's models",
      prediction:
        'net.ipv4.ip_local_port_range: 28,232 on most systems, where the server’s own port lies outside of it',
      tolerance: '0.5 % of each address',
      unit: 'connections',
      plainly: {
        reproduced: points =>
          `One client address got ${whole(figureOf(points, 'client address 1'))} connections to one port of the server, a second one as many again.`,
        refuted: points =>
          `A client address got ${whole(figureOf(points, 'client address 1'))} connections, its range has ${whole(pointOf(points, 'client address 1').predicted!)} ports.`,
      },
      judge: judgePorts,
    }),
    claimTest({
      id: '65k-memory',
      claim: 'How much memory does a connection take that only waits?',
      source: 'this lab, a question without a claim',
      prediction: 'none: it is a figure of this machine',
      tolerance:
        'growth of the resident set, and of the kernel’s slab for both ends of each connection; user and kernel apart',
      unit: 'bytes per connection, and ms',
      plainly: {
        measured: points => {
          const server = `A waiting WebSocket took ${rounded(figureOf(points, 'server, user space') / 1000)} kB in the server`
          const isKnown = points.some(({ label }) => label.startsWith('kernel, objects'))
          return isKnown
            ? `${server}, and ${rounded(figureOf(points, 'kernel, objects') / 1000)} kB in the operating system for both of its ends.`
            : `${server}.`
        },
      },
      judge: judgeMemory,
    }),
  ],
}

/** The cells that held connections. Throws a sentence where there is none. */
function holdsOf(evidence: Evidence) {
  const scenario = evidence.scenarios.find(({ kind }) => kind === 'hold')
  if (!scenario) throw new Error('no connections were held')
  return usableCells(evidence, scenario, TRANSPORT).map(cell => ({ cell, hold: holdOf(cell) }))
}

function holdOf({ hold, scenario, round }: Cell): NonNullable<Cell['hold']> {
  if (hold && hold.held > 0) return hold
  throw new Error(`nothing was held in ${scenario}, round ${round + 1}${hold?.endedBy ? `: ${hold.endedBy}` : ''}`)
}

const whole = (value: number): string => Math.round(value).toLocaleString('en')

function judgeHeld(evidence: Evidence) {
  const holds = holdsOf(evidence).map(({ hold }) => hold)
  const fewest = holds.reduce((a, b) => (b.held < a.held ? b : a))
  const isTold = holds.every(
    ({ broadcasts, held }) => broadcasts.length > 0 && broadcasts.every(({ reached }) => reached >= held),
  )
  const isAtClaim = Math.abs(fewest.held - CLAIMED) <= TOLERANCE * CLAIMED && fewest.wanted > fewest.held
  const verdict = fewest.held > CLAIMED && isTold ? 'refuted' : isAtClaim ? 'reproduced' : 'inconclusive'
  const ended = fewest.endedBy ? `, where it ended: ${fewest.endedBy}` : ''
  const told = isTold ? ', and every notice reached all of them' : ', and not every notice reached all of them'
  const asked = fewest.wanted > CLAIMED ? '' : `; only ${whole(fewest.wanted)} were wanted (--connections)`
  return {
    points: [
      {
        label: 'held at once on one port',
        predicted: Math.min(...holds.map(({ wanted }) => wanted)),
        claimed: CLAIMED,
        measured: estimateOf(holds.map(({ held }) => held)),
      },
      {
        label: 'of one process, at most',
        predicted: null,
        claimed: null,
        measured: estimateOf(holds.map(({ perWorker }) => Math.max(...perWorker))),
      },
    ],
    verdict: verdict as 'refuted' | 'reproduced' | 'inconclusive',
    why: `${whole(fewest.held)} of ${whole(fewest.wanted)} connections were open at once on one port of ${fewest.perWorker.length} processes${told}${ended}${asked}.`,
  }
}

function judgePorts(evidence: Evidence) {
  const [hold] = holdsOf(evidence).map(({ hold }) => hold)
  const { portsPerAddress, addresses } = hold!
  const full = addresses.filter(({ isExhausted }) => isExhausted)
  if (portsPerAddress === null) throw new Error('this system does not say how many local ports it has')
  if (full.length < 2)
    throw new Error(
      `${full.length} client addresses were used up, and 2 are needed: --connections ${2 * portsPerAddress + 1} or more`,
    )
  const isWithin = full.every(({ opened }) => Math.abs(opened - portsPerAddress) <= TOLERANCE * portsPerAddress)
  const both = full.slice(0, 2).reduce((sum, { opened }) => sum + opened, 0)
  return {
    points: [
      ...full.map(({ opened }, index) => ({
        label: `client address ${index + 1}`,
        predicted: portsPerAddress,
        claimed: portsPerAddress,
        measured: estimateOf([opened]),
      })),
      {
        label: 'the first two',
        predicted: 2 * portsPerAddress,
        claimed: 2 * portsPerAddress,
        measured: estimateOf([both]),
      },
    ],
    verdict: isWithin ? ('reproduced' as const) : ('refuted' as const),
    why: `Until the system had no port left for it, ${full.map(({ opened }, index) => `client address ${index + 1} opened ${whole(opened)}`).join(', ')}; its range has ${whole(portsPerAddress)}.`,
  }
}

const BYTES = 'bytes per connection'

function judgeMemory(evidence: Evidence) {
  const holds = holdsOf(evidence)
  const cells = holds.map(({ cell }) => cell)
  const each = (label: string, unit: string, of: (hold: NonNullable<Cell['hold']>, cell: Cell) => number) => ({
    label,
    unit,
    predicted: null,
    claimed: null,
    measured: overCells(cells, cell => of(holdOf(cell), cell)),
  })
  const isKnown = holds.every(({ hold }) => hold.kernel !== null)
  const told = holds.flatMap(({ hold }) => hold.broadcasts.flatMap(({ lastMs }) => lastMs ?? []))
  const points = [
    each('server, user space, B', BYTES, ({ workerBytes, held }) => workerBytes / held),
    each('load process, user space, B', BYTES, ({ loadBytes, held }) => loadBytes / held),
    ...(isKnown
      ? [
          each('kernel, objects of both ends, B', BYTES, ({ kernel, held }) => kernel!.slabBytes / held),
          each('kernel, TCP buffers of both ends, B', BYTES, ({ kernel, held }) => kernel!.tcpBytes / held),
        ]
      : []),
    each('connects a second', 'per second', ({ held }, { connectMs }) => (held * 1000) / connectMs!),
    each(
      'server CPU of a connect, µs',
      'µs',
      ({ connectCpuUs, held }) => (connectCpuUs.primary + connectCpuUs.workers) / held,
    ),
    ...(told.length > 0
      ? [
          {
            label: 'from publish until all have it, ms',
            unit: 'ms',
            predicted: null,
            claimed: null,
            measured: estimateOf(told),
          },
        ]
      : []),
  ]
  return {
    points,
    verdict: 'measured' as const,
    why: `${points.map(({ label, measured }) => `${label}: ${whole(measured.value)}`).join('; ')}.`,
  }
}
