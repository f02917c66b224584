// A window slice by slice: how much arrived in each, and how late the latest of it was.

/** Times in ms from the schedule's zero. */
export interface SliceOrder {
  readonly fromMs: number
  readonly toMs: number
  readonly everyMs: number
}

/** [ms since the first slice began, arrivals, the latest of them in ms after it was appended; null where none came] */
export type Slice = [atMs: number, arrivals: number, latestMs: number | null]

/** Slices of what `receivedMs` holds: `notices` places for each subscriber, NaN where nothing arrived. */
export function slicesOf(
  receivedMs: Float64Array,
  appendedMs: Float64Array,
  notices: number,
  { fromMs, toMs, everyMs }: SliceOrder,
): Slice[] {
  const slices = Array.from({ length: Math.ceil((toMs - fromMs) / everyMs) }, (_, i): Slice => [i * everyMs, 0, null])
  for (let at = 0; at < receivedMs.length; at++) {
    const slice = slices[Math.floor((receivedMs[at]! - fromMs) / everyMs)]
    if (!slice) continue
    slice[1]++
    const lateMs = Math.max(0, receivedMs[at]! - appendedMs[at % notices]!)
    if (!Number.isNaN(lateMs) && (slice[2] === null || lateMs > slice[2])) slice[2] = lateMs
  }
  return slices
}

/** Those of several processes as one's. */
export function mergeSlices(parts: readonly (readonly Slice[])[]): Slice[] {
  const [first = []] = parts
  return first.map(([atMs], index) => {
    const same = parts.flatMap(part => [part[index]!])
    const late = same.flatMap(([, , latestMs]) => latestMs ?? [])
    return [atMs, same.reduce((sum, [, arrivals]) => sum + arrivals, 0), late.length > 0 ? Math.max(...late) : null]
  })
}
