// Draws a picture of the lanes on a canvas: calm lines, ink for what all lanes share, and each lane by itself.
import { fontFamily, palettes } from '../charts/drawing/style.ts'
import { drawBands, drawRails, drawRows, drawTraffic } from './draw-lane.ts'
import type { Picture } from './layout.ts'
import { type Context, horizontal, type Theme, vertical, written } from './strokes.ts'

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
  for (const lane of lanes) drawRows(context, lane, fontPx, theme)
  for (const lane of lanes) drawRails(context, lane, picture.geometry, theme)
  drawPublishes(context, picture, top, bottom, theme)
  for (const lane of lanes) drawTraffic(context, lane, fontPx, theme)
  nameCuts(context, picture, theme)

  context.strokeStyle = inks.ink
  context.lineWidth = 2
  context.beginPath()
  context.moveTo(widthPx - 1, top)
  context.lineTo(widthPx - 1, bottom)
  context.stroke()
}

const cutGround: Readonly<Record<Theme, string>> = { light: '#e3e6ea', dark: '#2b3443' }

/** The network between the rails is gone: grey, and lines that lead nowhere. */
function drawCuts(context: Context, { cuts, lanes }: Picture, theme: Theme): void {
  const inks = palettes[theme]
  for (const { x1, x2 } of cuts) {
    for (const { serverY, clientY } of lanes) {
      const middle = (serverY + clientY) / 2
      context.fillStyle = cutGround[theme]
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
  }
}

/** Over all that passes through it. */
function nameCuts(context: Context, { cuts, lanes, geometry: { fontPx } }: Picture, theme: Theme): void {
  const [first] = lanes
  const text = 'network cut'
  const wide = context.measureText(text).width
  for (const { x1, x2 } of cuts) {
    // Beside the cross of the connection that was lost.
    const x = Math.max(fontPx / 2, x1 + fontPx)
    if (!first || x2 - x < wide + fontPx / 2) continue
    written(context, text, x, (first.serverY + first.clientY) / 2, palettes[theme].ink, cutGround[theme])
  }
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
