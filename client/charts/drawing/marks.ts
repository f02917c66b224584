// Marks: in rows a dataset of large ones in the transports' colours, filled or open, and an upright line through all rows; everywhere the hexagon.
import type { Chart as ChartJs, Plugin, PointOptions } from 'chart.js'
import type { Theme } from '../chart.ts'
import { fontFamily, lookOf, palettes, pointStyleOf } from './style.ts'

/** A dataset of Chart.js' plug-in for error bars; the k-th point is the k-th transport's. */
export function marksStyle(theme: Theme, transports: readonly string[], isFilled: boolean) {
  const { ink, ground } = palettes[theme]
  const looks = transports.map(id => lookOf(id, theme))
  const colors = looks.map(({ color }) => color)
  return {
    pointStyle: looks.map(pointStyleOf),
    // Names without the prefix `point`: this controller's element is not Chart.js' own.
    radius: 8,
    // Marks at the very edge stay whole.
    clip: 12,
    hoverRadius: 9,
    borderWidth: 2.5,
    borderColor: colors,
    backgroundColor: isFilled ? colors : ground,
    errorBarColor: ink,
    errorBarWhiskerColor: ink,
    errorBarLineWidth: 1.5,
    errorBarWhiskerLineWidth: 1.5,
    errorBarWhiskerSize: 14,
  }
}

/** Draws the points that `pointStyleOf` leaves to it, as Chart.js draws its own. */
export const hexagons: Plugin = {
  id: 'hexagons',
  afterDatasetDraw({ ctx }: ChartJs, { meta }) {
    for (const element of meta.data) {
      const { x, y } = element
      const { radius, pointStyle, backgroundColor, borderColor, borderWidth } = element.options as PointOptions
      if (pointStyle !== false || !(radius > 0) || Number.isNaN(y)) continue
      ctx.save()
      ctx.fillStyle = String(backgroundColor)
      ctx.strokeStyle = String(borderColor)
      ctx.lineWidth = borderWidth
      ctx.beginPath()
      for (let corner = 0; corner < 6; corner++) {
        const angle = (corner / 3) * Math.PI
        ctx.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle))
      }
      ctx.closePath()
      ctx.fill()
      if (borderWidth > 0) ctx.stroke()
      ctx.restore()
    }
  },
}

/** A line at `value` of the axis below, with what it is beside its foot. */
export const upright = (theme: Theme, value: number, text: string): Plugin => ({
  id: 'upright',
  beforeDatasetsDraw({ ctx, scales, chartArea }: ChartJs) {
    const x = scales.x!.getPixelForValue(value)
    ctx.save()
    ctx.strokeStyle = palettes[theme].muted
    ctx.fillStyle = palettes[theme].ink
    ctx.lineWidth = 1.5
    ctx.setLineDash([6, 4])
    ctx.beginPath()
    ctx.moveTo(x, chartArea.top)
    ctx.lineTo(x, chartArea.bottom)
    ctx.stroke()
    ctx.font = `12px ${fontFamily}`
    ctx.textAlign = 'right'
    ctx.textBaseline = 'bottom'
    ctx.fillText(text, x - 5, chartArea.bottom - 3)
    ctx.restore()
  },
})
