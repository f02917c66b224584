// The schema of a run (results/<id>/run.json): its cells, the summary, claims and fingerprint, and a parse with clear errors.
// The bench writes it; the viewer, report.html, compare and strangers' tools read it.
import * as z from 'zod/mini'
import { type Cell, cell } from './cell.ts'
import { count, estimate, missing, quantilePoints } from './estimate.ts'
import { scenario } from './scenario.ts'

z.config(z.locales.en())

export const FORMAT = 'transport-lab-run'
/** What is written. Version 2 only adds: a run of version 1 lacks what came later, and says so by its absence. */
export const VERSION = 2
const readable = [1, VERSION] as const

/** What the summary says of one transport under one scenario; a statistic is an estimate over the usable rounds or says why it is missing. */
const summaryRow = z.object({
  scenario: z.string(),
  transport: z.string(),
  rounds: count,
  voided: count,
  /** Attempts at its cells that were measured again; absent = none. */
  repeated: z.optional(count),
  expected: count,
  delivered: count,
  lost: count,
  duplicated: count,
  outOfOrder: count,
  /** By name, unit in the name: meanMs medianMs p90Ms p99Ms maxMs latencyMedianMs … bytesPerNotice idleBytesPerMinute cpuUsPerNotice
   * rssPerSubscriberBytes noticesPerAnswer noticesPerWrite requestsPerSecond emptyShare loopDelayP99Ms connectMs. */
  statistics: z.record(z.string(), z.union([estimate, missing])),
  /** What the usable rounds say together: at each level the number that a statistic of that level has. */
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

const verdict = z.enum(['reproduced', 'refuted', 'qualified', 'measured', 'inconclusive'])

/** A claim of the field, put to the test. Everything but `measured`, `verdict`, `why` and `finding` was fixed before the run. */
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
      /** Where it is another one than the claim's. */
      unit: z.optional(z.string()),
      predicted: z.nullable(z.number()),
      claimed: z.nullable(z.number()),
      measured: z.nullable(estimate),
    }),
  ),
  /** `measured`: a question without a claim. */
  verdict,
  why: z.string(),
  /** What it would have been with neighbouring choices that the rule has a say in; absent = not looked at. */
  sensitivity: z.optional(z.array(z.object({ choice: z.string(), verdict }))),
  /** The verdict in a line of plain words. */
  finding: z.optional(z.string()),
  /** What it is about: a group of experiments. */
  topic: z.optional(z.string()),
  /** Where the source is found. A run may be a stranger's, and pages link this: nothing but https. */
  address: z.optional(z.string().check(z.regex(/^https:\/\//))),
  /** Its place, from 1, among the few that a summary names. */
  digest: z.optional(count),
})

const precision = z.object({
  /** Of a ratio of medians to the baseline: how far its interval may reach. 0.06 = 6 %. Absent: rounds go on until the claims are decided. */
  share: z.optional(z.number()),
  leastRounds: count,
  mostRounds: count,
  /** No round begins that would end later; null = no bound. Of claims: of the cells that one claim reads. */
  budgetMs: z.nullable(count),
  /** What became of each claim that further rounds can decide. */
  claims: z.optional(
    z.array(
      z.object({
        id: z.string(),
        isDecided: z.boolean(),
        /** Rounds of the scenario that it reads most often. */
        rounds: count,
        /** Time that the cells it reads took. */
        ms: count,
      }),
    ),
  ),
})

const run = z.object({
  format: z.literal(FORMAT),
  version: z.literal(readable),
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
  /** Where rounds went on until ratios were precise, or the time was over; absent = a fixed number of rounds. */
  precision: z.optional(precision),
  seed: count,
  fingerprint,
  scenarios: z.array(scenario),
  cells: z.array(cell),
  /** Attempts at cells that were measured again at once, in the same place of their round: other programs had the cores, or a part did not start.
   * They are in no statistic; what they lost, repeated or disordered is in the summary's counts. Absent = none. */
  attempts: z.optional(z.array(cell)),
  summary: z.array(summaryRow),
  claims: z.optional(z.array(claim)),
  verdict: z.string(),
  warnings: z.array(warning),
})

export type Run = z.infer<typeof run>
export type SummaryRow = z.infer<typeof summaryRow>
export type Warning = z.infer<typeof warning>
export type Fingerprint = z.infer<typeof fingerprint>
export type Claim = z.infer<typeof claim>

/** What a schema says of a document; undefined where so many places are wrong that the library cannot put them together: it hands the list of them
 * on as arguments, and a stack has room for some hundred thousand. */
function checked<Schema extends z.ZodMiniType>(schema: Schema, document: unknown) {
  try {
    return schema.safeParse(document)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** A claim from a parsed JSON document; undefined where it is not one. */
export function parseClaim(document: unknown): Claim | undefined {
  return checked(claim, document)?.data
}

/** A scenario with what was a parameter once as what it is now: an option of the transport that it is about. */
const renamed = (scenario: { socketIoOver?: string } | null) =>
  scenario?.socketIoOver
    ? { ...scenario, transportOptions: { 'socket-io': { over: scenario.socketIoOver } } }
    : scenario

/** A run whose cells, the most of it, have not been looked at: they are one by one, up to the first that is wrong. */
const outline = z.extend(run, { cells: z.array(z.unknown()), attempts: z.optional(z.array(z.unknown())) })

/** A run from a parsed JSON document. Throws one sentence that names the field, what was expected and what was there. */
export function parseRun(document: unknown): Run {
  const given = (document ?? {}) as Record<string, unknown>
  const { scenarios } = given
  const result = checked(outline, Array.isArray(scenarios) ? { ...given, scenarios: scenarios.map(renamed) } : document)
  if (!result?.success) {
    if (given.format !== FORMAT)
      throw new Error(`not a run of this lab: "format" must be "${FORMAT}", got ${show(given.format)}`)
    if (!readable.some(version => version === given.version))
      throw new Error(
        `this lab reads runs of versions ${readable.join(' and ')}; "version" of this one is ${show(given.version)}`,
      )
    throw notAsExpected(document, [], result?.error)
  }
  const cellsIn = (key: 'cells' | 'attempts', cells: readonly unknown[]): Cell[] =>
    cells.map((each, index) => {
      const read = checked(cell, each)
      if (read?.success) return read.data
      throw notAsExpected(document, [key, index], read?.error)
    })
  const { cells, attempts, ...rest } = result.data
  return { ...rest, cells: cellsIn('cells', cells), ...(attempts && { attempts: cellsIn('attempts', attempts) }) }
}

/** The first place that is wrong within `within`; without an error there were more than can be told. */
function notAsExpected(document: unknown, within: readonly PropertyKey[], error: z.core.$ZodError | undefined): Error {
  const [issue] = error?.issues ?? []
  const places = [...within, ...(issue?.path ?? [])]
  const path = places
    .map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
  if (!issue)
    return new Error(`run.json: ${path === '' ? 'it' : `"${path}"`} is not as expected in more places than can be told`)
  return new Error(`run.json: "${path}" is not as expected: ${issue.message}; got ${show(at(document, places))}`)
}

const at = (document: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], document)

function show(value: unknown): string {
  try {
    const text = JSON.stringify(value) ?? 'nothing'
    return text.length > 60 ? `${text.slice(0, 57)}…` : text
  } catch {
    // The one reason why what was JSON is none again.
    return 'something nested too deep to be shown'
  }
}
