// Draws one lane: its streams, its rails with what is stale below them, and its traffic, in the lane's colour.
import { faded, lookOf, palettes } from '../charts/drawing/style.ts'
import type { Geometry, LanePicture, Line, Stretch, Strip } from './layout.ts'
import { type Context, horizontal, stalePattern, type Theme, written } from './strokes.ts'

/** How much thicker than on a small screen fine lines are: they grow with the type. */
const fineOf = (fontPx: number): number => Math.max(1, fontPx / 24)

/** Open streams, behind everything else. */
export function drawBands(context: Context, { lane, bands, serverY, clientY }: LanePicture, theme: Theme): void {
  context.fillStyle = faded(lookOf(lane, theme).color, theme === 'dark' ? 0.24 : 0.15)
  for (const { x1, xReached, x2 } of bands) {
    // Its beginning may still be under way: as far as that is, and no steeper.
    const share = xReached > x2 ? (x2 - x1) / (xReached - x1) : 1
    const y = serverY + (clientY - serverY) * share
    context.beginPath()
    context.moveTo(x1, serverY)
    context.lineTo(x2, serverY)
    context.lineTo(x2, y)
    context.lineTo(Math.min(xReached, x2), y)
    context.fill()
  }
}

/** Both rails over the whole width, and the hatching below them; of several clients only the server's. */
export function drawRails(context: Context, lane: LanePicture, { widthPx, fontPx }: Geometry, theme: Theme): void {
  const { color, dash } = lookOf(lane.lane, theme)
  const { serverY, clientY, staleY, staleHeightPx, rows } = lane
  context.fillStyle = stalePattern(context, theme)
  for (const { x1, x2 } of lane.stales) context.fillRect(x1, staleY, x2 - x1, staleHeightPx)
  context.strokeStyle = color
  context.lineWidth = 1.5 * fineOf(fontPx)
  context.setLineDash(dash)
  context.beginPath()
  for (const y of rows.length > 0 ? [serverY] : [serverY, clientY]) horizontal(context, 0, widthPx, y)
  context.stroke()
  context.setLineDash([])
}

/** What travels and waits: holds, connects, messages, arrivals, and what was cut off. `fontPx` sets its scale. */
export function drawTraffic(context: Context, lane: LanePicture, fontPx: number, theme: Theme): void {
  const { color } = lookOf(lane.lane, theme)
  const inks = palettes[theme]
  const scale = fontPx / 24
  const fine = fineOf(fontPx)
  const { serverY, clientY, lines } = lane

  context.fillStyle = color
  const bar = Math.max(7, 10 * scale)
  for (const { x1, x2 } of lane.holds) context.fillRect(x1, serverY - bar / 2, x2 - x1, bar)

  context.strokeStyle = color
  context.lineCap = 'round'
  context.globalAlpha = 0.7
  context.lineWidth = 1.5 * fine
  context.setLineDash([1, 4])
  context.beginPath()
  for (const { x1, x2 } of lane.connects) {
    const middle = (x1 + x2) / 2
    context.moveTo(x1, clientY)
    context.lineTo(middle, serverY)
    context.lineTo(x2, clientY)
  }
  context.stroke()
  context.setLineDash([])
  context.globalAlpha = 1

  const strokes: readonly (readonly [Line['weight'], width: number, alpha: number])[] = [
    ['faint', fine, 0.55],
    ['empty', 1.25 * fine, 0.9],
    ['plain', 2 * fine, 1],
    ['notices', Math.max(3, 3.5 * scale), 1],
  ]
  for (const [weight, width, alpha] of strokes) {
    context.lineWidth = width
    context.globalAlpha = alpha
    context.beginPath()
    for (const line of lines) {
      if (line.weight !== weight) continue
      context.moveTo(line.x1, line.y1)
      context.lineTo(line.x2, line.y2)
    }
    context.stroke()
  }
  context.globalAlpha = 1
  context.lineCap = 'butt'
  drawArrivals(context, lane, fontPx, theme)

  const arm = Math.max(5, 8 * scale)
  context.strokeStyle = inks.ink
  for (const { x, isCut } of lane.crosses) {
    context.lineWidth = (isCut ? 3 : 1.5) * fine
    const y = (serverY + clientY) / 2
    context.beginPath()
    context.moveTo(x - arm, y - arm)
    context.lineTo(x + arm, y + arm)
    context.moveTo(x - arm, y + arm)
    context.lineTo(x + arm, y - arm)
    context.stroke()
  }
}

/** A full dot where notices arrive, with their number if there are several; a hollow one where an answer had none. */
function drawArrivals(
  context: Context,
  { lane, lines, numbers, clientY, staleY, staleHeightPx }: LanePicture,
  fontPx: number,
  theme: Theme,
): void {
  const { color } = lookOf(lane, theme)
  const inks = palettes[theme]
  const radius = Math.max(4, fontPx / 4)
  const full = lines.filter(({ notices, isArrived }) => notices > 0 && isArrived)
  context.fillStyle = color
  for (const { x2 } of full) {
    context.beginPath()
    context.arc(x2, clientY, radius, 0, 2 * Math.PI)
    context.fill()
  }
  context.fillStyle = inks.ground
  context.strokeStyle = color
  context.lineWidth = 1.5 * fineOf(fontPx)
  for (const { x2, y2, weight, isArrived } of lines) {
    if (weight !== 'empty' || !isArrived || y2 !== clientY) continue
    context.beginPath()
    context.arc(x2, clientY, radius * 0.6, 0, 2 * Math.PI)
    context.fill()
    context.stroke()
  }
  // A digit's middle lies a little above the middle of its line.
  const y = staleY + staleHeightPx / 2 + fontPx * 0.04
  for (const { x, text } of numbers) written(context, text, x, y, inks.ink, inks.ground)
}

/** A thin strip for each of several clients: what is open, what is held, what passes, and hatching while it is out of date. */
export function drawRows(context: Context, { lane, rows }: LanePicture, fontPx: number, theme: Theme): void {
  const { color } = lookOf(lane, theme)
  const each = <Kind extends Stretch>(kind: (row: Strip) => readonly Kind[]): (readonly [Strip, Kind])[] =>
    rows.flatMap(row => kind(row).map(one => [row, one] as const))
  /** `gapPx`: 25 strips that touched would be a block. */
  const fill = (
    all: readonly (readonly [Strip, Stretch])[],
    style: string | CanvasPattern,
    { gapPx = 1, leastPx = 1 } = {},
  ): void => {
    context.fillStyle = style
    context.beginPath()
    for (const [{ serverY, clientY }, { x1, x2 }] of all) {
      const high = Math.max(leastPx, clientY - serverY - gapPx)
      context.rect(x1, (serverY + clientY - gapPx - high) / 2, Math.max(leastPx, x2 - x1), high)
    }
    context.fill()
  }

  fill(
    each(({ stales }) => stales),
    stalePattern(context, theme),
    { gapPx: 0 },
  )
  fill(
    each(({ bands }) => bands),
    faded(color, 0.35),
  )
  fill(
    each(({ holds }) => holds),
    color,
  )
  fill(
    each(({ lines }) => lines.filter(({ weight }) => weight !== 'faint')),
    color,
    { leastPx: fontPx / 10 },
  )
  context.beginPath()
  for (const [{ serverY, clientY }, { x2, notices, isArrived }] of each(({ lines }) => lines)) {
    if (notices === 0 || !isArrived) continue
    const radius = Math.max(fontPx / 8, (clientY - serverY) / 2.5)
    const y = (serverY + clientY - 1) / 2
    context.moveTo(x2 + radius, y)
    context.arc(x2, y, radius, 0, 2 * Math.PI)
  }
  context.fill()
}
