// Takes out of a capture what tells who took it, before it is saved or shown: cookies, credentials and addresses give way to as many `x`, so that sizes stay.
// It looks at the headers of HTTP. Notices are whoever publishes' own words, and stay.
import type { Way } from '../codecs/conversation.ts'
import {
  bodyFramingOf,
  type Field,
  type Head,
  readChunkEnd,
  readChunkSize,
  readHead,
  readTrailers,
} from '../codecs/http.ts'
import { Malformed } from '../codecs/part.ts'
import { bytesOf, type Capture, type CapturedConnection } from './capture.ts'

/** Headers whose whole value is nobody else's business. */
const secret = new Set([
  'cookie',
  'set-cookie',
  'authorization',
  'proxy-authorization',
  'forwarded',
  'x-forwarded-for',
  'x-real-ip',
])
/** Headers that name a host, by itself or in a URL. */
const addressed = new Set(['host', 'origin', 'referer', 'location'])
/** Names that say nothing of who it was. */
const isPlain = (host: string): boolean => /^(localhost|127\.0\.0\.1|\[::1\])$/i.test(host)
/** The name of whoever is logged in, as paths have it. */
const HOME = /(?:\/(?:home|Users)\/|[A-Za-z]:\\Users\\)([^/\\\s"';,)]+)/g

interface Redaction {
  readonly name: string
  readonly from: number
  readonly to: number
}

/** The capture without them; `redacted` has the names of the headers, each once, besides those that it had. */
export function redact(capture: Capture): Capture {
  const names = new Set(capture.redacted)
  const connections = capture.isSecure
    ? capture.connections
    : capture.connections.map(connection => redactConnection(connection, names))
  return { ...capture, connections, redacted: [...names].sort() }
}

/** Adds to `names` the headers that something was taken out of. */
export function redactConnection(connection: CapturedConnection, names: Set<string>): CapturedConnection {
  const whole: Record<Way, Uint8Array> = { up: bytesOf(connection, 'up'), down: bytesOf(connection, 'down') }
  let isChanged = false
  for (const way of ['up', 'down'] as const)
    for (const head of headsIn(whole[way], way === 'up' ? 'request' : 'answer'))
      for (const { name, from, to } of head.fields.flatMap(redactionsIn)) {
        whole[way].fill(120, from, to)
        names.add(name)
        isChanged = true
      }
  if (!isChanged) return connection
  const at = { up: 0, down: 0 }
  return {
    ...connection,
    chunks: connection.chunks.map(({ bytes, way, ...chunk }) => {
      const from = at[way]
      at[way] += bytes.length
      return { way, ...chunk, bytes: whole[way].slice(from, at[way]) }
    }),
  }
}

function redactionsIn({ name, value, valueFrom, valueTo }: Field): readonly Redaction[] {
  const key = name.toLowerCase()
  if (secret.has(key)) return value === '' ? [] : [{ name, from: valueFrom, to: valueTo }]
  const places: [from: number, text: string][] = []
  for (const match of value.matchAll(HOME)) places.push([match.index + match[0].length - match[1]!.length, match[1]!])
  if (addressed.has(key)) {
    const found = /^([a-z][a-z0-9+.-]*:\/\/)?((?:[^@/?#]*@)?)(\[[^\]]*\]|[^:/?#]*)/i.exec(value)
    const [, scheme = '', user = '', host = ''] = found ?? []
    if (user !== '') places.push([scheme.length, user.slice(0, -1)])
    // A path by itself has no host.
    if (host !== '' && !isPlain(host) && host !== 'null') places.push([scheme.length + user.length, host])
  }
  return places.map(([from, text]) => ({ name, from: valueFrom + from, to: valueFrom + from + text.length }))
}

/** The heads of one direction, as far as it is HTTP/1.1. */
function headsIn(bytes: Uint8Array, kind: 'request' | 'answer'): readonly Head[] {
  const heads: Head[] = []
  try {
    for (let at: number | undefined = 0; at !== undefined; ) {
      const head: Head | undefined = readHead(bytes, at, kind)
      if (!head) break
      heads.push(head)
      at = behindBody(bytes, head)
    }
  } catch (error) {
    // Frames after an upgrade, or what is none of HTTP: there are no headers in it.
    if (!(error instanceof Malformed)) throw error
  }
  return heads
}

/** Where the next head begins; undefined where none follows. */
function behindBody(bytes: Uint8Array, head: Head): number | undefined {
  const framing = bodyFramingOf(head)
  if (framing.kind === 'none') return head.to
  if (framing.kind === 'length') return head.to + framing.bytes
  if (framing.kind !== 'chunks') return undefined
  for (let at = head.to; ; ) {
    const chunk = readChunkSize(bytes, at)
    if (!chunk) return undefined
    if (chunk.size === 0) return readTrailers(bytes, chunk.to)
    const next = readChunkEnd(bytes, chunk.to + chunk.size)
    if (next === undefined) return undefined
    at = next
  }
}
