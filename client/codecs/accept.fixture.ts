// What holds of the accept key and of the SHA-1 below it: the same as Node's.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect } from 'vitest'
import { acceptOf, GUID, keyFault, sha1 } from './accept.ts'
import { type Law, law } from './law.fixture.ts'

const key = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(bytes => Buffer.from(bytes).toString('base64'))

export const acceptLaws: readonly Law[] = [
  law(
    "a SHA-1 is Node's, whatever the length",
    fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 50, max: 130 }).chain(length => fc.uint8Array({ minLength: length, maxLength: length })),
    ),
    bytes => {
      expect(Buffer.from(sha1(bytes)).toString('hex')).toBe(createHash('sha1').update(bytes).digest('hex'))
    },
  ),
  law("a key's accept is Node's, step by step", key, own => {
    const steps = acceptOf(own)
    expect(steps.joined).toBe(own + GUID)
    expect(steps.accept).toBe(
      createHash('sha1')
        .update(own + GUID)
        .digest('base64'),
    )
    expect(keyFault(own)).toBeUndefined()
  }),
  law(
    'a key is 16 bytes in base64, and nothing else is',
    fc.oneof(
      fc.base64String({ maxLength: 32 }),
      fc.string({ maxLength: 26 }),
      fc
        .tuple(key, fc.nat(23), fc.constantFrom(...'=Az+/-_ '))
        .map(([own, at, by]) => own.slice(0, at) + by + own.slice(at + 1)),
    ),
    text => {
      const bytes = Buffer.from(text, 'base64')
      expect(keyFault(text) === undefined).toBe(bytes.length === 16 && bytes.toString('base64') === text)
    },
  ),
]
