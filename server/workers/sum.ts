// LEAF. The status of several servers as one server's: counters and costs summed.
import type { Status } from '../status.ts'

/** Sums every figure of records of figures alone. */
function added<Counts extends { [Key in keyof Counts]: number }>(all: readonly Counts[]): Counts {
  const sum = { ...all[0]! }
  for (const counts of all.slice(1))
    for (const key of Object.keys(sum) as (keyof Counts)[])
      sum[key] = ((sum[key] as number) + (counts[key] as number)) as Counts[keyof Counts]
  return sum
}

/** All of them as one: counters and costs summed, the loop delay of the one that was worst off, what else there is the first one's. Throws for none. */
export function sumOf(all: readonly Status[]): Status {
  const [first] = all
  if (!first) throw new Error('a sum is of at least one status')
  const sum = (of: (status: Status) => number): number => all.reduce((total, status) => total + of(status), 0)
  const names = [...new Set(all.flatMap(({ transports }) => Object.keys(transports)))]
  return {
    ...first,
    transports: Object.fromEntries(
      names.map(name => [name, added(all.flatMap(({ transports }) => transports[name] ?? []))]),
    ),
    other: added(all.map(({ other }) => other)),
    queued: {
      bytes: sum(({ queued }) => queued.bytes),
      maxBytes: sum(({ queued }) => queued.maxBytes),
      unfinishedBytes: sum(({ queued }) => queued.unfinishedBytes),
      maxUnfinishedBytes: sum(({ queued }) => queued.maxUnfinishedBytes),
    },
    // Each of them counts by itself, so that all together take as much as all of them.
    limits: {
      connections: sum(({ limits }) => limits.connections),
      maxConnections: sum(({ limits }) => limits.maxConnections),
      subscribers: sum(({ limits }) => limits.subscribers),
      maxSubscribers: sum(({ limits }) => limits.maxSubscribers),
      addresses: sum(({ limits }) => limits.addresses),
      perAddress: added(all.map(({ limits }) => limits.perAddress)),
      refused: added(all.map(({ limits }) => limits.refused)),
    },
    process: {
      ...first.process,
      cpuUs: sum(({ process }) => process.cpuUs),
      rssBytes: sum(({ process }) => process.rssBytes),
      heapBytes: sum(({ process }) => process.heapBytes),
      eventLoopDelayP99Ms: Math.max(...all.map(({ process }) => process.eventLoopDelayP99Ms)),
    },
  }
}

/** The status of `workers` and their primary together, each worker's beside it; the stream is the primary's. */
export const withWorkers = (primary: Status, workers: readonly Status[]): Status => ({
  ...sumOf([primary, ...workers]),
  workers: workers.map(({ process, transports, other }) => ({
    pid: process.pid,
    cpuUs: process.cpuUs,
    rssBytes: process.rssBytes,
    open: [...Object.values(transports), other].reduce((total, { open }) => total + open, 0),
  })),
})
