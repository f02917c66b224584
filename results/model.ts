// Closed-form predictions of delivery: latency and traffic counts of push, short polling and long polling without a CPU limit.
// Symbols: λ notices/s, C cycle of a poller, dd one-way delay down, g re-arm gap (answer sent → next request received), τ hold, x = λg.
// Latency is appended → received. "Source: derived" means: argued in the docstring, and checked against a discrete-event simulation.
import { nonNegative, positive, positiveOrEndless, positiveShare, share, whole } from './domain.ts'

/** A latency distribution in closed form, ms. `quantileMs` takes q from 0 to 1 and throws a RangeError outside. */
export interface LatencyLaw {
  readonly meanMs: number
  readonly maxMs: number
  quantileMs(q: number): number
}

/** With probability `waiting` a wait uniform on [0, longestMs), else none; `downMs` on top. Every law below is of this kind. */
const law = (waiting: number, longestMs: number, downMs: number): LatencyLaw => ({
  meanMs: downMs + (waiting * longestMs) / 2,
  maxMs: waiting > 0 ? downMs + longestMs : downMs,
  quantileMs: q => {
    const above = 1 - share('q', q)
    return above >= waiting ? downMs : downMs + longestMs * (1 - above / waiting)
  },
})

/** SSE and WebSocket: L = dd. Source: derived (a notice leaves when it is appended). Domain: no CPU limit, dd ≥ 0. */
export const pushLatency = ({ downMs }: { downMs: number }): LatencyLaw => law(0, 0, nonNegative('downMs', downMs))

/**
 * The cycle C of a short poller, ms: T on a fixed-rate timer, T + RTT where the timer restarts after the answer.
 * Source: derived. Domain: T > 0, RTT ≥ 0; the server's own time per poll is negligible, or part of `rttMs`.
 */
export const shortPollingCycleMs = (p: {
  intervalMs: number
  rttMs: number
  pollTimer: 'fixed-rate' | 'after-answer'
}): number => {
  const cycleMs = positive('intervalMs', p.intervalMs)
  const rttMs = nonNegative('rttMs', p.rttMs)
  return p.pollTimer === 'fixed-rate' ? cycleMs : cycleMs + rttMs
}

/**
 * Short polling: L ~ Uniform[0, C) + dd; mean C/2 + dd, quantile qC + dd, max C + dd. The request leg only moves the reading
 * instants: it is not on the notice's way. Source: derived; against the folklore T/2 + RTT.
 * Domain: publications unrelated to the poll phase (Poisson, or a random phase).
 */
export const shortPollingLatency = (p: { cycleMs: number; downMs: number }): LatencyLaw =>
  law(1, positive('cycleMs', p.cycleMs), nonNegative('downMs', p.downMs))

/**
 * What N short pollers do, y = λC: requests/s N/C; share of empty answers e^(−y); notices per non-empty answer y/(1 − e^(−y));
 * share of the notices a poller sees that keeps no cursor and reads only the latest value, (1 − e^(−y))/y.
 * Source: derived. Domain: Poisson publications, λ > 0, fixed cycle C.
 */
export const shortPollingAnswers = (p: { ratePerSecond: number; cycleMs: number; clients?: number }) => {
  const cycleS = positive('cycleMs', p.cycleMs) / 1000
  const perCycle = positive('ratePerSecond', p.ratePerSecond) * cycleS
  const fullShare = -Math.expm1(-perCycle)
  return {
    requestsPerSecond: whole('clients', p.clients ?? 1) / cycleS,
    emptyShare: 1 - fullShare,
    noticesPerFullAnswer: perCycle / fullShare,
    seenShareWithoutCursor: fullShare / perCycle,
  }
}

/** λT at which the given share of polls is empty: −ln(share). Source: inverse of e^(−λT). Domain: 0 < share ≤ 1. */
export const noticesPerCycleAtEmptyShare = (emptyShare: number): number =>
  Math.abs(Math.log(positiveShare('emptyShare', emptyShare)))

/**
 * Mean wait for the next poll where the cycle C is random, ms: E[C²]/(2E[C]) = (mean² + sd²)/(2·mean).
 * Source: renewal theory (inspection paradox). Domain: cycles independent of the publications.
 */
export const randomCycleMeanWaitMs = (p: { cycleMeanMs: number; cycleSdMs: number }): number =>
  (positive('cycleMeanMs', p.cycleMeanMs) + nonNegative('cycleSdMs', p.cycleSdMs) ** 2 / p.cycleMeanMs) / 2

/**
 * A periodic publisher read by a fixed-rate poller, P/C = a/b in lowest terms: only b = C/gcd(P, C) latencies occur, C/b apart, whatever the
 * number of notices (P = C: one constant per client). `lowestMs` is the lowest of them: dd + (phase mod C/b), where the phase is
 * from a publication to the next reading. Source: derived (kP mod C visits the multiples of C/b).
 * Domain: P and C whole numbers of ms from 1, 0 ≤ phase.
 */
export const periodicShortPollingLatencies = (p: {
  periodMs: number
  cycleMs: number
  downMs: number
  phaseMs?: number
}) => {
  const distinct = whole('cycleMs', p.cycleMs, 1) / greatestCommonDivisor(whole('periodMs', p.periodMs, 1), p.cycleMs)
  const spacingMs = p.cycleMs / distinct
  const lowestMs = nonNegative('downMs', p.downMs) + (nonNegative('phaseMs', p.phaseMs ?? 0) % spacingMs)
  return { distinct, spacingMs, lowestMs, meanMs: lowestMs + ((distinct - 1) * spacingMs) / 2 }
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b))

/**
 * Long polling whose answers carry all that is pending. E[C] = g + e^(−x)(1 − e^(−λτ))/λ, answers/s μ = 1/E[C]; the share μg of the
 * notices falls into the gap and waits U(0, g), the rest finds a held request: E[L] = dd + μg²/2, quantile dd if q ≤ 1 − μg, else
 * dd + g − (1 − q)/μ, max dd + g. Timeouts (empty answers) e^(−λ(g+τ)); notices per answer λE[C] (→ x + e^(−x) for large τ).
 * Source: derived; its maximum is the "three network transits" of RFC 6202 §2.2. Domain: Poisson, λ > 0, g ≥ 0, τ > 0 (Infinity = held
 * without limit); the gap g is measured, think time included.
 */
export const longPolling = (p: { ratePerSecond: number; gapMs: number; downMs: number; holdMs?: number }) => {
  const rate = positive('ratePerSecond', p.ratePerSecond)
  const gapS = nonNegative('gapMs', p.gapMs) / 1000
  const holdS = positiveOrEndless('holdMs', p.holdMs ?? Number.POSITIVE_INFINITY) / 1000
  const cycleS = gapS + (Math.exp(-rate * gapS) * -Math.expm1(-rate * holdS)) / rate
  const timeoutShare = Math.exp(-rate * (gapS + holdS))
  return {
    cycleMs: cycleS * 1000,
    answersPerSecond: 1 / cycleS,
    /** μg: share of the notices that find no held request. */
    gapShare: gapS / cycleS,
    timeoutShare,
    noticesPerAnswer: rate * cycleS,
    noticesPerFullAnswer: (rate * cycleS) / (1 - timeoutShare),
    latency: law(gapS / cycleS, p.gapMs, nonNegative('downMs', p.downMs)),
  }
}

/**
 * Mean latency of batched long polling in one-way delays: 1 + x/(x + e^(−x)), so 1.10, 1.45, 1.73, 2.00 at x = 0.1, 0.5, 1, ≥ 5.
 * Source: `longPolling` with g = 2·dd and τ → ∞. Domain: Poisson, symmetric legs, no think time, x = λg ≥ 0.
 */
export const longPollingTransits = (noticesPerGap: number): number => {
  const x = nonNegative('noticesPerGap', noticesPerGap)
  return 1 + x / (x + Math.exp(-x))
}

/**
 * Batched long polling of a periodic publisher: P ≥ g is push; P < g means U(0, g) + dd, a step at P = g.
 * Source: derived; the "half the update interval" of Pimentel & Nickerson 2012. Domain: P > 0, g ≥ 0, and P/g irrational or g drifting
 * by chance, as on a real network; a gap without any jitter locks on to the publisher: `lockedLongPollingMeanMs`.
 */
export const periodicLongPollingLatency = (p: { periodMs: number; gapMs: number; downMs: number }): LatencyLaw => {
  const waits = positive('periodMs', p.periodMs) < nonNegative('gapMs', p.gapMs)
  return law(waits ? 1 : 0, waits ? p.gapMs : 0, nonNegative('downMs', p.downMs))
}

/**
 * Mean latency of batched long polling where P < g and neither varies at all, P/g = a/b in lowest terms: the waits are exactly
 * 0, g/b, …, (b − 1)g/b, so dd + g(b − 1)/(2b) and not dd + g/2 (P = 0.8 g: 1.8 transits, not 2.0).
 * Source: derived (the first notice finds a held request, so the phase is 0). Domain: P and g whole numbers of ms from 1; P ≥ g gives dd.
 */
export const lockedLongPollingMeanMs = (p: { periodMs: number; gapMs: number; downMs: number }): number => {
  const steps = whole('gapMs', p.gapMs, 1) / greatestCommonDivisor(whole('periodMs', p.periodMs, 1), p.gapMs)
  const downMs = nonNegative('downMs', p.downMs)
  return p.periodMs >= p.gapMs ? downMs : downMs + (p.gapMs * (steps - 1)) / (2 * steps)
}

/**
 * Long polling with one notice per answer is M/D/1 with the gap as its service time: mean dd + λg²/(2(1 − x)), ms; Infinity for x = λg ≥ 1.
 * Source: Pollaczek–Khinchine. Domain: Poisson, λ > 0, g ≥ 0, held without limit (τ → ∞).
 */
export const onePerAnswerMeanMs = (p: { ratePerSecond: number; gapMs: number; downMs: number }): number => {
  const x = (positive('ratePerSecond', p.ratePerSecond) * nonNegative('gapMs', p.gapMs)) / 1000
  const downMs = nonNegative('downMs', p.downMs)
  return x < 1 ? downMs + (x * p.gapMs) / (2 * (1 - x)) : Number.POSITIVE_INFINITY
}

/**
 * The rate λ, per second, below which long polling sends fewer requests than short polling with cycle T (0 = never, where g + τ ≤ T).
 * λT < 1 is the limit for g ≪ T; exactly it is λT < x + e^(−x)(1 − e^(−λτ)), and Infinity where g ≥ T. Source: derived, E[C] = T.
 * Domain: Poisson, T > 0, g ≥ 0, τ > 0 (Infinity = held without limit).
 */
export const fewerRequestsBelowRatePerSecond = (p: { intervalMs: number; gapMs: number; holdMs?: number }): number => {
  const intervalMs = positive('intervalMs', p.intervalMs)
  const holdMs = positiveOrEndless('holdMs', p.holdMs ?? Number.POSITIVE_INFINITY)
  if (nonNegative('gapMs', p.gapMs) >= intervalMs) return Number.POSITIVE_INFINITY
  if (p.gapMs + holdMs <= intervalMs) return 0
  // The cycle falls from g + τ to g as the rate grows, so the one crossing is bracketed and halved, on a logarithmic scale.
  let low = 1e-9
  let high = 1e9
  for (let step = 0; step < 200; step++) {
    const ratePerSecond = Math.sqrt(low * high)
    if (longPolling({ ratePerSecond, gapMs: p.gapMs, downMs: 0, holdMs }).cycleMs > intervalMs) low = ratePerSecond
    else high = ratePerSecond
  }
  return high
}
