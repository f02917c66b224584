// Where, in bytes of JSON, notices stand: what was to be delivered, as against all that is around it.
import { latin1 } from './bytes.ts'

export interface NoticePlace {
  readonly from: number
  readonly to: number
  /** Undefined where it is one that is published: it has no number yet. */
  readonly seq: number | undefined
}

const QUOTE = 34
const BACKSLASH = 92
const OPEN = 123
const CLOSE = 125
/** How a notice begins that comes from the lab, and one that goes to it. What acknowledges a publish has a number and nothing else. */
const BEGINNING = /^\{"(?:seq":([1-9]\d{0,15}),"at":|(?:body|publish)":)/
const BEGINNING_BYTES = 32

/** The notices that stand in [from, to) as a whole, in order; none within another one, and none in a string. */
export function noticesIn(bytes: Uint8Array, from: number, to: number): readonly NoticePlace[] {
  const places: NoticePlace[] = []
  /** Objects under way: where each begins, and as what, if as a notice. */
  const open: { readonly from: number; readonly found: RegExpExecArray | null }[] = []
  let isString = false
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!
    if (isString) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) isString = false
    } else if (byte === QUOTE) isString = true
    else if (byte === OPEN) {
      const isNamed = bytes[at + 1] === QUOTE
      open.push({
        from: at,
        found: isNamed ? BEGINNING.exec(latin1(bytes, at, Math.min(to, at + BEGINNING_BYTES))) : null,
      })
    } else if (byte === CLOSE) {
      const { from: began, found } = open.pop() ?? { from: at, found: null }
      if (!found) continue
      while (places.length > 0 && places.at(-1)!.from > began) places.pop()
      places.push({ from: began, to: at + 1, seq: found[1] === undefined ? undefined : Number(found[1]) })
    }
  }
  return places
}
