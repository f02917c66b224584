// Draws a picture of the lanes on a canvas: calm lines, colours from the registry, ink for what all lanes share.
import { faded, fontFamily, lookOf, palettes } from '../charts/parts/style.ts'
import type { LanePicture, Line, Picture } from './layout.ts'

export type Theme = 'light' | 'dark'

type Context = CanvasRenderingContext2D

/** Draws everything anew. The context's unit is a CSS pixel. */
export function draw(context: Context, picture: Picture, theme: Theme): void {
  const { widthPx, heightPx, fontPx } = picture.geometry
  const inks = palettes[theme]
  context.clearRect(0, 0, widthPx, heightPx)
  context.font = `600 ${fontPx}px ${fontFamily}`
  context.textBaseline = 'middle'
  const { lanes } = picture
  const [top, bottom] = [lanes[0]?.topPx ?? 0, lanes.at(-1)?.bottomPx ?? heightPx]

  context.strokeStyle = inks.grid
  context.lineWidth = 1
  context.beginPath()
  for (const x of picture.grid) vertical(context, x, top, bottom)
  for (const { bottomPx } of lanes.slice(0, -1)) horizontal(context, 0, widthPx, bottomPx)
  context.stroke()

  for (const lane of lanes) drawBands(context, lane, theme)
  drawCuts(context, picture, theme)
  for (const lane of lanes) drawRails(context, lane, picture, theme)
  drawPublishes(context, picture, top, bottom, theme)
  for (const lane of lanes) drawLane(context, lane, picture, theme)

  context.strokeStyle = inks.ink
  context.lineWidth = 2
  context.beginPath()
  context.moveTo(widthPx - 1, top)
  context.lineTo(widthPx - 1, bottom)
  context.stroke()
}

function vertical(context: Context, x: number, y1: number, y2: number): void {
  const crisp = Math.round(x) + 0.5
  context.moveTo(crisp, y1)
  context.lineTo(crisp, y2)
}

function horizontal(context: Context, x1: number, x2: number, y: number): void {
  const crisp = Math.round(y) - 0.5
  context.moveTo(x1, crisp)
  context.lineTo(x2, crisp)
}

function drawBands(context: Context, { lane, bands, serverY, clientY }: LanePicture, theme: Theme): void {
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

/** The network between the rails is gone: grey, and lines that lead nowhere. */
function drawCuts(context: Context, { cuts, lanes, geometry }: Picture, theme: Theme): void {
  const inks = palettes[theme]
  for (const { x1, x2 } of cuts) {
    for (const { serverY, clientY } of lanes) {
      const middle = (serverY + clientY) / 2
      context.fillStyle = theme === 'dark' ? '#2b3443' : '#e3e6ea'
      context.fillRect(x1, serverY + 1, x2 - x1, clientY - serverY - 2)
      context.strokeStyle = inks.muted
      context.lineWidth = 2
      context.setLineDash([10, 8, 2, 8])
      context.lineDashOffset = 0
      context.beginPath()
      context.moveTo(x1, middle)
      context.lineTo(x2, middle)
      context.stroke()
      context.setLineDash([])
    }
    const text = 'network cut'
    const wide = context.measureText(text).width
    const { fontPx } = geometry
    // Beside the cross of the connection that was lost.
    const x = Math.max(fontPx / 2, x1 + fontPx)
    if (x2 - x < wide + fontPx / 2) continue
    for (const { serverY, clientY } of lanes.slice(0, 1))
      written(context, text, x, (serverY + clientY) / 2, inks.ink, theme === 'dark' ? '#2b3443' : '#e3e6ea')
  }
}

function drawRails(context: Context, lane: LanePicture, { geometry }: Picture, theme: Theme): void {
  const { color, dash } = lookOf(lane.lane, theme)
  const { serverY, clientY, staleY, staleHeightPx } = lane
  context.fillStyle = stalePattern(context, theme)
  for (const { x1, x2 } of lane.stales) context.fillRect(x1, staleY, x2 - x1, staleHeightPx)
  context.strokeStyle = color
  context.lineWidth = 1.5
  context.setLineDash(dash)
  context.beginPath()
  for (const y of [serverY, clientY]) horizontal(context, 0, geometry.widthPx, y)
  context.stroke()
  context.setLineDash([])
}

const patterns = new Map<Theme, CanvasPattern>()

/** Diagonal lines. They stand still while their ends move: hatching that travels would flicker. */
function stalePattern(context: Context, theme: Theme): CanvasPattern | string {
  const known = patterns.get(theme)
  if (known) return known
  const size = 8
  const tile = document.createElement('canvas')
  const scale = 2
  tile.width = tile.height = size * scale
  const inner = tile.getContext('2d')!
  inner.scale(scale, scale)
  inner.fillStyle = faded(palettes[theme].muted, 0.16)
  inner.fillRect(0, 0, size, size)
  inner.strokeStyle = palettes[theme].muted
  inner.lineWidth = 1.8
  inner.beginPath()
  for (const shift of [-size, 0, size]) {
    inner.moveTo(shift - 1, size + 1)
    inner.lineTo(shift + size + 1, -1)
  }
  inner.stroke()
  const pattern = context.createPattern(tile, 'repeat')!
  pattern.setTransform(new DOMMatrix().scale(1 / scale))
  patterns.set(theme, pattern)
  return pattern
}

function drawPublishes(context: Context, { publishes, geometry }: Picture, top: number, bottom: number, theme: Theme) {
  const { ink } = palettes[theme]
  // Many of them would be a curtain before the lanes.
  const isCrowd = publishes.length > geometry.widthPx / 40
  context.strokeStyle = ink
  context.globalAlpha = isCrowd ? 0.35 : 1
  context.lineWidth = isCrowd ? 1 : 2
  context.setLineDash([2, 5])
  context.beginPath()
  for (const { x } of publishes) {
    context.moveTo(x, top)
    context.lineTo(x, bottom)
  }
  context.stroke()
  context.setLineDash([])
  context.globalAlpha = 1
  context.fillStyle = ink
  context.textAlign = 'center'
  for (const { label, labelX } of publishes)
    if (label !== undefined) context.fillText(label, labelX!, top - geometry.fontPx * 0.6)
}

function drawLane(context: Context, lane: LanePicture, { geometry }: Picture, theme: Theme): void {
  const { color } = lookOf(lane.lane, theme)
  const inks = palettes[theme]
  const scale = geometry.fontPx / 24
  const { serverY, clientY, lines } = lane

  context.fillStyle = color
  const bar = Math.max(7, 10 * scale)
  for (const { x1, x2 } of lane.holds) context.fillRect(x1, serverY - bar / 2, x2 - x1, bar)

  context.strokeStyle = color
  context.lineCap = 'round'
  context.globalAlpha = 0.7
  context.lineWidth = 1.5
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
    ['faint', 1, 0.55],
    ['empty', 1.25, 0.9],
    ['plain', 2, 1],
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
  drawArrivals(context, lane, geometry.fontPx, theme)

  const arm = Math.max(5, 8 * scale)
  context.strokeStyle = inks.ink
  for (const { x, isCut } of lane.crosses) {
    context.lineWidth = isCut ? 3 : 1.5
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
  { lane, lines, numbers, clientY }: LanePicture,
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
  context.lineWidth = 1.5
  for (const { x2, y2, weight, isArrived } of lines) {
    if (weight !== 'empty' || !isArrived || y2 !== clientY) continue
    context.beginPath()
    context.arc(x2, clientY, radius * 0.6, 0, 2 * Math.PI)
    context.fill()
    context.stroke()
  }
  for (const { x, text } of numbers) written(context, text, x, clientY - fontPx * 0.6, inks.ink, inks.ground)
}

/** Text that stays readable over lines. */
function written(context: Context, text: string, x: number, y: number, ink: string, ground: string): void {
  context.textAlign = 'left'
  context.lineJoin = 'round'
  context.lineWidth = 5
  context.strokeStyle = ground
  context.strokeText(text, x, y)
  context.fillStyle = ink
  context.fillText(text, x, y)
}
