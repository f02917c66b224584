// The panel that shows a line's bytes: what it is, what its bytes are for, and each part of them by name. The lanes go on behind it.
import { effect, signal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { formatBytes } from '../../../results/figures.ts'
import type { DemoEventOf } from '../../../server/demo/wire.ts'
import { faded, lookOf } from '../../charts/drawing/style.ts'
import { type Role, roles } from '../../codecs/part.ts'
import { drawn } from '../drawn.ts'
import type { Line, Picture } from '../layout.ts'
import { eventText } from '../sentences.ts'
import { line, lookAt, opened, player, source } from '../store.ts'
import { theme } from '../theme.ts'
import { anatomyOf, hexDump, type Row } from './anatomy.ts'
import { arrivedBy, isSame, lineAt, neighbour } from './choosing.ts'
import { type FoundBytes, findBytes } from './finding.ts'

type Transit = DemoEventOf<'transit'>

/** Where the keyboard was before this page opened a line; undefined where the other page did. */
let before: Element | null | undefined
const isHex = signal(false)

function open(event: Transit | undefined): void {
  if (!event) return
  if (before === undefined || !line.value) before = document.activeElement
  lookAt(event)
}

function close(): void {
  const target = before
  before = undefined
  lookAt(undefined)
  if (target instanceof HTMLElement && target.isConnected) target.focus()
}

export const tap = (picture: Picture, x: number, y: number): void => open(lineAt(picture, x, y)?.event)

export const step = (direction: 1 | -1): void =>
  open(neighbour(arrivedBy(player.traces, player.head.atMs), line.value, direction))

type Loaded = { readonly found: FoundBytes } | { readonly reason: string }

/** What is known of the event's bytes; undefined while they are asked for. */
function useBytes(event: Transit): Loaded | undefined {
  const [loaded, setLoaded] = useState<{ readonly of: Transit; readonly is: Loaded }>()
  useEffect(() => {
    const leaving = new AbortController()
    const isLive = opened.value === undefined && /live|lost|ended/.test(source.value.kind)
    const settle = (is: Loaded): void => {
      if (!leaving.signal.aborted) setLoaded({ of: event, is })
    }
    findBytes(event, player.log, isLive, leaving.signal).then(
      found => settle({ found }),
      (error: Error) => settle({ reason: error.message }),
    )
    return () => leaving.abort()
  }, [event])
  return loaded?.of === event ? loaded.is : undefined
}

export function Panel({ event }: { readonly event: Transit }) {
  const panel = useRef<HTMLElement>(null)
  const loaded = useBytes(event)
  useLayoutEffect(() => {
    panel.current!.scrollTop = 0
    if (before !== undefined && !panel.current!.contains(document.activeElement)) panel.current!.focus()
  }, [event])
  // At once, not after the next frame: who has just opened it may close it again.
  useLayoutEffect(() => {
    const onKey = (pressed: KeyboardEvent): void => {
      if (pressed.key !== 'Escape' || document.querySelector('dialog[open]')) return
      close()
    }
    addEventListener('keydown', onKey)
    // The lanes make room: what is looked at stays in sight.
    const { dataset } = document.documentElement
    dataset.looks = ''
    return () => {
      removeEventListener('keydown', onKey)
      delete dataset.looks
    }
  }, [])
  const { label, glyph, color } = lookOf(event.lane, theme.value)
  const [what, ...rest] = eventText(event)!.split(', ')
  return (
    <>
      <Halo event={event} />
      <section class="line-bytes" role="dialog" aria-labelledby="line-title" tabIndex={-1} ref={panel}>
        <div class="line-head">
          <h2 id="line-title">
            <span class="glyph" style={{ color }} aria-hidden="true">
              {glyph}
            </span>{' '}
            {label}: {what}
          </h2>
          <button type="button" aria-pressed={isHex.value} onClick={() => (isHex.value = !isHex.value)}>
            Hex
          </button>
          <button type="button" onClick={() => step(-1)} aria-keyshortcuts="w" aria-label="The line before">
            ◂
          </button>
          <button type="button" onClick={() => step(1)} aria-keyshortcuts="Shift+W" aria-label="The line after">
            ▸
          </button>
          <button type="button" onClick={close} aria-keyshortcuts="Escape" aria-label="Close">
            ✕
          </button>
        </div>
        <p class="hint">{rest.join(', ')}</p>
        {loaded === undefined ? (
          <p role="status">Asking for its bytes …</p>
        ) : 'reason' in loaded ? (
          <p role="status">{loaded.reason}</p>
        ) : (
          <Bytes event={event} found={loaded.found} color={color} />
        )}
      </section>
    </>
  )
}

/** As the viewer has them, from the notice itself to what is only around it. */
const opacities: Readonly<Record<Role, number>> = { body: 1, framing: 0.55, headers: 0.28, empty: 0.12 }
const words: Readonly<Record<Role, string>> = { body: 'notice', framing: 'framing', headers: 'headers', empty: 'empty' }
/** A burst may hold hundreds. */
const MAX_MESSAGES = 20

function Bytes({ event, found, color }: { event: Transit; found: FoundBytes; color: string }) {
  const { bytes, left, ofMs } = found
  const { messages, byRole } = anatomyOf(event, bytes)
  const own = roles.filter(role => byRole[role] > 0)
  const fill = (role: Role) => faded(color, opacities[role])
  return (
    <>
      {ofMs !== undefined && (
        <p class="hint">
          Its own bytes are not kept. These are of a line like it, at {(ofMs / 1000).toFixed(1)} s of the log.
        </p>
      )}
      <div class="role-bar" aria-hidden="true">
        {own.map(role => (
          <span key={role} style={{ width: `${(100 * byRole[role]) / bytes.length}%`, background: fill(role) }} />
        ))}
      </div>
      <p class="role-sizes" role="status">
        {own.map(role => (
          <span key={role} data-role={role}>
            <i class="swatch" style={{ background: fill(role) }} /> {words[role]} <b>{formatBytes(byRole[role])}</b>
          </span>
        ))}
        {left > 0 && <span>and {formatBytes(left)} more that are not kept</span>}
      </p>
      {event.isEmpty && <p>It brought no notice: all of it is what asking costs.</p>}
      {isHex.value ? (
        <pre>{hexDump(bytes)}</pre>
      ) : (
        messages
          .slice(0, MAX_MESSAGES)
          .map(({ title, rows }, index) => (
            <PartTable
              key={index}
              caption={messages.length > 1 ? `${index + 1} of ${messages.length}: ${title}` : title}
              rows={rows}
              fill={fill}
            />
          ))
      )}
      {!isHex.value && messages.length > MAX_MESSAGES && <p>and {messages.length - MAX_MESSAGES} more</p>}
    </>
  )
}

function PartTable({ caption, rows, fill }: { caption: string; rows: readonly Row[]; fill: (role: Role) => string }) {
  return (
    <table>
      <caption>{caption}</caption>
      <thead class="hidden-text">
        <tr>
          <th scope="col">Part</th>
          <th scope="col">Bytes</th>
          <th scope="col">Says</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ bytes, role, name, text, meaning }, index) => (
          <tr key={index} data-role={role}>
            <th scope="row">
              <i class="swatch" style={{ background: fill(role) }} />
              <span class="hidden-text">{words[role]}: </span> {name}
            </th>
            <td class="number">{bytes}</td>
            <td>
              <code>{text}</code> {meaning !== '' && <span class="hint">{meaning}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The event's line as it was drawn last. */
function lineOf(event: Transit): Line | undefined {
  for (const { lane, lines, rows } of drawn.value?.picture.lanes ?? []) {
    if (lane !== event.lane) continue
    for (const all of [lines, ...rows.map(row => row.lines)]) {
      const found = all.find(each => isSame(each.event, event))
      if (found) return found
    }
  }
  return undefined
}

/** Marks the line on the lanes, wherever it has got to. */
function Halo({ event }: { readonly event: Transit }) {
  const svg = useRef<SVGSVGElement>(null)
  useEffect(() => {
    const follow = (): void => {
      const own = lineOf(event)
      // Effects end a little after what they are of.
      if (!svg.current) return
      const { style, firstElementChild: mark } = svg.current
      style.display = own ? '' : 'none'
      if (!own) return
      const { left, top, width, height } = drawn.value!.canvas.getBoundingClientRect()
      Object.assign(style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` })
      for (const name of ['x1', 'y1', 'x2', 'y2'] as const) mark!.setAttribute(name, String(own[name]))
    }
    const stop = effect(follow)
    addEventListener('scroll', follow, { passive: true })
    return () => {
      stop()
      removeEventListener('scroll', follow)
    }
  }, [event])
  return (
    <svg class="halo" ref={svg} aria-hidden="true">
      <line />
    </svg>
  )
}
