// What does a delivery cost on this lab's server, on plain ones, and on one in C?
import type { Cell } from '../../results/cell.ts'
import type { Scenario } from '../../results/scenario.ts'
import { estimateOf as meanOf } from '../../results/statistics.ts'
import type { Contestant } from '../contestants/contestant.ts'
import { type ContestantName, contestants } from '../contestants/index.ts'
import { inWords, usableCells } from '../evidence.ts'
import { scenarioOf } from '../scenarios.ts'
import type { ClaimTest, Evidence, Experiment } from './experiment.ts'
import { costs, estimate, paired, verdictOf } from './parts/peer-costs.ts'
import { planOf } from './parts/plan.ts'

const ROUNDS = 5
type Load = Partial<Omit<Scenario, 'id'>>

const on = (contestant: ContestantName, transport: string, load: Load): Scenario =>
  scenarioOf({
    kind: 'peer',
    headerProfile: 'bare',
    schedule: 'periodic',
    bodyBytes: 100,
    warmupMs: 1500,
    windowMs: 4000,
    rounds: ROUNDS,
    publishingAlone: false,
    ...load,
    contestant,
    transports: [transport],
  })

interface Row {
  readonly id: string
  readonly label: string
  readonly transport: string
  readonly load: Load
  /** The others, and what this lab's server may cost for one of theirs; undefined = shown only. */
  readonly others: Readonly<Partial<Record<ContestantName, number | undefined>>>
}

const published = { publishingAlone: true } as const
const thousand: Load = { clients: 1000, ratePerSecond: 50, ...published }
const rows: readonly Row[] = [
  {
    id: 'websocket',
    label: 'WebSocket, 1,000 × 50/s',
    transport: 'websocket',
    load: thousand,
    others: { 'plain-ws': 0.85, nchan: 1.1, 'socket-io': undefined },
  },
  {
    id: 'websocket-arrays',
    label: 'WebSocket, 500 × 500/s in arrays of 10',
    transport: 'websocket',
    load: { clients: 500, ratePerSecond: 500, perPost: 10, ...published },
    others: { 'plain-ws': 0.2, 'socket-io': undefined },
  },
  {
    id: 'websocket-singles',
    label: 'WebSocket, 500 × 500/s, Poisson singles',
    transport: 'websocket',
    load: { clients: 500, ratePerSecond: 500, schedule: 'poisson', ...published },
    others: { 'plain-ws': 0.85 },
  },
  {
    id: 'sse',
    label: 'SSE, 1,000 × 50/s',
    transport: 'sse',
    load: thousand,
    others: { 'plain-express': 0.5, nchan: 1.1 },
  },
  {
    id: 'short-polling',
    label: 'empty short poll, 64 connections in a closed loop',
    transport: 'short-polling',
    load: { clients: 64, ratePerSecond: 0, windowMs: 3000 },
    others: { 'plain-express': 0.3, 'bare-http': 1.4 },
  },
  {
    id: 'long-polling',
    label: 'long poll, 1,000 × 10/s',
    transport: 'long-polling',
    load: { clients: 1000, ratePerSecond: 10, ...published },
    others: { 'plain-express': 0.3, nchan: 1.8 },
  },
]

/** Bytes of resident memory of an idle connection, at most. */
const memory = { websocket: 9000, sse: 12_000, 'long-polling': 14_000 } as const
const idle = (contestant: ContestantName, transport: string): Scenario =>
  on(contestant, transport, { clients: 5000, ratePerSecond: 0, warmupMs: 0, windowMs: 0 })

/** The same deliveries a second to many and to few, every notice written by itself. */
const wide: Load = { clients: 10_000, ratePerSecond: 5, coalesce: false, ...published }
const narrow: Load = { clients: 100, ratePerSecond: 500, coalesce: false, ...published }
const MOST_FOR_WIDTH = 1.3
/** Beside this lab's server: what the kernel and the caches ask of any server is in theirs too. */
const measuredForWidth = ['lab', 'plain-ws', 'nchan'] as const

/** Without those that compress: what that takes is another experiment's. */
const speakers = (transport: string): ContestantName[] =>
  (Object.keys(contestants) as ContestantName[]).filter(name => {
    const { dialects }: Contestant = contestants[name]
    return dialects[transport] && dialects[transport].extensions === undefined
  })

const scenarios: readonly Scenario[] = [
  ...rows.flatMap(({ transport, load, others }) =>
    (['lab', ...Object.keys(others)] as ContestantName[]).map(name => on(name, transport, load)),
  ),
  ...Object.keys(memory).flatMap(transport => speakers(transport).map(name => idle(name, transport))),
  ...measuredForWidth.flatMap(name => [on(name, 'websocket', wide), on(name, 'websocket', narrow)]),
]

export const experiment: Experiment = {
  question: "What does a delivery cost on this lab's server, on plain ones in Node, and on one in C?",
  isSeparate: true,
  plan: options => planOf(options, { scenarios, rounds: ROUNDS }),
  claims: [
    ...rows.map(
      (row): ClaimTest => ({
        id: `peers-${row.id}`,
        claim: `${row.label}: this lab's server costs at most ${boundsOf(row).join(' and ')}`,
        source: "this lab's aim, from what was measured of the others before it had code",
        prediction:
          'CPU per delivery, or per request of short polls, as a ratio; publishing measured by itself and taken off',
        tolerance: "the ratio's interval below the bound",
        unit: 'µs of CPU, and times',
        judge: evidence => judgeRow(evidence, row),
      }),
    ),
    {
      id: 'peers-memory',
      claim: `an idle connection takes at most ${Object.entries(memory)
        .map(([transport, bytes]) => `${bytes / 1000} kB on ${transport}`)
        .join(', ')}`,
      source: "this lab's aim",
      prediction: 'growth of the resident memory with 5,000 connections, in user space',
      tolerance: 'interval below the bound',
      unit: 'kB per connection',
      judge: judgeMemory,
    },
    {
      id: 'peers-width',
      claim: `a delivery to one of 10,000 costs at most ${MOST_FOR_WIDTH} times one to one of 100, at 50,000 a second`,
      source: "this lab's aim",
      prediction: 'CPU per delivery, coalescing off, publishing taken off',
      tolerance: "the ratio's interval below the bound",
      unit: 'µs of CPU, and times',
      judge: judgeWidth,
    },
  ],
}

function boundsOf({ others }: Row): string[] {
  return Object.entries(others).flatMap(([name, bound]) =>
    bound === undefined ? [] : [`${bound} × ${contestants[name as ContestantName].label}`],
  )
}

function judgeRow(evidence: Evidence, { transport, load, others }: Row) {
  const own = costs(evidence, on('lab', transport, load), transport)
  const rivals = (Object.keys(others) as ContestantName[]).flatMap(name => {
    const scenario = on(name, transport, load)
    // One that this machine does not have is left out.
    if (!evidence.cells.some(cell => cell.scenario === scenario.id)) return []
    const cost = costs(evidence, scenario, transport)
    return [{ name, bound: others[name], cost, measured: paired(own, cost) }]
  })
  const points = [
    { label: 'this lab, µs', predicted: null, claimed: null, measured: estimate(own) },
    ...rivals.map(({ name, cost }) => ({
      label: `${contestants[name].label}, µs`,
      predicted: null,
      claimed: null,
      measured: estimate(cost),
    })),
    ...rivals.map(({ name, bound, measured }) => ({
      label: `this lab for one of ${contestants[name].label}`,
      predicted: null,
      claimed: bound ?? null,
      measured,
    })),
  ]
  const bounded = rivals.flatMap(({ bound, measured }) => (bound === undefined ? [] : [{ bound, measured }]))
  const why = `${inWords(estimate(own))} µs; ${rivals.map(({ name, measured, bound }) => `${inWords(measured)} × ${contestants[name].label}${bound === undefined ? '' : ` (at most ${bound})`}`).join(', ')}.`
  return { points, verdict: verdictOf(bounded), why }
}

function judgeMemory(evidence: Evidence) {
  const perConnection = (cell: Cell, { clients }: Scenario): number =>
    (cell.server.rssBytes - cell.server.rssBeforeBytes) / clients
  const points = Object.entries(memory).flatMap(([transport, bound]) =>
    speakers(transport).flatMap(name => {
      const scenario = idle(name, transport)
      if (!evidence.cells.some(cell => cell.scenario === scenario.id && cell.transport === transport)) return []
      const cells = usableCells(evidence, scenario, transport)
      return [
        {
          label: `${transport}, ${contestants[name].label}`,
          predicted: null,
          claimed: name === 'lab' ? bound / 1000 : null,
          measured: meanOf(cells.map(cell => perConnection(cell, scenario) / 1000)),
        },
      ]
    }),
  )
  const own = points.flatMap(({ measured, claimed }) => (claimed === null ? [] : [{ measured, bound: claimed }]))
  const why = `${points.map(({ label, measured }) => `${label} ${inWords(measured, 1)} kB`).join('; ')}.`
  return { points, verdict: verdictOf(own), why }
}

function judgeWidth(evidence: Evidence) {
  const found = measuredForWidth.flatMap(name => {
    const [many, few] = [on(name, 'websocket', wide), on(name, 'websocket', narrow)]
    if (!evidence.cells.some(cell => cell.scenario === many.id)) return []
    const [toMany, toFew] = [costs(evidence, many, 'websocket'), costs(evidence, few, 'websocket')]
    return [{ name, label: contestants[name].label, toMany, toFew, times: paired(toMany, toFew) }]
  })
  const points = found.flatMap(({ name, label, toMany, toFew, times }) => [
    { label: `${label}, one of 10,000, µs`, predicted: null, claimed: null, measured: estimate(toMany) },
    { label: `${label}, one of 100, µs`, predicted: null, claimed: null, measured: estimate(toFew) },
    { label: `${label}, times`, predicted: null, claimed: name === 'lab' ? MOST_FOR_WIDTH : null, measured: times },
  ])
  const why = `${found.map(({ label, toMany, toFew, times }) => `${label} ${inWords(estimate(toMany))} µs for one of 10,000, ${inWords(estimate(toFew))} µs for one of 100: ${inWords(times)} times`).join('; ')}.`
  const own = found.find(({ name }) => name === 'lab')
  return { points, verdict: verdictOf(own ? [{ measured: own.times, bound: MOST_FOR_WIDTH }] : []), why }
}
