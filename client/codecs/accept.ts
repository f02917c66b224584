// How a server proves that it read a WebSocket's handshake (RFC 6455 §4.2.2): step by step, with a SHA-1 of our own, since pages on plain
// HTTP from another machine have no `crypto.subtle`.
import { latin1, toBytes } from './bytes.ts'

/** RFC 6455 §1.3. */
export const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

export interface AcceptSteps {
  readonly key: string
  /** The key and the GUID behind it. */
  readonly joined: string
  /** Twenty bytes. */
  readonly sha1: Uint8Array
  /** What the server answers as Sec-WebSocket-Accept. */
  readonly accept: string
}

export function acceptOf(key: string): AcceptSteps {
  const joined = key + GUID
  const digest = sha1(toBytes(joined))
  return { key, joined, sha1: digest, accept: btoa(latin1(digest)) }
}

/** Why a handshake's key would be refused; undefined where it is 16 bytes in base64 (RFC 6455 §4.1). */
export const keyFault = (key: string): string | undefined =>
  /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key)
    ? undefined
    : `a key must be 16 bytes in base64, 24 characters that end in ==, got ${JSON.stringify(key)}`

/** SHA-1 (FIPS 180-4 §6.1): good for this, and for nothing that is secret. */
export function sha1(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor((message.length * 8) / 2 ** 32))
  view.setUint32(padded.length - 4, (message.length * 8) >>> 0)
  const hash = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0)
  const words = new Uint32Array(80)
  for (let block = 0; block < padded.length; block += 64) {
    for (let t = 0; t < 16; t++) words[t] = view.getUint32(block + 4 * t)
    for (let t = 16; t < 80; t++) words[t] = rotated(words[t - 3]! ^ words[t - 8]! ^ words[t - 14]! ^ words[t - 16]!, 1)
    let [a = 0, b = 0, c = 0, d = 0, e = 0] = hash
    for (let t = 0; t < 80; t++) {
      const [mixed, constant] =
        t < 20
          ? [(b & c) | (~b & d), 0x5a827999]
          : t < 40
            ? [b ^ c ^ d, 0x6ed9eba1]
            : t < 60
              ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
              : [b ^ c ^ d, 0xca62c1d6]
      const next = (rotated(a, 5) + mixed + e + constant + words[t]!) >>> 0
      e = d
      d = c
      c = rotated(b, 30)
      b = a
      a = next
    }
    // The array takes each sum modulo 2^32.
    hash[0]! += a
    hash[1]! += b
    hash[2]! += c
    hash[3]! += d
    hash[4]! += e
  }
  const digest = new Uint8Array(20)
  for (const [i, word] of hash.entries()) new DataView(digest.buffer).setUint32(4 * i, word)
  return digest
}

const rotated = (word: number, by: number): number => ((word << by) | (word >>> (32 - by))) >>> 0
