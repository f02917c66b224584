// Properties of codecs as values, so that as many cases as wanted can be tried of all of them.
import fc from 'fast-check'
import { Malformed } from './part.ts'

export interface Law {
  readonly title: string
  /** Tries so many cases; throws what fast-check says of one that fails. */
  run(cases: number): { readonly slowestMs: number }
}

export const law = <T>(title: string, cases: fc.Arbitrary<T>, holds: (value: T) => void): Law => ({
  title,
  run(numRuns) {
    let slowestMs = 0
    const property = fc.property(cases, value => {
      const fromMs = performance.now()
      holds(value)
      slowestMs = Math.max(slowestMs, performance.now() - fromMs)
    })
    fc.assert(property, { numRuns })
    return { slowestMs }
  },
})

/** What reading came to: a value, more bytes wanted (undefined), or the place where it broke. Anything else that is thrown, and a place that is none, goes on. */
export function outcomeOf<T>(bytes: Uint8Array, read: () => T): T | undefined | { readonly malformedAt: number } {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    if (!Number.isInteger(error.at) || error.at < 0 || error.at > bytes.length)
      throw new Error(`malformed at ${error.at} of ${bytes.length} bytes: ${error.message}`)
    return { malformedAt: error.at }
  }
}

/** Places to cut, as shares of the whole. */
export const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 })

/** Bytes with a few of them changed, left out or put in. */
export const mutated = (bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(
      bytes,
      fc.array(
        fc.record({
          share: fc.double({ min: 0, max: 1, noNaN: true }),
          how: fc.constantFrom('set', 'leave out', 'put in', 'cut'),
          byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 10, 13, 32, 58, 48, 126, 127, 128, 255)),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    )
    .map(([original, changes]) => {
      const all = [...original]
      for (const { share, how, byte } of changes) {
        const at = Math.floor(share * all.length)
        if (how === 'set' && at < all.length) all[at] = byte
        else if (how === 'leave out') all.splice(at, 1)
        else if (how === 'put in') all.splice(at, 0, byte)
        else if (how === 'cut' && byte < 64) all.length = at
      }
      return Uint8Array.from(all)
    })

export const places = (length: number, cuts: readonly number[]): number[] =>
  [...new Set([...cuts.map(share => Math.floor(share * length)), length])].sort((a, b) => a - b)
