// Draws a figure: on a page's canvas, or as a slide with title, finding and conditions baked in, in a browser and in Node alike.
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
} from 'chart.js'
import {
  BarWithErrorBar,
  BarWithErrorBarsController,
  PointWithErrorBar,
  ScatterWithErrorBarsController,
} from 'chartjs-chart-error-bars'
import type { Figure, Theme } from '../chart.ts'
import { hexagons } from './marks.ts'
import { fontFamily, palettes } from './style.ts'

Chart.register(
  BarController,
  BarElement,
  BarWithErrorBar,
  BarWithErrorBarsController,
  CategoryScale,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  PointWithErrorBar,
  ScatterWithErrorBarsController,
  hexagons,
)

/** Draws on a canvas of a page; follows the size of its parent. `destroy()` lets go of it. */
export const drawOn = (canvas: HTMLCanvasElement, config: ChartConfiguration): Chart => new Chart(canvas, config)

/** What a canvas of either world can do for us. */
export interface SlideCanvas {
  width: number
  height: number
  getContext(kind: '2d'): unknown
}

const WIDTH = 960
const HEIGHT = 540
const MARGIN = 28
/** Characters of a title in large type: about a line. */
const MOST_TITLE = 60
/** 1920 × 1080 in all: sharp on a projector. */
const SCALE = 2

/** The figure as a picture of 1920 × 1080 that stands alone: title, finding, chart, and under it how to read it and the notes. */
export function drawSlide<C extends SlideCanvas>(
  createCanvas: (width: number, height: number) => C,
  figure: Figure & { config: ChartConfiguration },
  { theme, notes }: { theme: Theme; notes: string },
): C {
  const slide = createCanvas(WIDTH * SCALE, HEIGHT * SCALE)
  const context = slide.getContext('2d') as CanvasRenderingContext2D
  const { ink, muted, ground } = palettes[theme]
  context.scale(SCALE, SCALE)
  context.fillStyle = ground
  context.fillRect(0, 0, WIDTH, HEIGHT)
  context.textBaseline = 'top'

  let top = MARGIN - 6
  const write = (text: string, style: string, lineHeight: number, color: string, at = top): number => {
    context.font = `${style} ${fontFamily}`
    context.fillStyle = color
    const lines = wrapped(text, WIDTH - 2 * MARGIN, line => context.measureText(line).width)
    for (const [index, line] of lines.entries()) context.fillText(line, MARGIN, at + index * lineHeight)
    return lines.length * lineHeight
  }
  // A claim is a sentence: in smaller type it leaves the chart its room.
  const [size, lineHeight] = figure.title.length > MOST_TITLE ? [20, 26] : [26, 34]
  top += write(figure.title, `600 ${size}px`, lineHeight, ink) + 2
  top += write(figure.lead ? `${figure.lead} ${figure.finding}` : figure.finding, '16px', 22, ink) + 10
  context.font = `12px ${fontFamily}`
  const linesOf = (text: string): number =>
    wrapped(text, WIDTH - 2 * MARGIN, line => context.measureText(line).width).length
  // What a caption says of its loads the notes say too.
  const caption = figure.caption.replace(` Loads: ${figure.conditions}.`, '')
  const notesTop = HEIGHT - MARGIN + 12 - linesOf(notes) * 16
  const footTop = notesTop - 4 - linesOf(caption) * 16
  write(caption, '12px', 16, ink, footTop)
  write(notes, '12px', 16, muted, notesTop)

  const height = footTop - top - 10
  const canvas = createCanvas((WIDTH - 2 * MARGIN) * SCALE, height * SCALE)
  canvas.width = WIDTH - 2 * MARGIN
  canvas.height = height
  const { config } = figure
  const chart = new Chart(canvas as unknown as HTMLCanvasElement, {
    ...config,
    options: { ...config.options, responsive: false, animation: false, devicePixelRatio: SCALE, events: [] },
  })
  context.drawImage(canvas as unknown as CanvasImageSource, MARGIN, top, WIDTH - 2 * MARGIN, height)
  chart.destroy()
  return slide
}

/** Lines no wider than `widthPx`; a word alone may be. */
function wrapped(text: string, widthPx: number, measure: (line: string) => number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && measure(longer) > widthPx) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}
