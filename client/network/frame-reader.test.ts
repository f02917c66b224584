import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { closePayload } from '../../server/frames.ts'
import { type FrameHandlers, newFrameReading, readFrames } from './frame-reader.ts'

const MAX = 100_000

/** A server's frame: not masked, and not made by what is tested. */
function frame(first: number, payload: Buffer | string = ''): Buffer {
  const body = Buffer.from(payload)
  const head =
    body.length < 126
      ? Buffer.from([first, body.length])
      : body.length < 65_536
        ? Buffer.from([first, 126, body.length >> 8, body.length & 255])
        : Buffer.from([first, 127, 0, 0, 0, 0, 0, body.length >> 16, (body.length >> 8) & 255, body.length & 255])
  return Buffer.concat([head, body])
}

/** What the reader of a client says of `chunks`, in order. Each chunk is overwritten afterwards, as the next read would. */
function heard(chunks: readonly Buffer[]): string[] {
  const events: string[] = []
  const handlers: FrameHandlers<string> = {
    onText: (of, text) => events.push(`${of} ${text}`),
    onBinary: () => events.push('binary'),
    onPing: (_, payload) => events.push(`ping ${payload.toString()}`),
    onPong: () => events.push('pong'),
    onClose: (_, code, reason) => events.push(`close ${code} ${reason}`),
    onViolation: (_, code, reason) => events.push(`violation ${code} ${reason}`),
  }
  const reading = newFrameReading()
  for (const chunk of chunks) {
    const own = Buffer.from(chunk)
    readFrames(reading, own, MAX, handlers, 'text')
    own.fill(0x2e)
  }
  return events
}

const closeFrame = (code: number, reason: string | Buffer = '') =>
  frame(0x88, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]))

describe('a frame reader', () => {
  test('hands on texts of every length of header', () => {
    const texts = ['', 'x', 'x'.repeat(125), 'y'.repeat(126), 'é'.repeat(30_000), 'z'.repeat(70_000)]
    expect(heard([Buffer.concat(texts.map(text => frame(0x81, text)))])).toEqual(texts.map(text => `text ${text}`))
  })

  test('joins fragments, with control frames between them, and does not mind empty ones', () => {
    const all = [
      frame(0x01, Buffer.from('ä€').subarray(0, 3)),
      frame(0x89, 'p'),
      frame(0x00),
      frame(0x00),
      frame(0x80, Buffer.from('ä€').subarray(3)),
      frame(0x81, 'next'),
    ]
    expect(heard([Buffer.concat(all)])).toEqual(['ping p', 'text ä€', 'text next'])
  })

  test('says the same however the bytes are cut', () => {
    const frames = fc.array(
      fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 300 }).map(text => frame(0x81, text)),
        fc.string({ maxLength: 20 }).map(text => frame(0x89, text)),
        fc
          .tuple(fc.string({ maxLength: 200 }), fc.string({ maxLength: 200 }))
          .map(([a, b]) => Buffer.concat([frame(0x01, a), frame(0x8a), frame(0x80, b)])),
      ),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(frames, fc.array(fc.nat(400), { maxLength: 20 }), (all, cuts) => {
        const whole = Buffer.concat(all)
        const places = [...new Set([0, ...cuts.filter(cut => cut < whole.length), whole.length])].sort((a, b) => a - b)
        const pieces = places.slice(1).map((end, i) => whole.subarray(places[i], end))
        expect(heard(pieces)).toEqual(heard([whole]))
      }),
    )
  })

  test.each([
    ['reserved bits', frame(0xc1, 'x'), 1002],
    ['a masked frame', Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x78]), 1002],
    ['an unknown opcode', frame(0x83, 'x'), 1002],
    ['an unknown control opcode', frame(0x8b), 1002],
    ['a fragmented ping', frame(0x09, 'x'), 1002],
    ['a ping of more than 125 bytes', frame(0x89, 'x'.repeat(126)), 1002],
    ['a continuation of nothing', frame(0x80, 'x'), 1002],
    ['a text within a text', Buffer.concat([frame(0x01, 'x'), frame(0x81, 'y')]), 1002],
    ['half a close code', frame(0x88, 'x'), 1002],
    ['a close code that may not be sent', closeFrame(1005), 1002],
    ['a close code of nobody', closeFrame(2999), 1002],
    ['a text that is not UTF-8', frame(0x81, Buffer.from([0xc3, 0x28])), 1007],
    ['fragments that are not UTF-8', Buffer.concat([frame(0x01, Buffer.from([0xc3])), frame(0x80, 'x')]), 1007],
    ['a reason that is not UTF-8', closeFrame(1000, Buffer.from([0xff])), 1007],
    ['a long message', frame(0x81, 'x'.repeat(MAX + 1)), 1009],
    ['a length beyond all bounds, said only', Buffer.from([0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255]), 1009],
    ['fragments too long together', Buffer.concat([frame(0x01, 'x'.repeat(MAX)), frame(0x80, 'y')]), 1009],
  ] as const)('refuses %s, and reads no further', (_, bytes, code) => {
    const events = heard([Buffer.concat([frame(0x81, 'before'), bytes]), frame(0x81, 'after')])
    expect(events).toHaveLength(2)
    expect(events[0]).toBe('text before')
    expect(events[1]).toMatch(new RegExp(`^violation ${code} [a-zA-Z]`))
  })

  test('reads nothing after a Close', () => {
    expect(heard([closeFrame(1001, 'bye'), frame(0x81, 'x')])).toEqual(['close 1001 bye'])
    expect(heard([frame(0x88)])).toEqual(['close 1005 '])
  })

  test('says that a binary frame came', () => {
    expect(heard([frame(0x82, 'x')])).toEqual(['binary'])
  })
})

test('keeps nothing of empty fragments, however many come', () => {
  const reading = newFrameReading()
  const handlers = { onText() {}, onBinary() {}, onPing() {}, onPong() {}, onClose() {}, onViolation() {} }
  const read = (bytes: Buffer) => readFrames(reading, bytes, MAX, handlers, undefined)
  read(frame(0x01))
  for (let i = 0; i < 1000; i++) read(frame(0x00))
  expect(reading.parts).toEqual([])
})

test('a Close carries its code where it may, and as much of its reason as fits', () => {
  const sent = (code: number, reason?: string) => heard([frame(0x88, closePayload(code, reason))])
  expect(sent(1001)).toEqual(['close 1001 '])
  expect(sent(1005)).toEqual(['close 1005 '])
  expect(sent(1008, 'é'.repeat(100))).toEqual([`close 1008 ${'é'.repeat(61)}`])
})
