// The page: its head, and the room that its address names.
import { useEffect } from 'preact/hooks'
import { theme as shownTheme } from '../demo/theme.ts'
import { isSite } from '../site.ts'
import { clientTransports, entryOf } from '../transports/index.ts'
import { lazy } from './lazy.tsx'
import { addressOf, announcement, chooseTheme, problem, room, transports, view } from './store.ts'
import { TransportRoom } from './transport-room.tsx'
import type { otherRooms, ThemeChoice } from './view-state.ts'

const themes: readonly ThemeChoice[] = ['auto', 'light', 'dark']
const others = {
  'side-by-side': {
    label: 'Side by side',
    View: lazy(() => import('./side-by-side.tsx').then(({ SideBySide }) => SideBySide)),
  },
  tls: { label: 'Under TLS', View: lazy(() => import('./tls.tsx').then(({ Tls }) => Tls)) },
} satisfies Record<(typeof otherRooms)[number], object>

export function Page() {
  const other = Object.entries(others).find(([name]) => name === room.value)?.[1]
  const label = other?.label ?? entryOf(room.value)?.label ?? ''
  useEffect(() => {
    document.title = `Transport lab: anatomy of ${label}`
  }, [label])
  const entry = entryOf(room.value)
  return (
    <div class="page" style={{ '--of': entry ? entry[shownTheme.value] : 'var(--control)' }}>
      <button type="button" class="skip" onClick={focusMain}>
        Skip to the bytes
      </button>
      <header>
        <div class="bar">
          <h1>Anatomy: what goes over the wire</h1>
          <label class="push">
            Theme{' '}
            <select
              id="theme"
              value={view.value.theme ?? 'auto'}
              onChange={event => chooseTheme(event.currentTarget.value as ThemeChoice)}
            >
              {themes.map(name => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
          <a href={isSite() ? '../' : '/'}>Results</a>
          <a href={isSite() ? '../demo/' : '/demo'}>{isSite() ? 'A recorded class' : 'Live demo'}</a>
        </div>
        <nav class="rooms" aria-label="Rooms">
          {transports.map(id => (
            <RoomLink key={id} id={id} label={entryOf(id)!.label} />
          ))}
          {Object.entries(others).map(([id, { label }]) => (
            <RoomLink key={id} id={id} label={label} />
          ))}
        </nav>
      </header>
      {problem.value && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      <main id="bytes" tabIndex={-1}>
        {other ? <other.View /> : <TransportRoom />}
      </main>
      <p class="hidden-text" role="status">
        {announcement.value}
      </p>
    </div>
  )
}

function RoomLink({ id, label }: { id: string; label: string }) {
  const entry = Object.entries(clientTransports).find(([name]) => name === id)?.[1]
  return (
    <a href={addressOf(id)} aria-current={room.value === id ? 'page' : undefined}>
      {entry && (
        <span class="glyph" aria-hidden="true" style={{ color: entry[shownTheme.value] }}>
          {entry.glyph}
        </span>
      )}
      {entry && ' '}
      {label}
    </a>
  )
}

/** No link: the part of the address behind # is the page's state. */
function focusMain(): void {
  const main = document.getElementById('bytes')
  main?.focus()
  main?.scrollIntoView()
}
