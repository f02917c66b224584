// Bytes and meaning side by side: each part lights up its bytes, and its bytes light up the part, on hover, focus and by arrow keys.
import { effect, signal } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
import { counted } from '../../results/figures.ts'
import type { Part } from '../codecs/part.ts'
import { Bytes } from './bytes.tsx'
import { type HeadEntry, needOf, needWords, purposeOf } from './headers.ts'
import type { Entry } from './reading.ts'
import { innerOf, type Line, linesOf, type Stop, stopAfter } from './rows.ts'
import { choose, path } from './store.ts'

/** Where the pointer is. */
const hovered = signal<string | undefined>(undefined)
/** Lines of one message that are shown at first: what has more is long for a reader, and for the page. */
const FIRST_LINES = 120

interface LinesProps {
  readonly entry: Entry
  readonly head: HeadEntry | undefined
  readonly heads: readonly HeadEntry[]
}

export function Lines({ entry, head, heads }: LinesProps) {
  const box = useRef<HTMLDivElement>(null)
  const [isWhole, setWhole] = useState(false)
  const [isFull, setFull] = useState(false)
  const all = linesOf(entry.message, entry.bytes)
  const lines = isWhole ? all : all.slice(0, FIRST_LINES)
  useLight(box)
  const first = path.value ?? lines[0]?.[0]?.path
  return (
    <section class="parts" aria-labelledby="parts-title">
      <h4 id="parts-title">Bytes and meaning</h4>
      <p class="hint">
        Each byte in hexadecimal, its character below it. Point at a byte or at its meaning; with the keyboard, go
        through the parts by arrow keys.
      </p>
      <div class="bar">
        <Legend parts={entry.message.parts} />
        {head && (
          <label class="push">
            <input type="checkbox" checked={isFull} onChange={event => setFull(event.currentTarget.checked)} /> all
            bytes of headers that nobody needs
          </label>
        )}
      </div>
      {/* biome-ignore lint/a11y/useKeyWithMouseEvents: focus chooses, which lights up as well. */}
      <div
        ref={box}
        class={isFull ? 'lines full' : 'lines'}
        role="listbox"
        aria-label="Parts of this message"
        onKeyDown={event => {
          const next = stopAfter(lines, path.value ?? first, event.key)
          if (next === undefined) return
          event.preventDefault()
          hovered.value = undefined
          choose({ part: next })
          box.current?.querySelector<HTMLElement>(`[data-stop="${next}"]`)?.focus()
        }}
        onMouseOver={event => (hovered.value = pathOf(event.target))}
        onMouseLeave={() => (hovered.value = undefined)}
        onClick={event => {
          const part = pathOf(event.target)
          if (part !== undefined) choose({ part })
        }}
      >
        {lines.map(line => (
          <LineView
            key={line[0]!.path}
            line={line}
            entry={entry}
            stopAt={first}
            need={head && fieldNeed(line[0]!.part, head, heads)}
          />
        ))}
      </div>
      {lines.length < all.length && (
        <button type="button" onClick={() => setWhole(true)}>
          Show {counted(all.length - lines.length, 'more line')}
        </button>
      )}
    </section>
  )
}

const pathOf = (target: EventTarget | null): string | undefined =>
  (target as Element | null)?.closest<HTMLElement>('[data-path]')?.dataset.path

/** How much a header is needed; undefined for what is none. */
function fieldNeed(part: Part, head: HeadEntry, heads: readonly HeadEntry[]) {
  const isField = head.head.fields.some(({ from }) => from === part.from)
  return isField ? needOf(part, head, heads) : undefined
}

/** Keeps alight what the pointer is on, else what is chosen: everything whose path is that one, its parts, and the bytes that hold it. */
function useLight(box: { readonly current: HTMLElement | null }): void {
  useEffect(
    () =>
      effect(() => {
        const lit = hovered.value ?? path.value
        for (const each of box.current?.closest('article')?.querySelectorAll<HTMLElement>('[data-path]') ?? []) {
          const own = each.dataset.path!
          const isLit =
            lit !== undefined &&
            (own === lit || own.startsWith(`${lit}.`) || (each.dataset.bytes === '' && lit.startsWith(`${own}.`)))
          each.toggleAttribute('data-lit', isLit)
        }
      }),
    [box],
  )
}

const roleWords = { body: 'body: the notice', framing: 'framing', headers: 'headers', empty: 'empty' } as const

function Legend({ parts }: { parts: readonly Part[] }) {
  const present = new Set(parts.map(({ role }) => role))
  return (
    <ul class="legend">
      {[...present].map(role => (
        <li key={role}>
          <span class="swatch" data-role={role} aria-hidden="true" />
          {roleWords[role]}
        </li>
      ))}
    </ul>
  )
}

interface LineViewProps {
  readonly line: Line
  readonly entry: Entry
  /** The one part that the tabulator key comes to. */
  readonly stopAt: string | undefined
  readonly need: ReturnType<typeof needOf> | undefined
}

function LineView({ line, entry, stopAt, need }: LineViewProps) {
  const { bytes, message } = entry
  return (
    <div class="line" data-need={need} data-open={line.some(stop => stop.path === path.value) || undefined} role="none">
      <div class="hex" aria-hidden="true">
        {line.map(({ path, part }) => (
          <span key={path} class="run" data-path={path} data-bytes="" data-role={part.role}>
            <Bytes bytes={bytes} from={part.from} to={part.to} cuts={message.cuts} />
          </span>
        ))}
      </div>
      <div class="meanings" role="none">
        {line.map(stop => (
          <Meaning key={stop.path} stop={stop} stopAt={stopAt} need={need} />
        ))}
      </div>
    </div>
  )
}

function Meaning({ stop, stopAt, need }: { stop: Stop; stopAt: string | undefined; need: LineViewProps['need'] }) {
  const { path: place, part } = stop
  const meaning = part.meaning ?? (part.role === 'headers' ? purposeOf(part.name) : undefined)
  const size = counted(part.to - part.from, 'byte')
  return (
    <>
      <Option place={place} stopAt={stopAt}>
        <span class="name">{part.name}</span> <span class="hint">{size}</span>
        {need && <span class="need">{needWords[need].label}</span>}
        {part.text !== undefined && <code>{part.text}</code>}
        {meaning && <span class="says">{meaning}</span>}
      </Option>
      {innerOf(stop).map(({ path: inner, part: bits }) => (
        <Option key={inner} place={inner} stopAt={stopAt} isInner>
          <span class="name">{bits.name}</span> <code>{bits.text}</code> <span class="says">{bits.meaning}</span>
        </Option>
      ))}
    </>
  )
}

interface OptionProps {
  readonly place: string
  readonly stopAt: string | undefined
  readonly isInner?: boolean
  readonly children: preact.ComponentChildren
}

const Option = ({ place, stopAt, isInner, children }: OptionProps) => (
  <div
    class={isInner ? 'meaning inner' : 'meaning'}
    role="option"
    data-path={place}
    data-stop={place}
    aria-selected={path.value === place}
    tabIndex={place === stopAt ? 0 : -1}
    onFocus={() => path.value !== place && choose({ part: place })}
  >
    {children}
  </div>
)
