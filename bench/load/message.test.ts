// Messages from client to server: equally long and to the size asked for, so that their bytes can be foretold.
import { expect, test } from 'vitest'
import { FIRST_REF, frameText, postText } from './message.ts'

test.each([
  ['a frame', frameText, 25],
  ['a POST', postText, 9],
] as const)(
  '%s has a body of the size asked for, and the same length from the first message to the last',
  (_, text, around) => {
    for (const bytes of [64, 1000]) {
      expect(text(FIRST_REF, bytes)).toHaveLength(bytes + around)
      expect(text(999_999, bytes)).toHaveLength(bytes + around)
    }
  },
)

test('both say the same to the server', () => {
  const frame = JSON.parse(frameText(FIRST_REF, 64))
  expect(frame).toEqual({ publish: { i: FIRST_REF, p: expect.stringMatching(/^x+$/) }, ref: FIRST_REF })
  expect(JSON.parse(postText(FIRST_REF, 64))).toEqual({ body: frame.publish })
})
