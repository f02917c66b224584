// The last minute of each watched client: ticks for requests, dots for notices, grey where the page was hidden.
import { clientTransports, type TransportName } from '../../transports/index.ts'
import type { Watched } from './watch.ts'

const SPAN_MS = 60_000
const ROW_PX = 30

/** Draws what passed, now at the right edge. */
export function drawTrace(
  canvas: HTMLCanvasElement,
  watched: readonly Watched[],
  hidden: readonly { readonly fromMs: number; readonly toMs: number | undefined }[],
  nowMs: number,
): void {
  const scale = devicePixelRatio
  const width = canvas.clientWidth
  const height = ROW_PX * watched.length
  canvas.style.height = `${height}px`
  canvas.width = Math.round(width * scale)
  canvas.height = Math.round(height * scale)
  const paint = canvas.getContext('2d')!
  paint.setTransform(scale, 0, 0, scale, 0, 0)
  const x = (ms: number): number => width - ((nowMs - ms) / SPAN_MS) * width
  const style = getComputedStyle(canvas)
  paint.fillStyle = style.getPropertyValue('--line')
  for (const { fromMs, toMs = nowMs } of hidden) paint.fillRect(x(fromMs), 0, x(toMs) - x(fromMs), height)
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches
  for (const [row, { transport, marks }] of watched.entries()) {
    const { light, dark } = clientTransports[transport as TransportName]
    paint.strokeStyle = paint.fillStyle = isDark ? dark : light
    const top = row * ROW_PX
    paint.lineWidth = 1
    paint.beginPath()
    for (const { atMs, delayMs } of marks) {
      if (nowMs - atMs > SPAN_MS || delayMs !== undefined) continue
      paint.moveTo(x(atMs), top + 5)
      paint.lineTo(x(atMs), top + 14)
    }
    paint.stroke()
    for (const { atMs, delayMs } of marks) {
      if (nowMs - atMs > SPAN_MS || delayMs === undefined) continue
      paint.beginPath()
      paint.arc(x(atMs), top + 21, 3.5, 0, 7)
      paint.fill()
    }
  }
  canvas.setAttribute(
    'aria-label',
    `Requests and notices of ${watched.length} clients over the last minute; the table has the figures.`,
  )
}
