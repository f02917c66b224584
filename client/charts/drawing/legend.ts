// A legend above the plot, drawn on the canvas so that a picture carries it: samples in colour, text in ink.
// Chart.js' own takes 2 kB of the page's budget for clicks and columns that we have no use for.
import type { Chart, Plugin } from 'chart.js'
import type { Theme } from '../chart.ts'
import { fontFamily, lookOf, nameOf, palettes } from './style.ts'

export interface LegendItem {
  readonly text: string
  readonly color: string
  /** A line with this dash; absent: a filled box. */
  readonly dash?: readonly number[]
  /** Of the line, px. */
  readonly width?: number
  /** A mark as a character, in place of line and box. */
  readonly glyph?: string
}

const ROW_PX = 22
const GAP_PX = 18
const TEXT_GAP_PX = 7

const sampleWidth = ({ dash }: LegendItem): number => (dash ? 34 : 14)

interface Placed {
  readonly item: LegendItem
  readonly left: number
  readonly row: number
}

/** `left` of the first item in px; items that find no room in a row start the next. */
export const legend = (theme: Theme, items: readonly LegendItem[]): Plugin => {
  const place = ({ ctx, width }: Chart): Placed[] => {
    ctx.save()
    ctx.font = `13px ${fontFamily}`
    let [left, row] = [0, 0]
    const placed = items.map(item => {
      const itemWidth = sampleWidth(item) + TEXT_GAP_PX + ctx.measureText(item.text).width
      if (left > 0 && left + itemWidth > width) [left, row] = [0, row + 1]
      const at = { item, left, row }
      left += itemWidth + GAP_PX
      return at
    })
    ctx.restore()
    return placed
  }
  return {
    id: 'itemsAbove',
    beforeLayout(chart: Chart) {
      const rows = (place(chart).at(-1)?.row ?? -1) + 1
      // Chart.js reads the padding right after this; the legend takes its room from the plot.
      Object.assign(chart.options.layout!.padding as object, { top: rows * ROW_PX + 10 })
    },
    afterDraw(chart: Chart) {
      const { ctx } = chart
      const { ink } = palettes[theme]
      ctx.save()
      ctx.font = `13px ${fontFamily}`
      ctx.textBaseline = 'middle'
      ctx.textAlign = 'left'
      for (const { item, left, row } of place(chart)) {
        const middle = row * ROW_PX + ROW_PX / 2
        ctx.fillStyle = item.color
        ctx.strokeStyle = item.dash ? item.color : ink
        ctx.lineWidth = item.dash ? (item.width ?? 3) : 1
        ctx.setLineDash([...(item.dash ?? [])])
        ctx.beginPath()
        if (item.glyph) {
          ctx.fillText(item.glyph, left, middle)
        } else if (item.dash) {
          ctx.moveTo(left, middle)
          ctx.lineTo(left + sampleWidth(item), middle)
        } else {
          ctx.rect(left + 0.5, middle - 6.5, 13, 13)
          ctx.fill()
        }
        ctx.stroke()
        ctx.fillStyle = ink
        ctx.fillText(item.text, left + sampleWidth(item) + TEXT_GAP_PX, middle)
      }
      ctx.restore()
    },
  }
}

/** The lines of transports. */
export const transportLegend = (theme: Theme, ids: readonly string[], more: readonly LegendItem[] = []): Plugin =>
  legend(theme, [
    ...ids.map(id => {
      const { color, dash } = lookOf(id, theme)
      return { text: nameOf(id), color, dash }
    }),
    ...more,
  ])
