// Generated JSON, and what is nearly JSON: of any depth and width, with the texts and numbers that trip up parsers.
import fc from 'fast-check'

/** How deep and how wide the largest are: beyond what a request may hold. */
const MOST_LEVELS = 50_000
const MOST_ITEMS = 20_000
const MOST_DIGITS = 70_000

/** Texts that something has gone wrong over before, somewhere. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 20 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 50 }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '',
      '\0',
      '\ud800',
      '\u2028\u2029',
      '\ufeff',
      '\r\n\r\n',
      '__proto__',
      'constructor',
      'toString',
      'length',
      '../../etc/passwd',
      '%00',
      '1e999',
      '-0',
    ),
  },
  // Long in characters of three bytes: what is cut at so many characters is longer in bytes.
  { weight: 1, arbitrary: fc.nat(200).map(length => '漢'.repeat(length)) },
)

const nested = (levels: number, [open, close]: readonly [string, string]): string =>
  `${open.repeat(levels)}1${close.repeat(levels)}`

/** JSON as it stands in a text; a few are no JSON at all. */
export const jsonText: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.json({ maxDepth: 4 }) },
  { weight: 4, arbitrary: oddText.map(text => JSON.stringify(text)) },
  {
    weight: 4,
    arbitrary: fc.constantFrom('null', 'true', '0', '-0', '1e400', '-1E309', '9007199254740993', '[]', '{}'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('NaN', 'undefined', '01', '1.', "'x'", '[1,]', '{"a":1,}', '"\t"', '\ud800'),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.oneof({ weight: 9, arbitrary: fc.nat(100) }, fc.nat(MOST_LEVELS)),
        fc.constantFrom<(readonly [string, string])[]>(['[', ']'], ['{"a":', '}'], ['[{"":', '}]']),
      )
      .map(([levels, brackets]) => nested(levels, brackets)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.oneof({ weight: 9, arbitrary: fc.nat(300) }, fc.nat(MOST_ITEMS)),
        fc.constantFrom('1', '{}', '"x"', '[[]]', '1e3'),
      )
      .map(([items, item]) => `[${Array(items).fill(item).join(',')}]`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.oneof({ weight: 9, arbitrary: fc.nat(400) }, fc.nat(MOST_DIGITS)),
        fc.constantFrom('', '.', 'e'),
        fc.nat(400),
      )
      .map(([digits, then, more]) => `1${'0'.repeat(digits)}${then}${then && '9'.repeat(more + 1)}`),
  },
  {
    weight: 1,
    arbitrary: fc.nat(300).map(keys => `{${Array.from({ length: keys }, (_, i) => `"${i % 7}":${i}`).join(',')}}`),
  },
)

/** An object of known keys, some left out and some unknown, each with what it should have or with anything. */
export function nearly(fields: Readonly<Record<string, fc.Arbitrary<string>>>): fc.Arbitrary<string> {
  const known = Object.entries(fields).map(([key, right]) =>
    fc.oneof(
      { weight: 8, arbitrary: right.map(text => [key, text] as const) },
      { weight: 2, arbitrary: jsonText.map(text => [key, text] as const) },
      { weight: 1, arbitrary: fc.constant(undefined) },
    ),
  )
  const unknown = fc.option(fc.tuple(oddText, jsonText), { freq: 9, nil: undefined })
  return fc
    .tuple(fc.tuple(...known), unknown)
    .map(
      ([members, more]) =>
        `{${[...members, more].flatMap(member => (member ? [`${JSON.stringify(member[0])}:${member[1]}`] : [])).join(',')}}`,
    )
}

/** A text with a piece cut out, put in or doubled somewhere, one time in five. */
export const spliced = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: text },
    {
      weight: 1,
      arbitrary: fc
        .tuple(text, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(8), oddText)
        .map(([whole, share, gone, put]) => {
          const at = Math.floor(share * whole.length)
          return whole.slice(0, at) + put + whole.slice(at + gone)
        }),
    },
  )
