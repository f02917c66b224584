// What does a delivery cost on this lab's server, on plain ones, and on one in C?

import type { Cell } from '../../results/cell.ts'
import type { Claim } from '../../results/format.ts'
import type { Scenario } from '../../results/scenario.ts'
import type { Contestant } from '../contestants/contestant.ts'
import { type ContestantName, contestants } from '../contestants/index.ts'
import { inWords, usableCells } from '../evidence.ts'
import { planOf } from '../plan.ts'
import { claimTest, type Evidence, type Experiment } from './experiment.ts'
import { costs, estimate, PEER_ROUNDS, type PeerLoad, paired, peerScenario, verdictOf } from './judging/peer-costs.ts'
import { figureOf, listed, percent, rounded, timesOf } from './judging/plainly.ts'

interface Row {
  readonly id: string
  readonly label: string
  readonly transport: string
  readonly load: PeerLoad
  /** The others, and what this lab's server may cost for one of theirs; undefined = shown only. */
  readonly others: Readonly<Partial<Record<ContestantName, number | undefined>>>
}

const published = { publishingAlone: true } as const
const thousand: PeerLoad = { clients: 1000, ratePerSecond: 50, ...published }
const rows: readonly Row[] = [
  {
    id: 'websocket',
    label: 'WebSocket to 1,000 subscribers, 50 notices a second',
    transport: 'websocket',
    load: thousand,
    others: { 'plain-ws': 0.85, nchan: 1.1, 'lab-send': undefined, 'recipe-websocket': undefined },
  },
  {
    id: 'websocket-arrays',
    label: 'WebSocket to 500 subscribers, 500 notices a second in arrays of ten',
    transport: 'websocket',
    load: { clients: 500, ratePerSecond: 500, perPost: 10, ...published },
    others: { 'plain-ws': 0.2, 'lab-send': undefined },
  },
  {
    id: 'websocket-singles',
    label: 'WebSocket to 500 subscribers, 500 notices a second one by one',
    transport: 'websocket',
    load: { clients: 500, ratePerSecond: 500, schedule: 'poisson', ...published },
    others: { 'plain-ws': 0.85 },
  },
  {
    id: 'sse',
    label: 'SSE to 1,000 subscribers, 50 notices a second',
    transport: 'sse',
    load: thousand,
    others: { 'plain-express': 0.55, nchan: 1.1, 'lab-send': undefined, 'recipe-sse': undefined },
  },
  {
    id: 'short-polling',
    label: 'Empty short polls on 100 connections, 50 a second on each',
    transport: 'short-polling',
    load: { clients: 100, ratePerSecond: 0, pollIntervalMs: 20, warmupMs: 1500, windowMs: 3000 },
    others: { 'plain-express': 0.3, 'bare-http': 1.3, 'lab-app': undefined, 'recipe-short-polling': undefined },
  },
  {
    id: 'long-polling',
    label: 'Long polling by 1,000 subscribers, 10 notices a second',
    transport: 'long-polling',
    load: { clients: 1000, ratePerSecond: 10, ...published },
    others: { 'plain-express': 0.2, nchan: 1.6, 'lab-app': undefined, 'recipe-long-polling': undefined },
  },
  {
    id: 'socket-io',
    label: 'Socket.IO to 1,000 subscribers, 50 notices a second',
    transport: 'socket-io',
    load: thousand,
    others: { 'socket-io': undefined, 'recipe-socket-io': undefined },
  },
]

/** Resident memory of an idle connection, at most so many times another server's. */
const memory = {
  websocket: { of: 'plain-ws', most: 1.15 },
  sse: { of: 'nchan', most: 1.2 },
  'long-polling': { of: 'plain-express', most: 1 },
} as const satisfies Record<string, { of: ContestantName; most: number }>
const idle = (contestant: ContestantName, transport: string): Scenario =>
  peerScenario(contestant, transport, { clients: 5000, ratePerSecond: 0, warmupMs: 0, windowMs: 0 })

/** The same deliveries a second to many and to few, every notice written by itself. */
const wide: PeerLoad = { clients: 10_000, ratePerSecond: 5, coalesce: false, ...published }
const narrow: PeerLoad = { clients: 100, ratePerSecond: 500, coalesce: false, ...published }
const MOST_FOR_WIDTH = 1.3
/** Beside this lab's server: what the kernel and the caches ask of any server is in theirs too. */
const measuredForWidth = ['lab', 'plain-ws', 'nchan'] as const

/** Those whose memory is measured. */
const remembering = ['lab', 'plain-ws', 'plain-express', 'socket-io', 'nchan'] as const
const speakers = (transport: string): ContestantName[] =>
  remembering.filter(name => (contestants[name] as Contestant).dialects[transport])

const scenarios: readonly Scenario[] = [
  ...rows.flatMap(({ transport, load, others }) =>
    (['lab', ...Object.keys(others)] as ContestantName[]).map(name => peerScenario(name, transport, load)),
  ),
  ...Object.keys(memory).flatMap(transport => speakers(transport).map(name => idle(name, transport))),
  ...measuredForWidth.flatMap(name => [peerScenario(name, 'websocket', wide), peerScenario(name, 'websocket', narrow)]),
]

export const experiment: Experiment = {
  question: "What does a delivery cost on this lab's server, on plain ones in Node, and on one in C?",
  group: 'cost',
  isSeparate: true,
  plan: options => planOf(options, { scenarios, rounds: PEER_ROUNDS }),
  claims: [
    ...rows.map(row =>
      claimTest({
        id: `peers-${row.id}`,
        claim: `${row.label}: ${aimOf(row)}`,
        source: "this lab's aim, from what was measured of the others before it had code",
        prediction:
          'CPU per delivery, or per request of short polls, as a ratio; publishing measured by itself and taken off',
        tolerance: "the ratio's interval below the bound",
        unit: 'µs of CPU, and times',
        plainly: {
          reproduced: points => `${costInPlainWords(points)}.`,
          refuted: points => `${costInPlainWords(points)}.`,
          measured: points => `${costInPlainWords(points)}.`,
          // Where nothing is claimed, nothing is uncertain: runs of before said so.
          inconclusive: points => `${isBounded(row) ? 'Not certain. ' : ''}${costInPlainWords(points)}.`,
        },
        judge: (evidence: Evidence) => judgeRow(evidence, row),
      }),
    ),
    claimTest({
      id: 'peers-memory',
      claim: `An idle connection takes at most ${memory.websocket.most} times the memory of ${contestants[memory.websocket.of].label} on WebSocket, ${memory.sse.most} times that of ${contestants[memory.sse.of].label} on SSE, and no more than ${contestants[memory['long-polling'].of].label} on long polling`,
      source: "this lab's aim",
      prediction:
        'growth of the resident memory, in user space, with 5,000 connections after the first 2,000, which bring compiled code and a larger heap',
      tolerance: "the ratio's interval below the bound",
      unit: 'kB per connection, and times',
      plainly: {
        reproduced: memoryInPlainWords,
        refuted: memoryInPlainWords,
        inconclusive: points => `Not certain. ${memoryInPlainWords(points)}`,
      },
      judge: judgeMemory,
    }),
    claimTest({
      id: 'peers-width',
      claim: `At 50,000 deliveries a second, one to 10,000 subscribers costs at most ${MOST_FOR_WIDTH} times one to 100`,
      source: "this lab's aim",
      prediction: 'CPU per delivery, coalescing off, publishing taken off',
      tolerance: "the ratio's interval below the bound",
      unit: 'µs of CPU, and times',
      plainly: {
        reproduced: points => `On this lab's server ${widthInPlainWords(points)}.`,
        refuted: points => `On this lab's server ${widthInPlainWords(points)}.`,
        inconclusive: points => `Not certain: on this lab's server ${widthInPlainWords(points)}.`,
      },
      judge: judgeWidth,
    }),
  ],
}

const RATIO = 'this lab for one of '

/** Of those that the claim names, or of all where it names none. */
function costInPlainWords(points: Claim['points']): string {
  const ratios = points.filter(({ label }) => label.startsWith(RATIO))
  const named = ratios.filter(({ claimed }) => claimed !== null)
  const shares = (named.length > 0 ? named : ratios).map(
    ({ label, measured }, at) =>
      `${percent(measured!.value)} of ${at === 0 ? 'the CPU time' : 'that'} of ${label.slice(RATIO.length)}`,
  )
  return `This lab's server took ${listed(shares)}`
}

function memoryInPlainWords(points: Claim['points']): string {
  const [websocket, sse, held] = Object.entries(memory).map(([transport, { of }]) => {
    const [own, others] = (['lab', of] as const).map(name =>
      rounded(figureOf(points, `${transport}, ${contestants[name].label}, kB`)),
    )
    return `${own} kB (${contestants[of].label}: ${others})`
  })
  return `An idle WebSocket took ${websocket}, an SSE stream ${sse}, a held long poll ${held}.`
}
function widthInPlainWords(points: Claim['points']): string {
  return `a delivery took ${timesOf(points, `${contestants.lab.label}, times`)} as much CPU time to 10,000 subscribers as to 100`
}

const isBounded = ({ others }: Pick<Row, 'others'>): boolean => Object.values(others).some(bound => bound !== undefined)

/** What is claimed of a row; a question where nothing is. */
function aimOf({ others }: Row): string {
  const bounds = Object.entries(others).flatMap(([name, bound], at) =>
    bound === undefined
      ? []
      : [`${bound} times ${at === 0 ? 'the CPU time' : 'that'} of ${contestants[name as ContestantName].label}`],
  )
  return bounds.length > 0
    ? `this lab's server takes at most ${listed(bounds)}`
    : `how much CPU time does this lab's server take beside ${contestants[Object.keys(others)[0] as ContestantName].label}?`
}

function judgeRow(evidence: Evidence, { transport, load, others }: Row) {
  const own = costs(evidence, peerScenario('lab', transport, load), transport)
  const rivals = (Object.keys(others) as ContestantName[]).flatMap(name => {
    const scenario = peerScenario(name, transport, load)
    // One that this machine does not have is left out.
    if (!evidence.cells.some(cell => cell.scenario === scenario.id)) return []
    const cost = costs(evidence, scenario, transport)
    return [{ name, bound: others[name], cost, measured: paired(own, cost) }]
  })
  const points = [
    { label: 'this lab, µs', unit: 'µs of CPU', predicted: null, claimed: null, measured: estimate(own) },
    ...rivals.map(({ name, cost }) => ({
      label: `${contestants[name].label}, µs`,
      unit: 'µs of CPU',
      predicted: null,
      claimed: null,
      measured: estimate(cost),
    })),
    ...rivals.map(({ name, bound, measured }) => ({
      label: `this lab for one of ${contestants[name].label}`,
      unit: 'times',
      predicted: null,
      claimed: bound ?? null,
      measured,
    })),
  ]
  const bounded = rivals.flatMap(({ bound, measured }) => (bound === undefined ? [] : [{ bound, measured }]))
  const why = `${inWords(estimate(own))} µs; ${rivals.map(({ name, measured, bound }) => `${inWords(measured)} × ${contestants[name].label}${bound === undefined ? '' : ` (at most ${bound})`}`).join(', ')}.`
  return { points, verdict: isBounded({ others }) ? verdictOf(bounded) : ('measured' as const), why }
}

function judgeMemory(evidence: Evidence) {
  const growth = ({ server: { rssBytes, rssBeforeBytes } }: Cell, { clients }: Scenario): number =>
    (rssBytes - rssBeforeBytes) / clients / 1000
  const taken = (transport: string, name: ContestantName): Map<number, number> | undefined => {
    const scenario = idle(name, transport)
    if (!evidence.cells.some(cell => cell.scenario === scenario.id && cell.transport === transport)) return undefined
    return new Map(
      usableCells(evidence, scenario, transport).map(cell => [cell.round, growth(cell, scenario)] as const),
    )
  }
  const shown = Object.keys(memory).flatMap(transport =>
    speakers(transport).flatMap(name => {
      const found = taken(transport, name)
      return found ? [{ transport, name, found }] : []
    }),
  )
  const ratios = Object.entries(memory).flatMap(([transport, { of, most }]) => {
    const [own, other] = [taken(transport, 'lab'), taken(transport, of)]
    const label = `${transport}, this lab for one of ${contestants[of].label}`
    return own && other ? [{ label, bound: most, measured: paired(own, other) }] : []
  })
  const points = [
    ...shown.map(({ transport, name, found }) => ({
      label: `${transport}, ${contestants[name].label}, kB`,
      unit: 'kB per connection',
      predicted: null,
      claimed: null,
      measured: estimate(found),
    })),
    ...ratios.map(({ label, bound, measured }) => ({
      label,
      unit: 'times',
      predicted: null,
      claimed: bound,
      measured,
    })),
  ]
  const why = `${points.map(({ label, measured }) => `${label} ${inWords(measured)}`).join('; ')}.`
  return { points, verdict: verdictOf(ratios), why }
}

function judgeWidth(evidence: Evidence) {
  const found = measuredForWidth.flatMap(name => {
    const [many, few] = [peerScenario(name, 'websocket', wide), peerScenario(name, 'websocket', narrow)]
    if (!evidence.cells.some(cell => cell.scenario === many.id)) return []
    const [toMany, toFew] = [costs(evidence, many, 'websocket'), costs(evidence, few, 'websocket')]
    return [{ name, label: contestants[name].label, toMany, toFew, times: paired(toMany, toFew) }]
  })
  const points = found.flatMap(({ name, label, toMany, toFew, times }) => [
    {
      label: `${label}, one of 10,000, µs`,
      unit: 'µs of CPU',
      predicted: null,
      claimed: null,
      measured: estimate(toMany),
    },
    { label: `${label}, one of 100, µs`, unit: 'µs of CPU', predicted: null, claimed: null, measured: estimate(toFew) },
    {
      label: `${label}, times`,
      unit: 'times',
      predicted: null,
      claimed: name === 'lab' ? MOST_FOR_WIDTH : null,
      measured: times,
    },
  ])
  const why = `${found.map(({ label, toMany, toFew, times }) => `${label} ${inWords(estimate(toMany))} µs for one of 10,000, ${inWords(estimate(toFew))} µs for one of 100: ${inWords(times)} times`).join('; ')}.`
  const own = found.find(({ name }) => name === 'lab')
  return { points, verdict: verdictOf(own ? [{ measured: own.times, bound: MOST_FOR_WIDTH }] : []), why }
}
