// Subscribers under load: how late a notice arrives, and what it costs.
import type { BaseCell } from '../base-cell.ts'
import type { Distribution } from '../estimate.ts'
import {
  type Context,
  type Figure,
  known,
  MIN_CPU_US,
  perWindowSecond,
  type ResultKind,
  ratio,
  tooLittle,
} from './kind.ts'

/** Subscribers from which memory per subscriber is more than the noise of the collector (bench/README.md, rule 15). */
export const MIN_SUBSCRIBERS_FOR_MEMORY = 2000

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

/** Of a poller at fixed times in a window shorter than its interval some polls are missing, and how many is a matter of phases. */
const isCutShort = ({ pollPhases, windowMs }: BaseCell, { scenario }: Context): boolean =>
  pollPhases != null && windowMs < scenario.pollIntervalMs

/** A figure of the window's polls, which is none where the window is shorter than the time between two. */
const ofWholeCycles =
  (figure: (cell: BaseCell, context: Context) => Figure) =>
  (cell: BaseCell, context: Context): Figure =>
    isCutShort(cell, context) ? { missing: 'the window is shorter than the poll interval' } : figure(cell, context)

/** Answers of a poller carry its notices; a stream has hardly an answer within the window. */
function noticesPerAnswer({ requests, emptyAnswers, noticesWritten, writes }: BaseCell): Figure {
  const answers = requests - emptyAnswers
  return answers > 0 && answers >= writes / 2 ? noticesWritten / answers : { missing: 'pushed without a request' }
}

function cpuUsPerNotice(cell: BaseCell, { publishing }: Context): Figure {
  if (cell.server.cpuUs < MIN_CPU_US || cell.noticesWritten === 0) return tooLittle
  if (!publishing || publishing.windowMs === 0) return { missing: 'publishing alone was not measured' }
  const publishingUs = publishing.server.cpuUs * (cell.windowMs / publishing.windowMs)
  return (cell.server.cpuUs - publishingUs) / cell.noticesWritten
}

function rssPerSubscriberBytes({ server }: BaseCell, { scenario }: Context): Figure {
  if (scenario.clients < MIN_SUBSCRIBERS_FOR_MEMORY)
    return { missing: `fewer than ${MIN_SUBSCRIBERS_FOR_MEMORY} subscribers` }
  return (server.rssBytes - server.rssBeforeBytes) / scenario.clients
}

export const kind = {
  parameters: {},
  findings: {},
  /** `mean` to `max` are of the delivery part (appended → received); bytes and CPU are per notice that the server wrote within the window, since
   * both are differences between the window's ends. */
  metrics: {
    meanMs: (cell: BaseCell) => latencyMs(cell.delivery, 'meanUs'),
    medianMs: (cell: BaseCell) => latencyMs(cell.delivery, 'p50Us'),
    p90Ms: (cell: BaseCell) => latencyMs(cell.delivery, 'p90Us'),
    p99Ms: (cell: BaseCell) => latencyMs(cell.delivery, 'p99Us'),
    maxMs: (cell: BaseCell) => latencyMs(cell.delivery, 'maxUs'),
    latencyMedianMs: (cell: BaseCell) => latencyMs(cell.latency, 'p50Us'),
    latencyP99Ms: (cell: BaseCell) => latencyMs(cell.latency, 'p99Us'),
    bytesPerNotice: ofWholeCycles(cell =>
      ratio(cell.bytesIn + cell.bytesOut, cell.noticesWritten, 'no notice was written'),
    ),
    cpuUsPerNotice: ofWholeCycles(cpuUsPerNotice),
    rssPerSubscriberBytes,
    noticesPerAnswer,
    noticesPerWrite: (cell: BaseCell) => ratio(cell.noticesWritten, cell.writes, 'nothing was written'),
    requestsPerSecond: ofWholeCycles(cell => perWindowSecond(cell.requests, cell)),
    emptyShare: ofWholeCycles(cell => ratio(cell.emptyAnswers, cell.requests, 'no requests')),
    loopDelayP99Ms: (cell: BaseCell) => known(cell.server.loopDelayP99Ms, 'not measured'),
    connectMs: (cell: BaseCell) => known(cell.connectMs, 'not measured'),
  },
  quantiles: [['medianMs', 'p90Ms', 'p99Ms', 'maxMs'], ['latencyMedianMs', 'latencyP99Ms'], ['loopDelayP99Ms']],
} satisfies ResultKind
