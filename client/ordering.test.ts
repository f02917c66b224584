import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createOrdering } from './ordering.ts'
import { newSubscriberTally, type Subscription } from './transports/transport.ts'

function started(after?: string, onNotice?: Subscription['onNotice']) {
  const seen: string[] = []
  const tally = newSubscriberTally()
  const ordering = createOrdering(
    {
      after,
      onNotice: onNotice ?? ((notice, cursor) => void seen.push(`${notice.seq} at ${cursor}`)),
      onPosition: cursor => void seen.push(`from ${cursor}`),
      onGap: (missed, cursor) => void seen.push(`gap ${missed} at ${cursor}`),
    },
    tally,
  )
  return { ordering, tally, seen }
}

const notice = (seq: number) => ({ seq, at: 1, body: seq })
const answer = (cursor: string, missed: number | null, ...seqs: number[]) => ({
  cursor,
  missed,
  notices: seqs.map(notice),
})

describe('ordering', () => {
  test('hands over what is new in order, and asks to resume after it', () => {
    const { ordering, seen } = started()
    expect(ordering.after()).toBeUndefined()
    ordering.position({ cursor: 'e.4', missed: 0 })
    expect(ordering.after()).toBe('e.4')
    ordering.notice(notice(5))
    ordering.notice(notice(6), 'e.6')
    expect(seen).toEqual(['from e.4', '5 at e.5', '6 at e.6'])
    expect(ordering.after()).toBe('e.6')
    expect(ordering.delivered()).toBe(2)
  })

  test('keeps `earliest` until the server says where that is', () => {
    const { ordering } = started('earliest')
    expect(ordering.after()).toBe('earliest')
    ordering.answer(answer('e.0', 0))
    expect(ordering.after()).toBe('e.0')
  })

  test('drops and counts what came before, also within one answer and below a position that went back', () => {
    const { ordering, seen, tally } = started('e.5')
    ordering.answer(answer('e.7', 0, 4, 5, 6, 6, 7))
    ordering.position({ cursor: 'e.3', missed: 0 })
    ordering.notice(notice(4))
    ordering.notice(notice(8))
    expect(seen).toEqual(['6 at e.6', '7 at e.7', '8 at e.8'])
    expect(tally).toMatchObject({ duplicates: 4, deliveries: 3 })
  })

  test('reports what the server says is missed, once, before the next notice', () => {
    const { ordering, seen } = started('e.5')
    ordering.answer(answer('e.10', 3, 9, 10))
    ordering.position({ cursor: 'e.12', missed: 2 })
    ordering.notice(notice(13))
    expect(seen).toEqual(['gap 3 at e.8', '9 at e.9', '10 at e.10', 'gap 2 at e.12', '13 at e.13'])
  })

  test('reports a jump that the server kept to itself', () => {
    const { ordering, seen } = started('e.1')
    ordering.notice(notice(4))
    ordering.answer(answer('e.9', 0, 6, 8))
    ordering.position({ cursor: 'e.11', missed: 0 })
    expect(seen).toEqual([
      'gap 2 at e.3',
      '4 at e.4',
      'gap 1 at e.5',
      '6 at e.6',
      'gap 1 at e.7',
      '8 at e.8',
      'gap 1 at e.9',
      'gap 2 at e.11',
    ])
  })

  test('begins again in a new epoch, with an unknown loss whatever the server says', () => {
    const { ordering, seen } = started('old.50')
    ordering.answer(answer('new.2', null, 1, 2))
    ordering.position({ cursor: 'newer.7', missed: 0 })
    ordering.notice(notice(8), 'newer.8')
    ordering.notice(notice(3), 'newest.3')
    expect(seen).toEqual([
      'gap null at new.0',
      '1 at new.1',
      '2 at new.2',
      'gap null at newer.7',
      '8 at newer.8',
      'gap null at newest.2',
      '3 at newest.3',
    ])
  })

  test('counts empty answers, and moves with their cursor', () => {
    const { ordering, seen, tally } = started('e.5')
    ordering.answer(answer('e.5', 0))
    ordering.answer(answer('e.8', 3))
    expect(seen).toEqual(['gap 3 at e.8'])
    expect(tally).toMatchObject({ emptyAnswers: 2, deliveries: 0 })
  })

  test('hands over nothing more once stopped, not even the rest of an answer', () => {
    const seen: number[] = []
    const { ordering } = started('e.0', ({ seq }) => {
      seen.push(seq)
      if (seq === 2) ordering.stop()
    })
    ordering.answer(answer('e.9', 0, 1, 2, 3, 7))
    expect(seen).toEqual([1, 2])
  })

  test('has moved on when a handler throws', () => {
    const { ordering } = started('e.0', () => {
      throw new Error('mine')
    })
    expect(() => ordering.notice(notice(1))).toThrow('mine')
    expect(ordering.after()).toBe('e.1')
  })

  test.each([
    ['position', { cursor: 'e.01', missed: 0 }],
    ['position', { cursor: 'e.1', missed: -1 }],
    ['position', null],
    ['answer', { cursor: 'e.1', missed: 0 }],
    ['answer', { cursor: 'E.1', missed: 0, notices: [] }],
    ['answer', { cursor: 'e.1', missed: 0, notices: [{ seq: 0, at: 1, body: 1 }] }],
    ['answer', []],
    ['notice', { seq: 1.5, at: 1, body: 1 }],
    ['notice', { seq: 1, at: 1 }],
    ['notice', 7],
  ] as const)('refuses a %s like %j, and shows it', (kind, value) => {
    const { ordering, seen } = started('f.0')
    expect(() => ordering[kind](value)).toThrow(/must be \{.*\}, got /)
    expect(seen).toEqual([])
  })

  test('refuses a notice before the first position, and one whose id is another place', () => {
    expect(() => started().ordering.notice(notice(1))).toThrow('notice 1 came before the first position')
    expect(() => started('e.0').ordering.notice(notice(1), 'e.2')).toThrow(
      'notice 1 must carry its cursor as id, got "e.2"',
    )
  })

  test('accounts for every notice of an epoch: delivered once in order, or reported missed', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('notice' as const), seq: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ kind: fc.constant('position' as const), seq: fc.integer({ min: 0, max: 30 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), steps => {
        let accounted = 0
        let last = 0
        const tally = newSubscriberTally()
        const subscription = {
          after: 'e.0',
          onNotice({ seq }: { seq: number }) {
            expect(seq).toBeGreaterThan(last)
            last = seq
            accounted++
          },
          onGap(missed: number | null) {
            accounted += missed!
          },
        }
        const ordering = createOrdering(subscription, tally)
        for (const { kind, seq } of steps) {
          if (kind === 'notice') ordering.notice(notice(seq))
          else ordering.position({ cursor: `e.${seq}`, missed: 0 })
        }
        const reached = Math.max(0, ...steps.map(({ seq }) => seq))
        expect(accounted).toBe(reached)
        expect(ordering.after()).toBe(`e.${reached}`)
      }),
    )
  })
})
