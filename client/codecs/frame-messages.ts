// The messages of an upgraded connection: frames, one after the other, and what those in fragments or with compression say together.
import { faultOfUtf8, joined, textOf } from './bytes.ts'
import { frameHeadParts, payloadParts } from './frame-parts.ts'
import { type Frame, opcodeNames, opcodes, payloadOf, readFrameHead, ruleBroken } from './frames.ts'
import type { Half, Put } from './half.ts'
import { SHOWN_BYTES } from './http-parts.ts'
import { createInflater, type Inflater } from './inflate.ts'
import type { MessageKind, Way } from './message.ts'
import { noticesIn } from './notices.ts'
import { Malformed, type Part } from './part.ts'

export interface FrameRules {
  /** Engine.IO speaks in the frames. */
  readonly isEngine: boolean
  /** What was negotiated as permessage-deflate, as the answer's Sec-WebSocket-Extensions says it; '' where nothing was. */
  readonly extensions: string
}

/** A message under way. */
interface Begun {
  readonly opcode: number
  readonly isCompressed: boolean
  /** Payloads so far, without masks, with their places on the wire. */
  readonly pieces: { readonly bytes: Uint8Array; readonly from: number }[]
}

/** Reads the frames of one direction as far as they are there. Throws Malformed. */
export function readFrames(half: Half, put: Put, rules: FrameRules): void {
  const { bytes, way } = half
  const inflater = inflaterOf(way, rules.extensions)
  let begun: Begun | undefined
  while (bytes.length - half.at >= 2) {
    const { at } = half
    const rule = ruleBroken(bytes[at]!, bytes[at + 1]!, way === 'up', begun !== undefined, inflater !== undefined)
    if (rule !== undefined) throw new Malformed(at, rule)
    const frame = readFrameHead(bytes, at)
    if (!frame || frame.to > bytes.length) return
    const payload = payloadOf(bytes, frame)
    const title = `${opcodeNames[frame.opcode]} frame`
    const { opcode, isFinal, to, payloadFrom } = frame
    if (opcode >= opcodes.close) {
      const parts = [...frameHeadParts(frame), ...controlParts(frame, payload)]
      put(half, opcode === opcodes.close ? 'close' : 'heartbeat', to, title, parts, { frame, content: payload })
      continue
    }
    const message: Begun = begun ?? { opcode, isCompressed: frame.rsv === 4, pieces: [] }
    message.pieces.push({ bytes: payload, from: payloadFrom })
    begun = isFinal ? undefined : message
    const content = isFinal ? contentOf(message, inflater) : undefined
    const isPlain = message.pieces.length === 1 && isFinal && !message.isCompressed
    const parts = isPlain ? payloadParts(frame, payload, rules.isEngine) : opaqueParts(frame, message, content)
    put(half, kindOf(content ?? payload, rules), to, title, [...frameHeadParts(frame), ...parts], {
      ...{ frame, content: content ?? payload },
      ...(!isPlain && { seqs: content ? seqsIn(content) : [] }),
    })
  }
}

/** Of a direction whose messages may be compressed (RFC 7692 §7.1.1). */
function inflaterOf(way: Way, extensions: string): Inflater | undefined {
  if (!/permessage-deflate/i.test(extensions)) return undefined
  return createInflater(!extensions.includes(`${way === 'up' ? 'client' : 'server'}_no_context_takeover`))
}

const kindOf = (content: Uint8Array, { isEngine }: FrameRules): MessageKind =>
  isEngine && /^[23]/.test(textOf(content, 0, 1)) ? 'heartbeat' : 'message'

/** What a whole message says. Throws Malformed where it is no DEFLATE, or a text that is no UTF-8 (§8.1). */
function contentOf({ opcode, isCompressed, pieces }: Begun, inflater: Inflater | undefined): Uint8Array {
  const sent = pieces.length === 1 ? pieces[0]!.bytes : joined(pieces.map(({ bytes }) => bytes))
  const content = isCompressed ? atPlace(pieces, () => inflater!.next(sent)) : sent
  const fault = opcode === opcodes.text ? faultOfUtf8(content) : undefined
  if (fault !== undefined)
    throw new Malformed(isCompressed ? pieces[0]!.from : placeIn(pieces, fault), 'a text frame is not UTF-8')
  return content
}

/** Where the byte at `at` of the pieces stands on the wire; behind them, where the last one ends. */
function placeIn(pieces: Begun['pieces'], at: number): number {
  let left = at
  for (const { bytes, from } of pieces) {
    if (left < bytes.length) return from + left
    left -= bytes.length
  }
  const last = pieces.at(-1)!
  return last.from + last.bytes.length
}

/** What `read` gives; the places in its errors are those of the wire. */
function atPlace<T>(pieces: Begun['pieces'], read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof Malformed ? new Malformed(placeIn(pieces, error.at), error.message) : error
  }
}

const controlParts = (frame: Frame, payload: Uint8Array): Part[] =>
  atPlace([{ bytes: payload, from: frame.payloadFrom }], () => payloadParts(frame, payload, false))

/** The payload of a fragment, or of a compressed message: what it says is only known of the whole, whose bytes they are not. */
function opaqueParts({ payloadFrom, to }: Frame, { isCompressed }: Begun, content: Uint8Array | undefined): Part[] {
  if (payloadFrom === to) return []
  const hasNotice = content === undefined || noticesIn(content, 0, content.length).length > 0
  return [
    {
      ...{ from: payloadFrom, to, role: hasNotice ? 'body' : 'framing' },
      name: isCompressed ? 'compressed payload' : 'fragment',
      ...(content && {
        text: textOf(content, 0, Math.min(content.length, SHOWN_BYTES)),
        meaning: isCompressed ? `${content.length} bytes when inflated` : `the last of ${content.length} bytes`,
      }),
    },
  ]
}

const seqsIn = (content: Uint8Array): number[] =>
  noticesIn(content, 0, content.length).flatMap(({ seq }) => (seq === undefined ? [] : [seq]))
