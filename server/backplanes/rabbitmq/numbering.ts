// Numbers the notices of a RabbitMQ stream alike on every server, from nothing but the stream.
//
// `seq` cannot be offset + 1: RabbitMQ writes a snapshot of its writers into each new segment, which takes an offset, and it has no memory of
// publish ids. So notices are counted, and every record says how many its author had counted up to which offset. That settles three things:
// - who starts in the middle takes the count from the first record whose author had seen as far back;
// - a second notice of an id counts for nothing if the first lies between what its author had seen and itself: had it seen the first, it would
//   not have published it. All servers see the same records in the same order, so they agree, also where two published it at once;
// - a count that differs from one's own shows that the stream is not the one it was.
import { type Entry, toEntry } from '../../log.ts'
import { limits } from '../../protocol.ts'
import type { Place, StreamRecord } from './record.ts'

/** A record with ids that landed farther behind what its author had seen counts for nothing, or ids would have to be remembered for ever; so does one
 * behind more ids than are remembered. */
export const WINDOW_OFFSETS = 100_000
/** Share of what is remembered that may be there in vain, and how often what is old is looked for. */
const LUMP = 1 / 16
const FORGET_EVERY_MS = 1000
/** What an id takes besides its characters. */
const ID_BYTES = 128
/** RabbitMQ's own snapshot takes one offset; where more are missing, records were trimmed away unread. */
const OWN_OFFSETS = 1
/** Counts of so many records are kept to compare others' with. */
const COMPARED = 4096

/** A record and the numbers of its notices. */
export interface Numbered {
  readonly record: StreamRecord
  /** One for each notice: its own, or that of the first with the same id, undefined where that was before all that is known. */
  readonly seqs: readonly (number | undefined)[]
  /** Those that count, ready for the log. */
  readonly entries: readonly Entry[]
  /** Newest number once they are counted. */
  readonly head: number
  /** It came too late to be judged, so nothing of it counts. */
  readonly isVoid: boolean
  /** An id of it came before in a record of which nothing counts, so that notice counts neither there nor here. */
  readonly repeatsVoid: boolean
}

export interface Numbering {
  /** Takes the next record; gives what can be numbered now. `ageMs`: how long ago it was published. */
  feed(record: StreamRecord, ageMs?: number): Numbered[]
  /** Why what was taken cannot be one stream; nothing is numbered from then on. */
  readonly contradiction: string | undefined
  /** The last record taken and the count there; undefined while the count is not known. */
  readonly place: Place | undefined
  /** The last record taken. */
  readonly last: StreamRecord | undefined
  /** The number that an id got within the last ten minutes. */
  numberOf(id: string): number | undefined
}

interface Known {
  readonly offset: number
  readonly seq: number | undefined
  readonly forgetAt: number
}

/** `rememberedBytes`: what the ids that are remembered may take; the same on every server. */
export function createNumbering(rememberedBytes: number = limits.idMemoryBytes): Numbering {
  let last: StreamRecord | undefined
  /** Every record from here on was taken, so their ids are known. */
  let knownFrom = 0
  /** Counting could start with any record from here on. */
  let countsFrom = 0
  let count: number | undefined
  let uncounted: { readonly record: StreamRecord; readonly ageMs: number }[] = []
  /** In the order of their offsets, so forgetting stops at the first that is young enough. */
  const ids = new Map<string, Known>()
  /** Bytes of the ids of each record that has some, oldest first, as far as they are remembered. It counts what a record says and not what became of
   * it, so that all servers forget alike. */
  const sizes: { readonly offset: number; readonly bytes: number }[] = []
  let firstSize = 0
  let idBytes = 0
  /** Ids up to this offset were forgotten because there were too many. */
  let forgottenTo = -1
  /** Of ids that are forgotten and still there. */
  let unforgottenBytes = 0
  let forgetAgainAt = 0
  /** Of the records of which nothing counts, as far as their ids are remembered. */
  const voidOffsets = new Set<number>()
  const counts = new Map<number, number>()
  let contradiction: string | undefined

  /** In lumps: to find the first of a Map takes a time that goes with how many were deleted before it. */
  function forget(now: number, offset: number): void {
    if (now < forgetAgainAt && unforgottenBytes < rememberedBytes * LUMP) return
    forgetAgainAt = now + FORGET_EVERY_MS
    unforgottenBytes = 0
    for (const [id, known] of ids) {
      const isOld = known.forgetAt <= now && known.offset <= offset - WINDOW_OFFSETS
      if (!isOld && known.offset > forgottenTo) break
      ids.delete(id)
    }
    for (const each of voidOffsets) {
      if (each > forgottenTo && each > offset - WINDOW_OFFSETS) break
      voidOffsets.delete(each)
    }
    sizes.splice(0, firstSize)
    firstSize = 0
  }

  /** Where ids are too many, the oldest count as forgotten, however young. */
  function weigh({ offset, notices }: StreamRecord): void {
    let bytes = 0
    for (const { id } of notices) if (id !== undefined) bytes += ID_BYTES + id.length
    if (bytes === 0) return
    sizes.push({ offset, bytes })
    idBytes += bytes
    while (idBytes > rememberedBytes) {
      const oldest = sizes[firstSize++]!
      idBytes -= oldest.bytes
      unforgottenBytes += oldest.bytes
      forgottenTo = oldest.offset
    }
  }

  function remember(id: string | undefined, offset: number, seq: number | undefined, ageMs: number): void {
    if (id === undefined) return
    ids.delete(id)
    ids.set(id, { offset, seq, forgetAt: performance.now() + limits.idMemoryMs - ageMs })
  }

  function knownOf(id: string): Known | undefined {
    const known = ids.get(id)
    return known && known.offset > forgottenTo ? known : undefined
  }

  function compare({ seen }: StreamRecord): void {
    const mine = seen && counts.get(seen.offset)
    if (mine !== undefined && mine !== seen!.count)
      contradiction = `the stream counts ${seen!.count} notices up to offset ${seen!.offset}, this server counted ${mine}`
  }

  /** Undefined where that depends on records that were not taken. */
  function number(record: StreamRecord, head: number, ageMs: number): Numbered | undefined {
    const { offset, at, seen, notices } = record
    const seqs: (number | undefined)[] = []
    const entries: Entry[] = []
    const hasIds = notices.some(({ id }) => id !== undefined)
    if (hasIds && (offset - seen!.offset > WINDOW_OFFSETS || seen!.offset < forgottenTo)) {
      // Who began later cannot know that it counts for nothing, and takes its ids for given: so do all.
      // An id that has a number keeps it, or a publisher that tries again would be given another.
      for (const { id } of notices) remember(id, offset, id === undefined ? undefined : knownOf(id)?.seq, ageMs)
      voidOffsets.add(offset)
      return { record, seqs, entries, head, isVoid: true, repeatsVoid: false }
    }
    let repeatsVoid = false
    const isRepeated = (id: string | undefined): Known | undefined => {
      const known = id === undefined ? undefined : knownOf(id)
      return known && known.offset > seen!.offset ? known : undefined
    }
    if (hasIds && seen!.offset < knownFrom - 1) return
    for (const { id, bodyJson } of notices) {
      const first = isRepeated(id)
      if (first) {
        if (first.seq === undefined && voidOffsets.has(first.offset)) repeatsVoid = true
        seqs.push(first.seq)
        continue
      }
      const seq = head + entries.length + 1
      seqs.push(seq)
      entries.push(toEntry(seq, at, bodyJson))
      remember(id, offset, seq, ageMs)
    }
    return { record, seqs, entries, head: head + entries.length, isVoid: false, repeatsVoid }
  }

  function take(record: StreamRecord, ageMs: number): Numbered[] {
    if (count === undefined) return wait(record, ageMs)
    compare(record)
    if (contradiction !== undefined) return []
    const numbered = number(record, count, ageMs)
    if (!numbered) for (const { id } of record.notices) remember(id, record.offset, undefined, ageMs)
    weigh(record)
    if (!numbered) {
      count = undefined
      countsFrom = record.offset + 1
      return []
    }
    count = numbered.head
    counts.set(record.offset, count)
    if (counts.size > COMPARED) counts.delete(counts.keys().next().value!)
    return [numbered]
  }

  /** Until a record says what was counted up to one of those taken. */
  function wait(record: StreamRecord, ageMs: number): Numbered[] {
    uncounted.push({ record, ageMs })
    const { seen } = record
    if (!seen || seen.offset < countsFrom - 1) return []
    const held = uncounted
    uncounted = []
    count = seen.count
    return held.flatMap(each => {
      if (each.record.offset > seen.offset) return take(each.record, each.ageMs)
      for (const { id } of each.record.notices) remember(id, each.record.offset, undefined, each.ageMs)
      weigh(each.record)
      return []
    })
  }

  return {
    feed(record, ageMs = 0) {
      if (!last || record.offset > last.offset + 1 + OWN_OFFSETS) {
        // Asked for from an offset that is trimmed away, RabbitMQ begins with what there is: nothing before that was seen.
        knownFrom = countsFrom = record.offset
        count = record.offset === 0 ? 0 : undefined
        uncounted = []
      }
      last = record
      forget(performance.now(), record.offset)
      return take(record, ageMs)
    },
    get contradiction() {
      return contradiction
    },
    get place() {
      return count === undefined ? undefined : { offset: last?.offset ?? -1, count }
    },
    get last() {
      return last
    },
    numberOf(id) {
      const known = knownOf(id)
      return known && known.forgetAt > performance.now() ? known.seq : undefined
    },
  }
}
