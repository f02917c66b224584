// Text and places in bytes, the same in a browser and in Node.

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const strictUtf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })
const encoder = new TextEncoder()

export const CR = 13
export const LF = 10

export const toBytes = (text: string): Uint8Array => encoder.encode(text)

/** One character for each byte, as heads of HTTP are read (RFC 9110 §5.5). */
export function latin1(bytes: Uint8Array, from = 0, to = bytes.length): string {
  let text = ''
  // As many arguments as any engine takes.
  for (let at = from; at < to; at += 4096) text += String.fromCharCode(...bytes.subarray(at, Math.min(to, at + 4096)))
  return text
}

/** The bytes of such a text; of a character beyond U+00FF the lowest eight bits. */
export const fromLatin1 = (text: string): Uint8Array => Uint8Array.from(text, character => character.charCodeAt(0))

/** Malformed bytes become U+FFFD. */
export const textOf = (bytes: Uint8Array, from = 0, to = bytes.length): string => utf8.decode(bytes.subarray(from, to))

export const isUtf8 = (bytes: Uint8Array): boolean => faultOfUtf8(bytes) === undefined

/** Which byte is the first that cannot stand there in UTF-8 (RFC 3629 §4), their number where the last character has no end; undefined where all are right. */
export function faultOfUtf8(bytes: Uint8Array): number | undefined {
  try {
    strictUtf8.decode(bytes)
    return undefined
  } catch {}
  // As much as decodes, from the beginning on.
  let [low, high] = [0, bytes.length]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (decodes(bytes, middle)) low = middle
    else high = middle - 1
  }
  return low
}

/** Whether the bytes before `end` are UTF-8, a character that is cut off at their end left out. */
function decodes(bytes: Uint8Array, end: number): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end), { stream: true })
    return true
  } catch {
    return false
  }
}

/** Where `byte` is next, from `at` on and before `end`; -1 where it is not. */
export function placeOf(bytes: Uint8Array, byte: number, at: number, end = bytes.length): number {
  // What lies behind the end is not searched: there may be many short lines and much behind them.
  const place = bytes.subarray(at, end).indexOf(byte)
  return place < 0 ? -1 : at + place
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
