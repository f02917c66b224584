import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Batch, createLog, toEntry } from './log.ts'

const entriesOf = (...seqs: number[]) => seqs.map(seq => toEntry(seq, 0, String(seq)))
const options = { capacity: 100, capacityBytes: 1e6, coalesce: true }
const seqsOf = (entries: readonly { seq: number }[]) => entries.map(entry => entry.seq)
const turn = () => new Promise(resolve => setImmediate(() => setImmediate(resolve)))

describe('the log', () => {
  it('gives what comes after a position, up to the limit in notices and bytes', () => {
    const log = createLog('e', options)
    log.append(entriesOf(1, 2, 3, 4))
    expect(seqsOf(log.after(0).entries)).toEqual([1, 2, 3, 4])
    expect(seqsOf(log.after(2).entries)).toEqual([3, 4])
    expect(seqsOf(log.after(1, 2).entries)).toEqual([2, 3])
    expect(seqsOf(log.after(0, 10, 1).entries)).toEqual([1])
    expect(log.after(4)).toEqual({ missed: 0, entries: [] })
  })

  it('evicts by count and by bytes, and says how many are gone', () => {
    const byCount = createLog('e', { ...options, capacity: 3 })
    byCount.append(entriesOf(1, 2, 3, 4, 5))
    expect(byCount.after(0).missed).toBe(2)
    expect(seqsOf(byCount.after(0).entries)).toEqual([3, 4, 5])
    const bytes = toEntry(1, 0, '1').bytes
    const byBytes = createLog('e', { ...options, capacityBytes: bytes * 2 })
    byBytes.append(entriesOf(1, 2, 3, 4, 5))
    expect(byBytes.held).toBe(2)
    expect(byBytes.earliest).toBe(4)
    expect(byBytes.bytes).toBe(bytes * 2)
  })

  it('holds the newest notice even where it alone is over the bound in bytes', () => {
    const log = createLog('e', { ...options, capacityBytes: 1 })
    log.append(entriesOf(1, 2))
    expect(seqsOf(log.after(0).entries)).toEqual([2])
  })

  it('hands over what one turn appended as one batch, or one by one where coalescing is off', async () => {
    for (const coalesce of [true, false]) {
      const log = createLog('e', { ...options, coalesce })
      const batches: Batch[] = []
      log.listen(batch => batches.push(batch))
      log.append(entriesOf(1, 2))
      log.append(entriesOf(3))
      await turn()
      expect(batches.map(batch => seqsOf(batch.entries))).toEqual(coalesce ? [[1, 2, 3]] : [[1], [2], [3]])
      expect(batches[0]).toMatchObject({ epoch: 'e', before: 0, missed: 0 })
    }
  })

  it('hands a listener only what is appended after it came, also within one turn', async () => {
    const log = createLog('e', options)
    const seen: number[] = []
    log.append(entriesOf(1))
    log.listen(batch => seen.push(...seqsOf(batch.entries)))
    log.append(entriesOf(2))
    await turn()
    expect(seen).toEqual([2])
  })

  it('lets a reader follow in one step: each notice comes to it once, whenever in a turn it joins', async () => {
    const log = createLog('e', options)
    const readers = new Set<number[]>()
    const join = (seq: number): number[] => {
      const seen: number[] = []
      while (log.follow('e', seq + seen.length) === 'behind')
        seen.push(...seqsOf(log.after(seq + seen.length, 2).entries))
      readers.add(seen)
      return seen
    }
    log.listen(batch => {
      for (const seen of readers) seen.push(...seqsOf(batch.entries))
    })
    log.append(entriesOf(1, 2, 3))
    const first = join(0)
    log.append(entriesOf(4))
    const second = join(1)
    log.append(entriesOf(5))
    const third = join(5)
    await turn()
    log.append(entriesOf(6))
    await turn()
    expect([first, second, third]).toEqual([[1, 2, 3, 4, 5, 6], [2, 3, 4, 5, 6], [6]])
  })

  it('says where a reader stands', () => {
    const log = createLog('e', options)
    log.append(entriesOf(1, 2))
    const places = [1, 2, 3].map(seq => log.follow('e', seq))
    expect([...places, log.follow('d', 2)]).toEqual(['behind', 'current', 'ahead', 'behind'])
  })

  it('reports a hole and a new epoch to its listeners', async () => {
    const log = createLog('e', options)
    const batches: Batch[] = []
    log.listen(batch => batches.push(batch))
    log.append(entriesOf(1))
    log.append(entriesOf(5, 6))
    await turn()
    log.reset('f')
    expect(batches.map(({ epoch, before, missed }) => [epoch, before, missed])).toEqual([
      ['e', 0, 0],
      ['e', 4, 3],
      ['f', 0, null],
    ])
    expect(log.after(0)).toEqual({ missed: 0, entries: [] })
  })

  it("computes a batch's wire form once for each encoder", async () => {
    const log = createLog('e', options)
    let calls = 0
    const encode = () => ++calls
    log.listen(batch => {
      batch.wire(encode)
      batch.wire(encode)
    })
    log.append(entriesOf(1))
    await turn()
    expect(calls).toBe(1)
  })

  it('never loses count: missed and entries together are what lies after any position', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 0, max: 5000 }),
        fc.nat(5000),
        (capacity, appended, from) => {
          const log = createLog('e', { ...options, capacity })
          for (let seq = 1; seq <= appended; seq++) log.append([toEntry(seq, 0, '0')])
          const { missed, entries } = log.after(from)
          expect(missed! + entries.length).toBe(Math.max(0, appended - from))
          expect(log.held).toBe(Math.min(capacity, appended))
          if (entries.length > 0) expect(entries[0]!.seq).toBe(from + missed! + 1)
        },
      ),
      { numRuns: 60 },
    )
  })
})
