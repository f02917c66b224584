// What pictures of the lanes are made of: sharp lines, hatching, and text over lines.
import { faded, palettes } from '../charts/drawing/style.ts'

export type Theme = 'light' | 'dark'

export type Context = CanvasRenderingContext2D

/** A line that is one pixel wide and sharp; added to the path. */
export function vertical(context: Context, x: number, y1: number, y2: number): void {
  const crisp = Math.round(x) + 0.5
  context.moveTo(crisp, y1)
  context.lineTo(crisp, y2)
}

export function horizontal(context: Context, x1: number, x2: number, y: number): void {
  const crisp = Math.round(y) - 0.5
  context.moveTo(x1, crisp)
  context.lineTo(x2, crisp)
}

const patterns = new Map<Theme, CanvasPattern>()

/** Diagonal lines. They stand still while their ends move: hatching that travels would flicker. */
export function stalePattern(context: Context, theme: Theme): CanvasPattern | string {
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

/** Text that stays readable over lines. */
export function written(context: Context, text: string, x: number, y: number, ink: string, ground: string): void {
  context.textAlign = 'left'
  context.lineJoin = 'round'
  context.lineWidth = 5
  context.strokeStyle = ground
  context.strokeText(text, x, y)
  context.fillStyle = ink
  context.fillText(text, x, y)
}
