// Readings of several servers: as one server's status, and what each of them did between two readings.
import type { Cell } from '../../results/cell.ts'
import type { Status } from '../../server/status.ts'
import { countsOf, difference, totalOf } from '../cell/counts.ts'

export interface ServerStatus {
  readonly name: string
  readonly status: Status
}

/** All of them as one: counters and costs summed, the loop delay of the one that was worst off, the first one's log. Throws for none. */
export function sumOf(all: readonly Status[]): Status {
  const [first] = all
  if (!first) throw new Error('a fleet is at least one server')
  const sum = (of: (status: Status) => number): number => all.reduce((total, status) => total + of(status), 0)
  return {
    ...first,
    transports: Object.fromEntries(
      Object.keys(first.transports).map(name => [name, totalOf(all.map(status => countsOf(status, name)))]),
    ),
    other: {
      open: sum(({ other }) => other.open),
      opened: sum(({ other }) => other.opened),
      bytesIn: sum(({ other }) => other.bytesIn),
      bytesOut: sum(({ other }) => other.bytesOut),
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

/** What each server did between two readings. */
export const fleetBetween = (
  before: readonly ServerStatus[],
  after: readonly ServerStatus[],
  transport: string | null,
): NonNullable<Cell['fleet']> =>
  after.map(({ name, status }, index) => {
    const first = before[index]!.status
    const { open, opened, notices } = difference(countsOf(first, transport), countsOf(status, transport))
    return {
      name,
      cpuUs: status.process.cpuUs - first.process.cpuUs,
      rssBytes: status.process.rssBytes,
      open,
      opened,
      noticesWritten: notices,
    }
  })
