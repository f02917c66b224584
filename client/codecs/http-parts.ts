// The parts of what HTTP carries: heads field by field, bodies with and without chunks, and events.
import { textOf } from './bytes.ts'
import type { EventBlock } from './events.ts'
import { type Head, readChunkEnd, readChunkSize, readTrailers } from './http.ts'
import { noticesIn } from './notices.ts'
import type { Part } from './part.ts'

/** Bytes that stand one behind the other to whoever reads them, and apart on the wire: each stretch with its place in both. */
export interface Stretch {
  /** In `Body.bytes`. */
  readonly at: number
  /** On the wire. */
  readonly from: number
  readonly to: number
}

/** A body, or as much of it as there is. */
export interface Body {
  readonly bytes: Uint8Array
  readonly stretches: readonly Stretch[]
  /** What frames it: sizes and ends of chunks, where they stand on the wire. */
  readonly framing: readonly Part[]
  /** Behind the body; undefined where it goes on. */
  readonly to: number | undefined
  /** Behind the last byte that was read. */
  readonly readTo: number
}

/** A body that stands on the wire as it is. */
export const plainBody = (bytes: Uint8Array, from: number, to: number, isWhole: boolean): Body => ({
  bytes: bytes.subarray(from, to),
  stretches: from === to ? [] : [{ at: 0, from, to }],
  framing: [],
  to: isWhole ? to : undefined,
  readTo: to,
})

/** A body in chunks from `at` on. Throws Malformed where they are none. */
export function chunkedBody(bytes: Uint8Array, at: number): Body {
  const stretches: Stretch[] = []
  const framing: Part[] = []
  let length = 0
  const done = (readTo: number, to?: number): Body => {
    const all = new Uint8Array(length)
    for (const { at: place, from, to: end } of stretches) all.set(bytes.subarray(from, end), place)
    return { bytes: all, stretches, framing, to, readTo }
  }
  for (let from = at; ; ) {
    const size = readChunkSize(bytes, from)
    if (!size) return done(from)
    if (size.size === 0) {
      const to = readTrailers(bytes, size.to)
      if (to === undefined) return done(from)
      framing.push({ from, to, name: 'last chunk', role: 'framing', meaning: 'no bytes: the body ends here' })
      return done(to, to)
    }
    const dataTo = size.to + size.size
    const to = dataTo <= bytes.length ? readChunkEnd(bytes, dataTo) : undefined
    // A chunk whose end has not come is left for later.
    if (to === undefined) return done(from)
    framing.push(
      { from, to: size.to, name: 'chunk size', role: 'framing', meaning: `${size.size} bytes follow` },
      { from: dataTo, to, name: 'end of chunk', role: 'framing' },
    )
    stretches.push({ at: length, from: size.to, to: dataTo })
    length += size.size
    from = to
  }
}

/** Parts of a body, one behind the other, put where their bytes stand on the wire: one that lies across two stretches is two there. */
export function onTheWire(parts: readonly Part[], stretches: readonly Stretch[]): Part[] {
  const placed: Part[] = []
  let next = 0
  for (const { parts: _, ...part } of parts) {
    while (next < stretches.length && endOf(stretches[next]!) <= part.from) next++
    for (let i = next; i < stretches.length && stretches[i]!.at < part.to; i++) {
      const { at, from } = stretches[i]!
      const first = Math.max(part.from, at)
      const last = Math.min(part.to, endOf(stretches[i]!))
      const isRest = first > part.from
      placed.push({
        ...part,
        from: from + first - at,
        to: from + last - at,
        ...(isRest && { name: `${part.name}, goes on` }),
      })
    }
  }
  return placed
}

const endOf = ({ at, from, to }: Stretch): number => at + to - from

export const inOrder = (parts: readonly Part[]): Part[] => parts.toSorted((a, b) => a.from - b.from)

/** Of a text, the beginning is enough to whoever reads along. */
export const SHOWN_BYTES = 2000

/** Parts of JSON, or of any text, in [from, to): the notices, and what is around them. */
export function contentParts(bytes: Uint8Array, from: number, to: number, around: string): Part[] {
  const parts: Part[] = []
  let at = from
  const fill = (end: number): void => {
    if (end > at)
      parts.push({
        from: at,
        to: end,
        name: around,
        role: 'framing',
        text: textOf(bytes, at, Math.min(end, at + SHOWN_BYTES)),
      })
  }
  for (const place of noticesIn(bytes, from, to)) {
    fill(place.from)
    parts.push({
      ...{ from: place.from, to: place.to, role: 'body' },
      name: place.seq === undefined ? 'what is published' : `notice ${place.seq}`,
      text: textOf(bytes, place.from, Math.min(place.to, place.from + SHOWN_BYTES)),
    })
    at = place.to
  }
  fill(to)
  return parts
}

/** First line, each field, and the empty line. */
export function headParts({ from, to, startTo, fields, status, method, target, reason, version }: Head): Part[] {
  const end = fields.at(-1)?.to ?? startTo
  return [
    {
      ...{ from, to: startTo, role: 'headers' },
      ...(status === 0
        ? { name: 'request line', meaning: `${method} asks for ${target} in ${version}` }
        : { name: 'status line', meaning: `${status}${reason === '' ? '' : `: ${reason}`}` }),
    },
    ...fields.map(
      (field): Part => ({
        from: field.from,
        to: field.to,
        name: field.name,
        role: 'headers',
        text: field.value,
      }),
    ),
    { from: end, to, name: 'empty line', role: 'headers', meaning: 'the head ends here' },
  ]
}

/** Parts of an event in the bytes of its body. */
export function eventParts(bytes: Uint8Array, { lines, endFrom, to, data }: EventBlock): Part[] {
  return [
    ...lines.flatMap(line => {
      const name = line.field === '' ? 'comment' : line.field
      return [
        {
          ...{ from: line.from, to: line.valueFrom, role: 'framing' as const },
          name: `field ${name}`,
          meaning: meaningOfField(line.field),
        },
        ...(line.field === 'data'
          ? contentParts(bytes, line.valueFrom, line.valueTo, 'data')
          : line.valueTo > line.valueFrom
            ? [{ from: line.valueFrom, to: line.valueTo, name, role: 'framing' as const, text: line.value }]
            : []),
        { from: line.valueTo, to: line.to, name: 'end of line', role: 'framing' as const },
      ].filter(part => part.to > part.from)
    }),
    {
      ...{ from: endFrom, to, name: 'empty line', role: 'framing' },
      meaning: data === undefined ? 'the block ends here' : 'the event ends here, and is dispatched',
    },
  ]
}

function meaningOfField(field: string): string {
  if (field === '') return 'a comment: nobody is told, the connection shows life'
  if (field === 'id') return 'the cursor that the browser sends back as Last-Event-ID after a cut'
  if (field === 'event') return 'the type of the event'
  if (field === 'retry') return 'how long the browser waits before it connects again, in ms'
  return field === 'data' ? 'what the page is given' : 'a field that nobody knows is ignored'
}
