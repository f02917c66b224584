import { expect, test } from 'vitest'
import { acceptOf, keyFault, sha1 } from './accept.ts'
import { toBytes } from './bytes.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test("RFC 6455's sample key gives the RFC's sample accept, by the steps of section 1.3", () => {
  const { joined, sha1: digest, accept } = acceptOf('dGhlIHNhbXBsZSBub25jZQ==')
  expect(joined).toBe('dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11')
  expect(hex(digest)).toBe('b37a4f2cc0624f1690f64606cf385945b2bec4ea')
  expect(accept).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
})

test('SHA-1 gives the digests of FIPS 180-4', () => {
  expect(hex(sha1(toBytes('abc')))).toBe('a9993e364706816aba3e25717850c26c9cd0d89d')
  expect(hex(sha1(toBytes('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')))).toBe(
    '84983e441c3bd26ebaae4aa1f95129e5e54670f1',
  )
  expect(hex(sha1(new Uint8Array(1_000_000).fill(97)))).toBe('34aa973cd4c4daa4f61eeb2bdbad27316534016f')
})

test('says why a key would be refused', () => {
  expect(keyFault('dGhlIHNhbXBsZSBub25jZQ==')).toBeUndefined()
  expect(keyFault('short')).toBe('a key must be 16 bytes in base64, 24 characters that end in ==, got "short"')
  expect(keyFault('')).toMatch(/got ""$/)
  // Bits behind the sixteenth byte.
  expect(keyFault('dGhlIHNhbXBsZSBub25jZR==')).toMatch(/^a key must be/)
})
