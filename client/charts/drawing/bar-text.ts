// Writes beside each bar what it says, and where a bar is missing why: a bar alone is read only roughly, and nothing is not 0.
import type { Chart, Plugin } from 'chart.js'
import type { Theme } from '../chart.ts'
import { fontFamily, palettes } from './style.ts'

/** `texts`: one for each bar, empty for none. `reach`: the value up to which each bar and its whisker extend. */
export const barText = (theme: Theme, texts: readonly string[], reach: readonly number[]): Plugin => ({
  id: 'barText',
  afterDatasetsDraw({ ctx, scales, chartArea }: Chart) {
    const { x, y } = scales
    if (!x || !y) return
    ctx.save()
    ctx.font = `12px ${fontFamily}`
    ctx.fillStyle = palettes[theme].ink
    ctx.textBaseline = 'middle'
    ctx.textAlign = 'left'
    for (const [index, text] of texts.entries()) {
      const at = x.getPixelForValue(reach[index]!) + 8
      // Right of the bar where there is room, else at the edge.
      const left = Math.max(
        chartArea.left + 8,
        Math.min(at, chartArea.right + RIGHT_PADDING_PX - ctx.measureText(text).width),
      )
      ctx.fillText(text, left, y.getPixelForValue(index), chartArea.right + RIGHT_PADDING_PX - left)
    }
    ctx.restore()
  },
})

/** Room right of the axis for the text of the longest bar. */
export const RIGHT_PADDING_PX = 76
