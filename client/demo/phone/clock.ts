// The server's clock as this device sees it, and how far that may be wrong.

/** Our clock, Unix ms; it knows nothing of steps of the system's. */
export const now = (): number => performance.timeOrigin + performance.now()

/** What one question told: the server's clock read `serverMs` at some moment between `sentMs` and `cameMs` of ours. */
export interface Sample {
  readonly sentMs: number
  readonly cameMs: number
  readonly serverMs: number
}

export interface Clock {
  /** Server's clock less ours, ms. */
  readonly offsetMs: number
  /** It is wrong by at most this much, ms: half the shortest round trip, and half of the server's ms. */
  readonly uncertaintyMs: number
}

/** The server tells its time in whole ms, cut off, of a notice and when it is asked: it was half of one later, give or take that half. */
export const AT_MS = 0.5

/** The offset by the sample with the shortest round trip, as NTP's clock filter takes it (RFC 5905 §10); undefined without samples. */
export function clockOf(samples: readonly Sample[]): Clock | undefined {
  let best: Sample | undefined
  for (const sample of samples) if (!best || sample.cameMs - sample.sentMs < best.cameMs - best.sentMs) best = sample
  if (!best) return undefined
  const { sentMs, cameMs, serverMs } = best
  return { offsetMs: serverMs + AT_MS - (sentMs + cameMs) / 2, uncertaintyMs: (cameMs - sentMs) / 2 + AT_MS }
}

/** How long a notice of `at` took that is here at `nowMs` of our clock; may come out below zero by the uncertainty. */
export const delayOf = (at: number, nowMs: number, { offsetMs }: Clock): number => nowMs + offsetMs - (at + AT_MS)

/** Less than this is drift, and the rounding of browsers that tell the time to a tenth of a second. A clock that was set or stood still is off by more. */
export const DRIFT_MS = 250

/** Whether a sample contradicts what was compared before: an answer, or a notice that was published within that time. */
export function isParted({ sentMs, cameMs, serverMs }: Sample, { offsetMs, uncertaintyMs }: Clock): boolean {
  const ownMs = serverMs - offsetMs
  const slackMs = uncertaintyMs + AT_MS + DRIFT_MS
  return ownMs < sentMs - slackMs || ownMs > cameMs + slackMs
}

const SAMPLES = 8

/** Asks `serverMs` for the server's clock several times, until it does not come; undefined where it never came. */
export async function compareClocks(serverMs: () => Promise<number | undefined>): Promise<Clock | undefined> {
  const samples: Sample[] = []
  for (let i = 0; i < SAMPLES; i++) {
    const sentMs = now()
    const read = await serverMs().catch(() => undefined)
    if (read === undefined) break
    samples.push({ sentMs, cameMs: now(), serverMs: read })
  }
  return clockOf(samples)
}
