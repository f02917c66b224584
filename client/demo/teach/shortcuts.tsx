// Keys that do what buttons do. Single letters, so they can be turned off (WCAG 2.1.4), and they never act in a field.
import { signal } from '@preact/signals'
import { goLive, nextAddress, resetFigures, stepBy, togglePause } from '../store.ts'
import { cutNetwork, publish } from './knobs-panel.tsx'
import { faster, slower } from './play-bar.tsx'
import { goOn } from './scenes-panel.tsx'

const KEY = 'demo-shortcuts'
/** A browser that may keep nothing throws at the very name: the choice lasts as long as the page there. */
function kept(choice?: 'on' | 'off'): string | null {
  try {
    if (choice) localStorage.setItem(KEY, choice)
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}
const isOn = signal(kept() !== 'off')
export const isTextShown = signal(false)

export const shortcuts: readonly { readonly key: string; readonly does: string; readonly run: () => void }[] = [
  { key: 'n', does: 'next: ask, run, reveal', run: goOn },
  { key: 'k', does: 'pause or play', run: togglePause },
  { key: 'j', does: 'step back', run: () => stepBy(-1) },
  { key: 'l', does: 'step forward', run: () => stepBy(1) },
  { key: ',', does: 'slower', run: slower },
  { key: '.', does: 'faster', run: faster },
  { key: 'e', does: 'to now', run: goLive },
  { key: 'p', does: 'publish one', run: () => publish(1) },
  { key: 'b', does: 'publish 20', run: () => publish(20) },
  { key: 'x', does: 'cut the network', run: cutNetwork },
  { key: 'r', does: 'count from here', run: () => resetFigures() },
  { key: 'a', does: 'next address for phones', run: nextAddress },
  { key: 't', does: 'show as text', run: () => (isTextShown.value = !isTextShown.value) },
]

/** Where letters are typed, or choose an option. */
const takesLetters = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.closest('input:not([type=range], [type=checkbox], [type=radio], [type=file]), select, textarea, dialog') !==
    null

export function listenToKeys(signal: AbortSignal): void {
  addEventListener(
    'keydown',
    event => {
      if (!isOn.value || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return
      if (takesLetters(event.target) || document.querySelector('dialog[open]')) return
      const shortcut = shortcuts.find(({ key }) => key === event.key)
      if (!shortcut || (event.repeat && !['j', 'l'].includes(shortcut.key))) return
      event.preventDefault()
      shortcut.run()
    },
    { signal },
  )
}

function choose(on: boolean): void {
  isOn.value = on
  kept(on ? 'on' : 'off')
}

export function Shortcuts() {
  return (
    <section class="panel" aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <label>
        <input type="checkbox" checked={isOn.value} onChange={({ currentTarget }) => choose(currentTarget.checked)} />{' '}
        Single keys act
      </label>
      <ul class="keys">
        {shortcuts.map(({ key, does }) => (
          <li key={key}>
            <kbd>{key}</kbd> {does}
          </li>
        ))}
      </ul>
    </section>
  )
}
