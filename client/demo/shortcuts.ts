// Keys that do what buttons do. Single letters, so they can be turned off (WCAG 2.1.4), and they never act in a field.
import { signal } from '@preact/signals'
import { goOn } from './course.ts'
import { stepLines } from './line-bytes.tsx'
import { changeSpeed, cutNetwork, goLive, nextAddress, publish, resetFigures, stepBy, togglePause } from './store.ts'

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
export const areKeysOn = signal(kept() !== 'off')

export function chooseKeys(on: boolean): void {
  areKeysOn.value = on
  kept(on ? 'on' : 'off')
}

export interface Shortcut {
  readonly key: string
  readonly does: string
  readonly run: () => void
}

/** Of both pages. */
export const shortcuts: readonly Shortcut[] = [
  { key: 'n', does: 'next: ask, run, reveal', run: goOn },
  { key: 'k', does: 'pause or play', run: togglePause },
  { key: 'j', does: 'step back', run: () => stepBy(-1) },
  { key: 'l', does: 'step forward', run: () => stepBy(1) },
  { key: ',', does: 'slower', run: () => changeSpeed(1) },
  { key: '.', does: 'faster', run: () => changeSpeed(-1) },
  { key: 'e', does: 'to now', run: goLive },
  { key: 'p', does: 'publish one', run: () => publish(1) },
  { key: 'b', does: 'publish 20', run: () => publish(20) },
  { key: 'x', does: 'cut the network', run: cutNetwork },
  { key: 'w', does: 'bytes of the newest line, then back', run: () => stepLines(-1) },
  { key: 'W', does: 'bytes of the line after', run: () => stepLines(1) },
  { key: 'r', does: 'count from here', run: () => resetFigures() },
  { key: 'a', does: 'next address for phones', run: nextAddress },
]

/** Where letters are typed, or choose an option. */
const takesLetters = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.closest('input:not([type=range], [type=checkbox], [type=radio], [type=file]), select, textarea, dialog') !==
    null

export function listenToKeys(shortcuts: readonly Shortcut[], signal: AbortSignal): void {
  addEventListener(
    'keydown',
    event => {
      if (!areKeysOn.value || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return
      if (takesLetters(event.target) || document.querySelector('dialog[open]')) return
      const shortcut = shortcuts.find(({ key }) => key === event.key)
      if (!shortcut || (event.repeat && !'jlwW'.includes(shortcut.key))) return
      event.preventDefault()
      shortcut.run()
    },
    { signal },
  )
  // The other page of this browser may have turned them off.
  addEventListener('storage', () => (areKeysOn.value = kept() !== 'off'), { signal })
}
