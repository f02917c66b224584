// So many connections at once, told of a notice all together.
import * as z from 'zod/mini'
import { amount, count } from '../estimate.ts'
import { formatCount, formatMs } from '../figures.ts'
import { type CellOf, type ResultKind, ratio, unmeasured } from './kind.ts'

const findings = {
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
}

type Own = CellOf<typeof findings>

export const kind = {
  parameters: {},
  findings,
  metrics: {
    connectionsHeld: ({ hold }: Own) => hold?.held ?? unmeasured,
    heldBytes: ({ hold }: Own) => (hold ? ratio(hold.workerBytes, hold.held, 'nothing was held') : unmeasured),
    heldKernelBytes: ({ hold }: Own) =>
      hold?.kernel ? ratio(hold.kernel.slabBytes + hold.kernel.tcpBytes, hold.held, 'nothing was held') : unmeasured,
  },
  outcome({ hold }: Own) {
    if (!hold) return undefined
    const slowestMs = Math.max(...hold.broadcasts.map(({ lastMs }) => lastMs ?? Number.POSITIVE_INFINITY))
    const told = slowestMs < Number.POSITIVE_INFINITY ? `, a notice reached all within ${formatMs(slowestMs)}` : ''
    return `${formatCount(hold.held)} of ${formatCount(hold.wanted)} connections held${told}${hold.endedBy ? ` (${hold.endedBy})` : ''}`
  },
} satisfies ResultKind
