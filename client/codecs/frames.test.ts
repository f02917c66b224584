import { describe, expect, test } from 'vitest'
import { joined, textOf, toBytes } from './bytes.ts'
import {
  type Frame,
  opcodes,
  payloadOf,
  readClose,
  readFrameHead,
  ruleBroken,
  writeClose,
  writeFrame,
} from './frames.ts'
import { Malformed } from './part.ts'

const MASK = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d)
const hello = toBytes('Hello')

function broken(read: () => unknown): [at: number, rule: string] {
  try {
    read()
  } catch (error) {
    if (error instanceof Malformed) return [error.at, error.message]
    throw error
  }
  throw new Error('nothing is broken')
}

/** RFC 6455 §5.7, each with what writes it. */
const examples: Readonly<Record<string, [bytes: number[], written: Uint8Array, read: Partial<Frame>]>> = {
  'an unmasked text': [
    [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f],
    writeFrame({ opcode: opcodes.text, payload: hello }),
    { isFinal: true, opcode: 1, isMasked: false, length: 5, lengthBits: 7, payloadFrom: 2 },
  ],
  'a masked text': [
    [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58],
    writeFrame({ opcode: opcodes.text, payload: hello, mask: MASK }),
    { isFinal: true, opcode: 1, isMasked: true, length: 5, maskFrom: 2, payloadFrom: 6 },
  ],
  'a first fragment': [
    [0x01, 0x03, 0x48, 0x65, 0x6c],
    writeFrame({ opcode: opcodes.text, payload: toBytes('Hel'), isFinal: false }),
    { isFinal: false, opcode: 1, length: 3 },
  ],
  'a last fragment': [
    [0x80, 0x02, 0x6c, 0x6f],
    writeFrame({ opcode: opcodes.continuation, payload: toBytes('lo') }),
    { isFinal: true, opcode: 0, length: 2 },
  ],
  'an unmasked ping': [
    [0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f],
    writeFrame({ opcode: opcodes.ping, payload: hello }),
    { opcode: 9, length: 5 },
  ],
  'a masked pong': [
    [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58],
    writeFrame({ opcode: opcodes.pong, payload: hello, mask: MASK }),
    { opcode: 10, isMasked: true, length: 5 },
  ],
  '256 bytes': [
    [0x82, 0x7e, 0x01, 0x00, ...new Array<number>(256).fill(7)],
    writeFrame({ opcode: opcodes.binary, payload: new Uint8Array(256).fill(7) }),
    { opcode: 2, length: 256, lengthBits: 16, payloadFrom: 4 },
  ],
  '64 KiB': [
    [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0, ...new Array<number>(65_536).fill(7)],
    writeFrame({ opcode: opcodes.binary, payload: new Uint8Array(65_536).fill(7) }),
    { opcode: 2, length: 65_536, lengthBits: 64, payloadFrom: 10 },
  ],
}

describe('a frame', () => {
  test.each(Object.entries(examples))('of %s is what RFC 6455 shows, written and read', (_, [bytes, written, read]) => {
    expect(Buffer.from(written).equals(Buffer.from(bytes))).toBe(true)
    expect(readFrameHead(written, 0)).toMatchObject({ from: 0, to: bytes.length, rsv: 0, ...read })
  })

  test('without its mask says what was meant, and as much as is there', () => {
    const bytes = writeFrame({ opcode: opcodes.text, payload: hello, mask: MASK })
    const frame = readFrameHead(bytes, 0)!
    expect(textOf(payloadOf(bytes, frame))).toBe('Hello')
    expect(textOf(payloadOf(bytes.subarray(0, 9), frame))).toBe('Hel')
  })

  test('whose length is not what it may be is broken at its byte', () => {
    expect(broken(() => readFrameHead(Uint8Array.of(9, 9, 0x82, 126, 0, 125), 2))).toEqual([
      3,
      'a length must take as few bytes as it can, got 125 in 16 bits',
    ])
    expect(broken(() => readFrameHead(Uint8Array.of(0x82, 127, 0, 0, 0, 0, 0, 0, 255, 255), 0))).toEqual([
      1,
      'a length must take as few bytes as it can, got 65535 in 64 bits',
    ])
    expect(broken(() => readFrameHead(Uint8Array.of(0x82, 127, 255, 0, 0, 0, 0, 0, 0, 0), 0))[0]).toBe(2)
  })

  test.each([
    ['a frame from the server is masked', 0x81, 0x85, {}],
    ['a frame from the client is not masked', 0x81, 0x05, { fromClient: true }],
    ['a frame has reserved bits set', 0xc1, 1, {}],
    ['a frame has reserved bits set', 0xa1, 1, { isCompressed: true }],
    ['a frame has reserved bits set', 0xc9, 1, { isCompressed: true }],
    ['a frame has the unknown opcode 3', 0x83, 1, {}],
    ['a frame has the unknown opcode 11', 0x8b, 1, {}],
    ['a control frame is fragmented or longer than 125 bytes', 0x09, 1, {}],
    ['a control frame is fragmented or longer than 125 bytes', 0x89, 126, {}],
    ['a continuation has no beginning', 0x80, 1, {}],
    ['a message begins within another', 0x81, 1, { isFragmented: true }],
    [undefined, 0xc1, 1, { isCompressed: true }],
    [undefined, 0x80, 1, { isFragmented: true }],
    [undefined, 0x89, 125, { isFragmented: true }],
    [undefined, 0x81, 0x80, { fromClient: true }],
  ] as const)('%s: %i %i', (fault, first, second, context) => {
    const { fromClient, isFragmented, isCompressed } = {
      fromClient: false,
      isFragmented: false,
      isCompressed: false,
      ...context,
    }
    expect(ruleBroken(first, second, fromClient, isFragmented, isCompressed)).toBe(fault)
  })
})

describe('a Close', () => {
  test('says its code and its reason, or that it has none', () => {
    expect(readClose(writeClose(1001, 'bye'))).toEqual({ code: 1001, reason: 'bye' })
    expect(readClose(new Uint8Array(0))).toEqual({ code: 1005, reason: '' })
  })

  test('that is not what it may be is broken at its byte', () => {
    expect(broken(() => readClose(Uint8Array.of(3)))).toEqual([0, 'a Close frame has half a code'])
    expect(broken(() => readClose(writeClose(1005)))).toEqual([0, 'a Close frame has the code 1005'])
    expect(broken(() => readClose(joined([writeClose(1000), Uint8Array.of(0xff)])))).toEqual([
      2,
      "a Close frame's reason is not UTF-8",
    ])
  })
})
