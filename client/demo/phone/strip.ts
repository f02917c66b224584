// The last half minute of one phone: when notices were published, and when they came; hatched in between, the phone's view is old.

export interface Passed {
  /** On this device's clock, ms. */
  readonly publishedMs: number
  readonly cameMs: number
}

const SPAN_MS = 30_000
const STEP_PX = 6

/** Draws what passed, now at the right edge. */
export function drawStrip(
  canvas: HTMLCanvasElement,
  passed: readonly Passed[],
  nowMs: number,
  ink: { readonly color: string; readonly line: string },
): void {
  const { clientWidth: width, clientHeight: height } = canvas
  const scale = devicePixelRatio
  if (canvas.width !== Math.round(width * scale)) {
    canvas.width = Math.round(width * scale)
    canvas.height = Math.round(height * scale)
  }
  const paint = canvas.getContext('2d')!
  paint.setTransform(scale, 0, 0, scale, 0, 0)
  paint.clearRect(0, 0, width, height)
  const x = (ms: number): number => width - 6 - ((nowMs - ms) / SPAN_MS) * (width - 12)
  const [top, bottom] = [height * 0.25, height * 0.75]
  paint.lineWidth = 1
  paint.strokeStyle = ink.line
  paint.beginPath()
  for (const y of [top, bottom]) {
    paint.moveTo(0, y)
    paint.lineTo(width, y)
  }
  paint.stroke()
  paint.strokeStyle = paint.fillStyle = ink.color
  for (const { publishedMs, cameMs } of passed) {
    if (nowMs - cameMs > SPAN_MS) continue
    const [from, to] = [x(publishedMs), x(cameMs)]
    paint.save()
    paint.beginPath()
    paint.rect(from, top, Math.max(1, to - from), bottom - top)
    paint.clip()
    paint.beginPath()
    for (let at = from - (bottom - top); at < to; at += STEP_PX) {
      paint.moveTo(at, bottom)
      paint.lineTo(at + bottom - top, top)
    }
    paint.globalAlpha = 0.5
    paint.stroke()
    paint.restore()
    paint.beginPath()
    paint.arc(from, top, 3.5, 0, 7)
    paint.stroke()
    paint.beginPath()
    paint.arc(to, bottom, 4, 0, 7)
    paint.fill()
  }
}
