// The schema of a run (results/<id>/run.json): what a cell recorded, what the summary says of it, and a parse with clear errors.
// A leaf: the bench writes it, the viewer, report.html, compare and strangers' tools read it.
import * as z from 'zod/mini'

z.config(z.locales.en())

export const FORMAT = 'transport-lab-run'
export const VERSION = 1

const count = z.int().check(z.nonnegative())
const amount = z.number().check(z.nonnegative())
/** A figure that may be missing: then it says why, and is shown as "n/a (reason)", never 0. */
const missing = z.object({ missing: z.string() })

/** An estimate over rounds with its 95 % interval (Student t; `low`/`high` null where n < 2). */
const estimate = z.object({
  value: z.number(),
  low: z.nullable(z.number()),
  high: z.nullable(z.number()),
  /** Rounds it rests on. */
  n: count,
})

/** Quantities of a latency distribution in µs. `infinite` counts expected deliveries that never came; they are part of the quantiles
 * (a quantile that falls among them is null). */
const distribution = z.object({
  count,
  infinite: count,
  /** Values below 0, which stand as 0: two clocks, or readings in the wrong order. Absent = none. */
  negatives: z.optional(count),
  minUs: z.nullable(z.number()),
  meanUs: z.nullable(z.number()),
  sdUs: z.nullable(z.number()),
  p50Us: z.nullable(z.number()),
  p90Us: z.nullable(z.number()),
  p99Us: z.nullable(z.number()),
  /** Where RFC 6202's "maximal latency" is judged; absent in older runs. */
  p995Us: z.optional(z.nullable(z.number())),
  p999Us: z.nullable(z.number()),
  maxUs: z.nullable(z.number()),
  /** HDR histogram of µs, V2 compressed, base64; left out of report.html. */
  hdr: z.optional(z.string()),
})

/** At most 200 points [q, µs] of a distribution merged over rounds, dense in the tail; µs null where infinite. */
const quantilePoints = z.array(z.tuple([z.number(), z.nullable(z.number())]))

const scenario = z.object({
  id: z.string(),
  /** `delivery`: subscribers under load, and a cell without transport for the publishing alone. `idle`: subscribers, nothing published.
   * `connect`: subscribers that come to held notices, once anew and once after a cut. `upstream`: messages from client to server.
   * `peer`: a contestant under a load that only counts; at 0 a second its polls in a closed loop, without a window its memory. `capacity`: the
   * most of what it seeks. `soak`: the same load for long, the heap read after a collection now and then. */
  kind: z.enum(['delivery', 'idle', 'connect', 'upstream', 'peer', 'capacity', 'soak']),
  clients: count,
  /** λ, notices per second; 0 when idle. */
  ratePerSecond: amount,
  schedule: z.enum(['poisson', 'periodic']),
  /** Poisson pauses drawn one from each of equally likely strata, in random order: it keeps the luck of the draw out of short windows. */
  stratified: z.optional(z.boolean()),
  bodyBytes: count,
  /** T of short polling. */
  pollIntervalMs: amount,
  /** τ of long polling. */
  waitMs: amount,
  warmupMs: amount,
  windowMs: amount,
  /** Emulated round trip; 0 = loopback without the relay. */
  rttMs: amount,
  coalesce: z.boolean(),
  /** Which request headers a poll carries. */
  headerProfile: z.string(),
  /** Those that are measured under it; absent = the run's. */
  transports: z.optional(z.array(z.string())),
  /** Whether the publishing alone is measured too. Absent = where a window holds enough CPU for it to be subtracted from. */
  publishingAlone: z.optional(z.boolean()),
  /** Rounds of it, where they are fewer than the run's. */
  rounds: z.optional(count),
  /** Extra delay of the emulated network, uniform on [0, jitterMs). */
  jitterMs: z.optional(amount),
  /** Bandwidth of each subscriber's emulated line and direction; absent = no limit. */
  bandwidthKBps: z.optional(amount),
  /** Most notices a polling answer carries (1 = one per answer); absent = the server's default. */
  limit: z.optional(count),
  /** `after-answer`: the poll timer restarts when the answer is in. Absent = `fixed-rate`. */
  pollTimer: z.optional(z.enum(['fixed-rate', 'after-answer'])),
  /** A poller gives up an idle connection this long before the server's Keep-Alive hint. Absent = 1000. */
  keepAliveThresholdMs: z.optional(amount),
  /** Declared busy wait of the server per write. */
  burnUs: z.optional(amount),
  /** The server is stopped (SIGSTOP) for this long in the middle of the window. */
  stallMs: z.optional(amount),
  /** A naive closed-loop client beside the subscribers asks the server again this long after each answer. */
  naiveEveryMs: z.optional(amount),
  /** Which server is under test; absent = this lab's. */
  contestant: z.optional(z.string()),
  /** Notices that are due together and posted as one array. Absent = 1. */
  perPost: z.optional(count),
  /** What a capacity is of: polls, connects or deliveries a second, or subscribers that are served in time. */
  seeks: z.optional(z.enum(['polls', 'connects', 'deliveries', 'subscribers'])),
  /** In time = the p99 of the latency stays within this. */
  sloMs: z.optional(amount),
  /** The heap is read after a collection this often. */
  heapEveryMs: z.optional(amount),
  /** false = the load process does not probe its own floor, whose packets would count at the level of IP. */
  floor: z.optional(z.boolean()),
})

/** One transport under one scenario in one round. */
const cell = z.object({
  scenario: z.string(),
  /** null: the scenario's load with no subscriber, which is subtracted from the others' CPU. */
  transport: z.nullable(z.string()),
  round: count,
  /** Position within its round, from 0. */
  order: count,
  /** `void`: measured but not usable (the reasons say why); it stays visible. `failed`: nothing was measured. */
  status: z.enum(['ok', 'void', 'failed']),
  reasons: z.array(z.string()),
  startedAt: z.string(),
  /** Measured length of the window. */
  windowMs: amount,
  published: count,
  /** published × subscribers. */
  expected: count,
  delivered: count,
  lost: count,
  duplicated: count,
  outOfOrder: count,
  gaps: count,
  retries: count,
  /** intended publish → received; = publisherLag + hop + delivery for each notice. */
  latency: z.nullable(distribution),
  /** intended → sent. */
  publisherLag: z.nullable(distribution),
  /** intended → appended. */
  hop: z.nullable(distribution),
  /** appended → received: what the models speak of. */
  delivery: z.nullable(distribution),
  /** TCP payload at the server's raw sockets within the window. */
  bytesIn: count,
  bytesOut: count,
  /** TCP payload in and out from the first connect to the end of warm-up (handshakes, first answers). */
  startupBytes: z.nullable(count),
  requests: count,
  emptyAnswers: count,
  skippedPolls: count,
  /** Server-side: notices handed over, and the answers or writes that carried them. */
  noticesWritten: count,
  writes: count,
  connectionsOpened: count,
  /** [ms since the window began, open connections, requests so far] a few times a second. */
  timeline: z.array(z.tuple([z.number(), count, count])),
  server: z.object({
    cpuUs: count,
    rssBytes: count,
    /** RSS before the first subscriber connected. */
    rssBeforeBytes: count,
    loopDelayP99Ms: z.nullable(amount),
  }),
  client: z.object({
    /** Share of one core the busiest load process used within the window. */
    cpuShare: amount,
    cpuUs: count,
    loopDelayP99Ms: amount,
  }),
  /** Connect of all subscribers, ms. */
  connectMs: z.nullable(amount),
  /** Re-arm gap g at the server: an answer sent → the same connection's next request. Polls that came on a new connection are not in it. */
  gap: z.optional(z.object({ count, meanMs: amount, sdMs: amount })),
  /** Bytes of the window by part: body (encoded notices), framing (what wraps them), headers, emptyPolls, heartbeats. */
  parts: z.optional(z.record(z.string(), amount)),
  /** IP level: the host's counters over the window, less nothing; absent where they cannot be had or the relay would double them. */
  ip: z.optional(z.object({ bytes: count, segments: count })),
  /** Error of the emulated network: delivery less its ideal instant. */
  link: z.optional(z.object({ addedP50Ms: z.number(), addedP99Ms: z.number(), addedMaxMs: z.number() })),
  /** Last subscriber's arrival less the first's, mean over notices: how long a broadcast takes to reach all. */
  spreadMs: z.optional(amount),
  /** The load process's own floor: a message to itself over a socket, at the same rate. */
  floor: z.optional(distribution),
  /** Pollers at fixed times: how many polled in the window, and Kuiper's distance of their phases from even (0 even, 1 in step). */
  pollPhases: z.optional(z.object({ count, kuiper: amount })),
  /** What the naive closed-loop client would report. */
  naive: z.optional(distribution),
  /** Length of every cursor of the window; absent where it changed in it. */
  cursorBytes: z.optional(count),
  /** `connect`: time from the first packet to the first notice, mean over the subscribers, and TCP payload both ways of one of them. `cold`
   * has never been connected, `resumed` has a cursor and was cut. */
  first: z.optional(
    z.object({
      cold: z.object({ meanMs: amount, maxMs: amount, bytes: amount }),
      resumed: z.object({ meanMs: amount, maxMs: amount, bytes: amount }),
    }),
  ),
  /** `upstream`: messages from client to server in the window, and TCP payload of them and of what answers them. */
  upstream: z.optional(z.object({ messages: count, bytesIn: count, bytesOut: count })),
  /** `capacity`: the most that was found, per second or subscribers; `isLowerBound` where something other than the server gave in first.
   * Shares are of a core. `steps` are the attempts of a search, in order. */
  capacity: z.optional(
    z.object({
      value: amount,
      isLowerBound: z.boolean(),
      serverShare: z.nullable(amount),
      clientShare: z.nullable(amount),
      steps: z.optional(
        z.array(
          z.object({
            clients: count,
            p99Ms: z.nullable(amount),
            outcome: z.enum(['within', 'beyond', 'client-bound']),
          }),
        ),
      ),
    }),
  ),
  /** [ms since the window began, bytes]: the heap right after a collection. */
  heap: z.optional(z.array(z.tuple([z.number(), count]))),
})

/** What the summary says of one transport under one scenario; a statistic is an estimate over the usable rounds or says why it is missing. */
const summaryRow = z.object({
  scenario: z.string(),
  transport: z.string(),
  rounds: count,
  voided: count,
  expected: count,
  delivered: count,
  lost: count,
  duplicated: count,
  outOfOrder: count,
  /** By name, unit in the name: meanMs medianMs p90Ms p99Ms maxMs latencyMedianMs … bytesPerNotice idleBytesPerMinute cpuUsPerNotice
   * rssPerSubscriberBytes noticesPerAnswer noticesPerWrite requestsPerSecond emptyShare loopDelayP99Ms connectMs. */
  statistics: z.record(z.string(), z.union([estimate, missing])),
  /** Merged over the usable rounds. */
  delivery: z.nullable(quantilePoints),
  latency: z.nullable(quantilePoints),
  /** Mean bytes per delivered notice by part; absent parts were not measured. */
  bytesByPart: z.optional(z.record(z.string(), z.number())),
})

const warning = z.object({
  code: z.string(),
  /** `error` makes the data unusable (exit code 1). */
  severity: z.enum(['error', 'warning', 'note']),
  message: z.string(),
  remedy: z.optional(z.string()),
})

const fingerprint = z.object({
  cpu: z.string(),
  cores: count,
  memoryBytes: count,
  os: z.string(),
  kernel: z.string(),
  node: z.string(),
  packages: z.record(z.string(), z.string()),
  gitRevision: z.nullable(z.string()),
  gitDirty: z.nullable(z.boolean()),
  fileLimit: z.nullable(count),
  sysctls: z.record(z.string(), z.string()),
  /** Whether the server had a core of its own. */
  isPinned: z.optional(z.boolean()),
  /** Whether the publisher ran before others of its core (real-time scheduling). */
  isPublisherFirst: z.optional(z.boolean()),
})

/** A claim of the field, put to the test. Everything but `measured`, `verdict` and `why` was fixed before the run. */
const claim = z.object({
  id: z.string(),
  claim: z.string(),
  source: z.string(),
  prediction: z.string(),
  tolerance: z.string(),
  unit: z.string(),
  /** What was compared: each with its prediction, its measurement, and the claim's own figure where it names one. */
  points: z.array(
    z.object({
      label: z.string(),
      predicted: z.nullable(z.number()),
      claimed: z.nullable(z.number()),
      measured: z.nullable(estimate),
    }),
  ),
  /** `measured`: a question without a claim. */
  verdict: z.enum(['reproduced', 'refuted', 'qualified', 'measured', 'inconclusive']),
  why: z.string(),
})

const run = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  id: z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,79}$/)),
  name: z.optional(z.string().check(z.maxLength(200))),
  /** `partial`: stopped early, whole rounds kept. `failed`: the server died or could not be reached. */
  status: z.enum(['running', 'complete', 'partial', 'failed']),
  startedAt: z.string(),
  endedAt: z.nullable(z.string()),
  experiment: z.string(),
  preset: z.string(),
  /** The words after `npm run bench --`. */
  command: z.array(z.string()),
  transports: z.array(z.string()),
  roundsPlanned: count,
  roundsDone: count,
  seed: count,
  fingerprint,
  scenarios: z.array(scenario),
  cells: z.array(cell),
  summary: z.array(summaryRow),
  claims: z.optional(z.array(claim)),
  verdict: z.string(),
  warnings: z.array(warning),
})

export type Run = z.infer<typeof run>
export type Scenario = z.infer<typeof scenario>
export type Cell = z.infer<typeof cell>
export type SummaryRow = z.infer<typeof summaryRow>
export type Distribution = z.infer<typeof distribution>
export type QuantilePoints = z.infer<typeof quantilePoints>
export type Estimate = z.infer<typeof estimate>
export type Statistic = Estimate | z.infer<typeof missing>
export type Warning = z.infer<typeof warning>
export type Fingerprint = z.infer<typeof fingerprint>
export type Claim = z.infer<typeof claim>

export const isMissing = (statistic: Statistic): statistic is z.infer<typeof missing> => 'missing' in statistic

/** A run from a parsed JSON document. Throws one sentence that names the field, what was expected and what was there. */
export function parseRun(document: unknown): Run {
  const result = run.safeParse(document)
  if (result.success) return result.data
  const given = (document ?? {}) as Record<string, unknown>
  if (given.format !== FORMAT)
    throw new Error(`not a run of this lab: "format" must be "${FORMAT}", got ${show(given.format)}`)
  if (given.version !== VERSION)
    throw new Error(`this lab reads runs of version ${VERSION}; "version" of this one is ${show(given.version)}`)
  const issue = result.error.issues[0]!
  const path = issue.path
    .map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
  throw new Error(`run.json: "${path}" is not as expected: ${issue.message}; got ${show(at(document, issue.path))}`)
}

const at = (document: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], document)

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
