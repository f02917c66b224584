// A line of text at the point nearest to the pointer. The same numbers stand in each figure's table, for whoever has no pointer;
// so this is all there is to it, and Chart.js' own tooltip (4 kB of the page's budget) is not needed.
import type { Chart, ChartEvent, Plugin } from 'chart.js'
import type { Theme } from '../chart.ts'
import { fontFamily, palettes } from './style.ts'

interface Point {
  readonly datasetIndex: number
  readonly index: number
  readonly x: number
  readonly y: number
}

const PADDING_PX = 7

/** `text` says what a point is. */
export const hover = (theme: Theme, text: (datasetIndex: number, index: number) => string): Plugin => {
  // One configuration may be drawn on several canvases.
  const points = new WeakMap<Chart, Point>()
  return {
    id: 'hover',
    afterEvent(chart: Chart, args: { event: ChartEvent; changed?: boolean }) {
      const before = points.get(chart)
      const { native, type } = args.event
      const [hit] =
        native && type === 'mousemove'
          ? chart.getElementsAtEventForMode(
              native,
              'nearest',
              { intersect: false, axis: chart.options.interaction?.axis },
              false,
            )
          : []
      if (hit) points.set(chart, { ...hit, x: hit.element.x, y: hit.element.y })
      else points.delete(chart)
      if (hit?.index !== before?.index || hit?.datasetIndex !== before?.datasetIndex) args.changed = true
    },
    afterDraw(chart: Chart) {
      const point = points.get(chart)
      if (!point) return
      const { ctx, width } = chart
      const { ink, ground } = palettes[theme]
      const line = text(point.datasetIndex, point.index)
      ctx.save()
      ctx.font = `13px ${fontFamily}`
      ctx.textAlign = 'left'
      ctx.textBaseline = 'middle'
      const boxWidth = ctx.measureText(line).width + 2 * PADDING_PX
      const left = Math.max(0, Math.min(point.x - boxWidth / 2, width - boxWidth))
      const top = point.y > 44 ? point.y - 42 : point.y + 14
      ctx.fillStyle = ink
      ctx.fillRect(left, top, boxWidth, 28)
      ctx.fillStyle = ground
      ctx.fillText(line, left + PADDING_PX, top + 15, width - 2 * PADDING_PX)
      ctx.restore()
    },
  }
}
