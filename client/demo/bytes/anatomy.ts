// What the bytes of a line are made of, as rows to read: each part with its size, its role, what it spells and what it means.

import type { Direction, What } from '../../../server/demo/wire.ts'
import { latin1 } from '../../codecs/bytes.ts'
import { decodePiece, type Message, type Within } from '../../codecs/conversation.ts'
import { readHead } from '../../codecs/http.ts'
import { contentParts, headParts } from '../../codecs/http-parts.ts'
import { bytesByRole, leavesOf, type Part, type Role } from '../../codecs/part.ts'

export interface Row {
  readonly bytes: number
  readonly role: Role
  readonly name: string
  /** What its bytes spell, or what they say without their mask. */
  readonly text: string
  readonly meaning: string
}

export interface Anatomy {
  /** Of each message in the line: a burst's frames travel together. */
  readonly messages: readonly { readonly title: string; readonly rows: readonly Row[] }[]
  readonly byRole: Readonly<Record<Role, number>>
}

const MAX_TEXT = 2000

/** Never throws: what cannot be read is a row as well. */
export function anatomyOf(
  { direction, what }: { readonly direction: Direction; readonly what: What },
  bytes: Uint8Array,
): Anatomy {
  const { messages } = decodePiece(direction, bytes, withinOf(what, bytes), isEngine(bytes))
  const whole = messages.map(message => (message.kind === 'rest' ? begun(message, direction, bytes) : message))
  return {
    messages: whole.map(({ title, parts }) => ({ title, rows: leavesOf(parts).map(part => rowOf(part, bytes)) })),
    byRole: bytesByRole(whole.flatMap(({ parts }) => parts)),
  }
}

/** A frame begins with a bit that no text begins with, or as a fragment with a byte that is no letter. */
function withinOf(what: What, [first = 0]: Uint8Array): Within {
  if (what === 'request' || what === 'answer' || what === 'head') return 'http'
  return first >= 0x80 || first < 0x0a ? 'frames' : 'events'
}

/** What the lab itself says in a frame is JSON; Engine.IO puts a digit before it. */
function isEngine(bytes: Uint8Array): boolean {
  const [message] = decodePiece((bytes[1]! & 0x80) !== 0 ? 'up' : 'down', bytes, 'frames', false).messages
  return /^[0-6]/.test(latin1(message?.content ?? new Uint8Array(), 0, 1))
}

/** Of an answer whose end is not there its head at least. */
function begun(message: Message, direction: Direction, bytes: Uint8Array): Message {
  try {
    const head = readHead(bytes, message.from, direction === 'up' ? 'request' : 'answer')
    if (!head) return message
    const parts = [...headParts(head), ...contentParts(bytes, head.to, message.to, 'its beginning')]
    return { ...message, title: 'the beginning of it', parts }
  } catch {
    return message
  }
}

function rowOf(part: Part, bytes: Uint8Array): Row {
  const { from, to, role, name } = part
  return {
    bytes: to - from,
    role,
    name,
    text: part.text ?? spelled(part, bytes.subarray(from, Math.min(to, from + MAX_TEXT))),
    meaning: meaningOf(part),
  }
}

/** Of bits, each with its name; what a first line says it says by itself. */
function meaningOf({ name, meaning, parts = [] }: Part): string {
  if (name === 'request line' || name === 'status line') return ''
  if (meaning !== undefined) return meaning
  // Reserved bits that are not set say nothing.
  const own = parts.filter(({ name, text, meaning }) => meaning !== undefined && !(name === 'RSV' && text === '000'))
  return own.map(({ name, meaning }) => `${name}: ${meaning}`).join('; ')
}

/** Numbers, whatever letters they happen to be. */
const numeric = ['first byte', 'second byte', 'extended length', 'mask']

/** As text where it is one, else byte by byte. */
function spelled({ name }: Part, bytes: Uint8Array): string {
  const isText = bytes.every(byte => (byte >= 32 && byte < 127) || byte === 10 || byte === 13)
  return isText && !numeric.includes(name) ? latin1(bytes).replace(/\r\n|\n/g, '↵') : [...bytes].map(hex).join(' ')
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0')

const PER_ROW = 8

/** Bytes in hexadecimal, and what of them is readable: eight in a row. */
export function hexDump(bytes: Uint8Array): string {
  const rows: string[] = []
  for (let at = 0; at < bytes.length; at += PER_ROW) {
    const own = [...bytes.subarray(at, at + PER_ROW)]
    const text = own.map(byte => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join('')
    rows.push(
      `${own
        .map(hex)
        .join(' ')
        .padEnd(3 * PER_ROW - 1)}  ${text}`,
    )
  }
  return rows.join('\n')
}
