// Event streams as they may come, and what holds of reading them.
import fc from 'fast-check'
import { expect } from 'vitest'
import { createEventStream } from '../event-stream.ts'
import { joined, textOf, toBytes } from './bytes.ts'
import { type EventBlock, readEvent, startOfEvents, writeEvent } from './events.ts'
import { type Law, law, mutated, places, shares } from './law.fixture.ts'

const line = fc.string({ unit: 'grapheme', maxLength: 20 }).map(text => text.replace(/[\r\n\0]/g, ''))
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })
export const event = fc.record({
  type: optional(line),
  data: optional(fc.array(line, { minLength: 1, maxLength: 3 }).map(lines => lines.join('\n'))),
  id: optional(line),
  retryMs: optional(fc.nat()),
  comment: optional(line),
})

const piece = fc.oneof(
  fc.constantFrom(
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    'data: ',
    'data:',
    'data',
    'event: ',
    'id: ',
    'retry: 1',
    ':',
    ' ',
    '\0',
    '\uFEFF',
    '€',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
)
const stream = fc.oneof(
  fc.array(piece, { maxLength: 40 }).map(pieces => toBytes(pieces.join(''))),
  mutated(fc.array(event, { maxLength: 4 }).map(events => joined(events.map(writeEvent)))),
  fc.uint8Array({ maxLength: 60 }),
)

function blocksOf(bytes: Uint8Array): EventBlock[] {
  const blocks: EventBlock[] = []
  for (let at = startOfEvents(bytes); ; ) {
    const block = readEvent(bytes, at, true)
    if (!block) return blocks
    blocks.push(block)
    at = block.to
  }
}

export const eventLaws: readonly Law[] = [
  law('an event that is written reads the same', event, written => {
    const bytes = writeEvent(written)
    const read = readEvent(bytes, 0)!
    expect({ type: read.type, data: read.data, id: read.id, retryMs: read.retryMs, to: read.to }).toEqual({
      type: written.type || 'message',
      data: written.data,
      id: written.id,
      retryMs: written.retryMs,
      to: bytes.length,
    })
    expect(read.lines.find(({ field }) => field === '')?.value.trimStart()).toBe(written.comment?.trimStart())
  }),
  law("a block's lines lie behind one another and are all of it", stream, bytes => {
    let at = startOfEvents(bytes)
    for (const block of blocksOf(bytes)) {
      expect(block.from).toBe(at)
      for (const { from, to, valueFrom, valueTo } of block.lines) {
        expect(from).toBe(at)
        expect(from <= valueFrom && valueFrom <= valueTo && valueTo < to).toBe(true)
        at = to
      }
      expect(block.endFrom).toBe(at)
      at = block.to
    }
  }),
  law('any bytes are the events that the subscribers read of them', stream, bytes => {
    const events: unknown[] = []
    const others: unknown[] = []
    createEventStream({
      onEvent: (type, data, id) => events.push([type, data, id]),
      onComment: text => others.push(text),
      onRetry: ms => others.push(ms),
    }).push(bytes)
    let id = ''
    const read: unknown[] = []
    for (const block of blocksOf(bytes)) {
      id = block.id ?? id
      if (block.data !== undefined) read.push([block.type, block.data, id])
    }
    expect(read).toEqual(events)
    // A block without its end is not read as one, and what it holds besides data is heard by a subscriber all the same.
    const said = blocksOf(bytes).flatMap(({ lines }) =>
      lines.flatMap(({ field, value, from, valueTo }): unknown[] => {
        if (field === '') return [textOf(bytes, from + 1, valueTo)]
        return field === 'retry' && /^[0-9]+$/.test(value) ? [Number(value)] : []
      }),
    )
    expect(others.slice(0, said.length)).toEqual(said)
  }),
  law('an event is waited for until it is whole, whatever the bytes are', fc.tuple(stream, shares), ([bytes, cuts]) => {
    const whole = readEvent(bytes, 0)
    for (const end of places(bytes.length, cuts)) {
      const said = readEvent(bytes.subarray(0, end), 0)
      if (said) expect(whole).toEqual(said)
      if (whole && end < whole.to) expect(said).toBeUndefined()
    }
  }),
]
