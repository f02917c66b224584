// The keys, as a list, and whether they act.
import { signal } from '@preact/signals'
import { KeyList } from '../parts.tsx'
import { areKeysOn, chooseKeys, type Shortcut, shortcuts } from '../shortcuts.ts'

export const isTextShown = signal(false)

export const keys: readonly Shortcut[] = [
  ...shortcuts,
  { key: 't', does: 'show as text', run: () => (isTextShown.value = !isTextShown.value) },
]

export function KeysPanel() {
  return (
    <section class="panel" aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <label>
        <input
          type="checkbox"
          checked={areKeysOn.value}
          onChange={({ currentTarget }) => chooseKeys(currentTarget.checked)}
        />{' '}
        Single keys act, here and on the stage
      </label>
      <div class="keys">
        <KeyList keys={keys} />
      </div>
    </section>
  )
}
