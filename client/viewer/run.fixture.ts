// A made-up run that satisfies the schema, for tests: shapes as in a real one, numbers from closed forms and a seed.
import type { Cell } from '../../results/cell.ts'
import { FORMAT, type Run, VERSION } from '../../results/format.ts'
import { seededRandom } from '../../results/random.ts'
import type { Scenario } from '../../results/scenario.ts'
import { summarise } from '../../results/summary.ts'
import { verdictOf } from '../../results/verdict.ts'
import { distributionOf, pointsOf } from './distribution.fixture.ts'

interface Nature {
  /** Latency in ms at a level. */
  readonly ms: (q: number) => number
  readonly parts: Readonly<Record<string, number>>
  readonly requestsPerSecond: number
  readonly idleBytesPerSecond: number
  readonly cpuUs: number
}

const push = (startMs: number) => (q: number) => startMs * (1 + 0.8 * q + 0.12 / (1.0004 - q) ** 0.55)

const natures: Readonly<Record<string, Nature>> = {
  'short-polling': {
    ms: q => 1 + 1000 * q,
    parts: { body: 130, headers: 46, emptyPolls: 0.4, framing: 3 },
    requestsPerSecond: 100,
    idleBytesPerSecond: 760,
    cpuUs: 9.2,
  },
  'long-polling': {
    ms: q => push(1.1)(q) + (q > 0.96 ? 30 * (q - 0.96) : 0),
    parts: { body: 130, headers: 610, emptyPolls: 0, framing: 5 },
    requestsPerSecond: 960,
    idleBytesPerSecond: 31,
    cpuUs: 38,
  },
  sse: {
    ms: push(0.84),
    parts: { body: 130, headers: 0, emptyPolls: 0, framing: 46 },
    requestsPerSecond: 0,
    idleBytesPerSecond: 0.6,
    cpuUs: 5.1,
  },
  websocket: {
    ms: push(0.8),
    parts: { body: 130, headers: 0, emptyPolls: 0, framing: 4 },
    requestsPerSecond: 0,
    idleBytesPerSecond: 0.53,
    cpuUs: 4.7,
  },
}
const natureOf = (id: string): Nature => (Object.hasOwn(natures, id) ? natures[id]! : natures.websocket!)

export interface FixtureOptions {
  readonly id?: string
  readonly name?: string
  readonly transports?: readonly string[]
  readonly rounds?: number
  readonly status?: Run['status']
  readonly startedAt?: string
  readonly seed?: number
  readonly rttMs?: number
  /** Enough subscribers for memory, enough work for CPU. */
  readonly isLarge?: boolean
  /** Times as slow as another run. */
  readonly slowness?: number
  /** Notices per round that the first transport loses. */
  readonly lost?: number
  readonly hasParts?: boolean
}

/** A run with the given traits; the same options give the same run. */
export function fixtureRun(options: FixtureOptions = {}): Run {
  const { transports = Object.keys(natures), rounds = 5, startedAt = '2026-11-20T10:00:00.000Z', seed = 7 } = options
  const { isLarge = false, slowness = 1, lost = 0, hasParts = true, rttMs = 0 } = options
  const random = seededRandom(seed)
  const load: Scenario = {
    id: 'delivery',
    kind: 'delivery',
    clients: isLarge ? 2000 : 100,
    ratePerSecond: 10,
    schedule: 'poisson',
    bodyBytes: 100,
    pollIntervalMs: 1000,
    waitMs: 25_000,
    warmupMs: 2000,
    windowMs: 10_000,
    rttMs,
    coalesce: true,
    headerProfile: 'browser',
  }
  const idle: Scenario = { ...load, id: 'idle', kind: 'idle', clients: 100, ratePerSecond: 0, windowMs: 30_000 }
  const context = { random, slowness, isLarge, hasParts }
  const cells = Array.from({ length: rounds }, (_, round) => [
    ...transports.map((id, at) => cellOf(load, id, round, at === 0 ? lost : 0, context)),
    cellOf(load, null, round, 0, context),
  ]).flat()
  for (const id of transports) cells.push(cellOf(idle, id, 0, 0, context))
  const scenarios = [load, idle]
  const measured = { cells, scenarios, transports: [...transports] }
  const summary = summarise(measured, parts => pointsOf(parts)).map(row => ({
    ...row,
    ...(hasParts && row.scenario === load.id && { bytesByPart: { ...natureOf(row.transport).parts } }),
  }))
  const run: Run = {
    format: FORMAT,
    version: VERSION,
    id: options.id ?? 'made-up-run',
    ...(options.name !== undefined && { name: options.name }),
    status: options.status ?? 'complete',
    startedAt,
    endedAt: startedAt,
    experiment: 'delivery',
    preset: 'default',
    command: ['--clients', String(load.clients)],
    transports: [...transports],
    roundsPlanned: rounds,
    roundsDone: rounds,
    seed,
    fingerprint: {
      cpu: 'Made-up CPU @ 3.00 GHz',
      cores: 2,
      memoryBytes: 8e9,
      os: 'Debian GNU/Linux 12',
      kernel: '6.1.0',
      node: '20.20.2',
      packages: { express: '5.3.0', ws: '8.23.0' },
      gitRevision: '0123456789abcdef0123456789abcdef01234567',
      gitDirty: false,
      fileLimit: 1_048_576,
      sysctls: { 'net.core.somaxconn': '4096' },
    },
    scenarios,
    cells,
    summary,
    verdict: '',
    warnings: [{ code: 'few-cores', severity: 'note', message: 'server, subscribers and publisher share 2 cores' }],
  }
  return { ...run, verdict: verdictOf(run) }
}

interface Context {
  readonly random: () => number
  readonly slowness: number
  readonly isLarge: boolean
  readonly hasParts: boolean
}

function cellOf(scenario: Scenario, transport: string | null, round: number, lost: number, context: Context): Cell {
  const { random, slowness, isLarge } = context
  const nature = natureOf(transport ?? '')
  const published = (scenario.ratePerSecond * scenario.windowMs) / 1000
  const expected = transport === null ? 0 : published * scenario.clients
  const factor = slowness * (0.96 + 0.08 * random())
  const bytes = Object.values(nature.parts).reduce((sum, part) => sum + part, 0)
  const total =
    scenario.kind === 'idle'
      ? nature.idleBytesPerSecond * scenario.clients * (scenario.windowMs / 1000)
      : bytes * expected
  const jitter = 0.998 + 0.004 * random()
  const requests = scenario.kind === 'idle' ? 0 : Math.round((nature.requestsPerSecond * scenario.windowMs) / 1000)
  const isDelivery = scenario.kind === 'delivery' && transport !== null
  return {
    scenario: scenario.id,
    transport,
    round,
    order: 0,
    status: 'ok',
    reasons: [],
    startedAt: '2026-11-20T10:00:00.000Z',
    windowMs: scenario.windowMs,
    published,
    expected,
    delivered: expected - lost,
    lost,
    duplicated: 0,
    outOfOrder: 0,
    gaps: 0,
    retries: 0,
    latency: isDelivery ? distributionOf(q => nature.ms(q) * factor + 0.4, expected, lost) : null,
    publisherLag: null,
    hop: null,
    delivery: isDelivery ? distributionOf(q => nature.ms(q) * factor, expected, lost) : null,
    bytesIn: Math.round(total * jitter * (requests > 0 ? 0.6 : 0.01)),
    bytesOut: Math.round(total * jitter * (requests > 0 ? 0.4 : 0.99)),
    startupBytes: 50_000,
    requests,
    emptyAnswers: transport === 'short-polling' ? Math.round(requests * 0.0001) : 0,
    skippedPolls: 0,
    noticesWritten: expected,
    writes: Math.round(expected * 0.9),
    connectionsOpened: 0,
    timeline: Array.from({ length: 41 }, (_, at) => [
      (at * scenario.windowMs) / 40,
      scenario.clients,
      Math.round((requests * at) / 40 + (requests / 200) * random()),
    ]),
    server: {
      cpuUs: (isLarge ? 600_000 : 60_000) + Math.round(nature.cpuUs * expected * (0.97 + 0.06 * random())),
      rssBytes: 90e6 + Math.round(scenario.clients * (9000 + 3000 * random())),
      rssBeforeBytes: 90e6,
      loopDelayP99Ms: 1.2 + random() + nature.cpuUs / 40,
    },
    client: { cpuShare: 0.2, cpuUs: 400_000, loopDelayP99Ms: 1.4 },
    connectMs: 60 + 10 * random(),
  }
}
