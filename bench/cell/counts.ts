// What two readings of the server's status say of the time between them: counts, bytes by part, re-arm gaps.
import type { Cell } from '../../results/cell.ts'
import type { Status } from '../../server/status.ts'

export type Counts = Status['transports'][string]

const zero: Counts = {
  open: 0,
  opened: 0,
  requests: 0,
  notices: 0,
  writes: 0,
  emptyAnswers: 0,
  noticeBytes: 0,
  payloadBytes: 0,
  emptyBytes: 0,
  heartbeatBytes: 0,
  gaps: 0,
  gapMs: 0,
  gapMs2: 0,
  slowClosed: 0,
  bytesIn: 0,
  bytesOut: 0,
}

/** Counters of one transport; all 0 for none. */
export const countsOf = (status: Status, transport: string | null): Counts =>
  (transport === null ? undefined : status.transports[transport]) ?? zero

/** `last` less `first`; `open` is the last's. */
export function difference(first: Counts, last: Counts): Counts {
  const counts = { ...last }
  for (const key of Object.keys(zero) as (keyof Counts)[]) if (key !== 'open') counts[key] -= first[key]
  return counts
}

/** What the server's process took between two statuses; `rest` was read before the first subscriber, where that is of interest. */
export const serverUse = (before: Status, after: Status, rest: Status = before): Cell['server'] => ({
  cpuUs: after.process.cpuUs - before.process.cpuUs,
  rssBytes: after.process.rssBytes,
  rssBeforeBytes: rest.process.rssBytes,
  loopDelayP99Ms: after.process.eventLoopDelayP99Ms,
})

/** Bytes of a window by part. What is neither payload nor sign of life is headers; an empty poll's share of them is its own part.
 * `emptyPolls` takes requests and answer heads as equally long for empty and full polls, which they are within a few digits. */
export function partsOf(counts: Counts): Record<string, number> {
  const { bytesIn, bytesOut, noticeBytes, payloadBytes, emptyBytes, heartbeatBytes, emptyAnswers, requests } = counts
  const rest = bytesIn + bytesOut - payloadBytes - emptyBytes - heartbeatBytes
  const share = requests > 0 ? Math.min(1, emptyAnswers / requests) : 0
  return {
    body: noticeBytes,
    framing: payloadBytes - noticeBytes,
    headers: Math.max(0, rest * (1 - share)),
    emptyPolls: Math.max(0, rest * share) + emptyBytes,
    heartbeats: heartbeatBytes,
  }
}

/** The re-arm gap, or undefined where no poll followed an answer. */
export function gapOf({ gaps, gapMs, gapMs2 }: Counts): Cell['gap'] {
  if (gaps === 0) return undefined
  const meanMs = gapMs / gaps
  return { count: gaps, meanMs, sdMs: Math.sqrt(Math.max(0, gapMs2 / gaps - meanMs * meanMs)) }
}
