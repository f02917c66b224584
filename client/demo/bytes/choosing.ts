// Which line is meant: the one that is nearest to a tap, and the one that arrived before or after another. Pure.
import type { DemoEventOf } from '../../../server/demo/wire.ts'
import type { Line, Picture } from '../layout.ts'
import type { Traces } from '../traces.ts'

type Transit = DemoEventOf<'transit'>

/** A finger's width about a line, px; more on a large screen. */
const REACH_PX = 12

/** The line nearest to a place on the canvas, among those within reach; of lines that lie on one another, one that carries notices. */
export function lineAt({ lanes, geometry: { fontPx } }: Picture, x: number, y: number): Line | undefined {
  const reach = Math.max(REACH_PX, fontPx / 2)
  const lane = lanes.find(({ topPx, bottomPx }) => y >= topPx && y < bottomPx)
  let found: Line | undefined
  let nearest = reach
  for (const { lines } of lane ? [lane, ...lane.rows] : [])
    for (const line of lines) {
      const away = distance(line, x, y)
      const isBetter = away < nearest || (away === nearest && found && line.notices > found.notices)
      if (isBetter) [found, nearest] = [line, away]
    }
  return found
}

/** From a place to the nearest point of the line, px. */
function distance({ x1, y1, x2, y2 }: Line, x: number, y: number): number {
  const [dx, dy] = [x2 - x1, y2 - y1]
  const length = dx * dx + dy * dy
  const share = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / length))
  return Math.hypot(x - x1 - share * dx, y - y1 - share * dy)
}

/** Whether two events, of two logs of the same class maybe, are one. */
export const isSame = (one: Transit, other: Transit): boolean =>
  (['t', 'to', 'lane', 'client', 'connection', 'direction', 'what'] as const).every(key => one[key] === other[key])

/** What each lane's drawn client sent and got by `atMs`, in the order of its arrival; what was cut off never arrived. */
export function arrivedBy({ lanes }: Traces, atMs: number): readonly Transit[] {
  return Object.values(lanes)
    .flatMap(({ legs }) => legs)
    .filter(({ to, lostAt }) => to <= atMs && (lostAt === undefined || lostAt > atMs))
    .map(({ event }) => event)
    .sort((a, b) => a.to - b.to)
}

/** The line before or after `from` among those; the newest one where none is open. Undefined where there is none. */
export function neighbour(
  arrived: readonly Transit[],
  from: Transit | undefined,
  direction: 1 | -1,
): Transit | undefined {
  if (!from) return arrived.at(-1)
  const at = arrived.findIndex(each => isSame(each, from))
  if (at >= 0) return arrived[at + direction]
  // One of another client, or one that is still under way.
  return direction === 1 ? arrived.find(({ to }) => to > from.to) : arrived.findLast(({ to }) => to < from.to)
}
