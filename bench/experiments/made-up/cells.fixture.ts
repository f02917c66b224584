// A cell as it would be on a machine that behaves as the models say.

import type { Cell } from '../../../results/cell.ts'
import type { Distribution } from '../../../results/estimate.ts'
import {
  type LatencyLaw,
  longPolling,
  onePerAnswerMeanMs,
  periodicLongPollingLatency,
  pushLatency,
  shortPollingAnswers,
  shortPollingLatency,
} from '../../../results/model.ts'
import { websocketHeaderBytes } from '../../../results/model-bytes.ts'
import {
  connectsPerSecond,
  fanOutBacklogMs,
  fanOutMeanMs,
  fanOutUtilisation,
  periodicFanOutMeanMs,
  saturatedLongPollingMeanMs,
  servedAfterMs,
  stalledLatency,
} from '../../../results/model-load.ts'
import { cellOf } from '../../../results/sample-run.fixture.ts'
import type { Scenario } from '../../../results/scenario.ts'
import { blankCell } from '../../cell/blank-cell.ts'
import { FIRST_REF, frameText, postText } from '../../load/message.ts'
import { roundTripsToFirst } from '../judging/first-notice.ts'
import { mostPolls, serviceUs, THINK_MS, withCosts } from './machine.fixture.ts'

/** How long a server of this lab keeps an idle connection. */
const SERVER_TIMEOUT_MS = 5000

/** The cell of a transport, or of the publishing alone (null); rounds differ by two thousandths. */
export function sampleCell(scenario: Scenario, transport: string | null, round: number): Cell {
  const wobble = 1 + ((round % 3) - 1) / 500
  const startedAt = '2026-11-22T19:58:00.000Z'
  const blank = {
    ...blankCell({ scenario, transport, round, order: 0, startedAt }),
    windowMs: scenario.windowMs,
  }
  if (transport !== null && scenario.kind === 'connect') return arrived(blank, scenario, transport, wobble)
  if (transport !== null && scenario.kind === 'upstream') return sent(blank, scenario, transport, wobble)
  if (transport !== null && scenario.kind === 'idle') {
    const cycleMs = { 'short-polling': scenario.pollIntervalMs, 'long-polling': scenario.waitMs }[transport]
    const requests = cycleMs ? Math.round((scenario.clients * scenario.windowMs) / cycleMs) : 0
    // A handshake of TLS, where there is one, and the first request with its answer.
    const startupBytes = Math.round(scenario.clients * (700 + (scenario.tls ? 2200 * wobble : 0)))
    return withCosts({ ...blank, requests, emptyAnswers: requests, startupBytes }, scenario)
  }
  if (scenario.kind === 'peer' && scenario.windowMs === 0) return remembered(blank, scenario, wobble)
  return withCosts(delivered(scenario, transport, round, wobble), scenario)
}

function delivered(scenario: Scenario, transport: string | null, round: number, wobble: number): Cell {
  const { clients, rttMs, windowMs, ratePerSecond, pollIntervalMs, waitMs, stallMs } = scenario
  const published = Math.max(1, Math.round((ratePerSecond * windowMs) / 1000))
  const rate = (published * 1000) / windowMs
  const count = published * clients
  const pushUs = serviceUs(transport === 'sse' ? 'sse' : 'websocket', scenario)
  const oneWayMs = (rttMs / 2 + 1) * wobble
  // The one in the middle of a broadcast; beside a distance that is nothing.
  const downMs = oneWayMs + (rttMs === 0 ? (clients * pushUs) / 2000 : 0)
  const gapMs = rttMs + THINK_MS
  const base = cellOf(transport, round, 0, {
    scenario: scenario.id,
    windowMs,
    published,
    expected: transport === null ? 0 : count,
    delivered: transport === null ? 0 : count,
    noticesWritten: transport === null ? 0 : count,
    writes: 0,
    bytesIn: 0,
    bytesOut: 0,
    floor: distributionOf(pushLatency({ downMs: 0.2 }), 1000),
    ...(rttMs > 0 && { link: { addedP50Ms: 0.3, addedP99Ms: 1.2, addedMaxMs: 2.5 } }),
    ...(scenario.naiveEveryMs !== undefined && {
      naive: distributionOf({ ...pushLatency({ downMs: 0.6 * wobble }), maxMs: stallMs ?? 3 }, 800),
    }),
  })
  if (transport === null) return base
  if (transport === 'short-polling') {
    const answers = shortPollingAnswers({ ratePerSecond: rate, cycleMs: pollIntervalMs, clients })
    const opened = connectsPerSecond({
      clients,
      cycleMs: pollIntervalMs,
      rttMs,
      serverTimeoutMs: SERVER_TIMEOUT_MS,
      clientTimeoutMs: SERVER_TIMEOUT_MS - (scenario.keepAliveThresholdMs ?? 1000),
    })
    const requests = Math.round((answers.requestsPerSecond * windowMs) / 1000)
    const delivery = distributionOf(shortPollingLatency({ cycleMs: pollIntervalMs, downMs }), count)
    return {
      ...base,
      requests,
      emptyAnswers: Math.round(requests * answers.emptyShare),
      connectionsOpened: Math.round((opened * windowMs) / 1000),
      delivery,
      latency: delivery,
    }
  }
  if (transport === 'long-polling') {
    const batched = longPolling({ ratePerSecond: rate, gapMs, downMs, holdMs: waitMs })
    const wanted = Math.round((clients * batched.answersPerSecond * windowMs) / 1000)
    const requests = Math.min(wanted, mostPolls(transport, scenario, published))
    const delivery = distributionOf(longPollingLaw(batched.latency), count)
    const plateau = {
      clients,
      serviceUs: serviceUs(transport, scenario),
      downMs: oneWayMs,
      publisher: 'outside',
    } as const
    return {
      ...base,
      requests,
      emptyAnswers: Math.round(requests * batched.timeoutShare),
      delivery,
      latency:
        requests < wanted
          ? distributionOf(pushLatency({ downMs: saturatedLongPollingMeanMs(plateau) }), count)
          : delivery,
      gap: { count: 1000, meanMs: gapMs, sdMs: 0.5 },
    }
  }
  const load = { ratePerSecond: rate, clients, serviceUs: pushUs, downMs: oneWayMs, coalesce: scenario.coalesce }
  const law = scenario.schedule === 'periodic' ? periodicFanOutMeanMs : fanOutMeanMs
  const meanMs = fanOutUtilisation(load) < 1 ? law(load) : fanOutMeanMs({ ...load, coalesce: true })
  const calm = pushLatency({ downMs: meanMs })
  return {
    ...base,
    delivery: distributionOf(pushLatency({ downMs }), count),
    latency: distributionOf(
      stallMs === undefined ? calm : stalledLatency({ stallMs, windowMs, baseMs: meanMs }),
      count,
    ),
    spreadMs: clients > 1 ? servedAfterMs({ place: clients - 1, serviceUs: pushUs }) * wobble : 0,
  }

  function longPollingLaw(batched: LatencyLaw): LatencyLaw {
    const periodMs = 1000 / ratePerSecond
    if (scenario.limit !== 1)
      return scenario.schedule === 'periodic' ? periodicLongPollingLatency({ periodMs, gapMs, downMs }) : batched
    const elapsedMs = scenario.warmupMs + windowMs / 2
    const meanMs =
      gapMs > periodMs
        ? downMs + fanOutBacklogMs({ utilisation: gapMs / periodMs, elapsedMs })
        : onePerAnswerMeanMs({ ratePerSecond, gapMs, downMs })
    return pushLatency({ downMs: meanMs })
  }
}

/** Two round trips and a little, but for Socket.IO. */
function arrived(cell: Cell, scenario: Scenario, transport: string, wobble: number): Cell {
  const { clients, rttMs } = scenario
  const meanMs = roundTripsToFirst(transport, scenario) * (rttMs + THINK_MS) * wobble
  const bytes =
    { 'short-polling': 860, 'long-polling': 870, sse: 900, websocket: 780, 'socket-io': 3900 }[transport] ?? 800
  const first = { meanMs, maxMs: meanMs + 1, bytes: bytes * wobble }
  const count = 2 * clients
  return { ...cell, published: 2, expected: count, delivered: count, first: { cold: first, resumed: first } }
}

/** Memory of idle connections, and of a deflater where one has compressed something. */
function remembered(cell: Cell, { clients, ratePerSecond, contestant }: Scenario, wobble: number): Cell {
  const hasDeflater = contestant === 'deflate-ws' && ratePerSecond > 0
  const perConnection = (12_000 + (hasDeflater ? 2 ** 18 : 0)) * wobble
  const rssBeforeBytes = 60e6
  const expected = ratePerSecond > 0 ? clients : 0
  const server = { ...cell.server, rssBeforeBytes, rssBytes: Math.round(rssBeforeBytes + clients * perConnection) }
  return { ...cell, expected, delivered: expected, server }
}

/** One message after the other: a frame takes the server a third of what a POST does. */
function sent(cell: Cell, { bodyBytes, windowMs }: Scenario, transport: string, wobble: number): Cell {
  const isFrame = transport === 'websocket'
  const [roundTripUs, cpuUs] = isFrame ? [150, 50] : [400, 150 * wobble]
  const messages = Math.round((windowMs * 1000) / roundTripUs)
  const frame = frameText(FIRST_REF, bodyBytes).length
  const bytesIn = isFrame
    ? websocketHeaderBytes({ payloadBytes: frame, masked: true }) + frame
    : 600 + postText(FIRST_REF, bodyBytes).length
  const upstream = { messages, bytesIn: messages * bytesIn, bytesOut: messages * (isFrame ? 27 : 240) }
  return {
    ...cell,
    published: messages,
    bytesIn: upstream.bytesIn,
    bytesOut: upstream.bytesOut,
    server: { ...cell.server, cpuUs: Math.round(messages * cpuUs) },
    upstream,
  }
}

function distributionOf(law: LatencyLaw, count: number): Distribution {
  const at = (q: number) => law.quantileMs(q) * 1000
  return {
    count,
    infinite: 0,
    minUs: at(0),
    meanUs: law.meanMs * 1000,
    sdUs: 0,
    p50Us: at(0.5),
    p90Us: at(0.9),
    p99Us: at(0.99),
    p995Us: at(0.995),
    p999Us: at(0.999),
    maxUs: law.maxMs * 1000,
  }
}
