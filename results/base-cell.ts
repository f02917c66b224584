// What every cell has, whatever kind of measurement it is: counts, distributions, bytes, CPU.
import * as z from 'zod/mini'
import { amount, count, distribution } from './estimate.ts'

/** Fields of a cell; those of its kind come on top (`kinds/`). */
export const baseCell = {
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
  /** appended → received: what the models speak of. With several servers on a backplane, sent → received: each of them appends at its own time. */
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
  /** Bytes of the window by part: body (encoded notices), framing (what wraps them), headers, emptyPolls, heartbeats. Under TLS what its
   * records add is headers too. */
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
  /** Of a fleet, each server by itself over the window; `server` above is then their sum. */
  fleet: z.optional(
    z.array(
      z.object({ name: z.string(), cpuUs: count, rssBytes: count, open: count, opened: count, noticesWritten: count }),
    ),
  ),
  /** What runs beside the servers of a fleet, the balancer and the backplane's program: CPU in the window, and resident memory. */
  besides: z.optional(z.array(z.object({ name: z.string(), cpuUs: count, rssBytes: count }))),
  /** What came of a fault: how many subscribers lost their connection, how long each was without the stream (ascending, at most 200
   * quantiles of it, ms), and to which servers they came back. */
  recovery: z.optional(
    z.object({ affected: count, ms: z.array(amount), to: z.record(z.string(), count), atMs: amount, untilMs: amount }),
  ),
  /** Every 100 ms of the window: [ms since it began, notices received, the latest of them in ms after it was appended; null where none came]. */
  arrivals: z.optional(z.array(z.tuple([z.number(), count, z.nullable(amount)]))),
  /** Programs that had nothing to do with the run: their share of all cores while the cell was measured, and, where that voids it, the greediest
   * of them by name. Absent where it cannot be had, and of kinds whose figures do not suffer from it. */
  others: z.optional(
    z.object({
      share: amount,
      processes: z.optional(z.array(z.object({ name: z.string(), pid: count, share: amount }))),
    }),
  ),
  /** What the subscribers ran in, where that was a browser. */
  browser: z.optional(z.string()),
}

const schema = z.object(baseCell)

export type BaseCell = z.infer<typeof schema>
