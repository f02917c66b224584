// Evidence for tests: cells as they would be on a machine that behaves as the models say, a little different in each round.
import type { Cell, Distribution, Scenario } from '../../../results/format.ts'
import {
  type LatencyLaw,
  longPolling,
  onePerAnswerMeanMs,
  periodicLongPollingLatency,
  pushLatency,
  shortPollingAnswers,
  shortPollingLatency,
} from '../../../results/model.ts'
import { fanOutBacklogMs } from '../../../results/model-load.ts'
import { cellOf } from '../../../results/sample-run.ts'
import type { Evidence } from '../experiment.ts'

/** The client's think time and what else a round trip takes beyond the emulated one. */
const THINK_MS = 2
const NOTICE_BYTES = 150
const POLL_BYTES = 700
const ENVELOPE_BYTES = 20

/** Every round of every transport that the scenarios name, in the order of a run; `change` spoils a cell, or leaves it out (null). */
export function sampleEvidence(
  scenarios: readonly Scenario[],
  change: (cell: Cell, scenario: Scenario) => Cell | null = cell => cell,
  rounds?: number,
): Evidence {
  const cells: Cell[] = []
  for (const scenario of scenarios)
    for (let round = 0; round < (rounds ?? scenario.rounds ?? 1); round++)
      for (const transport of scenario.transports ?? []) {
        const cell = change(sampleCell(scenario, transport, round), scenario)
        if (cell) cells.push(cell)
      }
  return {
    cells,
    scenarios: [...scenarios],
    transports: [...new Set(scenarios.flatMap(({ transports = [] }) => transports))],
  }
}

/** A cell's delivery, `times` as late. */
export const slowed = (cell: Cell, times: number): Cell => {
  const delivery = { ...cell.delivery! }
  for (const key of ['meanUs', 'p50Us', 'p90Us', 'p99Us', 'p995Us', 'p999Us', 'maxUs'] as const)
    delivery[key] = delivery[key]! * times
  return { ...cell, delivery }
}

export function sampleCell(scenario: Scenario, transport: string, round: number): Cell {
  const { clients, rttMs, windowMs, ratePerSecond, pollIntervalMs, waitMs } = scenario
  const downMs = (rttMs / 2 + 1) * (1 + ((round % 3) - 1) / 500)
  const gapMs = rttMs + THINK_MS
  const published = Math.max(1, Math.round((ratePerSecond * windowMs) / 1000))
  const rate = (published * 1000) / windowMs
  const base = cellOf(transport, round, 0, {
    scenario: scenario.id,
    windowMs,
    published,
    expected: published * clients,
    delivered: published * clients,
    noticesWritten: published * clients,
    bytesIn: 0,
    bytesOut: 0,
    floor: distributionOf(pushLatency({ downMs: 0.2 }), 1000),
    ...(rttMs > 0 && { link: { addedP50Ms: 0.3, addedP99Ms: 1.2, addedMaxMs: 2.5 } }),
  })
  if (transport === 'short-polling') {
    const answers = shortPollingAnswers({ ratePerSecond: rate, cycleMs: pollIntervalMs, clients })
    return polled(base, answers.requestsPerSecond, answers.emptyShare, {
      delivery: distributionOf(shortPollingLatency({ cycleMs: pollIntervalMs, downMs }), base.delivered),
    })
  }
  if (transport !== 'long-polling')
    return { ...base, delivery: distributionOf(pushLatency({ downMs }), base.delivered) }
  const batched = longPolling({ ratePerSecond: rate, gapMs, downMs, holdMs: waitMs })
  return polled(base, clients * batched.answersPerSecond, batched.timeoutShare, {
    delivery: distributionOf(longPollingLaw(), base.delivered),
    gap: { count: 1000, meanMs: gapMs, sdMs: 0.5 },
  })

  function longPollingLaw(): LatencyLaw {
    const periodMs = 1000 / ratePerSecond
    if (scenario.limit !== 1)
      return scenario.schedule === 'periodic'
        ? periodicLongPollingLatency({ periodMs, gapMs, downMs })
        : batched.latency
    const elapsedMs = scenario.warmupMs + windowMs / 2
    const meanMs =
      gapMs > periodMs
        ? downMs + fanOutBacklogMs({ utilisation: gapMs / periodMs, elapsedMs })
        : onePerAnswerMeanMs({ ratePerSecond, gapMs, downMs })
    return pushLatency({ downMs: meanMs })
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

/** With the requests and bytes of polling. */
function polled(cell: Cell, requestsPerSecond: number, emptyShare: number, more: Partial<Cell>): Cell {
  const requests = Math.round((requestsPerSecond * cell.windowMs) / 1000)
  const emptyAnswers = Math.round(requests * emptyShare)
  const full = requests - emptyAnswers
  const parts = {
    body: cell.noticesWritten * NOTICE_BYTES,
    framing: full * ENVELOPE_BYTES + (cell.noticesWritten - full),
    headers: full * POLL_BYTES,
    emptyPolls: emptyAnswers * (POLL_BYTES + ENVELOPE_BYTES),
    heartbeats: 0,
  }
  const bytesOut = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0)
  return { ...cell, requests, emptyAnswers, parts, bytesOut, ...more }
}
