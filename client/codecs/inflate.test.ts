import { expect, test } from 'vitest'
import { textOf, toBytes } from './bytes.ts'
import { deflated } from './inflate.fixture.ts'
import { inflateMessages } from './inflate.ts'
import { Malformed } from './part.ts'

const messages = (...hex: string[]) => hex.map(each => Uint8Array.from(Buffer.from(each.replaceAll(' ', ''), 'hex')))
const texts = (all: readonly Uint8Array[]) => all.map(each => textOf(each))

/** RFC 7692 §7.2.3; compressed messages are behind two bytes of a frame's head there. */
test.each([
  ['one block', messages('f2 48 cd c9 c9 07 00'), ['Hello']],
  ['the window of the message before', messages('f2 48 cd c9 c9 07 00', 'f2 00 11 00 00'), ['Hello', 'Hello']],
  ['a block without compression', messages('00 05 00 fa ff 48 65 6c 6c 6f 00'), ['Hello']],
  ['a block that says it is the last', messages('f3 48 cd c9 c9 07 00 00'), ['Hello']],
  ['two blocks', messages('f2 48 05 00 00 00 ff ff ca c9 c9 07 00'), ['Hello']],
  ['an empty message', messages('00'), ['']],
])('%s inflates as RFC 7692 shows', (_, sent, plain) => {
  expect(texts(inflateMessages(sent, true))).toEqual(plain)
})

function broken(sent: readonly Uint8Array[], keepsContext: boolean, maxBytes?: number): [at: number, rule: string] {
  try {
    inflateMessages(sent, keepsContext, maxBytes)
  } catch (error) {
    if (error instanceof Malformed) return [error.at, error.message]
    throw error
  }
  throw new Error('nothing is broken')
}

test('a message that points back into one that is not kept is broken at its byte', () => {
  const sent = messages('f2 48 cd c9 c9 07 00', 'f2 00 11 00 00')
  expect(broken(sent, false)).toEqual([2, 'a distance must not reach back behind the beginning'])
})

test('what is no DEFLATE is broken at its byte', () => {
  expect(broken(messages('06'), true)).toEqual([0, 'a block must be of type 0 to 2, got 3'])
  expect(broken(messages('00 05 00 fa fe 48'), true)).toEqual([4, "a block's length must be said twice, once inverted"])
  expect(broken(messages('00 50 00 af ff 48'), true)[1]).toBe('a compressed message must end with its last block')
  expect(broken(messages('fd ff'), true)[1]).toMatch(/at most 286 and 30 codes/)
})

test('messages that inflate to too much are broken, one by itself and all together', () => {
  const long = deflated(new Uint8Array(1_000_000))
  expect(long.length).toBeLessThan(2000)
  expect(broken([long], false, 999_999)[1]).toBe('messages inflate to more than they may have')
  expect(broken([long, long, deflated(toBytes('x'))], true, 2_000_000)[1]).toBe(
    'messages inflate to more than they may have',
  )
  expect(inflateMessages([long, long], true, 2_000_000).map(({ length }) => length)).toEqual([1_000_000, 1_000_000])
})
