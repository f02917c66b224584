// One transport: what its bytes come to, its conversation, and the message that is open.
import { formatBytes, formatShare } from '../../results/figures.ts'
import { type Role, roles } from '../codecs/part.ts'
import { entryOf } from '../transports/index.ts'
import { Conversation } from './conversation.tsx'
import { lazy } from './lazy.tsx'
import { MessageView } from './message.tsx'
import type { Reading } from './reading.ts'
import { SourceBar } from './source-bar.tsx'
import { chooseMessage, entry, hasAny, isLive, reading, room } from './store.ts'
import { sightsOf } from './words.ts'

const Recipes = lazy(() => import('./recipes.tsx').then(({ Recipes }) => Recipes), { whenNear: true })
const Records = lazy(() => import('./tls.tsx').then(({ Records }) => Records))

export function TransportRoom() {
  const shown = reading.value
  const { label, glyph } = entryOf(room.value)!
  return (
    <>
      <h2 class="hidden-text">
        {glyph} {label}
      </h2>
      <SourceBar />
      {shown?.capture.isSecure && <Records capture={shown.capture} />}
      {shown && !shown.capture.isSecure && (
        <>
          <Sum reading={shown} />
          <Sights reading={shown} />
          <div class="split">
            <Conversation key={`${room.value} ${isLive.value}`} reading={shown} />
            {entry.value && <MessageView reading={shown} entry={entry.value} />}
          </div>
        </>
      )}
      {hasAny.value && <Recipes transport={room.value} />}
    </>
  )
}

const roleWords: Readonly<Record<Role, string>> = {
  body: 'notices',
  framing: 'framing',
  headers: 'headers',
  empty: 'polls for nothing, signs of life',
}

/** All bytes of the capture by what they are for. */
function Sum({ reading: { totals, delivered, capture } }: { reading: Reading }) {
  const { bytes, byRole, upBytes, downBytes } = totals
  const counted = capture.counted
  const isEqual = counted?.upBytes === upBytes && counted.downBytes === downBytes
  return (
    <section class="sum" aria-label="All bytes of this capture">
      <p>
        <strong>{formatBytes(bytes)}</strong> for {delivered.length} notices in {(capture.lastedMs / 1000).toFixed(1)}{' '}
        s: {formatBytes(upBytes)} up, {formatBytes(downBytes)} down
        {counted && (isEqual ? ', as the server counted at its sockets.' : '.')}
      </p>
      <div class="bar-of-roles" aria-hidden="true">
        {roles.map(role => (
          <span key={role} data-role={role} style={{ flexGrow: byRole[role] }} />
        ))}
      </div>
      <ul class="legend">
        {roles.map(role => (
          <li key={role}>
            <span class="swatch" data-role={role} aria-hidden="true" />
            {formatShare(bytes === 0 ? 0 : byRole[role] / bytes)} {roleWords[role]} ({formatBytes(byRole[role])})
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Shortcuts to what is worth a look. */
function Sights({ reading }: { reading: Reading }) {
  return (
    <fieldset class="sights">
      <legend>Look first at</legend>
      {sightsOf(reading).map(({ label, number }) => (
        <button
          key={label}
          type="button"
          class="chip"
          aria-pressed={entry.value?.number === number}
          onClick={() => chooseMessage(number)}
        >
          {label}
        </button>
      ))}
    </fieldset>
  )
}
