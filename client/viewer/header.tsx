// The head of the page: which run, compared with which, and how the page looks.
import type { Listed } from './sources.ts'
import {
  announcement,
  choose,
  chooseRun,
  chooseTheme,
  fresh,
  isReport,
  list,
  localKeys,
  openFile,
  problem,
  runKey,
  view,
} from './store.ts'
import type { ThemeChoice } from './view-state.ts'

const themes: readonly ThemeChoice[] = ['auto', 'light', 'dark']

export function Header() {
  const served = list.value.runs
  const own = localKeys.value
  return (
    <header>
      <div class="bar">
        <h1>Transport lab</h1>
        <label>
          Run{' '}
          <select id="run-chooser" value={runKey.value ?? ''} onChange={event => chooseRun(event.currentTarget.value)}>
            {runKey.value === undefined && <option value="">none yet</option>}
            <RunOptions served={served} own={own} />
          </select>
        </label>
        <label>
          Compare with{' '}
          <select
            id="compare"
            value={view.value.compare ?? ''}
            onChange={event => choose({ compare: event.currentTarget.value || undefined })}
          >
            <option value="">nothing</option>
            <RunOptions
              served={served.filter(({ id }) => id !== runKey.value)}
              own={own.filter(id => id !== runKey.value)}
            />
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
          <a href="/demo">Live demo</a>
        )}
      </div>
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

function RunOptions({ served, own }: { served: readonly Listed[]; own: readonly string[] }) {
  return (
    <>
      {own.map(id => (
        <option key={id} value={id}>
          {id} ({isReport.value && id === localKeys.value[0] ? 'this report' : 'from a file'})
        </option>
      ))}
      {served.map(each => (
        <option key={each.id} value={each.id}>
          {optionText(each)}
        </option>
      ))}
    </>
  )
}

function optionText({ id, name, status, experiment, isSample }: Listed): string {
  const words = [
    ...(isSample ? ['the example that comes with the lab'] : []),
    ...(experiment === 'delivery' ? [] : [experiment]),
    ...(status === 'complete' ? [] : [status]),
  ]
  return `${name === undefined ? id : `${name} · ${id}`}${words.length > 0 ? ` (${words.join(', ')})` : ''}`
}
