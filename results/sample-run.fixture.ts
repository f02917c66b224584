// A run for tests: small, valid, and with figures that are easy to follow (the k-th transport is k times as slow as the first).
import type { Cell } from './cell.ts'
import type { Distribution } from './estimate.ts'
import { FORMAT, type Run, VERSION } from './format.ts'
import type { Scenario } from './scenario.ts'
import { summarise } from './summary.ts'

export interface RunOrder {
  readonly transports: readonly string[]
  readonly rounds?: number
  readonly idle?: boolean
  readonly scenario?: Partial<Scenario>
  /** Changes a cell before the summary is made. */
  readonly change?: (cell: Cell) => Cell
}

/** The load of a default run. */
export const sampleLoad: Scenario = {
  id: 'delivery',
  kind: 'delivery',
  clients: 100,
  ratePerSecond: 10,
  schedule: 'poisson',
  bodyBytes: 100,
  pollIntervalMs: 1000,
  waitMs: 25_000,
  warmupMs: 1000,
  windowMs: 3000,
  rttMs: 0,
  coalesce: true,
  headerProfile: 'browser',
}

/** `count` values around `us`, without their histogram. */
export const distributionAround = (us: number, count = 3000): Distribution => ({
  count,
  infinite: 0,
  minUs: us / 2,
  meanUs: us * 1.1,
  sdUs: us / 10,
  p50Us: us,
  p90Us: us * 1.5,
  p99Us: us * 2,
  p999Us: us * 2.5,
  maxUs: us * 3,
})

/** A cell of 30 notices to 100 subscribers. */
export function cellOf(transport: string | null, round: number, us: number, more: Partial<Cell> = {}): Cell {
  const expected = transport === null ? 0 : 3000
  return {
    scenario: 'delivery',
    transport,
    round,
    order: 0,
    status: 'ok',
    reasons: [],
    startedAt: '2026-11-22T19:58:00.000Z',
    windowMs: 3000,
    published: 30,
    expected,
    delivered: expected,
    lost: 0,
    duplicated: 0,
    outOfOrder: 0,
    gaps: 0,
    retries: 0,
    latency: transport === null ? null : distributionAround(us * 1.2),
    publisherLag: distributionAround(200, 30),
    hop: distributionAround(400, 30),
    delivery: transport === null ? null : distributionAround(us),
    bytesIn: 30_000,
    bytesOut: us * 300,
    startupBytes: transport === null ? null : 50_000,
    requests: 0,
    emptyAnswers: 0,
    skippedPolls: 0,
    noticesWritten: expected,
    writes: expected,
    connectionsOpened: 0,
    timeline: [[0, 100, 0]],
    server: { cpuUs: 60_000, rssBytes: 9e7, rssBeforeBytes: 7e7, loopDelayP99Ms: 1.5 },
    client: { cpuShare: 0.1, cpuUs: 300_000, loopDelayP99Ms: 1 },
    connectMs: transport === null ? null : 40,
    ...more,
  }
}

/** A complete run that `parseRun` accepts. */
export function sampleRun({ transports, rounds = 5, idle = true, scenario, change = cell => cell }: RunOrder): Run {
  const loaded = { ...sampleLoad, ...scenario }
  const quiet: Scenario = { ...loaded, id: 'idle', kind: 'idle', ratePerSecond: 0, windowMs: 30_000 }
  const cells: Cell[] = []
  for (let round = 0; round < rounds; round++) {
    for (const [index, transport] of transports.entries()) {
      // A wobble of 1 % gives the intervals a width.
      const us = 400 * (index + 1) * (1 + ((round % 3) - 1) / 100)
      cells.push(cellOf(transport, round, us, { order: index, scenario: loaded.id }))
    }
    cells.push(cellOf(null, round, 0, { order: transports.length, bytesIn: 0, bytesOut: 0, scenario: loaded.id }))
  }
  if (idle)
    for (const [index, transport] of transports.entries())
      cells.push(
        cellOf(transport, 0, 0, {
          scenario: quiet.id,
          windowMs: 30_000,
          bytesIn: 0,
          bytesOut: 5000 * (index + 1),
          expected: 0,
          delivered: 0,
          noticesWritten: 0,
          latency: null,
          delivery: null,
        }),
      )
  const measured = {
    scenarios: idle ? [loaded, quiet] : [loaded],
    transports: [...transports],
    cells: cells.map(change),
  }
  return {
    format: FORMAT,
    version: VERSION,
    id: '20261122-195800-delivery',
    status: 'complete',
    startedAt: '2026-11-22T19:58:00.000Z',
    endedAt: '2026-11-22T20:00:00.000Z',
    experiment: 'delivery',
    preset: 'default',
    command: [],
    ...measured,
    roundsPlanned: rounds,
    roundsDone: rounds,
    seed: 7,
    fingerprint: {
      cpu: 'Some CPU',
      cores: 2,
      memoryBytes: 8e9,
      os: 'Some Linux 1',
      kernel: 'Linux 6.1.0',
      node: 'v20.20.2',
      packages: { ws: '8.23.0' },
      gitRevision: '0123456789abcdef0123456789abcdef01234567',
      gitDirty: false,
      fileLimit: 20_000,
      sysctls: {},
    },
    summary: summarise(measured, parts =>
      parts.some(part => part)
        ? [
            [0.5, 400],
            [1, 1200],
          ]
        : null,
    ),
    verdict: 'The first was fastest.',
    warnings: [],
  }
}
