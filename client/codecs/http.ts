// HTTP/1.1 as it stands on the wire (RFC 9112): heads of requests and answers, where a body ends, and chunks.
import { CR, fromLatin1, joined, LF, latin1, placeOf, toBytes } from './bytes.ts'
import { Malformed } from './part.ts'

/** RFC 9112 sets no bound; heads here have a few hundred bytes. */
export const MAX_HEAD_BYTES = 64 * 1024
/** Longest line of a chunk's size with its extensions, or of a trailer. */
export const MAX_LINE_BYTES = 16 * 1024

export interface Field {
  readonly name: string
  readonly value: string
  /** The whole line, its end included. */
  readonly from: number
  readonly to: number
  /** The value without what surrounds it. */
  readonly valueFrom: number
  readonly valueTo: number
}

export interface Head {
  readonly from: number
  /** Behind the empty line. */
  readonly to: number
  /** Behind the end of the first line. */
  readonly startTo: number
  readonly version: string
  /** Of a request; '' in an answer. */
  readonly method: string
  readonly target: string
  /** Of an answer; 0 in a request. */
  readonly status: number
  readonly reason: string
  readonly fields: readonly Field[]
}

export type HeadKind = 'request' | 'answer'

/**
 * The head that begins at `at`; undefined where it goes on behind the bytes. Source: RFC 9112 §2.1, §3, §4, §5.
 * Throws Malformed for a first line that is none of HTTP/1, a field without a colon or with a space before it, and a head of over 64 KiB.
 */
export function readHead(bytes: Uint8Array, at: number, kind: HeadKind): Head | undefined {
  const fields: Field[] = []
  let start: ReturnType<typeof startOf> | undefined
  let startTo = at
  for (let from = at; ; ) {
    const feed = placeOf(bytes, LF, from)
    if ((feed < 0 ? bytes.length : feed) - at > MAX_HEAD_BYTES)
      throw new Malformed(at, `a head must have at most ${MAX_HEAD_BYTES} bytes`)
    if (feed < 0) {
      // What cannot become a first line any more is not waited for.
      if (!start) checkBeginning(bytes, at, kind)
      return undefined
    }
    const lineTo = bytes[feed - 1] === CR && feed > from ? feed - 1 : feed
    const to = feed + 1
    if (!start) {
      start = startOf(latin1(bytes, from, lineTo), from, kind)
      startTo = to
    } else if (lineTo === from) return { from: at, to, startTo, ...start, fields }
    else fields.push(fieldOf(bytes, from, lineTo, to))
    from = to
  }
}

const REQUEST = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) (HTTP\/1\.[01])$/
/** How an answer's head begins: version and status, three digits from its ninth character on. */
export const ANSWER_BEGINNING = /^HTTP\/1\.[01] [1-5][0-9][0-9](?: |\r|$)/

function startOf(line: string, at: number, kind: HeadKind) {
  if (kind === 'request') {
    const [, method, target = '', version = ''] = REQUEST.exec(line) ?? []
    if (method !== undefined) return { method, target, version, status: 0, reason: '' }
  } else if (ANSWER_BEGINNING.test(line) && !line.includes('\r'))
    return {
      method: '',
      target: '',
      version: line.slice(0, 8),
      status: Number(line.slice(9, 12)),
      reason: line.slice(13),
    }
  throw notHttp(at, line, kind)
}

const notHttp = (at: number, line: string, kind: HeadKind): Malformed =>
  new Malformed(
    at,
    `${kind === 'request' ? 'a request must begin with METHOD TARGET HTTP/1.1' : 'an answer must begin with HTTP/1.1 and a status'}, got ${JSON.stringify(line.slice(0, 40))}`,
  )

function checkBeginning(bytes: Uint8Array, at: number, kind: HeadKind): void {
  const begun = latin1(bytes, at, Math.min(bytes.length, at + 40))
  const isPossible =
    kind === 'request'
      ? /^[!#$%&'*+.^_`|~0-9A-Za-z-]*( |$)/.test(begun)
      : 'HTTP/1.'.startsWith(begun.slice(0, 7)) && /^.{0,7}([01]( |$)|$)/.test(begun)
  if (!isPossible) throw notHttp(at, begun, kind)
}

function fieldOf(bytes: Uint8Array, from: number, lineTo: number, to: number): Field {
  const colon = placeOf(bytes, 58, from, lineTo)
  const name = latin1(bytes, from, Math.max(from, colon))
  if (colon < 0 || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
    throw new Malformed(
      from,
      `a header must be NAME: VALUE, got ${JSON.stringify(latin1(bytes, from, Math.min(lineTo, from + 40)))}`,
    )
  let valueFrom = colon + 1
  let valueTo = lineTo
  while (valueFrom < valueTo && isBlank(bytes[valueFrom]!)) valueFrom++
  while (valueTo > valueFrom && isBlank(bytes[valueTo - 1]!)) valueTo--
  return { name, value: latin1(bytes, valueFrom, valueTo), from, to, valueFrom, valueTo }
}

const isBlank = (byte: number): boolean => byte === 32 || byte === 9

/** The value of a header, null where it is missing; names are compared without case, repeated ones joined by a comma (RFC 9110 §5.2). */
export function headerOf({ fields }: Pick<Head, 'fields'>, name: string): string | null {
  const own = fields.filter(field => field.name.toLowerCase() === name.toLowerCase())
  return own.length === 0 ? null : own.map(({ value }) => value).join(', ')
}

export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunks' }
  | { readonly kind: 'until close' }
  /** A 101: what follows is no HTTP any more. */
  | { readonly kind: 'upgraded' }

/**
 * Where the body behind an answer's head ends; `method`: of the request it is for, `header`: the value of a header, null where it is missing.
 * Source: RFC 9112 §6.3. Throws Malformed for a length that is no whole number, at what `placeOf` says of its header.
 */
export function answerFraming(
  status: number,
  method: string,
  header: (name: string) => string | null,
  placeOf?: (name: string) => number,
): BodyFraming {
  if (status === 101) return { kind: 'upgraded' }
  if (status < 200 || status === 204 || status === 304 || method === 'HEAD') return { kind: 'none' }
  const encoding = header('transfer-encoding')
  if (encoding !== null) return isChunked(encoding) ? { kind: 'chunks' } : { kind: 'until close' }
  const length = header('content-length')
  return length === null ? { kind: 'until close' } : lengthFraming(length, placeOf?.('content-length'))
}

const isChunked = (encoding: string): boolean => /(^|,\s*)chunked$/i.test(encoding)

function lengthFraming(length: string, at = 0): BodyFraming {
  if (!/^\d{1,15}$/.test(length))
    throw new Malformed(at, `content-length must be a whole number, got ${JSON.stringify(length)}`)
  return length === '0' ? { kind: 'none' } : { kind: 'length', bytes: Number(length) }
}

/**
 * Where the body behind a head ends; `method`: of the request that an answer is for. Source: RFC 9112 §6.3.
 * Throws Malformed at the field for a length that is no whole number, and for a request whose encoding does not end in chunks.
 */
export function bodyFramingOf(head: Head, method = ''): BodyFraming {
  const header = (name: string): string | null => headerOf(head, name)
  const placeOf = (name: string): number =>
    head.fields.find(field => field.name.toLowerCase() === name)?.from ?? head.from
  if (head.status !== 0) return answerFraming(head.status, method, header, placeOf)
  const encoding = header('transfer-encoding')
  if (encoding !== null) {
    if (isChunked(encoding)) return { kind: 'chunks' }
    throw new Malformed(placeOf('transfer-encoding'), 'the encoding of a request must end in chunked')
  }
  const length = header('content-length')
  return length === null ? { kind: 'none' } : lengthFraming(length, placeOf('content-length'))
}

export interface ChunkSize {
  readonly from: number
  /** Behind the line: where the data begins. */
  readonly to: number
  /** 0: the last chunk; trailers and an empty line follow. */
  readonly size: number
}

/** The line before a chunk's data; undefined where it goes on. Source: RFC 9112 §7.1. Throws Malformed where it is no hexadecimal number. */
export function readChunkSize(bytes: Uint8Array, at: number): ChunkSize | undefined {
  const feed = lineEnd(bytes, at)
  if (feed === undefined) return undefined
  const line = latin1(bytes, at, bytes[feed - 1] === CR && feed > at ? feed - 1 : feed)
  return { from: at, to: feed + 1, size: chunkSizeIn(line, at) }
}

/** What a line before a chunk's data says. Throws Malformed, at `at`, where it is no hexadecimal number. */
export function chunkSizeIn(line: string, at = 0): number {
  const found = /^[0-9a-f]{1,8}(?=$|[ \t;])/i.exec(line)
  if (!found)
    throw new Malformed(at, `a chunk's size must be a hexadecimal number, got ${JSON.stringify(line.slice(0, 40))}`)
  return Number.parseInt(found[0], 16)
}

/** Behind the line end after a chunk's data; undefined where it has not come. Throws Malformed where there is more data than was said. */
export function readChunkEnd(bytes: Uint8Array, at: number): number | undefined {
  const isCr = bytes[at] === CR
  const feed = isCr ? at + 1 : at
  if (feed >= bytes.length) return undefined
  if (bytes[feed] !== LF) throw new Malformed(at, 'a chunk must end behind as many bytes as its size says')
  return feed + 1
}

/** Behind the trailers and their empty line; undefined where it has not come. */
export function readTrailers(bytes: Uint8Array, at: number): number | undefined {
  for (let from = at; ; ) {
    const feed = lineEnd(bytes, from)
    if (feed === undefined) return undefined
    const isEmpty = feed === from || (feed === from + 1 && bytes[from] === CR)
    from = feed + 1
    if (isEmpty) return from
  }
}

function lineEnd(bytes: Uint8Array, at: number): number | undefined {
  const feed = placeOf(bytes, LF, at)
  if ((feed < 0 ? bytes.length : feed) - at > MAX_LINE_BYTES)
    throw new Malformed(at, `a line of chunks must have at most ${MAX_LINE_BYTES} bytes`)
  return feed < 0 ? undefined : feed
}

/** A head: `GET /x HTTP/1.1` or `HTTP/1.1 200 OK`, then the fields in order. */
export const writeHead = (start: string, fields: readonly (readonly [name: string, value: string])[]): Uint8Array =>
  fromLatin1(`${start}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)

/** A chunk around `data`; without any, the last one with its empty line. */
export const writeChunk = (data: Uint8Array): Uint8Array =>
  data.length === 0 ? toBytes('0\r\n\r\n') : joined([toBytes(`${data.length.toString(16)}\r\n`), data, toBytes('\r\n')])
