// The parts of a message as lines that are read from top to bottom, and where keys come to in them.
import type { Message } from '../codecs/conversation.ts'
import type { Part } from '../codecs/part.ts'

/** A part and where it is in its message, by places from 0: `3`, and its second inner part `3.1`. */
export interface Stop {
  readonly path: string
  readonly part: Part
}

/** What stands beside each other: mostly one part; of an event all that is on a line of its text. */
export type Line = readonly Stop[]

/** The lines of a message's parts, in order. `bytes`: of its direction. */
export function linesOf({ parts, event }: Pick<Message, 'parts' | 'event'>, bytes: Uint8Array): Line[] {
  const stops = parts.map((part, at) => ({ path: String(at), part }))
  if (!event) return stops.map(stop => [stop])
  const lines: Stop[][] = []
  let isNew = true
  for (const stop of stops) {
    if (isNew) lines.push([])
    lines.at(-1)!.push(stop)
    isNew = bytes[stop.part.to - 1] === 10
  }
  return lines
}

/** What a part consists of, each with its place. */
export const innerOf = ({ path, part }: Stop): Stop[] =>
  (part.parts ?? []).map((each, at) => ({ path: `${path}.${at}`, part: each }))

/** Every stop of a line, in order: each part, and what it consists of behind it. */
export const stopsOf = (line: Line): Stop[] => line.flatMap(stop => [stop, ...innerOf(stop)])

/** The part at a path; undefined where there is none. */
export function partAt(parts: readonly Part[], path: string): Part | undefined {
  let found: Part | undefined
  let among: readonly Part[] = parts
  for (const place of path.split('.')) {
    found = among[Number(place)]
    if (!found) return undefined
    among = found.parts ?? []
  }
  return found
}

/** The stop that a key leads to from `path`: up and down go by lines, left and right by parts; undefined for another key, and at the end. */
export function stopAfter(lines: readonly Line[], path: string | undefined, key: string): string | undefined {
  const stops = lines.map(stopsOf)
  const all = stops.flat()
  const at = all.findIndex(stop => stop.path === path)
  const line = stops.findIndex(each => each.some(stop => stop.path === path))
  switch (key) {
    case 'ArrowRight':
      return all[at + 1]?.path
    case 'ArrowLeft':
      return all[at - 1]?.path
    case 'ArrowDown':
      return stops[line + 1]?.[0]?.path
    case 'ArrowUp':
      return stops[line - 1]?.[0]?.path
    case 'Home':
      return all[0]?.path
    case 'End':
      return all.at(-1)?.path
    default:
      return undefined
  }
}
