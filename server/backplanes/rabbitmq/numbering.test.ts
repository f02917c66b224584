// Whatever the servers do and wherever they begin, they give the same notices the same numbers.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Publication } from '../backplane.ts'
import { createNumbering, type Numbering, WINDOW_OFFSETS } from './numbering.ts'
import type { Place, StreamRecord } from './record.ts'

const notice = (text: string, id?: string): Publication => ({
  bodyJson: JSON.stringify(text),
  ...(id !== undefined && { id }),
})

function recordAt(offset: number, seen: Place | undefined, ...notices: Publication[]): StreamRecord {
  return { offset, messageId: `message-${offset}`, at: 1, seen, notices }
}

/** What a server makes of records: the numbers by offset and the bodies by number. */
function numbersOf(numbering: Numbering, records: readonly StreamRecord[]) {
  const numbered = records.flatMap(record => numbering.feed(record))
  return new Map(
    numbered.map(({ record, seqs, entries, head }) => [
      record.offset,
      { seqs, entries: entries.map(({ json }) => json), head },
    ]),
  )
}

describe('a whole stream', () => {
  test('is counted from 1, whatever offsets are missing', () => {
    const numbering = createNumbering()
    numbering.feed(recordAt(0, undefined))
    expect(numbering.feed(recordAt(1, { offset: 0, count: 0 }, notice('a'), notice('b')))).toMatchObject([
      { seqs: [1, 2], head: 2 },
    ])
    expect(numbering.feed(recordAt(3, { offset: 1, count: 2 }, notice('c')))).toMatchObject([{ seqs: [3], head: 3 }])
    expect(numbering.place).toEqual({ offset: 3, count: 3 })
  })

  test('counts an id once where its second author had not seen the first, and again where it had forgotten it', () => {
    const numbering = createNumbering()
    numbering.feed(recordAt(0, undefined))
    numbering.feed(recordAt(1, { offset: 0, count: 0 }, notice('a', 'x')))
    expect(numbering.feed(recordAt(2, { offset: 0, count: 0 }, notice('b'), notice('a', 'x')))).toMatchObject([
      { seqs: [2, 1], head: 2 },
    ])
    expect(numbering.numberOf('x')).toBe(1)
    expect(numbering.feed(recordAt(3, { offset: 2, count: 2 }, notice('a', 'x')))).toMatchObject([
      { seqs: [3], head: 3 },
    ])
    expect(numbering.numberOf('x')).toBe(3)
  })

  test('forgets an id after ten minutes', () => {
    const numbering = createNumbering()
    numbering.feed(recordAt(0, undefined))
    numbering.feed(recordAt(1, { offset: 0, count: 0 }, notice('a', 'x')), 10 * 60_000)
    expect(numbering.numberOf('x')).toBeUndefined()
  })

  test('counts nothing of a record with an id that came too far behind', () => {
    const numbering = createNumbering()
    for (const offset of [0, 1]) numbering.feed(recordAt(offset, undefined))
    const late = recordAt(2 + WINDOW_OFFSETS, { offset: 1, count: 0 }, notice('a', 'x'))
    // As if all those between had been taken.
    for (let offset = 2; offset < late.offset; offset += 2) numbering.feed(recordAt(offset, undefined))
    expect(numbering.feed(late)).toMatchObject([{ isVoid: true, entries: [], head: 0 }])
    expect(numbering.place?.count).toBe(0)
  })

  test('forgets the oldest of many ids, and counts nothing of a record with one that came behind those', () => {
    const numbering = createNumbering(2 * 129)
    numbering.feed(recordAt(0, undefined))
    for (const offset of [1, 2, 3])
      numbering.feed(recordAt(offset, { offset: offset - 1, count: offset - 1 }, notice('a', String(offset))))
    expect([1, 2, 3].map(id => numbering.numberOf(String(id)))).toEqual([undefined, 2, 3])
    expect(numbering.feed(recordAt(4, { offset: 0, count: 0 }, notice('a', '1')))).toMatchObject([
      { isVoid: true, entries: [], head: 3 },
    ])
    // The id of a late copy keeps its number: whoever tries again is told that.
    expect(numbering.feed(recordAt(5, { offset: 0, count: 0 }, notice('a', '3')))).toMatchObject([{ isVoid: true }])
    expect(numbering.numberOf('3')).toBe(3)
    expect(numbering.feed(recordAt(6, { offset: 3, count: 3 }, notice('a', '3'), notice('b')))).toMatchObject([
      { isVoid: false, seqs: [3, 4], head: 4, repeatsVoid: false },
    ])
  })
})

test('records that were trimmed away unread leave the count open until another says it', () => {
  const numbering = createNumbering()
  numbering.feed(recordAt(0, undefined))
  numbering.feed(recordAt(1, { offset: 0, count: 0 }, notice('a')))
  expect(numbering.feed(recordAt(10, { offset: 8, count: 8 }, notice('k')))).toEqual([])
  expect(numbering.place).toBeUndefined()
  expect(numbering.feed(recordAt(11, { offset: 10, count: 10 }, notice('l')))).toMatchObject([{ seqs: [11] }])
})

test('who begins in the middle knows the ids from there on, also those of notices that it cannot number', () => {
  const numbering = createNumbering()
  expect(numbering.feed(recordAt(10, { offset: 5, count: 4 }, notice('a', 'x')))).toEqual([])
  expect(numbering.feed(recordAt(11, { offset: 10, count: 7 }, notice('b')))).toMatchObject([{ seqs: [8], head: 8 }])
  expect(numbering.feed(recordAt(12, { offset: 9, count: 6 }, notice('a', 'x')))).toMatchObject([
    { seqs: [undefined], head: 8 },
  ])
})

test('a count that differs from its own shows a server that the stream is another one', () => {
  const numbering = createNumbering()
  numbering.feed(recordAt(0, undefined))
  numbering.feed(recordAt(1, { offset: 0, count: 0 }, notice('a')))
  expect(numbering.feed(recordAt(2, { offset: 1, count: 2 }, notice('b')))).toEqual([])
  expect(numbering.contradiction).toContain('2 notices up to offset 1, this server counted 1')
})

/** What authors did, one after the other: each had seen all but the last `lag` records; `skip` offsets are RabbitMQ's own. */
const step = fc.record({
  author: fc.nat(2),
  lag: fc.nat(5),
  skip: fc.boolean(),
  ids: fc.array(fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }), { maxLength: 3 }),
})

/** All that there are, or about two ids. */
const rememberedBytes = fc.constantFrom(Number.POSITIVE_INFINITY, 300)

test('servers that begin anywhere agree with one that saw all, and every id counts once among those who had not seen it', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), fc.nat(59), rememberedBytes, (steps, start, bytes) => {
      const whole = createNumbering(bytes)
      const records: StreamRecord[] = []
      const places: Place[] = [{ offset: -1, count: 0 }]
      const authors = [0, 0, 0]
      const truth = new Map<number, { seqs: readonly (number | undefined)[]; entries: string[]; head: number }>()
      for (const { author, lag, skip, ids } of steps) {
        // What a server has seen only grows.
        authors[author] = Math.max(authors[author]!, places.length - 1 - lag)
        const seen = places[authors[author]!]!
        const offset = (records.at(-1)?.offset ?? -1) + (skip && records.length > 0 ? 2 : 1)
        // It does not publish what it has seen, and within one record it publishes an id once.
        const had = new Set(
          records.filter(each => each.offset <= seen.offset).flatMap(({ notices }) => notices.map(({ id }) => id)),
        )
        const notices = [...new Map(ids.map((id, i) => [id ?? i, id])).values()]
          .filter(id => id === undefined || !had.has(id))
          .map((id, i) => notice(`${offset}.${i}`, id))
        const record = recordAt(offset, seen, ...notices)
        records.push(record)
        for (const [at, each] of numbersOf(whole, [record])) truth.set(at, each)
        places.push({ offset, count: whole.place!.count })
      }
      expect(whole.contradiction).toBeUndefined()
      expect([...truth.values()].flatMap(({ entries }) => entries).map(json => JSON.parse(json).seq)).toEqual(
        Array.from({ length: whole.place!.count }, (_, i) => i + 1),
      )
      for (const id of ['a', 'b', 'c']) {
        const seqs = records.flatMap(({ offset, notices }) =>
          notices.map((each, i) => (each.id === id ? truth.get(offset)!.seqs[i] : undefined)),
        )
        expect(new Set(seqs.filter(seq => seq !== undefined)).size).toBeLessThanOrEqual(1)
      }
      const numbering = createNumbering(bytes)
      const part = numbersOf(numbering, records.slice(Math.min(start, records.length - 1)))
      for (const [offset, { seqs, entries, head }] of part) {
        expect({ entries, head }).toEqual({ entries: truth.get(offset)!.entries, head: truth.get(offset)!.head })
        for (const [i, seq] of seqs.entries()) if (seq !== undefined) expect(seq).toBe(truth.get(offset)!.seqs[i])
      }
      expect(numbering.contradiction).toBeUndefined()
    }),
    { numRuns: 500 },
  )
})
