// A storm: subscribers that are cut at once and all come back.
import * as z from 'zod/mini'
import { amount, count } from '../estimate.ts'
import { formatCount, formatMs } from '../figures.ts'
import { type CellOf, type ResultKind, unmeasured } from './kind.ts'

const parameters = {
  /** W: each subscriber begins again after a delay drawn from [0, W); 0 = all at once. */
  reconnectWindowMs: z.optional(amount),
  /** Connections that may wait to be accepted by the server. */
  backlog: z.optional(count),
}

const findings = {
  storm: z.optional(
    z.object({
      clients: count,
      /** Back within the time that was given. */
      back: count,
      /** From the cut until half, 99 % and all of them were served again; null where not all were. */
      backP50Ms: z.nullable(amount),
      backP99Ms: z.nullable(amount),
      backAllMs: z.nullable(amount),
      /** Attempts that came to nothing, and why the first of them did. */
      failures: count,
      failure: z.optional(z.string()),
      /** Connections that the kernel had no room for in a queue of a listener (TcpExt.ListenOverflows); null elsewhere than on Linux. */
      overflows: z.nullable(count),
      /** Bytes that the server sent and received for it. */
      bytes: count,
    }),
  ),
}

type Own = CellOf<typeof findings>

export const kind = {
  parameters,
  findings,
  metrics: {
    backAllMs: ({ storm }: Own) => storm?.backAllMs ?? unmeasured,
    backP50Ms: ({ storm }: Own) => storm?.backP50Ms ?? unmeasured,
  },
  outcome({ storm }: Own) {
    if (!storm) return undefined
    const when = storm.backAllMs === null ? '' : `, all within ${formatMs(storm.backAllMs)}`
    return `${formatCount(storm.back)} of ${formatCount(storm.clients)} back${when}, ${formatCount(storm.failures)} attempts failed`
  },
} satisfies ResultKind
