// Closed-form predictions under load and at the limits: fan-out on one thread, kept-alive connections, stalls, ports, stickiness, restarts.
import { nonNegative, positive, share, whole } from './domain.ts'

/** Where publications come from: `inside` the server they are appended at once, from `outside` they queue with the requests. */
export type Publisher = 'inside' | 'outside'

interface FanOut {
  /** λ. */
  ratePerSecond: number
  /** N. */
  clients: number
  /** s, server CPU per delivery. */
  serviceUs: number
  downMs: number
}

/** ρ = λNs, the share of one thread that a broadcast of N deliveries of s each takes at λ per second. Domain: λ, s > 0, N ≥ 1. */
export const fanOutUtilisation = (p: Omit<FanOut, 'downMs'>): number =>
  (positive('ratePerSecond', p.ratePerSecond) * whole('clients', p.clients, 1) * positive('serviceUs', p.serviceUs)) /
  1e6

/**
 * Mean latency of push from one thread, ms: publications queue (M/D/1 with service time Ns), then client i of N is served after i·s:
 * dd + Ns·ρ/(2(1 − ρ)) + (N + 1)s/2, for large N dd + Ns/(2(1 − ρ)); Infinity for ρ ≥ 1, then `fanOutBacklogMs`.
 * With `coalesce` all that is due goes out in one broadcast of Ns: dd + μ(Ns)²/2 + (N + 1)s/2 with μ = 1/(Ns + e^(−ρ)/λ): never unstable,
 * dd + Ns at most for large N. Source: Pollaczek–Khinchine; `longPolling` with the broadcast as its gap.
 * Domain: Poisson; intended → received (the wait is before the append); a coalesced write costs as much as a single one.
 */
export const fanOutMeanMs = (p: FanOut & { coalesce?: boolean }): number => {
  const utilisation = fanOutUtilisation(p)
  const broadcastMs = (p.clients * p.serviceUs) / 1000
  const ownTurnMs = nonNegative('downMs', p.downMs) + ((p.clients + 1) * p.serviceUs) / 2000
  if (p.coalesce) return ownTurnMs + (broadcastMs * utilisation) / (2 * (utilisation + Math.exp(-utilisation)))
  return utilisation < 1 ? ownTurnMs + (broadcastMs * utilisation) / (2 * (1 - utilisation)) : Number.POSITIVE_INFINITY
}

/**
 * The same of a periodic schedule, ms: as long as a broadcast is over before the next one is due nothing queues, and client i of N is served after
 * i·s: dd + (N + 1)s/2; Infinity for ρ > 1. Source: D/D/1. Domain: as `fanOutMeanMs`.
 */
export const periodicFanOutMeanMs = (p: FanOut): number =>
  fanOutUtilisation(p) <= 1
    ? nonNegative('downMs', p.downMs) + ((p.clients + 1) * p.serviceUs) / 2000
    : Number.POSITIVE_INFINITY

/**
 * When the client in the given place (1 = first) of a broadcast is served after the first byte of work, ms: place·s; linear, N·s for the last.
 * Source: one thread. Domain: place a whole number from 1, s > 0.
 */
export const servedAfterMs = (p: { place: number; serviceUs: number }): number =>
  (whole('place', p.place, 1) * positive('serviceUs', p.serviceUs)) / 1000

/** Work queued after `elapsedMs` of overload, ms: (ρ − 1)·t, 0 for ρ ≤ 1. Source: fluid limit. Domain: ρ, t ≥ 0, from an empty queue. */
export const fanOutBacklogMs = (p: { utilisation: number; elapsedMs: number }): number =>
  Math.max(0, nonNegative('utilisation', p.utilisation) - 1) * nonNegative('elapsedMs', p.elapsedMs)

/**
 * The plateau of batched long polling on a saturated thread, ms, whatever λ: each client's turn comes every Ns. Published inside the server a notice
 * waits U(0, Ns): dd + Ns/2; from outside the publication first queues behind the requests that are not under way, Ns − RTT: dd + 1.5·Ns − RTT
 * (the RTT is negligible against Ns in the field's form of it).
 * Source: derived. Domain: intended → received; Ns > RTT (else the thread is idle between polls). Inside, it holds at any load; outside, the queue
 * must be full: 3 % too high at λNs = 2, 10 % at 1.2, since some polls are then held and not queued.
 */
export const saturatedLongPollingMeanMs = (p: {
  clients: number
  serviceUs: number
  downMs: number
  rttMs?: number
  publisher: Publisher
}): number => {
  const turnMs = (whole('clients', p.clients, 1) * positive('serviceUs', p.serviceUs)) / 1000
  const downMs = nonNegative('downMs', p.downMs)
  const rttMs = nonNegative('rttMs', p.rttMs ?? 0)
  if (rttMs >= turnMs)
    throw new RangeError(
      `rttMs must be below clients · serviceUs (${turnMs} ms), else the thread is not saturated, got ${rttMs}`,
    )
  return downMs + (p.publisher === 'inside' ? turnMs / 2 : 1.5 * turnMs - rttMs)
}

/**
 * The utilisation ρ of push at which its mean latency reaches long polling's plateau: 1 − s_push/s_poll with the publisher inside,
 * 1 − s_push/(3·s_poll) outside; 0 where long polling is no dearer from the start. Source: Ns_push/(2(1 − ρ)) = the plateau.
 * Domain: large N, no coalescing of pushes (which removes the crossing), RTT ≪ Ns (outside, a round trip lowers the plateau and so the crossing).
 */
export const crossoverUtilisation = (p: {
  pushServiceUs: number
  pollServiceUs: number
  publisher: Publisher
}): number => {
  const ratio = positive('pushServiceUs', p.pushServiceUs) / positive('pollServiceUs', p.pollServiceUs)
  return Math.max(0, 1 - (p.publisher === 'inside' ? ratio : ratio / 3))
}

/**
 * New connections per second of N pollers: 0 while their connection outlives the pause between two polls, else N/C. The server counts its timeout
 * from an answer to the next request (C), the client from the answer's arrival to its next request (C − RTT).
 * Source: derived; undici's own rule is 5 s less a threshold of 2 s. Domain: C > RTT ≥ 0; a poll at the very limit still finds its connection.
 */
export const connectsPerSecond = (p: {
  clients: number
  cycleMs: number
  rttMs?: number
  serverTimeoutMs: number
  clientTimeoutMs: number
}): number => {
  const rttMs = nonNegative('rttMs', p.rttMs ?? 0)
  const cycleMs = positive('cycleMs', p.cycleMs)
  if (rttMs >= cycleMs) throw new RangeError(`rttMs must be below cycleMs (${cycleMs}), got ${rttMs}`)
  const clients = whole('clients', p.clients)
  const kept =
    cycleMs <= positive('serverTimeoutMs', p.serverTimeoutMs) &&
    cycleMs - rttMs <= positive('clientTimeoutMs', p.clientTimeoutMs)
  return kept ? 0 : (clients * 1000) / cycleMs
}

/**
 * What a stall of D in a window W does to open-loop latency, ms: what falls into it (share D/W) waits U(0, D), so the quantile
 * rises to base + D − (1 − q)W where that is above the base, the mean by D²/(2W), the maximum by D. A closed loop records one slow sample instead.
 * Source: Tene's coordinated omission, derived. Domain: arrivals spread evenly, 0 < D ≤ W; a base latency that hardly varies, a backlog that
 * is worked off in no time.
 */
export const stalledLatency = (p: { stallMs: number; windowMs: number; baseMs: number }) => {
  const stallMs = positive('stallMs', p.stallMs)
  const windowMs = positive('windowMs', p.windowMs)
  const baseMs = nonNegative('baseMs', p.baseMs)
  if (stallMs > windowMs) throw new RangeError(`stallMs must be at most windowMs (${windowMs}), got ${stallMs}`)
  return {
    meanMs: baseMs + stallMs ** 2 / (2 * windowMs),
    maxMs: baseMs + stallMs,
    quantileMs: (q: number) => baseMs + Math.max(0, stallMs - (1 - share('q', q)) * windowMs),
  }
}

/**
 * Most connections from the given number of client addresses to one server address and port: addresses · (last − first + 1).
 * Source: a connection is (client address, client port, server address, server port); `net.ipv4.ip_local_port_range`, 32768–60999 = 28,232.
 * Domain: client ports chosen by the kernel, the server's port outside the range, no port of it held by anything else.
 */
export const connectionLimit = (p: { clientAddresses: number; firstPort?: number; lastPort?: number }): number => {
  const firstPort = whole('firstPort', p.firstPort ?? 32_768, 1)
  return (
    whole('clientAddresses', p.clientAddresses, 1) *
    (whole('lastPort', p.lastPort ?? 60_999, firstPort) - firstPort + 1)
  )
}

/**
 * Share of the requests that reach a server which does not know their session, spread over k servers without stickiness: 1 − 1/k.
 * Source: derived. Domain: k ≥ 1, many clients whose requests interleave by chance (one client alone meets round-robin's own pattern).
 */
export const strayRequestShare = (p: { servers: number }): number => 1 - 1 / whole('servers', p.servers, 1)

/**
 * What a rolling restart of n servers does to clients that keep one connection each and come back at once. One that is cut at server k of the order
 * goes to one of the n − 1 others, of which n − k are restarted after it: E_k = 1 + Σ_{j>k} E_j/(n − 1) = (n/(n − 1))^(n − k) cuts. Spread evenly,
 * `cutsEach` = (1 − 1/n)((1 − 1/n)^(−n) − 1): 1.50, 1.58, 1.62 of 2, 3, 4 servers, e − 1 = 1.72 of many. At worst each server in turn: n cuts,
 * which happens to the share `worstShare` = (1/n)(n − 1)^(1 − n). `sharesAfter`: the share of the clients at each server afterwards, in the order of the
 * restarts; the last one is empty. Source: derived. Domain: n ≥ 2, one server at a time, each back before the next goes and its clients within that
 * time, a balancer that spreads those who come evenly over the servers that are up.
 */
export const rollingRestart = (p: { servers: number }) => {
  const n = whole('servers', p.servers, 2)
  const growth = n / (n - 1)
  /** Share of the clients that is cut at each restart. */
  const cutShares = Array.from({ length: n }, (_, place) => growth ** place / n)
  return {
    cutsEach: (1 - 1 / n) * (growth ** n - 1),
    worstShare: (n - 1) ** (1 - n) / n,
    sharesAfter: cutShares.map((_, place) =>
      cutShares.slice(place + 1).reduce((share, cut) => share + cut / (n - 1), 0),
    ),
  }
}
