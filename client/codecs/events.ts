// Server-Sent Events as they stand on the wire: WHATWG HTML §9.2.5 (the grammar) and §9.2.6 (how it is read).
import { CR, LF, placeOf, textOf, toBytes } from './bytes.ts'
import { isId, isTime } from './event-fields.ts'

export interface EventLine {
  readonly from: number
  /** Behind the line's end. */
  readonly to: number
  /** `data`, `id`, …; '' of a comment. */
  readonly field: string
  readonly valueFrom: number
  readonly valueTo: number
  readonly value: string
}

/** Lines up to and with an empty one. */
export interface EventBlock {
  readonly from: number
  readonly to: number
  readonly lines: readonly EventLine[]
  /** Where the empty line begins. */
  readonly endFrom: number
  /** `message` where the block names none. */
  readonly type: string
  /** Absent where nothing is dispatched: comments, a lone id. */
  readonly data: string | undefined
  readonly id: string | undefined
  readonly retryMs: number | undefined
}

/** Where the first block of a stream begins: behind a byte order mark, which is no part of it (§9.2.5). */
export const startOfEvents = (bytes: Uint8Array, at = 0): number =>
  bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf ? at + 3 : at

/**
 * The block that begins at `at`; undefined where it goes on behind the bytes. A return at the very end may be half a line end: it is waited for,
 * unless `isEnd` says that nothing follows.
 */
export function readEvent(bytes: Uint8Array, at: number, isEnd = false): EventBlock | undefined {
  const lines: EventLine[] = []
  for (let from = at; ; ) {
    const line = lineAt(bytes, from, isEnd)
    if (!line) return undefined
    if (line.end === from) return blockOf(at, lines, from, line.to)
    lines.push(fieldOf(bytes, from, line.end, line.to))
    from = line.to
  }
}

/** Whether there are comments in it and nothing else. */
export const isComment = ({ lines }: EventBlock): boolean =>
  lines.length > 0 && lines.every(({ field }) => field === '')

function blockOf(from: number, lines: readonly EventLine[], endFrom: number, to: number): EventBlock {
  const last = (name: string): string | undefined => lines.findLast(({ field }) => field === name)?.value
  const data = lines.filter(({ field }) => field === 'data').map(({ value }) => value)
  const id = lines.findLast(({ field, value }) => field === 'id' && isId(value))?.value
  const retry = lines.findLast(({ field, value }) => field === 'retry' && isTime(value))?.value
  return {
    from,
    to,
    lines,
    endFrom,
    type: last('event') || 'message',
    data: data.length === 0 ? undefined : data.join('\n'),
    id,
    retryMs: retry === undefined ? undefined : Number(retry),
  }
}

/** A line ends with a feed, a return, or both. */
function lineAt(bytes: Uint8Array, from: number, isEnd: boolean): { end: number; to: number } | undefined {
  let end = from
  while (end < bytes.length && bytes[end] !== LF && bytes[end] !== CR) end++
  if (end === bytes.length) return undefined
  if (bytes[end] === LF) return { end, to: end + 1 }
  if (end + 1 === bytes.length && !isEnd) return undefined
  return { end, to: bytes[end + 1] === LF ? end + 2 : end + 1 }
}

function fieldOf(bytes: Uint8Array, from: number, end: number, to: number): EventLine {
  const colon = placeOf(bytes, 58, from, end)
  const nameTo = colon < 0 ? end : colon
  const valueFrom = colon < 0 ? end : bytes[colon + 1] === 32 && colon + 1 < end ? colon + 2 : colon + 1
  return {
    from,
    to,
    field: textOf(bytes, from, nameTo),
    valueFrom,
    valueTo: end,
    value: textOf(bytes, valueFrom, end),
  }
}

/** An event; `comment` alone is a heartbeat. A text of several lines becomes as many `data` fields. */
export function writeEvent({
  type,
  data,
  id,
  retryMs,
  comment,
}: {
  readonly type?: string
  readonly data?: string
  readonly id?: string
  readonly retryMs?: number
  readonly comment?: string
}): Uint8Array {
  const lines = [
    ...(comment === undefined ? [] : comment.split(/\r\n|\r|\n/).map(line => `:${line}`)),
    ...(type === undefined ? [] : [`event: ${type}`]),
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(retryMs === undefined ? [] : [`retry: ${retryMs}`]),
    ...(data === undefined ? [] : data.split(/\r\n|\r|\n/).map(line => `data: ${line}`)),
  ]
  return toBytes(`${lines.map(line => `${line}\n`).join('')}\n`)
}
