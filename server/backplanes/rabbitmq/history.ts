// What the stream keeps beyond a server's log: where it begins, and its notices from any number on.
import type { Entry } from '../../log.ts'
import { BackplaneAway } from '../backplane.ts'
import { ANSWER_MS, type RabbitmqLink } from './link.ts'
import { createNumbering, type Numbered } from './numbering.ts'
import type { From } from './reader.ts'
import { decodeRecord, type Place } from './record.ts'

/** So many records are read through rather than jumped over. */
const NEAR = 2000
/** Read before what is wanted, so that the count is known by then; more where that was not enough. */
const LEAD = { first: 64, factor: 16 }
/** Places of which the count is remembered. */
const PLACES = 2000
const PER_READ = 5000

export interface History {
  /** Remembers a place that the tail passed. */
  pass(place: Place): void
  /** Number of the oldest notice that can be read; `head` + 1 where there is none. */
  earliest(link: RabbitmqLink, stream: string, end: Place): Promise<number>
  /** Notices after number `seq`, oldest first. */
  read(link: RabbitmqLink, stream: string, end: Place, seq: number, limit: number): Promise<Entry[]>
}

/** The history of one epoch's stream. `end`, wherever it is asked for: the newest that this server has seen. */
export function createHistory(): History {
  /** By offset, and so by count. */
  let places: Place[] = []

  function pass(place: Place): void {
    const next = places.findLastIndex(({ offset }) => offset < place.offset) + 1
    if (places[next]?.offset === place.offset) return
    places.splice(next, 0, place)
    if (places.length > PLACES) places = places.filter((_, i) => i % 2 === 0)
  }

  /** The first count that can be told from `from` on. */
  async function placeFrom(link: RabbitmqLink, stream: string, end: Place, from: From): Promise<Place | undefined> {
    let place: Place | undefined
    await scan(link, stream, from, end.offset, ({ record, head, entries }) => {
      place = { offset: record.offset - 1, count: head - entries.length }
      return true
    })
    return place
  }

  /** A place before which `seq` is not, near where it is: halves what lies between the places that are known. */
  async function placeBefore(link: RabbitmqLink, stream: string, end: Place, seq: number): Promise<Place | undefined> {
    let low = places.findLast(({ count }) => count <= seq) ?? (await placeFrom(link, stream, end, 'first'))
    if (!low || low.count > seq) return undefined
    let high = places.find(({ count }) => count > seq) ?? end
    while (high.offset - low.offset > NEAR) {
      const middle = Math.floor((low.offset + high.offset) / 2)
      const place = await placeFrom(link, stream, end, middle)
      if (!place || place.offset >= high.offset || place.offset <= low.offset) break
      pass(place)
      if (place.count <= seq) low = place
      else high = place
    }
    return low
  }

  return {
    pass,
    async earliest(link, stream, end) {
      let earliest = end.count + 1
      await scan(link, stream, 'first', end.offset, ({ entries: [entry] }) => {
        if (entry) earliest = entry.seq
        return entry !== undefined
      })
      return earliest
    },
    async read(link, stream, end, seq, limit) {
      const most = Math.min(limit, PER_READ)
      const near = await placeBefore(link, stream, end, seq)
      for (let lead = LEAD.first; ; lead *= LEAD.factor) {
        const from: From = near && near.offset > lead ? near.offset - lead : 'first'
        const found: Entry[] = []
        let before: number | undefined
        await scan(link, stream, from, end.offset, ({ record, head, entries }) => {
          before ??= head - entries.length
          if (before > seq && from !== 'first') return true
          for (const entry of entries) if (entry.seq > seq) found.push(entry)
          if (found.length < most) return false
          pass({ offset: record.offset, count: head })
          return true
        })
        if (from === 'first' || (before !== undefined && before <= seq)) return found.slice(0, most)
      }
    },
  }
}

/** What RabbitMQ trims while it is about to be read ends the connection; what is there afterwards can be read. */
const ATTEMPTS = 3

/** Numbers the stream from `from` on until `take` has enough or `end` is reached. Throws BackplaneAway. */
async function scan(
  link: RabbitmqLink,
  stream: string,
  from: From,
  end: number,
  take: (numbered: Numbered) => boolean,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const numbering = createNumbering()
    let hasBegun = false
    let finish: () => void = () => {}
    let giveUp: (error: Error) => void = () => {}
    const finished = new Promise<void>((resolve, reject) => {
      finish = resolve
      giveUp = reject
    })
    finished.catch(() => {})
    const late = () => giveUp(new BackplaneAway(`the stream was not read within ${ANSWER_MS / 1000} s`))
    const lost = (why: string) => giveUp(new BackplaneAway(why))
    const timer = setTimeout(late, ANSWER_MS)
    let isDone = false
    try {
      const stop = await link.browse(
        stream,
        from,
        delivery => {
          if (isDone) return
          hasBegun = true
          timer.refresh()
          isDone = numbering.feed(decodeRecord(delivery)).some(take) || delivery.offset >= end
          if (numbering.contradiction !== undefined) lost(numbering.contradiction)
          else if (isDone) finish()
        },
        lost,
      )
      if (!stop) throw new BackplaneAway('the stream is gone')
      return await finished.finally(stop)
    } catch (error) {
      if (hasBegun || attempt === ATTEMPTS) throw error
    } finally {
      clearTimeout(timer)
    }
  }
}
