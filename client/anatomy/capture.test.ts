// A capture as JSON: it comes back as it went, and what is wrong with one is named.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesOf, type Capture, captureLimits, captureOf, plainOf, sizeOf } from './capture.ts'

const capture: Capture = {
  format: 'transport-lab-capture',
  version: 1,
  transport: 'some-transport',
  isSecure: false,
  takenAt: '2026-01-02T03:04:05.000Z',
  client: 'Chromium 140',
  lastedMs: 6800.5,
  published: [{ seq: 1, atMs: 1200.25 }],
  connections: [
    {
      openedMs: 3,
      closedMs: 6700,
      closedBy: 'client',
      chunks: [
        { way: 'up', atMs: 4, bytes: Uint8Array.of(71, 69, 84, 0, 255) },
        { way: 'down', atMs: 5.5, bytes: Uint8Array.of(128, 1) },
        { way: 'up', atMs: 5.5, bytes: Uint8Array.of(10) },
      ],
    },
    { openedMs: 7, chunks: [] },
  ],
  counted: { upBytes: 6, downBytes: 2 },
  redacted: ['Cookie'],
}
const json = (value: Capture = capture) => JSON.parse(JSON.stringify(plainOf(value)))

describe('a capture', () => {
  test('comes back from JSON as it went, whatever its bytes are', () => {
    expect(captureOf(json())).toEqual(capture)
    const { counted: _, ...uncounted } = capture
    expect(captureOf(json(uncounted))).toEqual(uncounted)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), bytes => {
        const one = { ...capture, connections: [{ openedMs: 0, chunks: [{ way: 'down' as const, atMs: 0, bytes }] }] }
        expect(captureOf(json(one))).toEqual(one)
      }),
      { numRuns: 50 },
    )
  })

  test('says how much passed, and gives each direction back to back', () => {
    expect(sizeOf(capture)).toEqual({ upBytes: 6, downBytes: 2 })
    expect([...bytesOf(capture.connections[0]!, 'up')]).toEqual([71, 69, 84, 0, 255, 10])
    expect([...bytesOf(capture.connections[1]!, 'up')]).toEqual([])
  })

  test.each([
    [[], 'a capture must be an object, got []'],
    [null, 'a capture must be an object, got null'],
    [{ ...json(), format: 'har' }, '"format" must be "transport-lab-capture", got "har"'],
    [{ ...json(), version: 2 }, '"version" must be 1, got 2'],
    [{ ...json(), transport: '' }, '"transport" must be a text of 1 to 200 characters, got ""'],
    [{ ...json(), isSecure: 'no' }, '"isSecure" must be true or false, got "no"'],
    [{ ...json(), takenAt: 'today' }, '"takenAt" must be a time as in ISO 8601, got "today"'],
    [{ ...json(), client: undefined }, '"client" must be a text of 1 to 200 characters, got undefined'],
    [{ ...json(), lastedMs: -1 }, '"lastedMs" must be a number from 0, got -1'],
    [{ ...json(), published: {} }, '"published" must be a list, got {}'],
    [{ ...json(), published: [{ seq: 1 }] }, '"published[0].atMs" must be a number from 0, got undefined'],
    [{ ...json(), connections: 'none' }, '"connections" must be a list, got "none"'],
    [{ ...json(), connections: [1] }, '"connections[0]" must be an object, got 1'],
    [{ ...json(), counted: { upBytes: 1 } }, '"counted.downBytes" must be a number from 0, got undefined'],
    [{ ...json(), redacted: [7] }, '"redacted[0]" must be a text of 1 to 200 characters, got 7'],
    [withConnection({ closedBy: 'cut' }), '"connections[0].closedBy" must be client or server, got "cut"'],
    [withConnection({ openedMs: '3' }), '"connections[0].openedMs" must be a number from 0, got "3"'],
    [withChunk({ way: 'left' }), '"connections[0].chunks[1].way" must be up or down, got "left"'],
    [withChunk({ bytes: 'AB' }), '"connections[0].chunks[1].bytes" must be base64, got "AB"'],
    [withChunk({ bytes: [1] }), '"connections[0].chunks[1].bytes" must be base64, got [1]'],
    [withChunk({ atMs: 1 }), '"connections[0].chunks[1].atMs" must be no earlier than the one before, got 1'],
    [
      withChunk({ bytes: Buffer.alloc(captureLimits.bytes).toString('base64') }),
      `a capture must have at most ${captureLimits.bytes} bytes, got ${captureLimits.bytes + 6}`,
    ],
  ])('that is none is refused with the field, the rule and the value (%#)', (value, says) => {
    expect(() => captureOf(value)).toThrow(new Error(says))
  })

  test('that is far too long is not taken apart first', () => {
    const value = withChunk({ bytes: 'A'.repeat(4 * captureLimits.bytes) })
    expect(() => captureOf(value)).toThrow(/^"connections\[0\]\.chunks\[1\]\.bytes" must be base64, got "A{78}…$/)
  })
})

function withConnection(change: object): object {
  const { connections, ...rest } = json()
  return { ...rest, connections: [{ ...connections[0], ...change }] }
}

function withChunk(change: object): object {
  const { chunks } = json().connections[0]
  return withConnection({ chunks: [chunks[0], { ...chunks[1], ...change }, chunks[2]] })
}
