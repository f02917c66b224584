// What every scenario has, whatever kind of measurement it asks for: the load, the network, the server's settings.
import * as z from 'zod/mini'
import { amount, count } from './estimate.ts'

/** Fields of a scenario; those of its kind come on top (`kinds/`). */
export const baseScenario = {
  id: z.string(),
  clients: count,
  /** λ, notices per second; 0 when idle. */
  ratePerSecond: amount,
  schedule: z.enum(['poisson', 'periodic']),
  /** Poisson pauses drawn one from each of equally likely strata, in random order: it keeps the luck of the draw out of short windows. */
  stratified: z.optional(z.boolean()),
  /** What is subtracted from a round's mean of long polling before it is judged: how lucky its schedule was (bench/README.md). Absent = nothing. */
  control: z.optional(z.enum(['schedule'])),
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
  /** Who answers the stream's requests: absent = its Router, called by the HTTP server; `app` = the Express app around it. */
  express: z.optional(z.literal('app')),
  /** How open streams are written to: absent = one prepared buffer for all; `send` = the library's send for each subscriber and notice. */
  writes: z.optional(z.literal('send')),
  /** Whose code reads at the subscribers: absent = this lab's lean readers; `stock` = what people install, as its documentation shows it. */
  clientLibrary: z.optional(z.literal('stock')),
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
  /** Options that a transport has of its own, by its name; absent = none. What they are called and mean is its client's matter. */
  transportOptions: z.optional(
    z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  ),
  /** A poller gives up an idle connection this long before the server's Keep-Alive hint. Absent = 1000. */
  keepAliveThresholdMs: z.optional(amount),
  /** Declared busy wait of the server per write. */
  burnUs: z.optional(amount),
  /** The server is stopped (SIGSTOP) for this long in the middle of the window. */
  stallMs: z.optional(amount),
  /** Connections beside the subscribers that read nothing once they are open. */
  stalledReaders: z.optional(count),
  /** A naive closed-loop client beside the subscribers asks the server again this long after each answer. */
  naiveEveryMs: z.optional(amount),
  /** Notices that are due together and posted as one array. Absent = 1. */
  perPost: z.optional(count),
  /** Servers of the fleet; absent = one, without a balancer. */
  servers: z.optional(count),
  /** What stands before the servers; absent = nothing. */
  balancer: z.optional(z.enum(['haproxy'])),
  /** `cookie`: the balancer keeps a client with its server. Absent = every request goes to the next one. */
  sticky: z.optional(z.enum(['cookie'])),
  /** What makes one stream of several servers; absent = `memory`. */
  backplane: z.optional(z.string()),
  /** Processes that share one server's port; absent = 1. */
  workers: z.optional(count),
  /** Subscribers connect by https and wss. */
  tls: z.optional(z.boolean()),
  /** What goes wrong `atMs` after the window began: one of the servers is killed for good, or the backplane stands still for `forMs`. */
  fault: z.optional(z.object({ kind: z.enum(['kill-server', 'pause-backplane']), atMs: amount, forMs: amount })),
  /** false = the load process does not probe its own floor, whose packets would count at the level of IP. */
  floor: z.optional(z.boolean()),
}

const schema = z.object(baseScenario)

export type BaseScenario = z.infer<typeof schema>
