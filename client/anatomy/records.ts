// The records of a captured TLS connection: what kind each is and how long, which is all that there is to see without its keys (RFC 8446 §5.1).
import type { Way } from '../codecs/conversation.ts'
import { bytesOf, type CapturedConnection } from './capture.ts'

export interface TlsRecord {
  readonly way: Way
  /** ms since the capture began. */
  readonly atMs: number
  readonly type: number
  /** Its head of five bytes included. */
  readonly bytes: number
}

const HEAD_BYTES = 5

export const recordTypes: Readonly<Record<number, string>> = {
  20: 'change of cipher',
  21: 'alert',
  22: 'handshake',
  23: 'application data',
}

/** The records of a connection in order of time; what is no whole record is left out. */
export function recordsOf(connection: CapturedConnection): TlsRecord[] {
  return (['up', 'down'] as const).flatMap(way => recordsOfWay(connection, way)).toSorted((a, b) => a.atMs - b.atMs)
}

function recordsOfWay(connection: CapturedConnection, way: Way): TlsRecord[] {
  const bytes = bytesOf(connection, way)
  const reads: { to: number; atMs: number }[] = []
  for (const chunk of connection.chunks)
    if (chunk.way === way) reads.push({ to: (reads.at(-1)?.to ?? 0) + chunk.bytes.length, atMs: chunk.atMs })
  const records: TlsRecord[] = []
  for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
    const length = HEAD_BYTES + bytes[at + 3]! * 256 + bytes[at + 4]!
    if (at + length > bytes.length) break
    const from = at
    records.push({ way, atMs: reads.find(({ to }) => to > from)?.atMs ?? 0, type: bytes[at]!, bytes: length })
    at += length
  }
  return records
}
