// The teacher's page: the lanes with everything that moves them.
import { render } from 'preact'
import { announced } from '../announcements.ts'
import { LanesFigure } from '../lanes-figure.tsx'
import { LineBytes, stepLines } from '../line-bytes.tsx'
import { Badges, sceneNow } from '../parts.tsx'
import { listenToKeys } from '../shortcuts.ts'
import { chooseTheme, opened, problem, source, start, token } from '../store.ts'
import { type ThemeChoice, themeChoice } from '../theme.ts'
import { ClassPanel } from './class-panel.tsx'
import { isTextShown, KeysPanel, keys } from './keys-panel.tsx'
import { KnobsPanel } from './knobs-panel.tsx'
import { PlayBar } from './play-bar.tsx'
import { RecordingPanel } from './recording-panel.tsx'
import { ScenesPanel } from './scenes-panel.tsx'
import { TextView } from './text-view.tsx'

function Teach() {
  return (
    <>
      <header>
        <h1>Transport lab: teach</h1>
        <Badges />
        <label>
          Theme{' '}
          <select
            value={themeChoice.value}
            onChange={({ currentTarget }) => chooseTheme(currentTarget.value as ThemeChoice)}
          >
            <option value="auto">as the system</option>
            <option value="light">light</option>
            <option value="dark">dark</option>
          </select>
        </label>
      </header>
      <main>
        <Standing />
        <p role="alert" class="problem">
          {problem.value}
        </p>
        <LanesFigure fontEm={0.875} shows={sceneNow()?.shows} />
        <PlayBar />
        <div class="panels">
          <ScenesPanel />
          <KnobsPanel />
          <ClassPanel />
          <KeysPanel />
          <RecordingPanel />
        </div>
        <p class="row">
          <button
            type="button"
            aria-expanded={isTextShown.value}
            aria-keyshortcuts="t"
            onClick={() => (isTextShown.value = !isTextShown.value)}
          >
            Show as text
          </button>
          <button type="button" aria-keyshortcuts="w" onClick={() => stepLines(-1)}>
            Bytes of the newest line
          </button>
        </p>
        {isTextShown.value && <TextView />}
      </main>
      <LineBytes />
      <p class="hidden-text" role="status">
        {announced.value}
      </p>
    </>
  )
}

/** What one must know before touching anything. */
function Standing() {
  const { kind, reason } = source.value
  if (opened.value !== undefined) return <p class="standing">Playing {opened.value}: what is live goes on unseen.</p>
  if (kind === 'recorded')
    return (
      <p class="standing">
        A recorded class: nothing is live here. <code>npm run demo</code> starts a live one, and prints this page’s
        address with the token that lets it act.
      </p>
    )
  if (kind === 'nothing')
    return (
      <p class="standing">
        Nothing is live here. {reason} <code>npm run demo</code> starts a class.
      </p>
    )
  if (kind === 'lost') return <p class="standing">The server does not answer. This page goes on as soon as it does.</p>
  if (kind === 'ended')
    return <p class="standing">The session has ended. What is kept of it can still be played here.</p>
  if (kind === 'live' && token.value === undefined)
    return (
      <p class="standing">
        This page can look, not act: it has no token. Open the address that <code>npm run demo</code> printed for the
        teacher.
      </p>
    )
  return null
}

const page = new AbortController()
start('teach', page.signal)
listenToKeys(keys, page.signal)
const app = document.getElementById('app')!
app.replaceChildren()
render(<Teach />, app)
