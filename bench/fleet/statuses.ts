// What each server of a fleet did between two readings.
import type { Cell } from '../../results/cell.ts'
import type { Status } from '../../server/status.ts'
import { countsOf, difference } from '../cell/counts.ts'

export interface ServerStatus {
  readonly name: string
  readonly status: Status
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
