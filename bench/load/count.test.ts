import { expect, test } from 'vitest'
import { countCompressed, countNotices } from './count.ts'

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

/** Frames with heads of 2, 4 and 10 bytes; a ping and an uncompressed text between them; a payload full of what heads begin with. */
const FRAMES = Buffer.concat([
  Buffer.from([0xc1, 3, 0xc1, 0xc1, 0xc1, 0x89, 0, 0x81, 2, 0xc1, 0x01]),
  Buffer.from([0xc1, 126, 0, 130]),
  Buffer.alloc(130, 0xc1),
  Buffer.from([0xc1, 127, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4, 5, 0xc1, 0]),
])

const compressedIn = (chunks: readonly Buffer[]): number => {
  const state = { left: 0, head: Buffer.alloc(0) }
  return chunks.reduce((sum, chunk) => sum + countCompressed(state, chunk), 0)
}

test('compressed frames are counted once each, and no others, wherever the stream is cut', () => {
  for (let from = 0; from <= FRAMES.length; from++)
    for (let to = from; to <= FRAMES.length; to++)
      expect(compressedIn([FRAMES.subarray(0, from), FRAMES.subarray(from, to), FRAMES.subarray(to)])).toBe(4)
  expect(compressedIn(Array.from(FRAMES, byte => Buffer.from([byte])))).toBe(4)
})
