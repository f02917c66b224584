// A server under everything at once for long: subscribers of every transport, cuts, readers that stop, restarts, attacks.
import * as z from 'zod/mini'
import { amount, count } from '../estimate.ts'
import { counted, formatBytes, formatCount } from '../figures.ts'
import { type CellOf, type ResultKind, unmeasured } from './kind.ts'

const parameters = {
  /** Memory, descriptors and accounts are read this often. */
  readEveryMs: z.optional(amount),
  /** A part of the subscribers is cut off this often on average; absent = never. */
  cutEveryMs: z.optional(amount),
  /** One of the servers is ended in order and started again this often on average; absent = never. */
  restartEveryMs: z.optional(amount),
  /** One of the attacks is tried this often on average; absent = never. */
  attackEveryMs: z.optional(amount),
}

/** Of the server that is never restarted, and of the subscribers of one transport, since the window began. */
const reading = z.object({
  atMs: amount,
  /** Right after a collection. */
  heapBytes: count,
  rssBytes: count,
  /** Open ones of its process; null elsewhere than on Linux. */
  descriptors: z.nullable(count),
  lost: count,
  doubled: count,
})

const findings = {
  soak: z.optional(
    z.object({
      readings: z.array(reading),
      /** How often each disturbance happened, warm-up included. */
      cuts: count,
      restarts: count,
      /** Attacks by name. */
      attacks: z.record(z.string(), count),
    }),
  ),
}

type Own = CellOf<typeof findings>

export const kind = {
  parameters,
  findings,
  metrics: {
    heapGrowthBytes: ({ soak }: Own) =>
      soak && soak.readings.length > 1 ? soak.readings.at(-1)!.heapBytes - soak.readings[0]!.heapBytes : unmeasured,
  },
  outcome({ soak, lost, duplicated }: Own) {
    if (!soak || soak.readings.length === 0) return undefined
    const [first, last] = [soak.readings[0]!, soak.readings.at(-1)!]
    const attacks = Object.values(soak.attacks).reduce((sum, times) => sum + times, 0)
    return `${formatCount(lost)} lost, ${formatCount(duplicated)} doubled; resident ${formatBytes(first.rssBytes)}, then ${formatBytes(last.rssBytes)}; ${counted(soak.cuts, 'cut')}, ${counted(soak.restarts, 'restart')}, ${counted(attacks, 'attack')}`
  },
} satisfies ResultKind
