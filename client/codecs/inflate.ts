// Messages that permessage-deflate made shorter, as they were (RFC 7692 §7.2.2): DEFLATE (RFC 1951) read here, since a message is no stream of its own
// and `DecompressionStream` tells neither where one ends nor at which byte it breaks.
import { joined } from './bytes.ts'
import { Malformed } from './part.ts'

/** What a sender takes off each message: an empty block without compression. */
const TAIL = Uint8Array.of(0, 0, 0xff, 0xff)
/** How far a message may point back (RFC 1951 §3.2.5). */
const WINDOW_BYTES = 32_768
const MAX_BITS = 15

export interface Inflater {
  /** The next message as it was. Throws Malformed, its place within the message, where it is no DEFLATE or longer than it may be. */
  next(message: Uint8Array): Uint8Array
}

/** For the messages of one direction, in order. `keepsContext`: a message may point back into those before it, unless
 * `…_no_context_takeover` was negotiated (§7.1.1). `maxBytes`: of all of them together, when they are inflated. */
export function createInflater(keepsContext: boolean, maxBytes = 8 * 1024 * 1024): Inflater {
  let before = new Uint8Array(0)
  let left = maxBytes
  return {
    next(message) {
      const output = newOutput(before, left)
      const source: Bits = { bytes: joined([message, TAIL]), at: 0, held: 0, count: 0 }
      while (source.at < source.bytes.length || source.count >= 3) readBlock(source, output)
      if (source.count > 0) throw endless(source)
      const whole = output.bytes.subarray(before.length, output.length)
      left -= whole.length
      if (keepsContext) before = output.bytes.slice(Math.max(0, output.length - WINDOW_BYTES), output.length)
      return whole
    },
  }
}

/** Bits are taken from the least significant one of each byte on (RFC 1951 §3.1.1). */
interface Bits {
  readonly bytes: Uint8Array
  /** Of the next byte. */
  at: number
  /** Bits taken out of bytes and not used, and how many. */
  held: number
  count: number
}

function take(source: Bits, count: number): number {
  while (source.count < count) {
    if (source.at >= source.bytes.length) throw endless(source)
    source.held |= source.bytes[source.at++]! << source.count
    source.count += 8
  }
  const bits = source.held & ((1 << count) - 1)
  source.held >>>= count
  source.count -= count
  return bits
}

const broken = ({ at, bytes }: Bits, rule: string): Malformed =>
  // What was taken off is behind the message.
  new Malformed(Math.max(0, Math.min(at - 1, bytes.length - TAIL.length)), rule)
const endless = (source: Bits): Malformed => broken(source, 'a compressed message must end with its last block')

interface Output {
  bytes: Uint8Array<ArrayBuffer>
  length: number
  readonly most: number
}

function newOutput(before: Uint8Array, maxBytes: number): Output {
  const bytes = new Uint8Array(Math.max(256, 2 * before.length))
  bytes.set(before)
  return { bytes, length: before.length, most: before.length + maxBytes }
}

/** Makes room for `more` bytes. */
function grow(output: Output, more: number, source: Bits): void {
  const needed = output.length + more
  if (needed > output.most) throw broken(source, 'messages inflate to more than they may have')
  if (needed <= output.bytes.length) return
  const bytes = new Uint8Array(Math.max(needed, 2 * output.bytes.length))
  bytes.set(output.bytes)
  output.bytes = bytes
}

/** One block (RFC 1951 §3.2.3). One that says it is the last one ends with its byte, and others may follow (RFC 7692 §7.2.3.4). */
function readBlock(source: Bits, output: Output): void {
  const isLast = take(source, 1) === 1
  const type = take(source, 2)
  if (type === 0) copyStored(source, output)
  else if (type === 1) readCodes(source, output, fixed.lengths, fixed.distances)
  else if (type === 2) readDynamic(source, output)
  else throw broken(source, 'a block must be of type 0 to 2, got 3')
  if (isLast) toByte(source)
}

function toByte(source: Bits): void {
  source.held = 0
  source.count = 0
}

function copyStored(source: Bits, output: Output): void {
  toByte(source)
  const length = take(source, 16)
  if (take(source, 16) !== (~length & 0xffff))
    throw broken(source, "a block's length must be said twice, once inverted")
  if (source.at + length > source.bytes.length) throw endless(source)
  grow(output, length, source)
  output.bytes.set(source.bytes.subarray(source.at, source.at + length), output.length)
  output.length += length
  source.at += length
}

/** Canonical Huffman codes (RFC 1951 §3.2.2): how many there are of each length, and their symbols in order. */
interface Codes {
  readonly counts: Uint16Array
  readonly symbols: Uint16Array
  /** Whether every sequence of bits begins with one of them. */
  readonly isWhole: boolean
}

/** Codes of these lengths, 0 = unused; undefined where there are more than fit. */
function codesOf(lengths: ArrayLike<number>): Codes | undefined {
  const counts = new Uint16Array(MAX_BITS + 1)
  for (let i = 0; i < lengths.length; i++) counts[lengths[i]!]!++
  counts[0] = 0
  let left = 1
  const places = new Uint16Array(MAX_BITS + 2)
  for (let length = 1; length <= MAX_BITS; length++) {
    left = left * 2 - counts[length]!
    if (left < 0) return undefined
    places[length + 1] = places[length]! + counts[length]!
  }
  const symbols = new Uint16Array(places[MAX_BITS + 1]!)
  for (let i = 0; i < lengths.length; i++) if (lengths[i]! > 0) symbols[places[lengths[i]!]!++] = i
  return { counts, symbols, isWhole: left === 0 }
}

/** A single code may be of one bit, and half of what there could be (RFC 1951 §3.2.7). */
const isUsable = ({ isWhole, counts, symbols }: Codes): boolean => isWhole || symbols.length === counts[1]

function symbolOf(source: Bits, { counts, symbols }: Codes): number {
  let code = 0
  let first = 0
  let place = 0
  for (let length = 1; length <= MAX_BITS; length++) {
    code |= take(source, 1)
    const count = counts[length]!
    if (code - first < count) return symbols[place + code - first]!
    place += count
    first = (first + count) << 1
    code <<= 1
  }
  throw broken(source, 'a code must be one of those of its block')
}

/** What length codes from 257 and distance codes from 0 stand for (RFC 1951 §3.2.5). */
const lengthBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
const distanceBits = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13]
const fromBits = (bits: readonly number[], first: number): number[] => {
  let value = first
  return bits.map(count => {
    const own = value
    value += 1 << count
    return own
  })
}
const lengthBases = [...fromBits(lengthBits.slice(0, -1), 3), 258]
const distanceBases = fromBits(distanceBits, 1)

const fixed = {
  lengths: codesOf(Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)))!,
  distances: codesOf(Array.from({ length: 30 }, () => 5))!,
}

function readCodes(source: Bits, output: Output, lengths: Codes, distances: Codes): void {
  for (;;) {
    const symbol = symbolOf(source, lengths)
    if (symbol === 256) return
    if (symbol < 256) {
      grow(output, 1, source)
      output.bytes[output.length++] = symbol
      continue
    }
    const base = lengthBases[symbol - 257]
    if (base === undefined) throw broken(source, `a length must have a code from 257 to 285, got ${symbol}`)
    const length = base + take(source, lengthBits[symbol - 257]!)
    const code = symbolOf(source, distances)
    const distance = distanceBases[code]! + take(source, distanceBits[code]!)
    if (distance > output.length) throw broken(source, 'a distance must not reach back behind the beginning')
    grow(output, length, source)
    for (let i = 0; i < length; i++, output.length++)
      output.bytes[output.length] = output.bytes[output.length - distance]!
  }
}

/** In which order the lengths of the codes of code lengths come (RFC 1951 §3.2.7). */
const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

function readDynamic(source: Bits, output: Output): void {
  const lengthCodes = take(source, 5) + 257
  const distanceCodes = take(source, 5) + 1
  const own = new Uint8Array(order.length)
  const count = take(source, 4) + 4
  if (lengthCodes > 286 || distanceCodes > 30)
    throw broken(source, `a block must have at most 286 and 30 codes, got ${lengthCodes} and ${distanceCodes}`)
  for (let i = 0; i < count; i++) own[order[i]!] = take(source, 3)
  const codes = codesOf(own)
  if (!codes?.isWhole) throw broken(source, 'the codes of code lengths must be complete')
  const lengths = new Uint8Array(lengthCodes + distanceCodes)
  for (let at = 0; at < lengths.length; ) {
    const symbol = symbolOf(source, codes)
    if (symbol < 16) {
      lengths[at++] = symbol
      continue
    }
    if (symbol === 16 && at === 0) throw broken(source, 'the first code length must not repeat the one before')
    const times = symbol === 16 ? 3 + take(source, 2) : symbol === 17 ? 3 + take(source, 3) : 11 + take(source, 7)
    if (at + times > lengths.length) throw broken(source, 'code lengths must not repeat beyond the last code')
    lengths.fill(symbol === 16 ? lengths[at - 1]! : 0, at, at + times)
    at += times
  }
  if (lengths[256] === 0) throw broken(source, 'a block must have a code for its end')
  const [ofLengths, ofDistances] = [codesOf(lengths.subarray(0, lengthCodes)), codesOf(lengths.subarray(lengthCodes))]
  if (!ofLengths || !isUsable(ofLengths) || !ofDistances || !isUsable(ofDistances))
    throw broken(source, "a block's codes must be complete")
  readCodes(source, output, ofLengths, ofDistances)
}

/** The compressed messages of one direction, in order, each inflated. Throws as `next` does. */
export function inflateMessages(
  messages: readonly Uint8Array[],
  keepsContext: boolean,
  maxBytes?: number,
): Uint8Array[] {
  const inflater = createInflater(keepsContext, maxBytes)
  return messages.map(message => inflater.next(message))
}
