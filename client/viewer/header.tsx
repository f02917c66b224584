// The head of the page: the way home, which run, how the page looks, and the rooms.
import { isSite } from '../site.ts'
import { rooms } from './rooms/index.ts'
import { RunOptions } from './run-options.tsx'
import {
  addressOf,
  announcement,
  chooseRun,
  chooseTheme,
  fresh,
  isReport,
  list,
  localKeys,
  openFile,
  problem,
  room,
  runKey,
  view,
} from './store.ts'
import { roomNames, type ThemeChoice } from './view-state.ts'

const themes: readonly ThemeChoice[] = ['auto', 'light', 'dark']

export function Header() {
  const served = list.value.runs
  const own = localKeys.value
  return (
    <header>
      <div class="bar">
        <h1>
          <a href={addressOf('overview', { run: undefined, scenario: undefined, compare: undefined, show: undefined })}>
            Transport lab
          </a>
        </h1>
        <label>
          Run{' '}
          <select id="run-chooser" value={runKey.value ?? ''} onChange={event => chooseRun(event.currentTarget.value)}>
            {runKey.value === undefined && <option value="">none yet</option>}
            <RunOptions served={served} own={own} />
          </select>
        </label>
        <label class="file">
          Open run.json …
          <input
            id="file"
            type="file"
            accept=".json,application/json"
            onChange={event => {
              const [file] = event.currentTarget.files ?? []
              if (file) void openFile(file)
              // The same file again is another choice.
              event.currentTarget.value = ''
            }}
          />
        </label>
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
        {isReport.value ? (
          <span class="hint">A report: everything is in this file, nothing is fetched.</span>
        ) : (
          <>
            <a href={isSite() ? 'anatomy/' : '/anatomy'}>Anatomy</a>
            <a href={isSite() ? 'demo/' : '/demo'}>{isSite() ? 'A recorded class' : 'Live demo'}</a>
          </>
        )}
      </div>
      <nav class="rooms" aria-label="Rooms">
        {roomNames.map(name => (
          <a key={name} href={addressOf(name)} aria-current={room.value === name ? 'page' : undefined}>
            {rooms[name].label}
          </a>
        ))}
      </nav>
      {fresh.value && (
        <p class="notice">
          A run has finished: {fresh.value.name ?? fresh.value.id}.{' '}
          <button type="button" onClick={() => chooseRun(fresh.value!.id)}>
            Show it
          </button>
        </p>
      )}
      {problem.value !== undefined && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      {list.value.unreadable.length > 0 && (
        <details class="unreadable">
          <summary>
            {list.value.unreadable.length === 1 ? 'One run' : `${list.value.unreadable.length} runs`} cannot be read
          </summary>
          <ul>
            {list.value.unreadable.map(({ id, reason }) => (
              <li key={id}>
                {id}: {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
      <p class="hidden-text" role="status">
        {announcement.value}
      </p>
    </header>
  )
}
