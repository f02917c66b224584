// The stage: what a class sees on the projector. No controls; complete with no phone at all.
import { render } from 'preact'
import { announced } from './announcements.ts'
import { LanesFigure } from './lanes-figure.tsx'
import { Badges, JoinBox, Predictions, sceneNow } from './parts.tsx'
import { CROWD, PhoneStrip } from './phone-strip.tsx'
import { opened, shown, source, start } from './store.ts'

function Stage() {
  const scene = sceneNow()
  const phase = shown.value.scene?.phase
  return (
    <>
      <header>
        <h1>
          {scene ? (
            <>
              <span class="kicker">{scene.title}.</span> {scene.question}
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
        <LanesFigure fontPx={24} shows={phase === 'ask' ? [] : scene?.shows} />
      </main>
      <footer data-phase={phase ?? 'free'}>
        <Below />
      </footer>
      <p class="hidden-text" role="status">
        {announced.value}
      </p>
    </>
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
      A line is a message on its way: steeper is faster. A dotted line is a notice being published; below a lane,
      hatching lasts until its client has it.
      {(kind === 'recorded' || opened.value !== undefined) && (
        <>
          {' '}
          This is a recorded class; <code>npm run demo</code> starts a live one.
        </>
      )}
    </p>
  )
}

start('stage', new AbortController().signal)
const app = document.getElementById('app')!
app.replaceChildren()
render(<Stage />, app)
