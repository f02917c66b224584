import { expect, test } from 'vitest'
import { countNotices } from './count.ts'

const STREAM = Buffer.from(
  'event: hello\ndata: {"cursor":"a.1"}\n\ndata: {"seq":1,"at":2,"body":"s"}\n\n: hb\n\ndata: {"seq":2}\n\n',
)

const countOf = (chunks: readonly Buffer[]): number => {
  const state = { matched: 0 }
  return chunks.reduce((sum, chunk) => sum + countNotices(state, chunk), 0)
}

test('a stream’s notices are counted once each, and nothing else of it, wherever it is cut', () => {
  for (let from = 0; from <= STREAM.length; from++)
    for (let to = from; to <= STREAM.length; to++)
      expect(countOf([STREAM.subarray(0, from), STREAM.subarray(from, to), STREAM.subarray(to)])).toBe(2)
})

test('a stream that comes byte by byte is counted the same', () => {
  expect(countOf(Array.from(STREAM, byte => Buffer.from([byte])))).toBe(2)
})

test('what only begins like a notice is none', () => {
  expect(countOf([Buffer.from('{"se'), Buffer.from('cret":1}')])).toBe(0)
})
