// The schema of a scenario: the parameters of one measurement.
import * as z from 'zod/mini'
import { amount, count } from './estimate.ts'

export const scenario = z.object({
  id: z.string(),
  /** `delivery`: subscribers under load, and a cell without transport for the publishing alone. `idle`: subscribers, nothing published.
   * `sessions`: Socket.IO's polling sessions through a balancer, request by request. `connect`: subscribers that come to held notices, once anew and once after a cut. `upstream`: messages from client to server.
   * `peer`: a contestant under a load that only counts; at 0 a second it is polled every pollIntervalMs, or its streams are opened anew; without a window it is its memory. `capacity`: the
   * most of what it seeks. `soak`: the same load for long, the heap read after a collection now and then. `hold`: so many connections at once,
   * told of a notice all together. `tabs`: pages of one browser, one after the other. `hidden`: a page that is seen, and then is not. `stage`: the demo's stage in front of a class of phones. */
  kind: z.enum([
    'delivery',
    'sessions',
    'idle',
    'connect',
    'upstream',
    'peer',
    'capacity',
    'soak',
    'hold',
    'tabs',
    'hidden',
    'stage',
  ]),
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
  /** Socket.IO connects by polling only, or by WebSocket only. Absent = by polling, and then goes over. */
  socketIoOver: z.optional(z.enum(['polls', 'frames'])),
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
  /** How pages fetch. Absent = as it comes: a browser's cache lets one request for an address pass at a time, and polls of one cursor have
   * one address. `no-store`: past the cache. */
  fetchCache: z.optional(z.literal('no-store')),
  /** The page has been hidden for so long when the window begins. Absent = not at all. */
  hiddenForMs: z.optional(amount),
  /** false = the load process does not probe its own floor, whose packets would count at the level of IP. */
  floor: z.optional(z.boolean()),
})

export type Scenario = z.infer<typeof scenario>
