import { describe, expect, test } from 'vitest'
import { textOf, toBytes } from './bytes.ts'
import { readEvent, startOfEvents, writeEvent } from './events.ts'

/** Type and data of each block; data undefined where nothing is dispatched. */
function blocks(text: string, isEnd = false) {
  const bytes = toBytes(text)
  const read: (string | undefined)[][] = []
  for (let at = startOfEvents(bytes); ; ) {
    const block = readEvent(bytes, at, isEnd)
    if (!block) return read
    read.push([block.type, block.data, block.id])
    at = block.to
  }
}

describe('an event stream', () => {
  test("is read as the standard's examples are", () => {
    expect(blocks('data: YHOO\ndata: +2\ndata: 10\n\n')).toEqual([['message', 'YHOO\n+2\n10', undefined]])
    expect(
      blocks(': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n'),
    ).toEqual([
      ['message', undefined, undefined],
      ['message', 'first event', '1'],
      ['message', 'second event', ''],
      ['message', ' third event', undefined],
    ])
    expect(blocks('data\n\ndata\ndata\n\ndata:')).toEqual([
      ['message', '', undefined],
      ['message', '\n', undefined],
    ])
    expect(blocks('data:test\n\ndata: test\n\n').map(([, data]) => data)).toEqual(['test', 'test'])
    expect(blocks('event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n')).toEqual([
      ['add', '73857293', undefined],
      ['remove', '2153', undefined],
    ])
  })

  test.each(['\n', '\r', '\r\n'])('may end its lines with %j', end => {
    const text = ['event: gap', 'id: e.7', 'data: a', 'data: b', '', 'data: c', '', ''].join(end)
    expect(blocks(text, true)).toEqual([
      ['gap', 'a\nb', 'e.7'],
      ['message', 'c', undefined],
    ])
  })

  test('whose last byte is a return is waited for, unless nothing follows', () => {
    expect(readEvent(toBytes('data: x\r\r'), 0)).toBeUndefined()
    expect(readEvent(toBytes('data: x\r\r'), 0, true)).toMatchObject({ data: 'x', to: 9 })
    expect(readEvent(toBytes('data: x\r\r\n'), 0)).toMatchObject({ data: 'x', to: 10 })
    expect(readEvent(toBytes('data: x\r\r\r'), 0)).toMatchObject({ data: 'x', to: 9 })
  })

  test('ignores an id with NUL, a time that is no number, and fields that nobody knows', () => {
    expect(
      readEvent(toBytes('id: e.\x002\nretry: 1x\nretry: 3000\nretry:\nfoo: bar\nDATA: no\ndata : no\ndata: b\n\n'), 0),
    ).toMatchObject({
      id: undefined,
      retryMs: 3000,
      data: 'b',
    })
  })

  test('may begin with a byte order mark', () => {
    expect(blocks('\uFEFFdata: x\n\ndata: \uFEFFy\n\n').map(([, data]) => data)).toEqual(['x', '\uFEFFy'])
    expect(blocks('\uFEFF\uFEFFdata: x\n\n')).toEqual([['message', undefined, undefined]])
  })

  test('is written field by field, a text of several lines as several fields', () => {
    expect(textOf(writeEvent({ type: 'gap', id: 'e.1', retryMs: 5, data: 'a\nb\r\nc\rd', comment: ' beat' }))).toBe(
      ': beat\nevent: gap\nid: e.1\nretry: 5\ndata: a\ndata: b\ndata: c\ndata: d\n\n',
    )
    expect(textOf(writeEvent({ comment: '' }))).toBe(':\n\n')
  })
})
