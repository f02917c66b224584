// A frame bit by bit, as the standard draws it, and how its mask is undone.
import { counted } from '../../results/figures.ts'
import { textOf } from '../codecs/bytes.ts'
import { type Frame, opcodeNames, payloadOf } from '../codecs/frames.ts'
import { characterOf, hexOf } from './bytes.tsx'
import { unmasking } from './masking.ts'
import type { Entry } from './reading.ts'

/** Bytes of a payload whose unmasking is shown one by one. */
const SHOWN = 16
const MOST_TEXT = 2000

/** What bits say, as short as their cell is narrow; the lines below say it in full. */
const inShort: Readonly<Record<string, (frame: Frame) => string>> = {
  FIN: ({ isFinal }) => (isFinal ? 'last' : 'more'),
  RSV: ({ rsv }) => (rsv === 0 ? 'unused' : rsv === 4 ? 'compressed' : 'reserved'),
  opcode: ({ opcode }) => opcodeNames[opcode] ?? 'unknown',
  MASK: ({ isMasked }) => (isMasked ? 'yes' : 'no'),
  length: ({ lengthBits, length }) => (lengthBits === 7 ? counted(length, 'byte') : `the next ${lengthBits} bits`),
}

export function BitGrid({ entry: { message, bytes }, frame }: { entry: Entry; frame: Frame }) {
  const withBits = message.parts.flatMap((part, at) => (part.parts ?? []).map((bits, inner) => ({ bits, at, inner })))
  const { isMasked, maskFrom, payloadFrom, lengthBits, from, length } = frame
  const plain = (frame.rsv & 4) !== 0 ? message.content : payloadOf(bytes, frame)
  const payload = plain ? textOf(plain) : ''
  return (
    <section class="frame" aria-labelledby="frame-title">
      <h4 id="frame-title">The frame, bit by bit</h4>
      <div class="grid">
        {withBits.map(({ bits, at, inner }) => (
          <div
            key={`${at}.${inner}`}
            class="cell"
            data-path={`${at}.${inner}`}
            style={{ gridColumn: `span ${bits.bits?.count ?? 8}` }}
          >
            <span class="name">{bits.name}</span>
            <code>{[...(bits.text ?? '')].join(' ')}</code>
            <span class="says">{inShort[bits.name]?.(frame)}</span>
          </div>
        ))}
        {lengthBits > 7 && (
          <div class="cell wide" data-path="2">
            <span class="name">length, in {lengthBits} bits</span>
            <code>{[...bytes.subarray(from + 2, maskFrom)].map(hexOf).join(' ')}</code>
            <span class="says">{counted(length, 'byte')}</span>
          </div>
        )}
        {isMasked &&
          [...bytes.subarray(maskFrom, payloadFrom)].map((byte, at) => (
            <div key={`mask ${at}`} class="cell quarter">
              <span class="name">mask {at + 1}</span>
              <code>{hexOf(byte)}</code>
            </div>
          ))}
        <div class="cell wide">
          <span class="name">
            payload, {counted(length, 'byte')}
            {plain && plain.length !== length && `; inflated ${counted(plain.length, 'byte')}`}
          </span>
          {payload !== '' && <code class="text">{shortened(payload)}</code>}
        </div>
      </div>
      {isMasked && length > 0 && <Unmasked bytes={bytes} frame={frame} />}
    </section>
  )
}

const shortened = (text: string): string => (text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)} …` : text)

function Unmasked({ bytes, frame }: { bytes: Uint8Array; frame: Frame }) {
  const steps = unmasking(bytes, frame, SHOWN)
  const [first] = steps
  return (
    <>
      <p>
        What a client sends is masked: byte by byte combined by XOR with one of the four bytes of the mask in turn. The
        mask is new for each frame and stands in it, so it hides nothing; it keeps a page from writing bytes of its
        choice on the wire, which a careless proxy could take for HTTP.
      </p>
      <div
        class="masking"
        role="img"
        aria-label={`${hexOf(first!.wire)} on the wire, XOR ${hexOf(first!.mask)} of the mask, is ${hexOf(first!.plain)}, the character ${characterOf(first!.plain)}; and so on.`}
      >
        <span class="labels">
          <span>on the wire</span>
          <span>XOR mask</span>
          <span>is</span>
          <span>character</span>
        </span>
        {steps.map(({ wire, mask, plain }, at) => (
          <span key={String(at)} class="step" data-mask={at & 3}>
            <span>{hexOf(wire)}</span>
            <span>{hexOf(mask)}</span>
            <span>{hexOf(plain)}</span>
            <span>{characterOf(plain)}</span>
          </span>
        ))}
        {frame.length > steps.length && <span class="step">…</span>}
      </div>
    </>
  )
}
