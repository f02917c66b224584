// Where on the canvas the traces of a window lie: rails, lines, bars and hatching in CSS pixels. Pure, so that a test can ask it.
import type { Lane } from '../../server/demo/wire.ts'
import type { LaneTraces, Leg, Traces } from './traces.ts'

export interface Geometry {
  readonly widthPx: number
  readonly heightPx: number
  /** Where each lane lies, as the page's rows have it. */
  readonly lanes: readonly { readonly lane: Lane; readonly topPx: number; readonly heightPx: number }[]
  /** Of the numbers on the canvas. */
  readonly fontPx: number
}

export interface Window {
  /** The right edge. */
  readonly atMs: number
  readonly windowMs: number
  /** Of each lane. Several share it, a row for each. Default 1. */
  readonly clients?: number
}

export interface Stretch {
  readonly x1: number
  readonly x2: number
}

export interface Line extends Stretch {
  readonly y1: number
  readonly y2: number
  readonly weight: Leg['weight']
  readonly notices: number
  /** It is there: the dot at its end is drawn. */
  readonly isArrived: boolean
  readonly isLost: boolean
  /** What it draws. */
  readonly event: Leg['event']
}

/** The beginning of a stream slants, since its beginning travels. */
export interface BandShape extends Stretch {
  /** Where its beginning reaches the client's rail. */
  readonly xReached: number
}

/** What is drawn of one client, between its two rails. */
export interface Strip {
  readonly serverY: number
  readonly clientY: number
  readonly bands: readonly BandShape[]
  readonly holds: readonly Stretch[]
  readonly stales: readonly Stretch[]
  readonly connects: readonly Stretch[]
  readonly lines: readonly Line[]
  readonly crosses: readonly { readonly x: number; readonly isCut: boolean }[]
}

export interface LanePicture extends Strip {
  readonly lane: Lane
  readonly topPx: number
  readonly bottomPx: number
  /** The strip below the client's rail that is hatched while the client is out of date. */
  readonly staleY: number
  readonly staleHeightPx: number
  /** How many notices came together, where each number begins; it stands below the client's rail, where no line passes. */
  readonly numbers: readonly { readonly x: number; readonly text: string }[]
  /** Of each client where there are several; nothing else of the lane is drawn then but the server's rail. */
  readonly rows: readonly Strip[]
}

export interface Picture {
  readonly geometry: Geometry
  readonly lanes: readonly LanePicture[]
  /** `label` is for this one and those that follow closely; absent where there is no room. */
  readonly publishes: readonly { readonly x: number; readonly label?: string; readonly labelX?: number }[]
  readonly cuts: readonly Stretch[]
  /** One for each whole `gridMs`. */
  readonly grid: readonly number[]
  readonly gridMs: number
  readonly gridPx: number
}

/** Narrower bars would only be noise. */
const MIN_HOLD_PX = 2
/** Between two lines of the grid. */
const MIN_GRID_PX = 90
/** Between the server's rail and the first of several clients' rows. */
const ROWS_GAP_PX = 3
/** Legs last no longer than this, ms; what began earlier is not looked at. */
const LONGEST_LEG_MS = 10_000

/** 1, 2 or 5 times a power of ten, at least `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return ([1, 2, 5, 10].find(factor => factor * power >= least) ?? 10) * power
}

/** First index whose `from` is not before; the traces are in that order but for stragglers, which are looked for further on. */
function firstFrom(all: readonly { readonly from: number }[], fromMs: number): number {
  let low = 0
  let high = all.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (all[middle]!.from < fromMs) low = middle + 1
    else high = middle
  }
  return low
}

export function layOut(traces: Traces, { atMs, windowMs, clients = 1 }: Window, geometry: Geometry): Picture {
  const fromMs = atMs - windowMs
  const pxPerMs = geometry.widthPx / windowMs
  const x = (t: number): number => (t - fromMs) * pxPerMs
  /** What lies within the window, cut off at the playhead: what is under way ends there. */
  const stretches = (spans: readonly { readonly from: number; readonly to: number }[]): Stretch[] =>
    spans
      .filter(({ from, to }) => from < atMs && to > fromMs)
      .map(({ from, to }) => ({ x1: Math.max(0, x(from)), x2: x(Math.min(to, atMs)) }))

  /** What one client did, between rails at these heights. */
  function strip(own: LaneTraces | undefined, serverY: number, clientY: number): Strip {
    if (!own) return { serverY, clientY, bands: [], holds: [], stales: [], connects: [], lines: [], crosses: [] }
    const lines: Line[] = []
    for (let i = firstFrom(own.legs, fromMs - LONGEST_LEG_MS); i < own.legs.length; i++) {
      const leg = own.legs[i]!
      const endMs = Math.min(leg.to, leg.lostAt ?? leg.to, atMs)
      if (leg.from > atMs || endMs < fromMs) continue
      const [y1, yEnd] = leg.isUp ? [clientY, serverY] : [serverY, clientY]
      const share = leg.to > leg.from ? (endMs - leg.from) / (leg.to - leg.from) : 1
      lines.push({
        x1: x(leg.from),
        y1,
        x2: x(endMs),
        y2: y1 + (yEnd - y1) * share,
        weight: leg.weight,
        notices: leg.notices,
        isArrived: endMs === leg.to,
        isLost: leg.lostAt !== undefined && leg.lostAt <= atMs,
        event: leg.event,
      })
    }
    return {
      serverY,
      clientY,
      lines,
      bands: own.bands
        .filter(({ from, to }) => from < atMs && to > fromMs)
        .map(({ from, reached, to }) => ({ x1: x(from), xReached: x(reached), x2: x(Math.min(to, atMs)) })),
      holds: stretches(own.holds).filter(({ x1, x2 }) => x2 - x1 >= MIN_HOLD_PX),
      stales: stretches(own.stales),
      connects: stretches(own.connects),
      crosses: own.crosses
        .filter(({ t }) => t <= atMs && t >= fromMs)
        .map(({ t, by }) => ({ x: x(t), isCut: by !== 'client' })),
    }
  }

  const lanes = geometry.lanes.map(({ lane, topPx, heightPx }): LanePicture => {
    const unit = heightPx / 76
    // As high as a number written in it.
    const staleHeightPx = Math.round(Math.max(15 * unit, 0.85 * geometry.fontPx))
    const bottomPx = topPx + heightPx
    const serverY = Math.round(topPx + 10 * unit)
    const staleY = Math.round(bottomPx - 5 * unit - staleHeightPx)
    const place = { lane, topPx, bottomPx, staleY, staleHeightPx }
    if (clients > 1) {
      const rowPx = (bottomPx - 5 * unit - serverY - ROWS_GAP_PX) / clients
      // Of whole pixels, so that all look alike.
      const row = (at: number): number => serverY + ROWS_GAP_PX + at * (rowPx < 1 ? rowPx : Math.floor(rowPx))
      const rows = Array.from({ length: clients }, (_, client) =>
        strip(traces.of(lane, client), row(client), row(client + 1)),
      )
      return { ...place, ...strip(undefined, serverY, row(clients)), numbers: [], rows }
    }
    const only = strip(traces.lanes[lane], serverY, staleY - 1)
    return { ...place, ...only, numbers: numbered(only.lines, geometry), rows: [] }
  })

  const gridMs = roundStep(MIN_GRID_PX / pxPerMs)
  const grid: number[] = []
  for (let t = Math.ceil(fromMs / gridMs) * gridMs; t <= atMs; t += gridMs) grid.push(x(t))
  return {
    geometry,
    lanes,
    publishes: labelled(
      traces.publishes
        .filter(({ t }) => t <= atMs && t >= fromMs)
        .map(({ t, seq, count }) => ({ x: x(t), first: seq, last: seq + count - 1 })),
      geometry,
    ),
    cuts: stretches(traces.cuts),
    grid,
    gridMs,
    gridPx: gridMs * pxPerMs,
  }
}

/** Of a line of text with this many letters, at most: the widest of the usual fonts has 0.70 for a digit and 0.84 for `×` and `#`. */
const textPx = (text: string, fontPx: number): number => text.length * fontPx * 0.78

/** One label for each crowd of publishes, over its middle, where it does not lie over another one. */
function labelled(
  publishes: readonly { readonly x: number; readonly first: number; readonly last: number }[],
  { fontPx, widthPx }: Geometry,
): Picture['publishes'] {
  const crowds: { x1: number; x2: number; first: number; last: number; at: number }[] = []
  for (const [at, { x, first, last }] of publishes.entries()) {
    const crowd = crowds.at(-1)
    if (crowd && x - crowd.x2 < 2 * fontPx) Object.assign(crowd, { x2: x, last })
    else crowds.push({ x1: x, x2: x, first, last, at })
  }
  const labels = new Map<number, { label: string; labelX: number }>()
  let freeFrom = Number.NEGATIVE_INFINITY
  for (const { x1, x2, first, last, at } of crowds) {
    const label = first === last ? `#${first}` : `#${first}–${last}`
    const half = textPx(label, fontPx) / 2
    const labelX = (x1 + x2) / 2
    // At an edge it would be cut off; it appears when it has room.
    if (labelX - half < Math.max(0, freeFrom) || labelX + half > widthPx) continue
    freeFrom = labelX + half + fontPx / 2
    labels.set(at, { label, labelX })
  }
  return publishes.map(({ x }, at) => ({ x, ...labels.get(at) }))
}

/** How many travelled together, right of where they arrived. Of two that would lie over each other the larger one is written. */
function numbered(lines: readonly Line[], { fontPx, widthPx }: Geometry): LanePicture['numbers'] {
  const numbers: { x: number; text: string; notices: number; endX: number }[] = []
  // Over a link that has just become shorter, what left later arrives earlier.
  const arrivals = lines.filter(({ notices, isArrived }) => notices > 1 && isArrived).sort((a, b) => a.x2 - b.x2)
  for (const { x2, notices } of arrivals) {
    const text = `×${notices}`
    const x = x2 + fontPx / 3
    const endX = x + textPx(text, fontPx)
    if (endX > widthPx) continue
    const before = numbers.at(-1)
    if (before && x < before.endX) {
      if (notices <= before.notices) continue
      numbers.pop()
    }
    numbers.push({ x, text, notices, endX })
  }
  return numbers
}
