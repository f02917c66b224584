// The one stream as this server sees it: its log, its backplane, and what a given `after` means on them.
import type { Backplane } from './backplanes/backplane.ts'
import type { Log, Slice } from './log.ts'
import { Problem, quote } from './problem.ts'
import { EARLIEST, limits, type Missed, parseCursor } from './protocol.ts'

/** Where a subscriber starts: just after `seq` of `epoch`, `missed` notices being gone. */
export interface Start {
  readonly epoch: string
  readonly seq: number
  readonly missed: Missed
}

export interface Stream {
  readonly log: Log
  readonly backplane: Backplane
  /** What `after` means; absent = from now on. At once where the log can tell, else once the backplane was asked.
   * Throws Problem 400 for a malformed cursor. */
  start(after: string | undefined): Start | Promise<Start>
  /** Entries after `seq`: from the log, or from the backplane where the log no longer holds them and the backplane does. */
  read(seq: number, limit: number, limitBytes?: number): Slice | Promise<Slice>
}

export function createStream(log: Log, backplane: Backplane): Stream {
  const malformed = (after: string, rule: string) => new Problem(400, `"after" must be ${rule}, got ${quote(after)}`)

  function clamp(epoch: string, seq: number): Start {
    if (backplane.read || seq >= log.earliest - 1) return { epoch, seq, missed: 0 }
    return { epoch, seq: log.earliest - 1, missed: log.earliest - 1 - seq }
  }

  /** A server may lag behind its siblings: only the backplane can tell a cursor of theirs from a wrong one. */
  async function ask(after: string, epoch: string, seq: number): Promise<Start> {
    const position = await backplane.position()
    if (position.epoch === epoch) {
      if (seq > position.seq) throw malformed(after, `at most the newest, ${position.epoch}.${position.seq}`)
      const deadline = performance.now() + limits.lagWaitMs
      while (log.epoch !== epoch && performance.now() < deadline) await new Promise(resolve => setTimeout(resolve, 10))
      if (log.epoch === epoch) return clamp(epoch, seq)
    }
    return { epoch: log.epoch, seq: log.earliest - 1, missed: null }
  }

  return {
    log,
    backplane,
    start(after) {
      if (after === undefined) return { epoch: log.epoch, seq: log.head, missed: 0 }
      if (after === EARLIEST) return { epoch: log.epoch, seq: log.earliest - 1, missed: 0 }
      const cursor = parseCursor(after)
      if (!cursor) throw malformed(after, 'a cursor EPOCH.SEQ or "earliest"')
      if (cursor.epoch === log.epoch && cursor.seq <= log.head) return clamp(cursor.epoch, cursor.seq)
      return ask(after, cursor.epoch, cursor.seq)
    },
    read(seq, limit, limitBytes) {
      if (seq >= log.earliest - 1 || !backplane.read) return log.after(seq, limit, limitBytes)
      return backplane.read(log.epoch, seq, limit).then(entries => {
        const oldest = entries[0]
        return oldest ? { missed: oldest.seq - 1 - seq, entries } : log.after(seq, limit, limitBytes)
      })
    },
  }
}
