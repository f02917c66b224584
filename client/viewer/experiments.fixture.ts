// For tests: a made-up run of experiments, with loads that differ in one parameter each, fleets, faults, and claims of every verdict.
import type { Cell } from '../../results/cell.ts'
import type { Distribution } from '../../results/estimate.ts'
import type { Claim, Run } from '../../results/format.ts'
import { longPolling, shortPollingAnswers, shortPollingLatency } from '../../results/model.ts'
import type { Scenario } from '../../results/scenario.ts'
import { summarise } from '../../results/summary.ts'
import { distributionOf, pointsOf } from './distribution.fixture.ts'
import { fleetRun } from './fleet.fixture.ts'
import { fixtureRun } from './run.fixture.ts'

const NOTICE_BYTES = 104
const POLL_BYTES = 700
const SEGMENT_BYTES = 52
const THINK_MS = 2

/** A family for each chart: rates (with packets counted), intervals, distances, numbers. */
const loads: readonly (readonly [id: string, changes: Partial<Scenario>])[] = [
  ['rate-1', { ratePerSecond: 1, bodyBytes: 64 }],
  ['rate-6', { ratePerSecond: 6, bodyBytes: 64 }],
  ['rate-12', { ratePerSecond: 12, bodyBytes: 64, windowMs: 5000 }],
  ['interval-200', { ratePerSecond: 2, pollIntervalMs: 200 }],
  ['interval-1000', { ratePerSecond: 2 }],
  ['interval-2000', { ratePerSecond: 2, pollIntervalMs: 2000 }],
  ['distance-0', { rttMs: 0 }],
  ['distance-50', { rttMs: 50 }],
  ['distance-200', { rttMs: 200 }],
  ['number-20', { clients: 20, ratePerSecond: 5 }],
  ['number-200', { clients: 200, ratePerSecond: 5 }],
  ['number-2000', { clients: 2000, ratePerSecond: 5 }],
]

const claims: Claim[] = [
  {
    id: 'half-interval-poll',
    claim: 'the mean latency of short polling is half the poll interval and a round trip',
    source: 'folklore',
    prediction: 'T/2 + RTT/2: the request leg is not on the way of the notice',
    tolerance: '2 % of T',
    unit: 'ms',
    points: [
      { label: 'T = 1 s', predicted: 550, claimed: 600, measured: { value: 549, low: 545, high: 553, n: 3 } },
      { label: 'T = 2 s', predicted: 1050, claimed: 1100, measured: { value: 1052, low: 1040, high: 1064, n: 3 } },
    ],
    verdict: 'refuted',
    why: 'The intervals hold the model and not the claim.',
    finding: 'It is half the interval and half a round trip.',
    topic: 'latency',
    digest: 2,
  },
  {
    id: 'headers-500',
    claim: '500:1 or—depending on the size of the headers—even 1000:1',
    source: 'a paper of 2010',
    prediction: 'H/h',
    tolerance: '10 %',
    unit: 'times',
    points: [
      { label: 'headers only', predicted: 350, claimed: 500, measured: { value: 351, low: 340, high: 362, n: 3 } },
      { label: 'IP packets', predicted: 4.5, claimed: null, measured: { value: 4.6, low: null, high: null, n: 1 } },
    ],
    verdict: 'qualified',
    why: 'It holds for headers alone.',
    topic: 'bytes',
    address: 'https://example.org/paper',
    digest: 1,
  },
  {
    id: 'sse-framing',
    claim: 'the framing of SSE costs <b>more</b> than WebSocket’s',
    source: 'counted',
    prediction: 'exact bytes',
    tolerance: '0',
    unit: 'B per notice',
    points: [{ label: 'body of 64 B', predicted: 27, claimed: 27, measured: { value: 27, low: 27, high: 27, n: 3 } }],
    verdict: 'reproduced',
    why: 'To the byte.',
    topic: 'bytes',
  },
  {
    id: 'graceful',
    claim: 'long polling degrades more gracefully',
    source: 'RFC 6202',
    prediction: 'ρ* = 1 − s_ws/(3·s_lp)',
    tolerance: '10 %',
    unit: '',
    points: [],
    verdict: 'inconclusive',
    why: 'its rule could not be applied: no usable cell',
  },
]

/** The same run each time. */
export function experimentsRun(id = 'experiments'): Run {
  const base = fixtureRun({ id, rounds: 3, startedAt: '2026-11-16T10:00:00.000Z' })
  const template = base.scenarios[0]!
  const scenarios = loads.map(([name, changes]): Scenario => ({ ...template, clients: 20, ...changes, id: name }))
  const ofBase = base.cells.filter(cell => cell.scenario === template.id)
  const fleets = fleetRun()
  const measured = {
    cells: [...scenarios.flatMap(scenario => ofBase.map(cell => under(scenario, cell))), ...fleets.cells],
    scenarios: [...scenarios, ...fleets.scenarios],
    transports: base.transports,
  }
  return { ...base, ...measured, experiment: 'all', claims, summary: summarise(measured, pointsOf) }
}

/** What the cell would have been under another load, as the models have it. */
function under(scenario: Scenario, cell: Cell): Cell {
  const { clients, rttMs, windowMs, pollIntervalMs: cycleMs, ratePerSecond, waitMs: holdMs } = scenario
  const isCounted = scenario.id.startsWith('rate')
  const wobble = 1 + (cell.round - 1) / 100
  const downMs = (rttMs / 2 + 1 + clients / 1000) * wobble
  const published = Math.round((ratePerSecond * windowMs) / 1000)
  const expected = published * clients
  const gapMs = rttMs + THINK_MS
  const shared = { ...cell, scenario: scenario.id, windowMs, published, server: serverOf(cell, scenario, expected) }
  if (cell.transport === null)
    return { ...shared, bytesIn: 0, bytesOut: 0, ...(isCounted && { ip: { bytes: 4000, segments: 20 } }) }
  const short = shortPollingAnswers({ ratePerSecond, cycleMs })
  const long = longPolling({ ratePerSecond, gapMs, downMs, holdMs })
  const law = { 'short-polling': shortPollingLatency({ cycleMs, downMs }), 'long-polling': long.latency }[
    cell.transport
  ]
  const answersPerSecond = { 'short-polling': short.requestsPerSecond, 'long-polling': long.answersPerSecond }[
    cell.transport
  ]
  const requests = Math.round(((answersPerSecond ?? 0) * clients * windowMs) / 1000)
  const emptyAnswers = cell.transport === 'short-polling' ? Math.round(requests * short.emptyShare) : 0
  const writes = requests > 0 ? requests : expected
  const bytes = Math.round((expected * NOTICE_BYTES + requests * POLL_BYTES) * wobble)
  const segments = requests > 0 ? 3 * requests : 2 * expected
  const delivery: Distribution = distributionOf(q => (law ? law.quantileMs(q) : downMs * (1 + q / 10)), expected, 0)
  return {
    ...shared,
    expected,
    delivered: expected,
    noticesWritten: expected,
    requests,
    emptyAnswers,
    writes,
    bytesIn: 0,
    bytesOut: bytes,
    delivery: law ? { ...delivery, meanUs: law.meanMs * 1000 * wobble } : delivery,
    latency: delivery,
    ...(cell.transport === 'long-polling' && { gap: { count: 100, meanMs: gapMs, sdMs: 0.5 } }),
    ...(isCounted && { ip: { bytes: bytes + segments * SEGMENT_BYTES + 4000, segments: segments + 20 } }),
  }
}

const serverOf = ({ server, round }: Cell, { clients }: Scenario, expected: number): Cell['server'] => ({
  ...server,
  cpuUs: 20_000 + expected * (9 + round),
  rssBeforeBytes: 90e6,
  rssBytes: 90e6 + clients * (9000 + 300 * round),
})
