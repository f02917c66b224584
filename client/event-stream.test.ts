import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeEvent, encodeNotice } from '../server/protocol.ts'
import { createEventStream } from './event-stream.ts'

type Seen = { events: [type: string, data: string, id: string][]; comments: string[]; retries: number[] }

const encoder = new TextEncoder()

function parse(chunks: Iterable<Uint8Array | string>, maxChars?: number): Seen {
  const seen: Seen = { events: [], comments: [], retries: [] }
  const stream = createEventStream(
    {
      onEvent: (...event) => seen.events.push(event),
      onComment: text => seen.comments.push(text),
      onRetry: ms => seen.retries.push(ms),
    },
    maxChars,
  )
  for (const chunk of chunks) stream.push(typeof chunk === 'string' ? encoder.encode(chunk) : chunk)
  return seen
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...places.map(place => place % (bytes.length + 1)), 0, bytes.length].sort((a, b) => a - b)
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end))
}

describe('the event stream parser', () => {
  test('reads type, data, id, comment and reconnection time', () => {
    expect(parse(['retry: 3000\nevent: hello\nid: e.1\ndata: {"a":1}\n\n: beat\n\nid: e.2\ndata: x\n\n'])).toEqual({
      events: [
        ['hello', '{"a":1}', 'e.1'],
        ['message', 'x', 'e.2'],
      ],
      comments: [' beat'],
      retries: [3000],
    })
  })

  test('follows the examples of the standard', () => {
    expect(parse(['data: YHOO\ndata: +2\ndata: 10\n\n']).events).toEqual([['message', 'YHOO\n+2\n10', '']])
    expect(
      parse([': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n']).events,
    ).toEqual([
      ['message', 'first event', '1'],
      ['message', 'second event', ''],
      ['message', ' third event', ''],
    ])
    expect(parse(['data\n\ndata\ndata\n\ndata:']).events).toEqual([
      ['message', '', ''],
      ['message', '\n', ''],
    ])
    expect(parse(['data:test\n\ndata: test\n\n']).events.map(event => event[1])).toEqual(['test', 'test'])
  })

  test.each(['\n', '\r', '\r\n'])('takes %j as line end, also cut between any two bytes', end => {
    const text = ['event: gap', 'id: e.7', 'data: a', 'data: b', '', 'data: c', '', ''].join(end)
    const expected: Seen['events'] = [
      ['gap', 'a\nb', 'e.7'],
      ['message', 'c', 'e.7'],
    ]
    expect(parse([text]).events).toEqual(expected)
    expect(parse(text).events).toEqual(expected)
    for (let at = 0; at <= text.length; at++)
      expect(parse([text.slice(0, at), text.slice(at)]).events).toEqual(expected)
  })

  test('dispatches an event that ends in CR at once, not when the next byte comes', () => {
    expect(parse(['data: x\r\r']).events).toEqual([['message', 'x', '']])
    expect(parse(['data: x\r\r', '\n', 'data: y\r\n\r\n']).events.map(event => event[1])).toEqual(['x', 'y'])
  })

  test('drops one byte order mark at the start, and only there', () => {
    const mark = Uint8Array.of(0xef, 0xbb, 0xbf)
    const rest = encoder.encode('data: x\n\ndata: \uFEFFy\n\n')
    const expected: Seen['events'] = [
      ['message', 'x', ''],
      ['message', '\uFEFFy', ''],
    ]
    expect(parse([mark, rest]).events).toEqual(expected)
    expect(parse([mark.subarray(0, 1), mark.subarray(1), rest]).events).toEqual(expected)
    expect(parse([Uint8Array.of(...mark, ...rest)]).events).toEqual(expected)
    expect(parse([mark, mark, rest]).events).toEqual([['message', '\uFEFFy', '']])
  })

  test('ignores an id with NUL and a reconnection time that is not digits', () => {
    const seen = parse(['id: e.1\ndata: a\n\nid: e.\x002\nretry: 1x\nretry: -1\nretry:\ndata: b\n\n'])
    expect(seen.events.map(event => event[2])).toEqual(['e.1', 'e.1'])
    expect(seen.retries).toEqual([])
  })

  test('keeps an id that came without data for the next event, and forgets a type that did', () => {
    expect(parse(['event: hello\nid: e.5\n\ndata: x\n\n']).events).toEqual([['message', 'x', 'e.5']])
  })

  test('ignores unknown fields and discards an event that was not finished', () => {
    expect(parse(['foo: bar\nDATA: no\ndata : no\ndata: x\n\ndata: lost\n']).events).toEqual([['message', 'x', '']])
  })

  test('refuses a line and an event that never end', () => {
    const chunk = 'x'.repeat(400)
    expect(() => parse(['data: ', chunk, chunk, chunk], 1000)).toThrow('must not exceed 1000 characters')
    expect(() =>
      parse(
        Array.from({ length: 4 }, () => `data: ${chunk}\n`),
        1000,
      ),
    ).toThrow('must not exceed 1000')
    expect(
      parse(
        Array.from({ length: 9 }, () => `data: ${chunk}\n\n`),
        1000,
      ).events,
    ).toHaveLength(9)
  })

  test('gives the same events however the bytes are cut', () => {
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
        ':',
        ' ',
        '\0',
        '\uFEFF',
        '€',
        '😀',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    )
    const bytes = fc.array(piece, { maxLength: 40 }).map(pieces => encoder.encode(pieces.join('')))
    fc.assert(
      fc.property(
        fc.oneof(bytes, fc.uint8Array({ maxLength: 60 })),
        fc.array(fc.nat(), { maxLength: 12 }),
        (stream, places) => {
          expect(parse(cut(stream, places))).toEqual(parse([stream]))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('reads back what the server encodes', () => {
    const body = fc.jsonValue({ noUnicodeString: false }).map(value => JSON.stringify(value))
    const events = fc.array(fc.tuple(fc.integer({ min: 1 }), body, fc.constantFrom(undefined, 'gap')), { minLength: 1 })
    fc.assert(
      fc.property(events, fc.array(fc.nat(), { maxLength: 12 }), (list, places) => {
        const texts = list.map(([seq, json, type]) => encodeEvent(`e.${seq}`, encodeNotice(seq, 1, json), type))
        expect(parse(cut(encoder.encode(texts.join('')), places)).events).toEqual(
          list.map(([seq, json, type]) => [type ?? 'message', encodeNotice(seq, 1, json), `e.${seq}`]),
        )
      }),
      { numRuns: 100 },
    )
  })
})
