// Follows one epoch's stream from where this server was, or from where a new one can tell the numbers.
import { limits } from '../../protocol.ts'
import { ANSWER_MS, type RabbitmqLink } from './link.ts'
import { createNumbering, type Numbered, type Numbering } from './numbering.ts'
import type { From } from './reader.ts'
import { decodeRecord, encodeRecord, type StreamRecord } from './record.ts'

/** Ids are remembered for ten minutes, so a new server reads what is as old; somewhat more, for clocks differ. */
const LOOK_BACK_MS = limits.idMemoryMs + 60_000
/** Notices that a new server hands on from before it came. */
const PRELOADED = 1000

/**
 * Follows `stream`. `known` is this server's numbering of it, absent where it has none. Settles once all is read that was there at the call and
 * the count is known, with the numbering; undefined where the stream is gone, shrank or cannot be numbered. `onNumbered` gets every record from
 * then on, and before it settles those since `known`, or about the last thousand.
 */
export async function followStream(
  link: RabbitmqLink,
  stream: string,
  known: Numbering | undefined,
  newMessageId: () => string,
  onNumbered: (numbered: Numbered) => void,
): Promise<Numbering | undefined> {
  if (known?.contradiction !== undefined) return undefined
  if (known?.last) {
    const { isWhole, end } = await attempt(known, known.last.offset, known.last)
    if (isWhole) return known
    if (end === undefined) return undefined
  }
  let fresh = createNumbering()
  const { isWhole, end } = await attempt(fresh, { sinceMs: Date.now() - LOOK_BACK_MS })
  if (isWhole) return fresh
  if (end === undefined) return undefined
  // Nothing of late: any part of the stream tells the count.
  const from = Math.max(0, end - PRELOADED)
  fresh = createNumbering()
  if ((await attempt(fresh, from)).isWhole) return fresh
  fresh = createNumbering()
  return (await attempt(fresh, 'first')).isWhole ? fresh : undefined

  /** `end`: the offset of the mark that says all was read; undefined where the stream is not the one that held `last`. */
  async function attempt(
    numbering: Numbering,
    from: From,
    last?: StreamRecord,
  ): Promise<{ readonly isWhole: boolean; readonly end?: number }> {
    const mark = encodeRecord({ messageId: newMessageId(), at: Date.now(), seen: undefined, notices: [] })
    let isLive = false
    let held: Numbered[] = []
    let found: (result: { isWhole: boolean; end?: number }) => void = () => {}
    const result = new Promise<{ isWhole: boolean; end?: number }>(resolve => {
      found = resolve
    })
    // A stream that is just being removed takes a reader and a message, and does nothing with them.
    const silence = setTimeout(() => link.end(`the stream brought nothing within ${ANSWER_MS / 1000} s`), ANSWER_MS)
    const stop = await link.follow(stream, from, delivery => {
      if (!isLive) silence.refresh()
      const record = decodeRecord(delivery)
      // What this server has seen must still be there, or others may have been given its numbers.
      if (last && record.offset <= last.offset) {
        if (record.offset !== last.offset || record.messageId !== last.messageId) found({ isWhole: false })
        return
      }
      const ageMs = isLive ? 0 : Math.min(limits.idMemoryMs, Math.max(0, Date.now() - record.at))
      const numbered = numbering.feed(record, ageMs)
      if (isLive) {
        for (const each of numbered) onNumbered(each)
        if (numbering.contradiction !== undefined) link.end(numbering.contradiction)
        else if (!numbering.place) link.end('this server fell behind what the stream keeps')
        return
      }
      if (numbering.contradiction !== undefined) return found({ isWhole: false })
      held.push(...numbered)
      if (!last && held.length > 2 * PRELOADED) held = newest(held)
      if (record.messageId !== mark.messageId) return
      isLive = numbering.place !== undefined
      if (isLive) for (const each of last ? held : newest(held)) onNumbered(each)
      held = []
      found({ isWhole: isLive, end: record.offset })
    })
    try {
      if (!stop) return { isWhole: false }
      link.send(stream, mark).catch((error: Error) => link.end(error.message))
      const found = await Promise.race([result, link.ended.then(why => Promise.reject(new Error(why)))])
      if (!found.isWhole) stop()
      return found
    } finally {
      clearTimeout(silence)
    }
  }
}

/** The last ones, with as many notices as are handed on. */
function newest(held: readonly Numbered[]): Numbered[] {
  let from = held.length
  for (let notices = 0; from > 0 && notices < PRELOADED; ) notices += held[--from]!.entries.length
  return held.slice(from)
}
