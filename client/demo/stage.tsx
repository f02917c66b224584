// The stage: what a class sees on the projector. No controls but keys; complete with no phone at all.
import { signal } from '@preact/signals'
import { render } from 'preact'
import { announced } from './announcements.ts'
import { LanesFigure } from './lanes-figure.tsx'
import { LineBytes } from './line-bytes.tsx'
import { Badges, JoinBox, KeyList, Predictions, sceneNow } from './parts.tsx'
import { CROWD, PhoneStrip } from './phone-strip.tsx'
import { waitText } from './sentences.ts'
import { listenToKeys, type Shortcut, shortcuts } from './shortcuts.ts'
import { isPlayingLive, opened, problem, shown, source, start, token } from './store.ts'

const PROBLEM_MS = 6000

function Stage() {
  const scene = sceneNow()
  const { phase, isWaiting } = shown.value.scene ?? {}
  return (
    <>
      <header>
        <h1>
          {scene ? (
            <>
              <span class="kicker">{scene.title}.</span> {isWaiting ? waitText(scene) : scene.question}
            </>
          ) : (
            <>
              <span class="kicker">Transport lab.</span> The same notices, delivered in different ways.
            </>
          )}
        </h1>
        <Badges />
      </header>
      <main>
        <LanesFigure fontEm={1} shows={scene?.shows} isSparse isSecret={phase === 'ask'} />
      </main>
      <footer data-phase={phase ?? 'free'}>
        <Below />
      </footer>
      <LineBytes />
      <Keys />
      <p role="alert" class={problem.value === undefined ? 'hidden-text' : 'problem'}>
        {problem.value !== undefined && refusal()}
      </p>
      <p class="hidden-text" role="status">
        {announced.value}
      </p>
    </>
  )
}

/** Why a key did nothing, for who stands before a class. */
function refusal(): string | undefined {
  if (!isPlayingLive.value) return 'Nothing is live here: this key acts on a class that is.'
  if (token.value === undefined) return 'This key acts here while the teacher’s page is open in the same browser.'
  return problem.value
}

const areKeysShown = signal(false)
const keys: readonly Shortcut[] = [
  ...shortcuts,
  { key: '?', does: 'show the keys, or hide them', run: () => (areKeysShown.value = !areKeysShown.value) },
]

function Keys() {
  if (!areKeysShown.value) return null
  return (
    <section class="keys" aria-label="Keys">
      <KeyList keys={keys} />
    </section>
  )
}

function Below() {
  const scene = sceneNow()
  const { scene: now, phones, isOver } = shown.value
  if (scene && now?.phase === 'ask')
    return (
      <>
        <section class="panel" aria-label="Predict">
          <Predictions scene={scene} />
        </section>
        <JoinBox />
      </>
    )
  if (scene && now?.phase === 'reveal')
    return (
      <>
        <section class="panel" aria-label="What happened">
          <Predictions scene={scene} />
        </section>
        <p class="point">{scene.point}</p>
      </>
    )
  if (isOver && opened.value === undefined && source.value.kind !== 'recorded')
    return <p class="point">The session has ended.</p>
  return (
    <>
      {phones.length > 0 ? <PhoneStrip joins /> : <Explained />}
      {phones.length <= CROWD && <JoinBox />}
    </>
  )
}

/** Said while nothing else is to be said. */
function Explained() {
  const { kind } = source.value
  if (kind === 'nothing')
    return (
      <p class="point">
        Nothing is live here, and there is no recorded class. <code>npm run demo</code> starts a class.
      </p>
    )
  if (kind === 'lost') return <p class="point">The server does not answer. This page goes on as soon as it does.</p>
  return (
    <p class="point">
      A line is a message on its way: steeper is faster.{' '}
      <span class="more">
        A dotted line is a notice being published; below a lane, hatching lasts until its client has it.
      </span>
      {(kind === 'recorded' || opened.value !== undefined) && (
        <>
          {' '}
          This is a recorded class; <code>npm run demo</code> starts a live one.
        </>
      )}{' '}
      <kbd>?</kbd> shows the keys.
    </p>
  )
}

const page = new AbortController()
start('stage', page.signal)
listenToKeys(keys, page.signal)
// Said before a class, it goes by itself.
problem.subscribe(text => {
  const forget = (): void => {
    if (problem.value === text) problem.value = undefined
  }
  if (text !== undefined) setTimeout(forget, PROBLEM_MS)
})
const app = document.getElementById('app')!
app.replaceChildren()
render(<Stage />, app)
