// The class: how phones join, who is there, whether more may come, and its end.
import { useRef } from 'preact/hooks'
import { demoPaths } from '../../../server/demo/wire.ts'
import { PhoneStrip } from '../phone-strip.tsx'
import { ask, canAct, demo, lock, shown } from '../store.ts'
import { Joining } from './joining.tsx'

export function ClassPanel() {
  const { isLocked = false, cap = 0, joinUrls = [] } = demo.value ?? {}
  const isOff = !canAct.value
  const dialog = useRef<HTMLDialogElement>(null)
  return (
    <section class="panel class" aria-labelledby="class-title">
      <h2 id="class-title">Class</h2>
      <Joining />
      <p class="row">
        <button type="button" disabled={isOff} aria-pressed={isLocked} onClick={() => lock(!isLocked)}>
          {isLocked ? 'Let phones join' : 'Let nobody else join'}
        </button>
        <button type="button" disabled={isOff} onClick={() => dialog.current?.showModal()}>
          End the session …
        </button>
        <a href={demoPaths.stage} target="transport-lab-stage">
          Open the stage
        </a>
        <a href={demoPaths.tabs} target="_blank" rel="noopener">
          A browser’s own limits
        </a>
      </p>
      {shown.value.phones.length > 0 ? (
        <PhoneStrip />
      ) : (
        <p class="hint">No phone yet{joinUrls.length > 0 && `; ${cap} can join`}. The demo is complete without.</p>
      )}
      <dialog ref={dialog} aria-labelledby="end-title">
        <h2 id="end-title">End the session?</h2>
        <p>Phones are told that it is over, and cannot come back. What is kept can still be looked at here.</p>
        <form method="dialog" class="row">
          <button type="submit" onClick={() => ask({ action: 'end' })}>
            End it
          </button>
          {/* Whoever holds Enter a little too long must not have ended anything. */}
          <button type="submit" autofocus>
            Go on
          </button>
        </form>
      </dialog>
    </section>
  )
}
