// Opens the stream: the backplane that the options name, and the log it fills.
import type { Backplane } from './backplanes/backplane.ts'
import { loadBackplane } from './backplanes/index.ts'
import { createLog, type Log, type LogOptions } from './log.ts'
import type { ServerOptions } from './options.ts'

export interface OpenStream {
  readonly log: Log
  readonly backplane: Backplane
  readonly settings: LogOptions
}

/** Rejects with the backplane's error. */
export async function openStream(options: ServerOptions): Promise<OpenStream> {
  const settings = { capacity: options.logCapacity, capacityBytes: options.logBytes, coalesce: options.coalesce }
  let log: Log | undefined
  const { createBackplane } = await loadBackplane(options.backplane)
  const backplane = await createBackplane({
    url: options.backplane,
    openLog: (epoch, seq) => {
      log = createLog(epoch, settings)
      if (seq > 0) log.reset(epoch, seq)
      return log
    },
  })
  return { log: log!, backplane, settings }
}
