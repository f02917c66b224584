// The schema of a cell: what one transport did under one scenario in one round.
import * as z from 'zod/mini'
import { amount, count, distribution } from './estimate.ts'

/** A page's time in view, or out of it. */
const spell = z.object({
  forMs: amount,
  published: count,
  received: count,
  /** Appended → received in the page; null where nothing came. */
  delay: z.nullable(z.object({ meanMs: amount, medianMs: amount, maxMs: amount })),
  /** Requests that the subscriber made, and the time between two of them; null where there were no two. */
  polls: count,
  interval: z.nullable(z.object({ medianMs: amount, maxMs: amount })),
  /** How far off the page's clock may be, either way. */
  clockMs: amount,
})

/** One transport under one scenario in one round. */
export const cell = z.object({
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
  /** `hold`: connections held at once on one port of a server with workers, and what they took. */
  hold: z.optional(
    z.object({
      wanted: count,
      held: count,
      /** Why these are not all that were wanted. */
      endedBy: z.optional(z.string()),
      /** Local ports of a client address as the system is set; null = unknown. */
      portsPerAddress: z.nullable(count),
      /** Client addresses in the order in which they were filled: connections from each, and whether the system then had no port left for it. */
      addresses: z.array(z.object({ opened: count, isExhausted: z.boolean() })),
      /** Connections of each worker. */
      perWorker: z.array(count),
      /** Each notice: how many had it, and from its being appended until the last one had; null where not all did. */
      broadcasts: z.array(z.object({ reached: count, lastMs: z.nullable(amount) })),
      /** Growth of the resident set from nobody connected to all: of all workers, of all load processes. */
      workerBytes: count,
      loadBytes: count,
      /** The same of the kernel, for both ends of each connection: its objects (Slab of /proc/meminfo) and TCP's buffers (mem of
       * /proc/net/sockstat); null elsewhere than on Linux. */
      kernel: z.nullable(z.object({ slabBytes: count, tcpBytes: count })),
      /** CPU while they connected: of the primary, which hands them on, and of all workers. */
      connectCpuUs: z.object({ primary: count, workers: count }),
    }),
  ),
  /** `sessions`: requests that carried a session's id, and those that were answered by a server that does not know it. */
  sessions: z.optional(z.object({ requests: count, refused: count })),
  /** `tabs`: at each number of tabs how many were open in time, how many connections or held polls the server had, how many had the next notice
   * in time, and how long another request of the newest page took (null = not answered in time). */
  tabs: z.optional(
    z.array(z.object({ tabs: count, open: count, held: count, received: count, askedMs: z.nullable(amount) })),
  ),
  /** `hidden`: one page in view, and then behind another tab. */
  hidden: z.optional(
    z.object({
      visible: spell,
      hidden: spell,
      /** How long after it was hidden the page began to pause between requests for more than seconds; null = it did not. */
      slowedAfterMs: z.optional(z.nullable(amount)),
    }),
  ),
  /** `stage`: phones of the class, events of its log, frames drawn in each whole second, and the longest time between two frames. */
  stage: z.optional(z.object({ phones: count, events: count, frames: z.array(count), longestMs: amount })),
  /** What the subscribers ran in, where that was a browser. */
  browser: z.optional(z.string()),
  /** [ms since the window began, bytes]: the heap right after a collection. */
  heap: z.optional(z.array(z.tuple([z.number(), count]))),
})

export type Cell = z.infer<typeof cell>
