// Messages that zlib made shorter, and what holds of reading them.
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { expect } from 'vitest'
import { joined, toBytes } from './bytes.ts'
import { inflateMessages } from './inflate.ts'
import { type Law, law, mutated, outcomeOf } from './law.fixture.ts'

const TAIL = Uint8Array.of(0, 0, 0xff, 0xff)
const message = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  // What repeats itself, and what came before.
  fc
    .tuple(fc.constantFrom('{"seq":', 'notice', 'xyz', '0'), fc.nat(200))
    .map(([text, times]) => toBytes(text.repeat(times))),
  fc.string({ unit: fc.constantFrom('a', 'b', '"seq":1', ' '), maxLength: 100 }).map(toBytes),
)
const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE, Z_SYNC_FLUSH } = constants
const options = fc.record({
  level: fc.constantFrom(0, 1, 6, 9),
  strategy: fc.constantFrom(Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE),
  windowBits: fc.constantFrom(9, 12, 15),
})
type Options = typeof options extends fc.Arbitrary<infer T> ? T : never

/** As a sender makes it; `before`: what it may point back into. */
export function deflated(
  plain: Uint8Array,
  { before, ...how }: Partial<Options> & { readonly before?: Uint8Array } = {},
): Uint8Array {
  const dictionary = before && before.length > 0 ? { dictionary: before.slice(-32_768) } : {}
  const all = deflateRawSync(plain, { finishFlush: Z_SYNC_FLUSH, ...how, ...dictionary })
  // RFC 7692 §7.2.3.6.
  return plain.length === 0 ? Uint8Array.of(0) : all.subarray(0, -TAIL.length)
}

export const inflateLaws: readonly Law[] = [
  law(
    'messages inflate to what they were, with what came before them and without',
    fc.tuple(fc.array(message, { minLength: 1, maxLength: 4 }), options, fc.boolean()),
    ([plain, how, keepsContext]) => {
      const sent = plain.map((each, i) =>
        deflated(each, { ...how, ...(keepsContext && { before: joined(plain.slice(0, i)) }) }),
      )
      const read = inflateMessages(sent, keepsContext)
      expect(read.map(each => Buffer.from(each).toString('latin1'))).toEqual(
        plain.map(each => Buffer.from(each).toString('latin1')),
      )
    },
  ),
  law(
    'any bytes inflate, or are broken at one of them; what zlib refuses is refused',
    fc.oneof(mutated(message.map(each => deflated(each))), fc.uint8Array({ maxLength: 40 })),
    bytes => {
      const said = outcomeOf(bytes, () => inflateMessages([bytes], false)[0]!)!
      let zlibs: Uint8Array | undefined
      try {
        zlibs = inflateRawSync(joined([bytes, TAIL]), { finishFlush: Z_SYNC_FLUSH })
      } catch {
        expect(said).toHaveProperty('malformedAt')
      }
      // It stops behind a block that says it is the last one.
      if (zlibs && said instanceof Uint8Array)
        expect(Buffer.from(said.subarray(0, zlibs.length)).equals(zlibs)).toBe(true)
    },
  ),
]
