// The same load for long, the heap read after a collection now and then.
import * as z from 'zod/mini'
import { amount, count } from '../estimate.ts'
import { type CellOf, type ResultKind, unmeasured } from './kind.ts'

const parameters = {
  /** The heap is read after a collection this often. */
  heapEveryMs: z.optional(amount),
}

const findings = {
  /** [ms since the window began, bytes]: the heap right after a collection. */
  heap: z.optional(z.array(z.tuple([z.number(), count]))),
}

type Own = CellOf<typeof findings>

export const kind = {
  parameters,
  findings,
  metrics: { heapGrowthBytes: ({ heap = [] }: Own) => (heap.length > 1 ? heap.at(-1)![1] - heap[0]![1] : unmeasured) },
  outcome: ({ heap }: Own) =>
    heap && `heap after a collection, MB: ${heap.map(([, bytes]) => (bytes / 1e6).toFixed(1)).join(' ')}`,
} satisfies ResultKind
