// What one cell says: each statistic of the summary from the records of a single round, or the reason why it cannot be had.
import type { Cell } from './cell.ts'
import type { Distribution } from './estimate.ts'
import type { Scenario } from './scenario.ts'

/** A figure, or why there is none. */
export type Figure = number | { readonly missing: string }

export interface Context {
  readonly scenario: Scenario
  /** The same load with no subscriber in the same round, where it was measured and is usable. */
  readonly publishing: Cell | undefined
}

/** Server CPU a window must hold before it says anything (rule 15 of the harness). */
export const MIN_CPU_US = 500_000
/** Subscribers from which memory per subscriber is more than the noise of the collector (rule 15). */
export const MIN_SUBSCRIBERS_FOR_MEMORY = 2000

const unmeasured = { missing: 'not measured' } as const
const tooLittle = { missing: 'too little work' } as const

const ratio = (part: number, whole: number, reason: string): Figure => (whole > 0 ? part / whole : { missing: reason })

const known = (value: number | null, reason: string): Figure => (value === null ? { missing: reason } : value)

const perWindowSecond = (count: number, cell: Cell): Figure => ratio(count, cell.windowMs / 1000, 'no window')

/** A quantity of a distribution in ms. Where it falls among what never arrived it is infinite, and says how many did not. */
function latencyMs(
  distribution: Distribution | null,
  quantity: 'p50Us' | 'p90Us' | 'p99Us' | 'meanUs' | 'maxUs',
): Figure {
  if (!distribution || distribution.count + distribution.infinite === 0) return { missing: 'nothing was expected' }
  const value = distribution[quantity]
  const { infinite, count } = distribution
  // A mean or a maximum of what arrived would hide the rest: with one infinite value both are infinite.
  if (value === null || (infinite > 0 && (quantity === 'meanUs' || quantity === 'maxUs')))
    return { missing: `${infinite} of ${count + infinite} never arrived` }
  return value / 1000
}

/** Answers of a poller carry its notices; a stream has hardly an answer within the window. */
function noticesPerAnswer({ requests, emptyAnswers, noticesWritten, writes }: Cell): Figure {
  const answers = requests - emptyAnswers
  return answers > 0 && answers >= writes / 2 ? noticesWritten / answers : { missing: 'pushed without a request' }
}

function cpuUsPerNotice(cell: Cell, { publishing }: Context): Figure {
  if (cell.server.cpuUs < MIN_CPU_US || cell.noticesWritten === 0) return tooLittle
  if (!publishing || publishing.windowMs === 0) return { missing: 'publishing alone was not measured' }
  const publishingUs = publishing.server.cpuUs * (cell.windowMs / publishing.windowMs)
  return (cell.server.cpuUs - publishingUs) / cell.noticesWritten
}

function rssPerSubscriberBytes({ server }: Cell, { scenario }: Context): Figure {
  if (scenario.clients < MIN_SUBSCRIBERS_FOR_MEMORY)
    return { missing: `fewer than ${MIN_SUBSCRIBERS_FOR_MEMORY} subscribers` }
  return (server.rssBytes - server.rssBeforeBytes) / scenario.clients
}

/** Statistics of a cell under load, by name. `mean` to `max` are of the delivery part (appended → received); bytes and CPU are per
 * notice that the server wrote within the window, since both are differences between the window's ends. */
export const deliveryMetrics = {
  meanMs: cell => latencyMs(cell.delivery, 'meanUs'),
  medianMs: cell => latencyMs(cell.delivery, 'p50Us'),
  p90Ms: cell => latencyMs(cell.delivery, 'p90Us'),
  p99Ms: cell => latencyMs(cell.delivery, 'p99Us'),
  maxMs: cell => latencyMs(cell.delivery, 'maxUs'),
  latencyMedianMs: cell => latencyMs(cell.latency, 'p50Us'),
  latencyP99Ms: cell => latencyMs(cell.latency, 'p99Us'),
  bytesPerNotice: cell => ratio(cell.bytesIn + cell.bytesOut, cell.noticesWritten, 'no notice was written'),
  cpuUsPerNotice,
  rssPerSubscriberBytes,
  noticesPerAnswer,
  noticesPerWrite: cell => ratio(cell.noticesWritten, cell.writes, 'nothing was written'),
  requestsPerSecond: cell => perWindowSecond(cell.requests, cell),
  emptyShare: cell => ratio(cell.emptyAnswers, cell.requests, 'no requests'),
  loopDelayP99Ms: cell => known(cell.server.loopDelayP99Ms, 'not measured'),
  connectMs: cell => known(cell.connectMs, 'not measured'),
} satisfies Record<string, (cell: Cell, context: Context) => Figure>

/** Statistics of a cell without a publisher, by name. Its server is shared, so CPU and memory are nobody's. */
export const idleMetrics = {
  idleBytesPerMinute: (cell, { scenario }) =>
    ratio(cell.bytesIn + cell.bytesOut, (scenario.clients * cell.windowMs) / 60_000, 'no subscribers'),
  requestsPerSecond: deliveryMetrics.requestsPerSecond,
  emptyShare: deliveryMetrics.emptyShare,
  connectMs: deliveryMetrics.connectMs,
} satisfies Record<string, (cell: Cell, context: Context) => Figure>

/** Statistics of a cell of subscribers that come to held notices, by name. */
export const connectMetrics = {
  coldFirstMs: ({ first }) => first?.cold.meanMs ?? unmeasured,
  coldFirstBytes: ({ first }) => first?.cold.bytes ?? unmeasured,
  resumedFirstMs: ({ first }) => first?.resumed.meanMs ?? unmeasured,
  resumedFirstBytes: ({ first }) => first?.resumed.bytes ?? unmeasured,
} satisfies Record<string, (cell: Cell, context: Context) => Figure>

/** Statistics of a cell of messages from client to server, by name. */
export const upstreamMetrics = {
  upBytesPerMessage: ({ upstream }) =>
    upstream ? ratio(upstream.bytesIn + upstream.bytesOut, upstream.messages, 'no message was sent') : unmeasured,
  upCpuUsPerMessage: ({ upstream, server }) => {
    if (!upstream) return unmeasured
    return server.cpuUs < MIN_CPU_US ? tooLittle : ratio(server.cpuUs, upstream.messages, 'no message was sent')
  },
  upMessagesPerSecond: cell => (cell.upstream ? perWindowSecond(cell.upstream.messages, cell) : unmeasured),
} satisfies Record<string, (cell: Cell, context: Context) => Figure>

/** Statistics of a contestant's cell, by name. */
export const peerMetrics = {
  peerCpuUs: ({ server, delivered }) =>
    server.cpuUs < MIN_CPU_US ? tooLittle : ratio(server.cpuUs, delivered, 'nothing was delivered'),
} satisfies Record<string, (cell: Cell, context: Context) => Figure>

/** Statistics of a capacity, by name. */
export const capacityMetrics = {
  capacity: ({ capacity }) => capacity?.value ?? unmeasured,
} satisfies Record<string, (cell: Cell, context: Context) => Figure>

/** Statistics of a long load, by name. */
export const soakMetrics = {
  heapGrowthBytes: ({ heap = [] }) => (heap.length > 1 ? heap.at(-1)![1] - heap[0]![1] : unmeasured),
} satisfies Record<string, (cell: Cell, context: Context) => Figure>

/** Statistics of connections that are held, by name. */
export const holdMetrics = {
  connectionsHeld: ({ hold }) => hold?.held ?? unmeasured,
  heldBytes: ({ hold }) => (hold ? ratio(hold.workerBytes, hold.held, 'nothing was held') : unmeasured),
  heldKernelBytes: ({ hold }) =>
    hold?.kernel ? ratio(hold.kernel.slabBytes + hold.kernel.tcpBytes, hold.held, 'nothing was held') : unmeasured,
} satisfies Record<string, (cell: Cell, context: Context) => Figure>

/** Statistics of polling sessions through a balancer, by name. */
export const sessionMetrics = {
  refusedShare: ({ sessions }) =>
    sessions ? ratio(sessions.refused, sessions.requests, 'nothing was asked') : unmeasured,
} satisfies Record<string, (cell: Cell, context: Context) => Figure>

/** Statistics of tabs of one browser, by name: of the most that were opened. */
export const tabMetrics = {
  tabsServed: ({ tabs }) => tabs?.at(-1)?.received ?? unmeasured,
  tabsHeld: ({ tabs }) => tabs?.at(-1)?.held ?? unmeasured,
} satisfies Record<string, (cell: Cell, context: Context) => Figure>

/** Statistics of a page in view and out of it, by name. */
export const hiddenMetrics = {
  visibleDelayMs: ({ hidden }) => hidden?.visible.delay?.meanMs ?? unmeasured,
  hiddenDelayMs: ({ hidden }) => hidden?.hidden.delay?.meanMs ?? unmeasured,
  hiddenPollMs: ({ hidden }) => hidden?.hidden.interval?.medianMs ?? { missing: 'no two requests' },
} satisfies Record<string, (cell: Cell, context: Context) => Figure>

/** Statistics of the demo's stage, by name. */
export const stageMetrics = {
  stageFrames: ({ stage }) =>
    stage ? (stage.frames.toSorted((a, b) => a - b)[Math.floor(stage.frames.length / 2)] ?? unmeasured) : unmeasured,
} satisfies Record<string, (cell: Cell, context: Context) => Figure>

const metrics = {
  delivery: deliveryMetrics,
  idle: idleMetrics,
  connect: connectMetrics,
  upstream: upstreamMetrics,
  peer: peerMetrics,
  capacity: capacityMetrics,
  sessions: sessionMetrics,
  soak: soakMetrics,
  hold: holdMetrics,
  tabs: tabMetrics,
  hidden: hiddenMetrics,
  stage: stageMetrics,
}

export type StatisticName = {
  [Kind in keyof typeof metrics]: keyof (typeof metrics)[Kind]
}[keyof typeof metrics]

/** Names of all statistics. */
export const statisticNames = [...new Set(Object.values(metrics).flatMap(Object.keys))] as StatisticName[]

/** The metrics that apply under a scenario. */
export const metricsOf = (kind: Scenario['kind']): Readonly<Record<string, (cell: Cell, context: Context) => Figure>> =>
  metrics[kind]
