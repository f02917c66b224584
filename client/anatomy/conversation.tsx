// The conversation: client on the left, server on the right, in order of time; one message is open, and arrow keys go from one to the next.
import { useEffect, useRef } from 'preact/hooks'
import { formatBytes, formatMs } from '../../results/figures.ts'
import { type Entry, type Reading, sizeOf } from './reading.ts'
import { chooseMessage, entry as open } from './store.ts'
import { holdOf, titleOf } from './words.ts'

/** A pause that is told. */
const PAUSE_MS = 400

export function Conversation({ reading }: { reading: Reading }) {
  const list = useRef<HTMLDivElement>(null)
  const chosen = open.value?.number
  useEffect(() => {
    const item = list.current?.querySelector<HTMLElement>(`[data-number="${chosen}"]`)
    if (item) keepInView(list.current!, item)
  }, [chosen])
  const { entries } = reading
  return (
    <section class="talk" aria-labelledby="talk-title">
      <h3 id="talk-title">The conversation</h3>
      <p class="hint">Choose a message: it opens as bytes and meaning. Arrow keys go on to the next.</p>
      <div class="ends" aria-hidden="true">
        <span>client</span>
        <span>server</span>
      </div>
      <div
        ref={list}
        class="said-list"
        role="listbox"
        aria-label="Messages in order of time, client on the left, server on the right"
        onKeyDown={event => {
          const next = numberAfter(chosen ?? 1, event.key, entries.length)
          if (next === undefined) return
          event.preventDefault()
          chooseMessage(next)
          list.current?.querySelector<HTMLElement>(`[data-number="${next}"]`)?.focus({ preventScroll: true })
        }}
      >
        {entries.map((entry, at) => [
          <Before key={`before ${entry.number}`} entry={entry} before={entries[at - 1]} reading={reading} />,
          <Said key={entry.number} entry={entry} isOpen={entry.number === chosen} />,
        ])}
        <Ends reading={reading} />
      </div>
    </section>
  )
}

function numberAfter(number: number, key: string, count: number): number | undefined {
  const next = { ArrowDown: number + 1, ArrowUp: number - 1, Home: 1, End: count }[key]
  return next !== undefined && next >= 1 && next <= count ? next : undefined
}

/** Scrolls the list and nothing else. */
function keepInView(list: HTMLElement, item: HTMLElement): void {
  const top = item.offsetTop - list.offsetTop
  if (top < list.scrollTop + 48) list.scrollTop = top - 48
  else if (top + item.offsetHeight > list.scrollTop + list.clientHeight - 48)
    list.scrollTop = top + item.offsetHeight - list.clientHeight + 48
}

/** What happened before a message: a connection was opened, or nothing was said for a while. */
function Before({ entry, before, reading }: { entry: Entry; before: Entry | undefined; reading: Reading }) {
  const { connection, message } = entry
  const isFirst = !reading.entries.some(each => each.connection === connection && each.number < entry.number)
  const pauseMs = before ? message.fromMs - before.message.toMs : 0
  const isHeld = before?.message.kind === 'request' && holdOf(before, reading) !== undefined
  return (
    <>
      {pauseMs >= PAUSE_MS && (
        <div role="none" class={isHeld ? 'pause held' : 'pause'}>
          {isHeld ? `held by the server for ${formatMs(pauseMs)}` : `nothing for ${formatMs(pauseMs)}`}
        </div>
      )}
      {isFirst && (
        <div role="none" class="turn">
          {reading.conversations.length > 1 ? `TCP connection ${connection} is open` : 'a TCP connection is open'}
        </div>
      )}
    </>
  )
}

/** Which connections were closed, and by whom. */
function Ends({ reading: { capture } }: { reading: Reading }) {
  return (
    <>
      {capture.connections.map(
        ({ closedBy }, at) =>
          closedBy && (
            <div key={String(at)} role="none" class="turn">
              {capture.connections.length > 1 ? `connection ${at + 1} is` : 'it is'} closed by the {closedBy}
            </div>
          ),
      )}
    </>
  )
}

function Said({ entry, isOpen }: { entry: Entry; isOpen: boolean }) {
  const { number, message, sharesRead, reads } = entry
  const { way, kind, fromMs } = message
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list hears the keys.
    <div
      role="option"
      aria-selected={isOpen}
      tabIndex={isOpen ? 0 : -1}
      class="said"
      data-number={number}
      data-way={way}
      data-kind={kind}
      onClick={() => chooseMessage(number)}
    >
      <span class="when">{(fromMs / 1000).toFixed(3)}</span>
      <span class="title">
        {titleOf(entry)}
        <span class="hidden-text">{way === 'up' ? ', from the client' : ', from the server'}</span>
      </span>
      <span class="size">{formatBytes(sizeOf(message))}</span>
      <span class="arrow" aria-hidden="true" />
      {(reads > 1 || sharesRead) && (
        <span class="reads">
          {reads > 1 ? `came in ${reads} reads` : ''}
          {reads > 1 && sharesRead ? ', the first ' : ''}
          {sharesRead ? 'in one read with the one above' : ''}
        </span>
      )}
    </div>
  )
}
