// Draws the connections of this browser to the host, with who has each, and who waits.
import { markOf } from '../mark.ts'
import type { NamedTab } from './clients.ts'
import { type Exchange, SLOTS, slotsOf } from './slots.ts'

interface Asker {
  readonly exchange: Exchange
  readonly name: string
  readonly transport: string | undefined
}

/** Who had which connection in the picture before. */
let held: readonly (string | undefined)[] = Array(SLOTS).fill(undefined)

export function drawSlots(slots: HTMLElement, queue: HTMLElement, tabs: readonly NamedTab[], nowMs: number): void {
  const askers = new Map<string, Asker>()
  for (const { tab, where, clients, others } of tabs) {
    for (const { client, transport, exchange } of clients)
      if (exchange) askers.set(`${tab} ${client}`, { exchange, name: `${where}client ${client}`, transport })
    for (const { name, exchange } of others)
      askers.set(`${tab} ${name}`, { exchange, name: where + name, transport: undefined })
  }
  const now = slotsOf(new Map([...askers].map(([key, { exchange }]) => [key, exchange])), held, nowMs)
  held = now.held
  slots.replaceChildren(
    ...held.map(key => {
      const asker = askers.get(key ?? '')
      if (!asker) return item(undefined, 'free', '')
      return asker.exchange.isAnswered
        ? item(asker, 'answered', 'is being answered')
        : item(asker, 'asked', 'has no answer yet')
    }),
  )
  queue.replaceChildren(
    ...now.queued.map(key => item(askers.get(key), 'waiting', 'waits for a connection')),
    ...now.cached.map(key => item(askers.get(key), 'waiting', 'waits in the cache')),
  )
}

function item(asker: Asker | undefined, state: string, words: string): HTMLElement {
  const element = document.createElement('li')
  element.dataset.state = state
  if (asker?.transport) element.append(markOf(asker.transport), ' ')
  const note = document.createElement('small')
  note.textContent = words
  element.append(asker?.name ?? 'free', note)
  return element
}
