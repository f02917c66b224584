// The status of several workers as one server's: counters and costs summed.
import type { ByteCount } from '../meter.ts'
import type { Status } from '../status.ts'

/** Sums every figure of records of figures alone. */
function added<Counts extends ByteCount>(all: readonly Counts[]): Counts {
  const sum = { ...all[0]! }
  for (const counts of all.slice(1))
    for (const key of Object.keys(sum) as (keyof Counts)[])
      sum[key] = ((sum[key] as number) + (counts[key] as number)) as Counts[keyof Counts]
  return sum
}

/** The status of `workers` and their primary together; the stream is the primary's. */
export function sumOf(primary: Status, workers: readonly Status[]): Status {
  const all = [primary, ...workers]
  const sum = (of: (status: Status) => number): number => all.reduce((total, status) => total + of(status), 0)
  const names = [...new Set(workers.flatMap(({ transports }) => Object.keys(transports)))]
  return {
    transports: Object.fromEntries(
      names.map(name => [name, added(workers.flatMap(({ transports }) => transports[name] ?? []))]),
    ),
    other: added(all.map(({ other }) => other)),
    log: primary.log,
    process: {
      pid: primary.process.pid,
      uptimeMs: primary.process.uptimeMs,
      cpuUs: sum(({ process }) => process.cpuUs),
      rssBytes: sum(({ process }) => process.rssBytes),
      heapBytes: sum(({ process }) => process.heapBytes),
      eventLoopDelayP99Ms: Math.max(...all.map(({ process }) => process.eventLoopDelayP99Ms)),
    },
    backplane: primary.backplane,
    workers: workers.map(({ process, transports, other }) => ({
      pid: process.pid,
      cpuUs: process.cpuUs,
      rssBytes: process.rssBytes,
      open: [...Object.values(transports), other].reduce((total, { open }) => total + open, 0),
    })),
  }
}
