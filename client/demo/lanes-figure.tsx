// The lanes: names and figures as text, the traffic between them on one canvas whose rows are the text's.
import { effect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { exactMs, formatBytes, formatCount } from '../../results/figures.ts'
import { lookOf } from '../charts/drawing/style.ts'
import { draw } from './draw.ts'
import { drawn } from './drawn.ts'
import { type Geometry, layOut } from './layout.ts'
import { tapLine } from './line-bytes.tsx'
import type { Figures } from './present.ts'
import type { Shown } from './scenes.ts'
import { delayText, lanesSentence } from './sentences.ts'
import { clock, player, shown } from './store.ts'
import { theme } from './theme.ts'

/** `wide`: of fixed widths, growing figures do not move the lanes. */
export const columns: readonly {
  readonly key: Shown
  readonly header: string
  readonly says: string
  readonly wide: string
}[] = [
  { key: 'requests', header: 'requests', says: 'HTTP requests sent', wide: '5em' },
  { key: 'bytes', header: 'bytes', says: 'TCP payload, both ways', wide: '4.6em' },
  { key: 'open', header: 'open', says: 'connections open now', wide: '2.8em' },
  { key: 'delay', header: 'delay', says: 'average from publish to delivery: how stale the client was', wide: '4.5em' },
  { key: 'lost', header: 'lost', says: 'notices that never come', wide: '2.2em' },
]

export function figureText(figures: Figures | undefined, key: Shown): string {
  if (!figures) return '–'
  if (key === 'bytes') return formatBytes(figures.bytes)
  if (key === 'delay') return delayText(figures.delay)
  return formatCount(figures[key])
}

export interface LanesProps {
  /** Size of the numbers on the canvas, in those of the figure's text. */
  readonly fontEm: number
  /** Figures that answer the scene's question. */
  readonly shows?: readonly Shown[]
  /** Only those that answer it have a column. */
  readonly isSparse?: boolean
  /** Their columns stand empty: predictions are made before figures are seen. */
  readonly isSecret?: boolean
}

export function LanesFigure({ fontEm, shows, isSparse = false, isSecret = false }: LanesProps) {
  const figure = useRef<HTMLElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const { lanes, knobs } = shown.value
  useEffect(() => drawOn(figure.current!, canvas.current!, fontEm), [fontEm, lanes.join()])
  const present = isSecret ? { ...shown.value, figures: {} } : shown.value
  const mark = (key: Shown) => (shows?.includes(key) ? 'number shows' : 'number')
  const own = isSparse && shows ? columns.filter(({ key }) => shows.includes(key)) : columns
  return (
    <figure class="lanes" ref={figure}>
      <table
        class={own === columns ? 'all' : ''}
        aria-label="What each transport took so far"
        style={{ '--figures': own.length, '--widths': own.map(({ wide }) => wide).join(' ') }}
      >
        <thead>
          <tr>
            <th scope="col" class="name">
              <span class="hidden-text">Transport</span>
            </th>
            <td class="track" aria-hidden="true" />
            {own.map(({ key, header, says }) => (
              <th key={key} scope="col" class={mark(key)} title={says}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lanes.map(lane => (
            <LaneRow
              key={lane}
              lane={lane}
              figures={isSecret ? 'secret' : present.figures[lane]}
              own={own}
              mark={mark}
            />
          ))}
        </tbody>
      </table>
      <canvas ref={canvas} role="img" aria-label={lanesSentence(present, player.traces.lanes, clock.value.atMs)} />
      <Legend clients={knobs.clients} />
    </figure>
  )
}

interface LaneProps {
  readonly lane: string
  readonly figures: Figures | 'secret' | undefined
  readonly own: typeof columns
  readonly mark: (key: Shown) => string
}

function LaneRow({ lane, figures, own, mark }: LaneProps) {
  const { label, color, glyph } = lookOf(lane, theme.value)
  return (
    <tr class="lane" data-lane={lane}>
      <th scope="row" class="name">
        <span class="glyph" style={{ color }} aria-hidden="true">
          {glyph}
        </span>{' '}
        {label}
      </th>
      <td class="track" aria-hidden="true" />
      {own.map(({ key, header }) => (
        <td key={key} class={mark(key)} data-figure={key}>
          <span class="unit" aria-hidden="true">
            {header}{' '}
          </span>
          {figures === 'secret' ? '?' : figureText(figures, key)}
        </td>
      ))}
    </tr>
  )
}

function Legend({ clients }: { clients: number }) {
  return (
    <figcaption class="legend">
      <span>
        <i class="rails" /> server above, {clients > 1 ? `${clients} clients` : 'client'} below
      </span>
      <span>
        <i class="held" /> poll held
      </span>
      <span>
        <i class="band" /> stream open
      </span>
      <span>
        <i class="stale" /> out of date
      </span>
      <span class="scale" />
    </figcaption>
  )
}

/** Draws whenever something changed, as long as the figure stands. Gives how to stop. */
function drawOn(figure: HTMLElement, canvas: HTMLCanvasElement, fontEm: number): () => void {
  const context = canvas.getContext('2d')!
  const scale = figure.querySelector<HTMLElement>('.scale')!
  let geometry: Geometry | undefined
  let shownGridMs = 0

  function measure(): void {
    const box = figure.getBoundingClientRect()
    const rows = [...figure.querySelectorAll<HTMLElement>('.lane')].map(row => ({
      lane: row.dataset.lane!,
      box: row.querySelector('.track')!.getBoundingClientRect(),
    }))
    const [first] = rows
    if (!first) return
    const last = rows.at(-1)!
    const fontPx = fontEm * Number.parseFloat(getComputedStyle(figure).fontSize)
    const topPx = Math.min(first.box.top - box.top, fontPx * 1.25)
    const widthPx = Math.round(first.box.width)
    const heightPx = Math.round(last.box.bottom - first.box.top + topPx)
    Object.assign(canvas.style, {
      left: `${first.box.left - box.left}px`,
      top: `${first.box.top - box.top - topPx}px`,
      width: `${widthPx}px`,
      height: `${heightPx}px`,
    })
    const ratio = devicePixelRatio
    if (canvas.width !== Math.round(widthPx * ratio) || canvas.height !== Math.round(heightPx * ratio)) {
      canvas.width = Math.round(widthPx * ratio)
      canvas.height = Math.round(heightPx * ratio)
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    geometry = {
      widthPx,
      heightPx,
      fontPx,
      lanes: rows.map(({ lane, box }) => ({ lane, topPx: box.top - first.box.top + topPx, heightPx: box.height })),
    }
  }

  function paint(): void {
    if (!geometry) return
    const { clients } = shown.peek().knobs
    const picture = layOut(player.traces, { atMs: player.head.atMs, windowMs: player.windowMs, clients }, geometry)
    draw(context, picture, theme.peek())
    drawn.value = { picture, canvas }
    scale.style.width = `${picture.gridPx}px`
    if (picture.gridMs === shownGridMs) return
    shownGridMs = picture.gridMs
    scale.textContent = exactMs(picture.gridMs)
  }

  const observer = new ResizeObserver(() => {
    measure()
    paint()
  })
  observer.observe(figure)
  // Figures that grow take their room from the track.
  observer.observe(figure.querySelector('.track')!)
  // The lanes move on while a finger is down.
  let pressed: (() => void) | undefined
  figure.addEventListener('pointerdown', ({ clientX, clientY }) => {
    const { left, top } = canvas.getBoundingClientRect()
    const picture = drawn.peek()?.picture
    pressed = picture && (() => tapLine(picture, clientX - left, clientY - top))
  })
  figure.addEventListener('click', () => pressed?.())
  const stopFrames = player.onFrame(paint)
  const stopTheme = effect(() => {
    void theme.value
    paint()
  })
  return () => {
    observer.disconnect()
    stopFrames()
    stopTheme()
  }
}
