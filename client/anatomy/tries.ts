// Handshakes that a page cannot send by itself: the right one, and what is wrong with each of the others. What a server answered to them is kept as a list.
import { toBytes } from '../codecs/bytes.ts'
import { opcodes, writeClose, writeFrame } from '../codecs/frames.ts'
import { writeHead } from '../codecs/http.ts'
import { type CapturedConnection, connectionOf, fieldsOf, listIn, plainConnection, textIn } from './capture.ts'

export interface Handshake {
  /** What is different, in a few words. */
  readonly label: string
  readonly method?: 'GET' | 'POST'
  /** Headers that are changed; null leaves one out. */
  readonly changed?: Readonly<Record<string, string | null>>
  /** Sent once the server has said its first frame, in place of a Close frame. */
  readonly thenSends?: Uint8Array
}

/** The key and the mask of RFC 6455's examples (§1.3, §5.7). */
const SAMPLE_KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const SAMPLE_MASK = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d)

/** By the name under which the server is asked for it. Sources: RFC 6455 §4.1 (what a handshake must have), §5.1 (who masks), §10.2 (origins). */
export const handshakes = {
  right: { label: 'all as it must be' },
  version: { label: 'a version that was a draft, 7', changed: { 'Sec-WebSocket-Version': '7' } },
  'no-version': { label: 'without a version', changed: { 'Sec-WebSocket-Version': null } },
  'no-key': { label: 'without a key', changed: { 'Sec-WebSocket-Key': null } },
  'short-key': { label: 'a key of 5 bytes, not of 16', changed: { 'Sec-WebSocket-Key': 'c2hvcnQ=' } },
  method: { label: 'POST, not GET', method: 'POST' },
  'no-upgrade': { label: 'without the offer to upgrade', changed: { Upgrade: null } },
  'no-connection': { label: 'an offer that Connection does not name', changed: { Connection: 'keep-alive' } },
  origin: { label: "another site's page", changed: { Origin: 'https://elsewhere.example' } },
  unmasked: {
    label: 'a frame without a mask, after the handshake',
    thenSends: writeFrame({ opcode: opcodes.text, payload: toBytes('Hello') }),
  },
} as const satisfies Readonly<Record<string, Handshake>>

export type Step = keyof typeof handshakes

export const steps = Object.keys(handshakes) as readonly Step[]

/** What a client goes away with. */
export const farewell = writeFrame({ opcode: opcodes.close, payload: writeClose(1000), mask: SAMPLE_MASK })

/** What the right one has besides Host. */
const right = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${SAMPLE_KEY}`,
].map(line => line.split(': ') as [name: string, value: string])

/** The bytes of a step's request to `path` on `host`, `127.0.0.1:8080` say. */
export function handshakeBytes(step: Step, host: string, path: string): Uint8Array {
  const { method = 'GET', changed = {} }: Handshake = handshakes[step]
  const headers: Record<string, string | null> = { Host: host, ...Object.fromEntries(right), ...changed }
  return writeHead(
    `${method} ${path} HTTP/1.1`,
    Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])),
  )
}

/** A handshake that was tried: what was sent, and what came back. Times are ms since its connection was opened. */
export interface Try {
  readonly step: string
  readonly connection: CapturedConnection
}

export interface Tries {
  readonly format: 'transport-lab-tries'
  readonly version: 1
  /** ISO 8601. */
  readonly takenAt: string
  readonly tries: readonly Try[]
}

/** As JSON has it. */
export const plainTry = ({ step, connection }: Try): object => ({ step, connection: plainConnection(connection) })

/** A try from JSON, parsed; `where` is its name in messages. Throws a sentence that names the field, the rule and the value. */
export function tryOf(json: unknown, where: string): Try {
  const { step, connection } = fieldsOf(json, `"${where}"`)
  return { step: textIn(step, `"${where}.step"`), connection: connectionOf(connection, `${where}.connection`) }
}

/** Tries from JSON, parsed. Throws likewise. */
export function triesOf(json: unknown): Tries {
  const { format, version, takenAt, tries } = fieldsOf(json, 'tries')
  if (format !== 'transport-lab-tries' || version !== 1)
    throw new Error(
      `"format" and "version" must be "transport-lab-tries" and 1, got ${JSON.stringify([format, version])}`,
    )
  return {
    format,
    version,
    takenAt: textIn(takenAt, '"takenAt"'),
    tries: listIn(tries, '"tries"').map((each, i) => tryOf(each, `tries[${i}]`)),
  }
}
