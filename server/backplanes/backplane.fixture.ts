// A backplane of any kind with a log of its own, closed when the test ends.
import { onTestFinished } from 'vitest'
import { createLog, type Log } from '../log.ts'
import type { Backplane } from './backplane.ts'
import { chosenBy } from './index.ts'

export interface Opened {
  readonly backplane: Backplane
  readonly log: Log
}

export async function open(kind: string, url: string): Promise<Opened> {
  const { createBackplane } = await chosenBy(kind).entry!.load()
  let log: Log | undefined
  const backplane = await createBackplane({
    url,
    openLog(epoch, seq) {
      log = createLog(epoch, { capacity: 10_000, capacityBytes: 1e8, coalesce: true })
      if (seq > 0) log.reset(epoch, seq)
      return log
    },
  })
  onTestFinished(() => backplane.close())
  return { backplane, log: log! }
}
