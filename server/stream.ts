// The one stream as this server sees it: its log, its backplane, and what a given `after` means on them.
import { type Backplane, BackplaneAway, type Position } from './backplanes/backplane.ts'
import { bytesOf, type Entry, firstWithin, type Log, type Slice } from './log.ts'
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

/** Entries that are asked for first where their bytes are limited, and how many times as many then. */
const FIRST_READ = 16
const NEXT_READ = 4

export function createStream(log: Log, backplane: Backplane): Stream {
  const malformed = (after: string, rule: string) => new Problem(400, `"after" must be ${rule}, got ${quote(after)}`)

  async function position(): Promise<Position> {
    try {
      return await backplane.position()
    } catch (error) {
      if (!(error instanceof BackplaneAway)) throw error
      throw new Problem(503, `the backplane is away: ${error.message}`, { 'Retry-After': '1' })
    }
  }

  /** Whether this server is in `epoch`, or gets there: it may lag behind its siblings. */
  async function reaches(epoch: string): Promise<boolean> {
    const deadline = performance.now() + limits.lagWaitMs
    while (log.epoch !== epoch && performance.now() < deadline) await new Promise(resolve => setTimeout(resolve, 10))
    return log.epoch === epoch
  }

  /** The oldest there is: where the backplane keeps more than this log, only it can tell which that is. */
  async function oldestOf({ epoch, earliest }: Position): Promise<{ epoch: string; seq: number }> {
    const oldest = backplane.read && (await reaches(epoch)) ? Math.min(earliest, log.earliest) : log.earliest
    return { epoch: log.epoch, seq: oldest - 1 }
  }

  /** Only the backplane can tell a sibling's cursor from a wrong one, and how much is gone before an old one. */
  async function ask(after: string, epoch: string, seq: number): Promise<Start> {
    const found = await position()
    if (found.epoch === epoch) {
      if (seq > found.seq) throw malformed(after, `at most the newest, ${found.epoch}.${found.seq}`)
      if (await reaches(epoch)) {
        const from = Math.max(seq, Math.min(found.earliest, log.earliest) - 1)
        return { epoch, seq: from, missed: from - seq }
      }
    }
    return { ...(await oldestOf(found)), missed: null }
  }

  /** Backplanes count entries, not bytes: asks for few at first, and for more as they prove small. */
  async function readBehind(
    read: NonNullable<Backplane['read']>,
    seq: number,
    limit: number,
    limitBytes: number,
  ): Promise<Slice> {
    const { epoch } = log
    const found: Entry[] = []
    let bytes = 0
    let head = seq
    for (let most = FIRST_READ; found.length < limit && bytes < limitBytes; most *= NEXT_READ) {
      const entries = await read(epoch, head, Math.min(most, limit - found.length))
      // What was trimmed meanwhile is the next reading's hole.
      if (entries.length === 0 || (found.length > 0 && entries[0]!.seq !== head + 1)) break
      found.push(...entries)
      bytes += bytesOf(entries)
      head = found.at(-1)!.seq
      if (head >= log.earliest - 1) break
    }
    const [oldest] = found
    if (!oldest) return log.after(seq, limit, limitBytes)
    return { missed: oldest.seq - 1 - seq, entries: firstWithin(found, limitBytes) }
  }

  return {
    log,
    backplane,
    start(after) {
      if (after === undefined) return { epoch: log.epoch, seq: log.head, missed: 0 }
      if (after === EARLIEST)
        return backplane.read
          ? position().then(async found => ({ ...(await oldestOf(found)), missed: 0 }))
          : { epoch: log.epoch, seq: log.earliest - 1, missed: 0 }
      const cursor = parseCursor(after)
      if (!cursor) throw malformed(after, 'a cursor EPOCH.SEQ or "earliest"')
      const { epoch, seq } = cursor
      if (epoch !== log.epoch || seq > log.head) return ask(after, epoch, seq)
      if (seq >= log.earliest - 1) return { epoch, seq, missed: 0 }
      if (backplane.read) return ask(after, epoch, seq)
      return { epoch, seq: log.earliest - 1, missed: log.earliest - 1 - seq }
    },
    read(seq, limit, limitBytes = Number.POSITIVE_INFINITY) {
      if (seq >= log.earliest - 1 || !backplane.read) return log.after(seq, limit, limitBytes)
      return readBehind(backplane.read, seq, limit, limitBytes)
    },
  }
}
