// A capture: the bytes of one transport's connections in both directions, with their times, as a tap between client and server saw them.
// Written as JSON, bytes in base64.
import { latin1 } from '../codecs/bytes.ts'
import type { Way } from '../codecs/conversation.ts'

/** What one read of the tap brought. */
export interface CapturedChunk {
  readonly way: Way
  /** ms since the capture began. */
  readonly atMs: number
  readonly bytes: Uint8Array
}

export interface CapturedConnection {
  /** ms since the capture began. */
  readonly openedMs: number
  /** Absent where it was still open at the end. */
  readonly closedMs?: number
  /** Who ended it. */
  readonly closedBy?: 'client' | 'server'
  /** In order of time. */
  readonly chunks: readonly CapturedChunk[]
}

export interface Published {
  readonly seq: number
  /** ms since the capture began. */
  readonly atMs: number
}

/** TCP payload. */
export interface CountedBytes {
  readonly upBytes: number
  readonly downBytes: number
}

export interface Capture {
  readonly format: 'transport-lab-capture'
  readonly version: 1
  /** A transport's id; a capture of TLS has the transport that spoke inside. */
  readonly transport: string
  /** Whether the tap saw TLS: its bytes are records then, whose sizes are all that can be told. */
  readonly isSecure: boolean
  /** ISO 8601. */
  readonly takenAt: string
  /** `Chromium 140`, `Node 20.20.2`: who the client was. */
  readonly client: string
  readonly lastedMs: number
  /** What was published from beside, on the control socket, and not over the tapped network. */
  readonly published: readonly Published[]
  readonly connections: readonly CapturedConnection[]
  /** TCP payload as the server counted it at its own sockets over the capture's connections; absent where something else went over them as well. */
  readonly counted?: CountedBytes
  /** What was taken out before it was saved: the names of headers, and `addresses`. Their bytes are replaced by as many others. */
  readonly redacted: readonly string[]
}

export const captureLimits = {
  /** Of one capture, in both directions together. */
  bytes: 1024 * 1024,
  /** Over which it ends by itself. */
  lastsMs: 30_000,
} as const

/** All bytes of one direction of a connection, back to back. */
export function bytesOf({ chunks }: Pick<CapturedConnection, 'chunks'>, way: Way): Uint8Array {
  const own = chunks.filter(chunk => chunk.way === way)
  const all = new Uint8Array(own.reduce((sum, { bytes }) => sum + bytes.length, 0))
  let at = 0
  for (const { bytes } of own) {
    all.set(bytes, at)
    at += bytes.length
  }
  return all
}

/** All bytes of a capture. */
export function sizeOf({ connections }: Pick<Capture, 'connections'>): CountedBytes {
  const sums = { up: 0, down: 0 }
  for (const { chunks } of connections) for (const { way, bytes } of chunks) sums[way] += bytes.length
  return { upBytes: sums.up, downBytes: sums.down }
}

/** A capture as JSON has it. */
export const plainOf = (capture: Capture): object => ({
  ...capture,
  connections: capture.connections.map(plainConnection),
})

/** A connection as JSON has it. */
export const plainConnection = ({ chunks, ...connection }: CapturedConnection): object => ({
  ...connection,
  chunks: chunks.map(({ way, atMs, bytes }) => ({ way, atMs, bytes: btoa(latin1(bytes)) })),
})

/** A capture from JSON, parsed. Throws a sentence that names the field, the rule and the value. */
export function captureOf(json: unknown): Capture {
  const capture = fieldsOf(json, 'a capture')
  const { format, version, transport, isSecure, takenAt, client, lastedMs, published, connections } = capture
  check(format === 'transport-lab-capture', '"format"', 'be "transport-lab-capture"', format)
  check(version === 1, '"version"', 'be 1', version)
  check(typeof isSecure === 'boolean', '"isSecure"', 'be true or false', isSecure)
  check(isText(takenAt) && !Number.isNaN(Date.parse(takenAt)), '"takenAt"', 'be a time as in ISO 8601', takenAt)
  const { counted, redacted } = capture
  const read: Capture = {
    format: 'transport-lab-capture',
    version: 1,
    transport: textIn(transport, '"transport"'),
    isSecure: isSecure === true,
    takenAt: String(takenAt),
    client: textIn(client, '"client"'),
    lastedMs: amountIn(lastedMs, '"lastedMs"'),
    published: listIn(published, '"published"').map((each, i) => publishedOf(each, `"published[${i}]"`)),
    connections: listIn(connections, '"connections"').map((each, i) => connectionOf(each, `connections[${i}]`)),
    ...(counted !== undefined && { counted: countedOf(counted) }),
    redacted: listIn(redacted, '"redacted"').map((each, i) => textIn(each, `"redacted[${i}]"`)),
  }
  const { upBytes, downBytes } = sizeOf(read)
  check(
    upBytes + downBytes <= captureLimits.bytes,
    'a capture',
    `have at most ${captureLimits.bytes} bytes`,
    upBytes + downBytes,
  )
  return read
}

/** A connection from JSON, parsed; `where` is its name in messages. Throws as `captureOf` does. */
export function connectionOf(json: unknown, where: string): CapturedConnection {
  const { openedMs, closedMs, closedBy, chunks } = fieldsOf(json, `"${where}"`)
  if (closedBy !== undefined)
    check(closedBy === 'client' || closedBy === 'server', `"${where}.closedBy"`, 'be client or server', closedBy)
  let before = 0
  return {
    openedMs: amountIn(openedMs, `"${where}.openedMs"`),
    ...(closedMs !== undefined && { closedMs: amountIn(closedMs, `"${where}.closedMs"`) }),
    ...(closedBy !== undefined && { closedBy: closedBy as 'client' | 'server' }),
    chunks: listIn(chunks, `"${where}.chunks"`).map((each, i) => {
      const chunk = chunkOf(each, `${where}.chunks[${i}]`)
      check(chunk.atMs >= before, `"${where}.chunks[${i}].atMs"`, 'be no earlier than the one before', chunk.atMs)
      before = chunk.atMs
      return chunk
    }),
  }
}

function chunkOf(json: unknown, where: string): CapturedChunk {
  const { way, atMs, bytes } = fieldsOf(json, `"${where}"`)
  check(way === 'up' || way === 'down', `"${where}.way"`, 'be up or down', way)
  check(isText(bytes, 2 * captureLimits.bytes) && BASE64.test(bytes), `"${where}.bytes"`, 'be base64', bytes)
  return {
    way: way as Way,
    atMs: amountIn(atMs, `"${where}.atMs"`),
    bytes: Uint8Array.from(atob(String(bytes)), character => character.charCodeAt(0)),
  }
}

function publishedOf(json: unknown, where: string): Published {
  const { seq, atMs } = fieldsOf(json, where)
  return { seq: amountIn(seq, `${where.slice(0, -1)}.seq"`), atMs: amountIn(atMs, `${where.slice(0, -1)}.atMs"`) }
}

function countedOf(json: unknown): CountedBytes {
  const { upBytes, downBytes } = fieldsOf(json, '"counted"')
  return {
    upBytes: amountIn(upBytes, '"counted.upBytes"'),
    downBytes: amountIn(downBytes, '"counted.downBytes"'),
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
/** Of a name, or of a client. */
const MAX_TEXT = 200

const isText = (value: unknown, most = MAX_TEXT): value is string => typeof value === 'string' && value.length <= most

function check(isRight: boolean, what: string, rule: string, value: unknown): void {
  if (isRight) return
  const said = JSON.stringify(value) ?? String(value)
  throw new Error(`${what} must ${rule}, got ${said.length > 80 ? `${said.slice(0, 79)}…` : said}`)
}

export function fieldsOf(json: unknown, what: string): Readonly<Record<string, unknown>> {
  check(typeof json === 'object' && json !== null && !Array.isArray(json), what, 'be an object', json)
  return json as Record<string, unknown>
}

export function listIn(value: unknown, what: string): readonly unknown[] {
  check(Array.isArray(value), what, 'be a list', value)
  return value as unknown[]
}

export function textIn(value: unknown, what: string): string {
  check(isText(value) && value !== '', what, `be a text of 1 to ${MAX_TEXT} characters`, value)
  return value as string
}

function amountIn(value: unknown, what: string): number {
  check(typeof value === 'number' && Number.isFinite(value) && value >= 0, what, 'be a number from 0', value)
  return value as number
}
