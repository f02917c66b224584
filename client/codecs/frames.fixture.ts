// WebSocket frames as they may come, and what holds of reading them.
import fc from 'fast-check'
import { expect } from 'vitest'
import { closePayload, maskedFrame, textFrames } from '../../server/frames.ts'
import { joined, textOf, toBytes } from './bytes.ts'
import { isCloseCode, opcodes, payloadOf, readClose, readFrameHead, writeClose, writeFrame } from './frames.ts'
import { type Law, law, mutated, outcomeOf, places, shares } from './law.fixture.ts'

const payload = fc.oneof(
  { weight: 60, arbitrary: fc.uint8Array({ maxLength: 140 }) },
  { weight: 4, arbitrary: fc.uint8Array({ minLength: 120, maxLength: 300, size: 'max' }) },
  // What is in a long one does not matter.
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(65_535, 65_536, 70_000), fc.nat(255))
      .map(([length, byte]) => new Uint8Array(length).fill(byte)),
  },
)
const mask = fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }), { nil: undefined })
export const frame = fc.record({
  opcode: fc.constantFrom(...Object.values(opcodes)),
  payload,
  isFinal: fc.boolean(),
  rsv: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(7)),
  mask,
})
const text = fc.string({ unit: 'grapheme', maxLength: 200 })

export const frameLaws: readonly Law[] = [
  law(
    'a frame that is written reads the same',
    fc.tuple(frame, fc.uint8Array({ maxLength: 3 })),
    ([written, before]) => {
      const bytes = joined([before, writeFrame(written)])
      const read = readFrameHead(bytes, before.length)!
      const { length } = written.payload
      expect(read).toMatchObject({
        from: before.length,
        to: bytes.length,
        isFinal: written.isFinal,
        rsv: written.rsv,
        opcode: written.opcode,
        isMasked: written.mask !== undefined,
        length,
        lengthBits: length < 126 ? 7 : length < 65_536 ? 16 : 64,
        payloadFrom: bytes.length - length,
      })
      // Comparing buffers is much faster than comparing arrays.
      expect(Buffer.compare(payloadOf(bytes, read), written.payload)).toBe(0)
    },
  ),
  law('frames behind one another are read one after the other', fc.array(frame, { maxLength: 6 }), written => {
    const bytes = joined(written.map(writeFrame))
    let at = 0
    for (const { payload: own, opcode } of written) {
      const read = readFrameHead(bytes, at)!
      expect([read.opcode, read.length]).toEqual([opcode, own.length])
      at = read.to
    }
    expect(at).toBe(bytes.length)
  }),
  law(
    "a frame's head is waited for, and what is behind it changes nothing",
    fc.tuple(frame, shares),
    ([written, cuts]) => {
      const bytes = writeFrame(written)
      const whole = readFrameHead(bytes, 0)!
      for (const end of places(bytes.length, cuts)) {
        const said = readFrameHead(bytes.subarray(0, end), 0)
        if (end < whole.payloadFrom) expect(said).toBeUndefined()
        else expect(said).toEqual(whole)
      }
    },
  ),
  law(
    'a head is read, waited for or broken at a byte of it, whatever the bytes are',
    fc.oneof(
      mutated(frame.filter(({ payload: { length } }) => length < 1000).map(writeFrame)),
      fc.uint8Array({ maxLength: 20 }),
    ),
    bytes => {
      for (let end = 0; end <= Math.min(bytes.length, 16); end++) {
        const beginning = bytes.subarray(0, end)
        const said = outcomeOf(beginning, () => readFrameHead(beginning, 0))
        if (said) expect(outcomeOf(bytes, () => readFrameHead(bytes, 0))).toEqual(said)
      }
    },
  ),
  law(
    "the server's texts are frames, and so are a client's with a mask",
    fc.array(text, { minLength: 1, maxLength: 4 }),
    texts => {
      const down = textFrames(texts.map(json => ({ json, bytes: toBytes(json).length })))
      const up = joined(texts.map(json => maskedFrame(opcodes.text, Buffer.from(json))))
      for (const [bytes, isMasked] of [
        [down, false],
        [up, true],
      ] as const) {
        let at = 0
        for (const json of texts) {
          const read = readFrameHead(bytes, at)!
          expect([read.isMasked, read.opcode, read.isFinal, read.rsv]).toEqual([isMasked, opcodes.text, true, 0])
          expect(textOf(payloadOf(bytes, read))).toBe(json)
          at = read.to
        }
        expect(at).toBe(bytes.length)
      }
    },
  ),
  law('a Close says its code and its reason', fc.tuple(fc.nat(65_535), text), ([code, reason]) => {
    const own = writeClose(code, reason)
    if (isCloseCode(code)) expect(readClose(own)).toEqual({ code, reason })
    else expect(outcomeOf(own, () => readClose(own))).toEqual({ malformedAt: 0 })
    const sent = closePayload(code, reason)
    const said = readClose(sent)
    expect(said.code).toBe(isCloseCode(code) ? code : 1005)
    expect(reason.startsWith(said.reason)).toBe(true)
  }),
  law('a Close is read or broken at a byte of it, whatever the bytes are', fc.uint8Array({ maxLength: 20 }), bytes => {
    outcomeOf(bytes, () => readClose(bytes))
  }),
]
