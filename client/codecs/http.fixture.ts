// Heads and bodies of HTTP/1.1 as they may come, and what holds of reading them.
import fc from 'fast-check'
import { expect } from 'vitest'
import { joined, latin1 } from './bytes.ts'
import {
  type HeadKind,
  headerOf,
  readChunkEnd,
  readChunkSize,
  readHead,
  readTrailers,
  writeChunk,
  writeHead,
} from './http.ts'
import { type Law, law, mutated, outcomeOf, places, shares } from './law.fixture.ts'

const token = fc.string({ unit: fc.constantFrom(..."!#$%&'*+-.^_`|~019azAZ"), minLength: 1, maxLength: 12 })
const name = fc.oneof(token, fc.constantFrom('Content-Length', 'content-type', 'Host', 'Transfer-Encoding'))
/** Anything but line ends, without blanks around it. */
const value = fc
  .string({
    unit: fc
      .oneof(fc.integer({ min: 32, max: 126 }), fc.integer({ min: 128, max: 255 }), fc.constant(9))
      .map(byte => String.fromCharCode(byte)),
    maxLength: 30,
  })
  .map(text => text.replace(/^[ \t]+|[ \t]+$/g, ''))
const target = fc.string({
  unit: fc.integer({ min: 33, max: 126 }).map(byte => String.fromCharCode(byte)),
  minLength: 1,
  maxLength: 30,
})
const fields = fc.array(fc.tuple(name, value), { maxLength: 8 })
const version = fc.constantFrom('HTTP/1.1', 'HTTP/1.0')

export interface WrittenHead {
  readonly kind: HeadKind
  readonly start: string
  readonly fields: readonly (readonly [string, string])[]
}
export const head: fc.Arbitrary<WrittenHead> = fc.oneof(
  fc.record({
    kind: fc.constant('request' as const),
    start: fc.tuple(token, target, version).map(words => words.join(' ')),
    fields,
  }),
  fc.record({
    kind: fc.constant('answer' as const),
    start: fc
      .tuple(version, fc.integer({ min: 100, max: 599 }), fc.option(value, { nil: undefined }))
      .map(([first, status, reason]) => (reason === undefined ? `${first} ${status}` : `${first} ${status} ${reason}`)),
    fields,
  }),
)
const bytesOf = ({ start, fields: own }: WrittenHead): Uint8Array => writeHead(start, own)

const before = fc.uint8Array({ maxLength: 5 })

const data = fc.uint8Array({ minLength: 1, maxLength: 60 })
const trailers = fc.array(fc.tuple(token, value), { maxLength: 2 })
/** A chunked body, and what it holds. */
export const chunked = fc
  .tuple(fc.array(data, { maxLength: 5 }), trailers, fc.constantFrom('', ';a=b', ' ;q="x"'))
  .map(([pieces, ends, extension]) => {
    const last = `0${extension}\r\n${ends.map(([first, second]) => `${first}: ${second}\r\n`).join('')}\r\n`
    return {
      body: joined(pieces),
      bytes: joined([...pieces.map(writeChunk), Uint8Array.from(last, c => c.charCodeAt(0))]),
    }
  })

/** A chunked body from `at` on: what it holds, and where it ends; undefined where it goes on. */
export function readChunks(bytes: Uint8Array, at: number): { body: Uint8Array; to: number } | undefined {
  const pieces: Uint8Array[] = []
  for (;;) {
    const size = readChunkSize(bytes, at)
    if (!size) return undefined
    if (size.size === 0) {
      const to = readTrailers(bytes, size.to)
      return to === undefined ? undefined : { body: joined(pieces), to }
    }
    const end = size.to + size.size
    if (end > bytes.length) return undefined
    pieces.push(bytes.subarray(size.to, end))
    const next = readChunkEnd(bytes, end)
    if (next === undefined) return undefined
    at = next
  }
}

export const httpLaws: readonly Law[] = [
  law(
    'a head that is written reads the same, every byte of it in its place',
    fc.tuple(head, before),
    ([written, first]) => {
      const bytes = joined([first, bytesOf(written)])
      const read = readHead(bytes, first.length, written.kind)!
      const { from, to, startTo, version: ofHttp, method, target: path, status, reason } = read
      expect(latin1(bytes, from, startTo)).toBe(`${written.start}\r\n`)
      const said =
        written.kind === 'request'
          ? [method, path, ofHttp].join(' ')
          : [ofHttp, status, ...(reason === '' ? [] : [reason])].join(' ')
      expect(said).toBe(written.start.replace(/^(HTTP\/1\.. \d{3}) $/, '$1'))
      expect(read.fields.map(field => [field.name, field.value])).toEqual(written.fields)
      let at = startTo
      for (const field of read.fields) {
        expect(field.from).toBe(at)
        expect(latin1(bytes, field.valueFrom, field.valueTo)).toBe(field.value)
        at = field.to
      }
      expect([from, at, to]).toEqual([first.length, to - 2, bytes.length])
      for (const [own] of written.fields) expect(headerOf(read, own.toUpperCase())).toBe(headerOf(read, own))
    },
  ),
  law(
    'a head is waited for until it is whole, and what is behind it changes nothing',
    fc.tuple(head, shares, fc.uint8Array({ maxLength: 9 })),
    ([written, cuts, behind]) => {
      const bytes = bytesOf(written)
      for (const end of places(bytes.length - 1, cuts))
        expect(readHead(bytes.subarray(0, end), 0, written.kind)).toBeUndefined()
      expect(readHead(joined([bytes, behind]), 0, written.kind)).toEqual(readHead(bytes, 0, written.kind))
    },
  ),
  law('a head whose lines end in feeds alone reads the same', head, written => {
    const bytes = bytesOf(written).filter(byte => byte !== 13)
    const plain = readHead(bytes, 0, written.kind)!
    expect(plain.fields.map(field => [field.name, field.value])).toEqual(written.fields)
    expect(plain.to).toBe(bytes.length)
  }),
  law(
    'chunks read as they were written, and are waited for until they are whole',
    fc.tuple(chunked, shares),
    ([{ body, bytes }, cuts]) => {
      expect(readChunks(bytes, 0)).toEqual({ body, to: bytes.length })
      for (const end of places(bytes.length - 1, cuts)) expect(readChunks(bytes.subarray(0, end), 0)).toBeUndefined()
      expect(readChunks(joined([bytes, Uint8Array.of(88)]), 0)).toEqual({ body, to: bytes.length })
    },
  ),
  law(
    'what is said of the beginning of a head is said of the whole, whatever the bytes are',
    fc.tuple(
      fc.oneof(mutated(head.map(bytesOf)), fc.uint8Array({ maxLength: 60 })),
      fc.constantFrom<HeadKind>('request', 'answer'),
      shares,
    ),
    ([bytes, kind, cuts]) => {
      const whole = outcomeOf(bytes, () => readHead(bytes, 0, kind))
      for (const end of places(bytes.length, cuts)) {
        const beginning = bytes.subarray(0, end)
        const said = outcomeOf(beginning, () => readHead(beginning, 0, kind))
        if (said) expect(whole).toEqual(said)
      }
    },
  ),
  law(
    'what is said of the beginning of chunks is said of the whole, whatever the bytes are',
    fc.tuple(fc.oneof(mutated(chunked.map(({ bytes }) => bytes)), fc.uint8Array({ maxLength: 60 })), shares),
    ([bytes, cuts]) => {
      const whole = outcomeOf(bytes, () => readChunks(bytes, 0))
      for (const end of places(bytes.length, cuts)) {
        const beginning = bytes.subarray(0, end)
        const said = outcomeOf(beginning, () => readChunks(beginning, 0))
        if (said) expect(whole).toEqual(said)
      }
    },
  ),
]
