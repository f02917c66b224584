// The parts of a WebSocket frame: the bits of its head, its mask, and what its payload says.
import { textOf } from './bytes.ts'
import { readPacket, type SocketPacket } from './engine-io.ts'
import { closeCodes, type Frame, opcodeNames, opcodes, readClose } from './frames.ts'
import { contentParts } from './http-parts.ts'
import type { Part } from './part.ts'

/** The head of a frame (RFC 6455 §5.2), bit by bit where bits mean something. */
export function frameHeadParts({
  from,
  isFinal,
  rsv,
  opcode,
  isMasked,
  lengthBits,
  length,
  maskFrom,
  payloadFrom,
}: Frame): Part[] {
  const first = { from, to: from + 1, role: 'framing' as const }
  const second = { from: from + 1, to: from + 2, role: 'framing' as const }
  const short = lengthBits === 7 ? length : lengthBits === 16 ? 126 : 127
  return [
    {
      ...first,
      name: 'first byte',
      parts: [
        {
          ...first,
          name: 'FIN',
          bits: { first: 0, count: 1 },
          text: isFinal ? '1' : '0',
          meaning: isFinal ? 'the last frame of its message' : 'more of this message follows',
        },
        {
          ...first,
          name: 'RSV',
          bits: { first: 1, count: 3 },
          text: rsv.toString(2).padStart(3, '0'),
          meaning: rsv === 0 ? 'no extension has a say' : rsv === 4 ? 'compressed (permessage-deflate)' : 'reserved',
        },
        {
          ...first,
          name: 'opcode',
          bits: { first: 4, count: 4 },
          text: opcode.toString(2).padStart(4, '0'),
          meaning: `${opcode}: ${opcodeNames[opcode] ?? 'reserved'}`,
        },
      ],
    },
    {
      ...second,
      name: 'second byte',
      parts: [
        {
          ...second,
          name: 'MASK',
          bits: { first: 0, count: 1 },
          text: isMasked ? '1' : '0',
          meaning: isMasked ? 'masked, as everything from a client is' : 'not masked, as nothing from a server is',
        },
        {
          ...second,
          name: 'length',
          bits: { first: 1, count: 7 },
          text: short.toString(2).padStart(7, '0'),
          meaning:
            lengthBits === 7
              ? `${length} bytes of payload`
              : `${short}: the length stands in the next ${lengthBits} bits`,
        },
      ],
    },
    ...(lengthBits === 7
      ? []
      : [
          {
            from: from + 2,
            to: maskFrom,
            name: 'extended length',
            role: 'framing' as const,
            meaning: `${length} bytes of payload`,
          },
        ]),
    ...(isMasked
      ? [
          {
            from: maskFrom,
            to: payloadFrom,
            name: 'mask',
            role: 'framing' as const,
            meaning: 'each byte of the payload is XORed with one of these four',
          },
        ]
      : []),
  ]
}

/** What a payload says: `payload` without its mask, `at` where it stands on the wire. `isEngine`: Engine.IO speaks in it. */
export function payloadParts(frame: Frame, payload: Uint8Array, isEngine: boolean): Part[] {
  const at = frame.payloadFrom
  const whole = { from: at, to: at + payload.length }
  if (payload.length === 0) return []
  if (frame.opcode === opcodes.close) {
    const { code, reason } = readClose(payload)
    return [
      {
        from: at,
        to: at + 2,
        name: 'close code',
        role: 'framing',
        text: String(code),
        meaning: closeCodes[code] ?? 'a code of the application',
      },
      ...(payload.length > 2
        ? [{ from: at + 2, to: whole.to, name: 'reason', role: 'framing' as const, text: reason }]
        : []),
    ]
  }
  if (frame.opcode === opcodes.ping || frame.opcode === opcodes.pong)
    return [
      {
        ...whole,
        name: 'payload',
        role: 'framing',
        text: textOf(payload),
        meaning: 'a pong repeats what the ping said',
      },
    ]
  if (frame.rsv !== 0) return [{ ...whole, name: 'compressed payload', role: 'body' }]
  if (frame.opcode === opcodes.binary) return [{ ...whole, name: 'binary payload', role: 'body' }]
  const parts = isEngine
    ? packetParts(payload, 0, payload.length)
    : contentParts(payload, 0, payload.length, 'message of the lab')
  return parts.map(part => ({ ...part, from: part.from + at, to: part.to + at }))
}

/** A packet of Engine.IO in [from, to) of `bytes`; one that is none is a text. */
export function packetParts(bytes: Uint8Array, from: number, to: number): Part[] {
  const text = textOf(bytes, from, to)
  try {
    const { type, socket } = readPacket(text)
    const parts: Part[] = [
      { from, to: from + 1, name: 'Engine.IO type', role: 'framing', text: text[0]!, meaning: type },
    ]
    if (!socket) return [...parts, ...contentParts(bytes, from + 1, to, 'data')]
    const dataFrom = from + 1 + new TextEncoder().encode(text.slice(1, 1 + socket.headLength)).length
    parts.push({
      from: from + 1,
      to: dataFrom,
      name: 'Socket.IO type',
      role: 'framing',
      text: text.slice(1, 1 + socket.headLength),
      meaning: meaningOf(socket),
    })
    return [...parts, ...eventArgumentParts(bytes, dataFrom, to, socket)]
  } catch {
    return contentParts(bytes, from, to, 'text')
  }
}

const meaningOf = ({ type, namespace, ackId }: SocketPacket): string =>
  [
    type,
    ...(namespace === '/' ? [] : [`namespace ${namespace}`]),
    ...(ackId === undefined ? [] : [`${type.endsWith('ack') ? 'answers' : 'to be answered as'} number ${ackId}`]),
  ].join(', ')

/** `["notice",{…}]`: the name and the brackets are Socket.IO's, what stands between is the lab's. */
function eventArgumentParts(bytes: Uint8Array, from: number, to: number, { type, data }: SocketPacket): Part[] {
  const published = type === 'event' ? /^\["publish",/.exec(data)?.[0].length : undefined
  if (published === undefined || to - from <= published + 1)
    return contentParts(bytes, from, to, type === 'event' ? 'name of the event, and brackets' : 'data')
  return [
    { from, to: from + published, name: 'name of the event', role: 'framing', text: data.slice(0, published) },
    { from: from + published, to: to - 1, name: 'what is published', role: 'body', text: data.slice(published, -1) },
    { from: to - 1, to, name: 'bracket', role: 'framing', text: ']' },
  ]
}
